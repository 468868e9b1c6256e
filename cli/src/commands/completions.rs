//! `completions`: a shell's completions of this command line.

use clap_complete::Shell;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::output::text;

/// Print the completions for a shell
#[derive(clap::Args)]
pub struct Arguments {
    /// Shell
    shell: Shell,
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut command_line = context.command_line.clone();
        let program = command_line.get_name().to_string();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line, program, &mut script);
        text(&String::from_utf8_lossy(&script))
    }
}
