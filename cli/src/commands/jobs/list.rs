//! `jobs list`: the newest jobs, or those that match.

use clap::ValueEnum;
use futures_util::TryStreamExt as _;
use jiff::civil::DateTime;
use jiff::{Span, ZonedDateTime};
use nebula_explorer::{Explorer, Job, JobStatus, Timestamp};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::output::Output;
use crate::output::stderr::note;
use crate::output::time::local_zone;

/// List jobs
#[derive(clap::Args)]
pub struct Arguments {
    /// Only jobs of the workflow with this id
    #[arg(long, value_name = "ID")]
    workflow: Option<i64>,
    /// Only jobs with this name
    #[arg(long)]
    name: Option<String>,
    /// Only jobs in this status, given by its name, such as `success`, or its number
    #[arg(long, value_parser = status)]
    status: Option<JobStatus>,
    /// Only jobs created at this time or later: `2h` ago, a date, or a time such as 2026-11-24T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Only jobs created at this time or earlier
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Sort order, by time of creation
    #[arg(long, value_enum, default_value_t = Order::Newest)]
    order: Order,
    /// Maximum number of jobs
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    limit: usize,
    /// List all jobs
    #[arg(long)]
    all: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    Newest,
    Oldest,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<Job>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context.with_explorer(async |explorer| list(explorer, self, context.output).await).await
    }
}

async fn list(explorer: &Explorer, arguments: Arguments, output: Output) -> Result<(), CliError> {
    const MAX_PAGE_SIZE: usize = 100;
    let Arguments { workflow, name, status, since, until, order, limit, all } = arguments;
    let mut request = workflow.map_or_else(|| explorer.jobs(), |id| explorer.workflow(id).jobs());
    if let Some(name) = name {
        request = request.name(name);
    }
    if let Some(status) = status {
        request = request.status(status);
    }
    if let Some(time) = since {
        request = request.created_from(time);
    }
    if let Some(time) = until {
        request = request.created_to(time);
    }
    if order == Order::Oldest {
        request = request.oldest_first();
    }
    let limit = if all { usize::MAX } else { limit };
    let page_size = u32::try_from(limit.clamp(1, MAX_PAGE_SIZE)).unwrap_or(1);
    let request = request.page_size(page_size);
    let mut pages = request.by_page();
    let mut list = output.list();
    let mut left = limit;
    let mut total = None;
    while left > 0
        && let Some(page) = pages.try_next().await?
    {
        total = total.or(page.total);
        for row in &page.malformed {
            let id = row.id.map_or_else(|| "without a readable id".into(), |id| id.to_string());
            note(format!("warning: job {id} is left out, its row does not match the contract: {}", row.problem));
        }
        page.jobs.iter().take(left).try_for_each(|job| list.push(job))?;
        left = left.saturating_sub(page.jobs.len());
    }
    list.finish()?;
    if output.is_live()
        && let Some(total) = total.filter(|total| u64::try_from(limit).is_ok_and(|limit| *total > limit))
    {
        note(format!("{limit} of {total} jobs; --limit N or --all lists more"));
    }
    Ok(())
}

fn status(text: &str) -> Result<JobStatus, String> {
    if let Ok(number) = text.parse::<i64>() {
        return Ok(JobStatus::from(number));
    }
    let has_name = |status: &&JobStatus| status.name().is_some_and(|name| name.eq_ignore_ascii_case(text));
    JobStatus::ALL.iter().find(has_name).copied().ok_or_else(|| {
        let names: Vec<_> = JobStatus::ALL.iter().filter_map(|status| status.name()).collect();
        format!("must be one of {}", names.join(", ").to_lowercase())
    })
}

/// A time, the start of a day in the local time zone, or a duration before now.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    if let Ok(local) = text.parse::<DateTime>() {
        let zoned = local.to_zoned_datetime(local_zone());
        return zoned.map(|time| time.timestamp()).map_err(|error| error.to_string());
    }
    let ago: Span = text
        .parse()
        .map_err(|_| "must be like 2h for two hours ago, 2026-11-24, or 2026-11-24T08:00:00Z".to_string())?;
    let time = ZonedDateTime::now().checked_sub(ago.abs()).map_err(|error| error.to_string())?;
    Ok(time.timestamp())
}
