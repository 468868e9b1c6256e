//! `submissions list`: what is recorded.

use std::time::Duration;

use nebula_explorer::{Submission, SubmissionFilter, SubmissionState};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::submissions::{before, state};
use crate::error::CliError;
use crate::quantity::duration;
use crate::session::submissions::Store;

/// List submissions, the latest first
#[derive(clap::Args)]
pub struct Arguments {
    /// Only those with this idempotency key
    #[arg(long)]
    key: Option<String>,
    /// Only those in this state: preparing, sending, abandoned or recorded
    #[arg(long, value_parser = state)]
    state: Option<SubmissionState>,
    /// Only those of this workflow
    #[arg(long, value_name = "ID")]
    workflow: Option<i64>,
    /// Only those that have not changed for so long, such as 90s or 48h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    older_than: Option<Duration>,
    /// Maximum number of submissions
    #[arg(long, default_value_t = DEFAULT_LIMIT)]
    limit: u32,
    #[command(flatten)]
    store: Store,
}

/// The number of submissions that are listed.
pub const DEFAULT_LIMIT: u32 = 100;

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<Submission>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let mut filter = SubmissionFilter::default().limit(self.limit);
        filter.key = self.key;
        filter.state = self.state;
        filter.workflow_id = self.workflow;
        filter.updated_before = self.older_than.map(before).transpose()?;
        context.output.all(self.store.list(filter).await?)
    }
}
