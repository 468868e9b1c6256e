//! `jobs`: the commands for jobs.

pub mod cancel;
pub mod creation_time;
pub mod filter;
mod get;
pub mod list;
mod watch;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{Execute, commands};
use crate::error::CliError;

/// List, show, watch and cancel jobs
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands!(Command, "jobs-", {
    List: list,
    Get: get,
    Watch: watch,
    Cancel: cancel,
});

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        Command::schemas()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        self.command.run(context).await
    }
}
