//! `list_jobs`: the newest jobs, or those that match.

use futures_util::TryStreamExt as _;
use nebula_explorer::Job;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commands::jobs::creation_time::CreationTime;
use crate::commands::jobs::filter::{self, Filter, MAX_PAGE_SIZE};
use crate::commands::jobs::list::{DEFAULT_LIMIT, Order};
use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::error::CliError;

/// List jobs, the newest first, without their tasks. The jobs of the past also show which workflows there are.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListJobs {
    workflow: Option<i64>,
    name: Option<String>,
    status: Option<String>,
    since: Option<String>,
    until: Option<String>,
    order: Option<Order>,
    #[serde(default = "default_limit")]
    #[schemars(range(max = MAX_PAGE_SIZE))]
    limit: u32,
}

fn default_limit() -> u32 {
    DEFAULT_LIMIT as u32
}

/// Jobs that match.
#[derive(Serialize, JsonSchema)]
pub struct Jobs {
    jobs: Vec<Job>,
    /// How many jobs match, if the server says so.
    total: Option<u64>,
    /// The jobs that are left out because their rows do not match the contract.
    left_out: Vec<String>,
}

impl Tool for ListJobs {
    const NAME: &'static str = "list_jobs";
    const COMMAND: &'static [&'static str] = &["jobs", "list"];
    const EFFECT: Effect = Effect::Nothing;
    type Output = Jobs;

    async fn call(self, call: &Call) -> Result<Jobs, CliError> {
        let limit = self.limit;
        if limit > MAX_PAGE_SIZE {
            return Err(CliError::Usage(format!("limit: at most {MAX_PAGE_SIZE} jobs can be listed")));
        }
        let is_oldest_first = self.order == Some(Order::Oldest);
        let filter = self.filter()?;
        let client = call.session.client(false)?;
        let mut request = filter.request(&client.explorer).await?;
        if is_oldest_first {
            request = request.oldest_first();
        }
        let mut pages = request.page_size(limit.max(1)).by_page();
        let mut found = Jobs { jobs: Vec::new(), total: None, left_out: Vec::new() };
        let limit = limit as usize;
        while found.jobs.len() < limit
            && let Some(page) = pages.try_next().await.map_err(|error| client.error(error))?
        {
            found.total = found.total.or(page.total);
            found.left_out.extend(filter::malformed(&page));
            found.jobs.extend(page.jobs);
        }
        found.jobs.truncate(limit);
        Ok(found)
    }
}

impl ListJobs {
    fn filter(self) -> Result<Filter, CliError> {
        let invalid = |name: &str, problem: String| CliError::Usage(format!("{name}: {problem}"));
        let time = |name: &str, text: Option<String>| {
            text.map(|text| CreationTime::parse(&text).map_err(|problem| invalid(name, problem))).transpose()
        };
        let status = self.status.map(|text| filter::status(&text).map_err(|problem| invalid("status", problem)));
        Ok(Filter {
            workflow: self.workflow,
            name: self.name,
            status: status.transpose()?,
            since: time("since", self.since)?,
            until: time("until", self.until)?,
        })
    }
}
