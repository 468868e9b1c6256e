//! `submissions forget`: delete one key.

use nebula_explorer::SubmissionFilter;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::submissions::Deleted;
use crate::error::CliError;
use crate::session::submissions::{Store, not_recorded};

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
        let deleted = self.store.delete(SubmissionFilter::default().key(&self.key)).await?;
        if deleted == 0 {
            return Err(not_recorded(&self.key));
        }
        context.output.one(&Deleted { deleted })
    }
}
