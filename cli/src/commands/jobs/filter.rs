//! Which jobs a command is for: given by their ids, or by what they have in common.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use nebula_explorer::{Explorer, JobStatus, ListJobs, Page};

use crate::commands::jobs::creation_time::CreationTime;
use crate::error::CliError;
use crate::output::stderr::note;

/// What jobs have in common.
#[derive(Clone, clap::Args)]
pub struct Filter {
    /// Only jobs of the workflow with this id
    #[arg(long, value_name = "ID")]
    pub workflow: Option<i64>,
    /// Only jobs with this name
    #[arg(long)]
    pub name: Option<String>,
    /// Only jobs in this status, given by its name, such as `success`, or its number
    #[arg(long, value_parser = status)]
    pub status: Option<JobStatus>,
    /// Only jobs created at this time or later: `2h` ago, a date, or a time such as 2026-11-24T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = CreationTime::parse)]
    pub since: Option<CreationTime>,
    /// Only jobs created at this time or earlier
    #[arg(long, value_name = "TIME", value_parser = CreationTime::parse)]
    pub until: Option<CreationTime>,
}

/// Jobs given by their ids, or those that match and have not ended.
#[derive(clap::Args)]
pub struct Selection {
    /// Job ids
    #[arg(required_unless_present_any = FILTERS, conflicts_with_all = FILTERS)]
    ids: Vec<i64>,
    #[command(flatten)]
    filter: Filter,
}

const FILTERS: [&str; 5] = ["workflow", "name", "status", "since", "until"];

/// The number of jobs per page.
pub const MAX_PAGE_SIZE: u32 = 100;

impl Filter {
    /// A request for the jobs that match.
    pub async fn request(&self, explorer: &Explorer) -> Result<ListJobs, CliError> {
        let mut request = self.workflow.map_or_else(|| explorer.jobs(), |id| explorer.workflow(id).jobs());
        if let Some(name) = &self.name {
            request = request.name(name);
        }
        if let Some(status) = self.status {
            request = request.status(status);
        }
        if let Some(time) = &self.since {
            request = request.created_from(time.on_server(explorer).await?);
        }
        if let Some(time) = &self.until {
            request = request.created_to(time.on_server(explorer).await?);
        }
        Ok(request)
    }
}

impl Selection {
    /// The jobs given by their ids, or those that match. Without a status, jobs that have ended do not match.
    pub async fn job_ids(self, explorer: &Explorer) -> Result<BTreeSet<i64>, CliError> {
        if !self.ids.is_empty() {
            return Ok(self.ids.into_iter().collect());
        }
        let request = self.filter.request(explorer).await?.page_size(MAX_PAGE_SIZE);
        if self.filter.status.is_some() {
            return matching(request).await;
        }
        let mut ids = BTreeSet::new();
        for &status in JobStatus::ALL.iter().filter(|status| !status.is_terminal()) {
            ids.extend(matching(request.clone().status(status)).await?);
        }
        Ok(ids)
    }
}

async fn matching(request: ListJobs) -> Result<BTreeSet<i64>, CliError> {
    let mut ids = BTreeSet::new();
    let mut pages = request.by_page();
    while let Some(page) = pages.try_next().await? {
        note_malformed(&page);
        ids.extend(page.jobs.iter().map(|job| job.id));
    }
    Ok(ids)
}

/// Reports the rows that are left out.
pub fn note_malformed(page: &Page) {
    malformed(page).for_each(|warning| note(format!("warning: {warning}")));
}

/// What is wrong with the rows that are left out.
pub fn malformed(page: &Page) -> impl Iterator<Item = String> {
    page.malformed.iter().map(|row| {
        let id = row.id.map_or_else(|| "without a readable id".into(), |id| id.to_string());
        format!("job {id} is left out, its row does not match the contract: {}", row.problem)
    })
}

/// A status by its name or its number.
pub fn status(text: &str) -> Result<JobStatus, String> {
    if let Ok(number) = text.parse::<i64>() {
        return Ok(JobStatus::from(number));
    }
    let has_name = |status: &&JobStatus| status.name().is_some_and(|name| name.eq_ignore_ascii_case(text));
    JobStatus::ALL.iter().find(has_name).copied().ok_or_else(|| {
        let names: Vec<_> = JobStatus::ALL.iter().filter_map(|status| status.name()).collect();
        format!("must be one of {}", names.join(", ").to_lowercase())
    })
}
