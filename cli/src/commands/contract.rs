//! `contract`: the OpenAPI document.

use clap::ValueEnum;
use nebula_explorer::operations::{CONTRACT, CONTRACT_JSON};

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
            ContractFormat::Json => text(CONTRACT_JSON),
        }
    }
}
