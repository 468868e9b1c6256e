//! Listing, showing and cancelling jobs.

use futures_util::{StreamExt as _, TryStreamExt as _};
use nebula_explorer::{Cancellation, Explorer, Timestamp};

use crate::arguments::{Jobs, ListJobs, Order};
use crate::commands::watch;
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::output::Output;
use crate::output::records::{CancelRecord, JobRecord};
use crate::output::stderr::note;

pub async fn run(explorer: &Explorer, command: Jobs, output: Output) -> Result<(), CliError> {
    match command {
        Jobs::List(options) => list(explorer, options, output).await,
        Jobs::Get { id } => {
            let job = explorer.job(id).get().await?;
            output.job_and_tasks(&job, explorer.server_time().unwrap_or_else(Timestamp::now))
        }
        Jobs::Watch { ids } => watch::watch(explorer, ids.into_iter().collect(), output).await,
        Jobs::Cancel { ids, wait } => cancel(explorer, &ids, wait, output).await,
    }
}

async fn list(explorer: &Explorer, options: ListJobs, output: Output) -> Result<(), CliError> {
    const LARGEST_PAGE: usize = 100;
    let ListJobs { workflow, name, status, since, until, order, limit, all } = options;
    let mut list = workflow.map_or_else(|| explorer.jobs(), |id| explorer.workflow(id).jobs());
    if let Some(name) = name {
        list = list.name(name);
    }
    if let Some(status) = status {
        list = list.status(status);
    }
    if let Some(time) = since {
        list = list.created_from(time);
    }
    if let Some(time) = until {
        list = list.created_to(time);
    }
    if order == Order::Oldest {
        list = list.oldest_first();
    }
    let limit = if all { usize::MAX } else { limit };
    let page_size = u32::try_from(limit.clamp(1, LARGEST_PAGE)).unwrap_or(1);
    let list = list.page_size(page_size);
    let first = list.clone().await?;
    let mut written = output.list();
    // In most cases one page is all there is to ask for.
    if first.jobs.len() >= limit || u64::try_from(first.jobs.len()).is_ok_and(|shown| shown >= first.total) {
        first.jobs.iter().take(limit).try_for_each(|job| written.push(&JobRecord::of(job)))?;
    } else {
        let mut jobs = list.by_item().take(limit);
        while let Some(job) = jobs.try_next().await? {
            written.push(&JobRecord::of(&job))?;
        }
    }
    written.finish()?;
    if output.is_live() && u64::try_from(limit).is_ok_and(|limit| first.total > limit) {
        note(format!("{limit} of {} jobs: --limit N or --all shows more", first.total));
    }
    Ok(())
}

/// Every job gets its request, whatever comes of the others.
async fn cancel(explorer: &Explorer, ids: &[i64], wait: bool, output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let mut written = output.list();
    let mut first = None;
    for (place, &id) in ids.iter().enumerate() {
        let outcome = tokio::select! {
            outcome = cancel_one(explorer, id, wait) => outcome,
            () = interrupts.first() => {
                written.finish()?;
                return Err(CliError::LeftRunning(ids[place..].to_vec()));
            }
        };
        match outcome {
            Ok(record) => {
                if record.outcome == "declined" {
                    first.get_or_insert(CliError::Other(format!("the server does not stop job {id}")));
                }
                written.push(&record)?;
            }
            Err(failure) if ids.len() == 1 => return Err(failure),
            Err(failure) => {
                note(format!("job {id}: {failure}"));
                first.get_or_insert(failure);
            }
        }
    }
    written.finish()?;
    first.map_or(Ok(()), Err)
}

async fn cancel_one(explorer: &Explorer, id: i64, wait: bool) -> Result<CancelRecord, CliError> {
    let job = explorer.job(id);
    let outcome = job.cancel().await?;
    let (outcome, status) = match outcome {
        Cancellation::AlreadyEnded(ended) => ("already_ended", Some(ended.status)),
        Cancellation::Declined(now) => ("declined", Some(now.status)),
        _ if wait => ("ended", Some(job.wait_until(nebula_explorer::conditions::ended()).await?.status)),
        _ => ("requested", None),
    };
    Ok(CancelRecord { id, outcome, status: status.map(|status| status.to_string()) })
}
