//! `submissions forget`: delete one key.

use nebula_explorer::{SubmissionFilter, SubmissionStore as _};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::submissions::Deleted;
use crate::error::CliError;
use crate::session::submissions::{Store, failed};

/// Delete an idempotency key with all its attempts: the next run with it creates a new job
#[derive(clap::Args)]
pub struct Arguments {
    /// Idempotency key
    key: String,
    #[command(flatten)]
    store: Store,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Deleted>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let store = self.store.open()?;
        let deleted =
            store.delete(&SubmissionFilter::default().key(&self.key)).await.map_err(|error| failed(&error))?;
        if deleted == 0 {
            return Err(CliError::Other(format!("nothing is recorded for the key `{}`", self.key)));
        }
        context.output.one(&Deleted { deleted })
    }
}
