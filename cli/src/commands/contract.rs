//! `contract`: the OpenAPI document.

use clap::ValueEnum;
use nebula_explorer::operations::CONTRACT;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::output::text;

/// Print the OpenAPI document of Explorer's API
#[derive(clap::Args)]
pub struct Arguments {
    /// Format
    #[arg(long, value_enum, default_value_t = ContractFormat::Yaml)]
    format: ContractFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum ContractFormat {
    Yaml,
    Json,
}

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        execute::text()
    }

    async fn run(self, _: &Context) -> Result<(), CliError> {
        match self.format {
            ContractFormat::Yaml => text(CONTRACT),
            ContractFormat::Json => {
                let contract: serde_json::Value = serde_saphyr::from_str(CONTRACT)
                    .map_err(|error| CliError::Other(format!("cannot convert the document to JSON: {error}")))?;
                text(&format!("{contract:#}\n"))
            }
        }
    }
}
