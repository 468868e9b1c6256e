//! `jobs list`: the newest jobs, or those that match.

use clap::ValueEnum;
use futures_util::TryStreamExt as _;
use nebula_explorer::{Explorer, Job};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::jobs::filter::{Filter, MAX_PAGE_SIZE, note_malformed};
use crate::error::CliError;
use crate::output::output::Output;
use crate::output::stderr::note;

/// List jobs
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    filter: Filter,
    /// Sort order, by time of creation
    #[arg(long, value_enum, default_value_t = Order::Newest)]
    order: Order,
    /// Maximum number of jobs
    #[arg(long, default_value_t = DEFAULT_LIMIT, conflicts_with = "all")]
    limit: usize,
    /// List all jobs
    #[arg(long)]
    all: bool,
}

/// The number of jobs that are listed.
pub const DEFAULT_LIMIT: usize = 20;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
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
    let Arguments { filter, order, limit, all } = arguments;
    let mut request = filter.request(explorer).await?;
    if order == Order::Oldest {
        request = request.oldest_first();
    }
    let limit = if all { usize::MAX } else { limit };
    let page_size = u32::try_from(limit.max(1)).unwrap_or(MAX_PAGE_SIZE).min(MAX_PAGE_SIZE);
    let request = request.page_size(page_size);
    let mut pages = request.by_page();
    let mut list = output.list();
    let mut left = limit;
    let mut total = None;
    while left > 0
        && let Some(page) = pages.try_next().await?
    {
        total = total.or(page.total);
        note_malformed(&page);
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
