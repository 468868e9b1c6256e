//! `emulator`: a server that stands in for Explorer.

use nebula_explorer_emulator::{EmulatorOptions, program};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;

/// Run the emulator of Explorer until it is interrupted
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    options: EmulatorOptions,
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, _: &Context) -> Result<(), CliError> {
        Ok(program::run(&self.options).await?)
    }
}
