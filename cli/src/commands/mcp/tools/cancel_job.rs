//! `cancel_job`: ask the server to stop a job.

use nebula_explorer::Cancellation;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::commands::jobs::cancel::{Cancelled, declined};
use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::error::CliError;

/// Ask the server to stop a job. It does not end at once: wait_for_job tells when it has.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelJob {
    /// Job id
    job: i64,
}

impl Tool for CancelJob {
    const NAME: &'static str = "cancel_job";
    const COMMAND: &'static [&'static str] = &["jobs", "cancel"];
    const EFFECT: Effect = Effect::Ends;
    type Output = Cancelled;

    async fn call(self, call: &Call) -> Result<Cancelled, CliError> {
        let id = self.job;
        let client = call.session.client(false)?;
        match client.explorer.job(id).cancel().await.map_err(|error| client.error(error))? {
            Cancellation::AlreadyEnded(job) => Ok(Cancelled::new(id, "already_ended", Some(job.status))),
            Cancellation::Declined(_) => Err(declined(id)),
            _ => Ok(Cancelled::new(id, "requested", None)),
        }
    }
}
