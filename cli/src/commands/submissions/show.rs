//! `submissions show`: what is recorded of one key.

use nebula_explorer::Submission;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::session::submissions::Store;

/// Show all attempts of an idempotency key, the latest first
#[derive(clap::Args)]
pub struct Arguments {
    /// Idempotency key
    key: String,
    #[command(flatten)]
    store: Store,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<Submission>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context.output.all(self.store.attempts(&self.key).await?)
    }
}
