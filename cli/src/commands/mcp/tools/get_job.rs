//! `get_job`: one job with its tasks.

use nebula_explorer::Job;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::error::CliError;

/// Get a job as it is now, with the status and the times of its tasks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetJob {
    /// Job id
    job: i64,
}

impl Tool for GetJob {
    const NAME: &'static str = "get_job";
    const COMMAND: &'static [&'static str] = &["jobs", "get"];
    const EFFECT: Effect = Effect::Nothing;
    type Output = Job;

    async fn call(self, call: &Call) -> Result<Job, CliError> {
        let client = call.session.client(false)?;
        client.explorer.job(self.job).get().await.map_err(|error| client.error(error))
    }
}
