//! `submissions show`: what is recorded of one key.

use nebula_explorer::{Submission, SubmissionFilter, SubmissionStore as _};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::session::submissions::{Store, failed};

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
        let filter = SubmissionFilter::default().key(&self.key);
        let store = self.store.open()?;
        let attempts = store.list(&filter).await.map_err(|error| failed(&error))?;
        if attempts.is_empty() {
            return Err(CliError::Other(format!("nothing is recorded for the key `{}`", self.key)));
        }
        context.output.all(attempts)
    }
}
