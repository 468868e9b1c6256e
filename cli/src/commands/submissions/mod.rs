//! `submissions`: the commands for recorded submissions.

mod forget;
pub mod list;
mod prune;
mod record;
mod show;

use jiff::SignedDuration;
use nebula_explorer::{Submission, SubmissionState, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{Execute, commands};
use crate::error::CliError;
use crate::output::records::Record;
use crate::output::time::Times;

/// List, show, repair and delete what is recorded of idempotency keys
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

commands!(Command, "submissions-", {
    List: list,
    Show: show,
    Record: record,
    Forget: forget,
    Prune: prune,
});

impl Execute for Arguments {
    fn schemas(_: &'static str) -> Schemas {
        Command::schemas()
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        self.command.run(context).await
    }
}

impl Record for Submission {
    const HEAD: &'static [&'static str] = &["KEY", "ATTEMPT", "STATE", "WORKFLOW", "JOB", "UPDATED", "SERVER"];

    fn cells(&self, times: Times) -> Vec<String> {
        vec![
            self.key.clone().unwrap_or_default(),
            self.attempt.to_string(),
            self.state.to_string(),
            self.workflow_id.to_string(),
            self.job_id.map(|id| id.to_string()).unwrap_or_default(),
            times.show(Some(self.updated_at)),
            self.server.clone(),
        ]
    }
}

/// How many submissions were deleted.
#[derive(Serialize, JsonSchema)]
struct Deleted {
    deleted: u64,
}

impl Record for Deleted {
    const HEAD: &'static [&'static str] = &["DELETED"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.deleted.to_string()]
    }
}

pub fn state(text: &str) -> Result<SubmissionState, String> {
    text.parse()
}

/// The time that was so long ago.
pub fn before(age: std::time::Duration) -> Result<Timestamp, CliError> {
    let ago = SignedDuration::try_from(age).map_err(|error| CliError::Usage(error.to_string()))?;
    Timestamp::now().checked_sub(ago).map_err(|error| CliError::Usage(error.to_string()))
}
