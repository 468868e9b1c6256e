//! `schema`: the JSON Schema of what a command writes.

use clap::builder::PossibleValuesParser;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::output::text;

/// Print the JSON Schema of what a command writes with --output json
#[derive(clap::Args)]
pub struct Arguments {
    /// Command
    command: String,
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let schema = context.schemas.iter().find(|(name, _)| *name == self.command);
        let (_, schema) = schema.ok_or_else(|| CliError::Usage(format!("`{}` writes no JSON", self.command)))?;
        text(&format!("{:#}\n", schema().to_value()))
    }
}

/// Limits the argument to the commands that have a schema.
pub fn with_names(command_line: clap::Command, names: impl Iterator<Item = &'static str>) -> clap::Command {
    let names = PossibleValuesParser::new(names);
    command_line.mut_subcommand("schema", |schema| schema.mut_arg("command", |command| command.value_parser(names)))
}
