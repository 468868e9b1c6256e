//! `jobs`: the commands for jobs.

mod cancel;
mod creation_time;
mod filter;
mod get;
mod list;
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
