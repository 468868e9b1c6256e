//! `submissions prune`: delete old submissions.

use std::time::Duration;

use nebula_explorer::{SubmissionFilter, SubmissionState};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::submissions::{Deleted, before, state};
use crate::error::CliError;
use crate::quantity::duration;
use crate::session::submissions::Store;

/// Delete submissions that have not changed for a while: their keys can be used again
#[derive(clap::Args)]
pub struct Arguments {
    /// How long they have not changed, such as 48h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    older_than: Duration,
    /// Only those in this state: preparing, sending, abandoned or recorded
    #[arg(long, value_parser = state, default_value_t = SubmissionState::Recorded)]
    state: SubmissionState,
    /// Only those of this workflow
    #[arg(long, value_name = "ID")]
    workflow: Option<i64>,
    #[command(flatten)]
    store: Store,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Deleted>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut filter = SubmissionFilter::default().state(self.state).updated_before(before(self.older_than)?);
        filter.workflow_id = self.workflow;
        context.output.one(&Deleted { deleted: self.store.delete(filter).await? })
    }
}
