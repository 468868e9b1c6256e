//! `man`: the manual pages.

use std::path::PathBuf;

use clap::ValueHint;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::output::text;

/// Print the manual page, or write the pages of all commands to a directory
#[derive(clap::Args)]
pub struct Arguments {
    /// Existing directory to write the pages to
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let command_line = context.command_line.clone();
        if let Some(directory) = self.dir {
            return clap_mangen::generate_to(command_line, &directory)
                .map_err(|error| CliError::Other(format!("{}: {error}", directory.display())));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command_line).render(&mut page)?;
        text(&String::from_utf8_lossy(&page))
    }
}
