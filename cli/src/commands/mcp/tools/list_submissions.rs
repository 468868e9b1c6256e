//! `list_submissions`: what is recorded of idempotency keys.

use nebula_explorer::{Submission, SubmissionFilter, SubmissionStore as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::commands::submissions::list::DEFAULT_LIMIT;
use crate::commands::submissions::state;
use crate::error::CliError;
use crate::session::submissions::failed;

/// List the runs with idempotency keys that are recorded on this machine, or in the store that it shares, the latest first.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSubmissions {
    key: Option<String>,
    state: Option<String>,
    workflow: Option<i64>,
    #[serde(default = "default_limit")]
    #[schemars(range(max = MAX_LIMIT))]
    limit: u32,
}

fn default_limit() -> u32 {
    DEFAULT_LIMIT
}

const MAX_LIMIT: u32 = 1000;

/// Submissions that match.
#[derive(Serialize, JsonSchema)]
pub struct Submissions {
    submissions: Vec<Submission>,
}

impl Tool for ListSubmissions {
    const NAME: &'static str = "list_submissions";
    const COMMAND: &'static [&'static str] = &["submissions", "list"];
    const EFFECT: Effect = Effect::Nothing;
    type Output = Submissions;

    async fn call(self, call: &Call) -> Result<Submissions, CliError> {
        if self.limit > MAX_LIMIT {
            return Err(CliError::Usage(format!("limit: at most {MAX_LIMIT} submissions can be listed")));
        }
        let mut filter = SubmissionFilter::default().limit(self.limit);
        let state = self.state.map(|text| state(&text));
        filter.state = state.transpose().map_err(|problem| CliError::Usage(format!("state: {problem}")))?;
        filter.key = self.key;
        filter.workflow_id = self.workflow;
        let submissions = call.session.store()?.list(&filter).await.map_err(|error| failed(&error))?;
        Ok(Submissions { submissions })
    }
}
