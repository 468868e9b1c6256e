//! `jobs cancel`: ask the server to stop jobs.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use nebula_explorer::{Cancellation, Explorer, JobStatus};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::jobs::filter::Selection;
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::output::{List, Output};
use crate::output::records::Record;
use crate::output::stderr::note;
use crate::output::time::Times;
use crate::quantity::duration;

/// Ask the server to stop jobs, given by their ids, or those that match and have not ended
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    jobs: Selection,
    /// Do not ask on a terminal
    #[arg(long, short)]
    yes: bool,
    /// Wait until the jobs have ended
    #[arg(long)]
    wait: bool,
    /// Maximum time to wait, such as 90s or 2h
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10m", requires = "wait")]
    timeout: Duration,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<Cancelled>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context.with_explorer(async |explorer| cancel(explorer, self, context.output).await).await
    }
}

/// The outcome of a request to cancel a job.
#[derive(Serialize, JsonSchema)]
pub struct Cancelled {
    id: i64,
    /// `requested`; `ended`, with --wait; `already_ended`; or `declined` by the server
    outcome: &'static str,
    /// The name of the job's status, if known
    status: Option<String>,
}

impl Cancelled {
    pub fn new(id: i64, outcome: &'static str, status: Option<JobStatus>) -> Self {
        Self { id, outcome, status: status.map(|status| status.to_string()) }
    }
}

impl Record for Cancelled {
    const HEAD: &'static [&'static str] = &["ID", "OUTCOME", "STATUS"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.id.to_string(), self.outcome.into(), self.status.clone().unwrap_or_default()]
    }
}

/// Requests every job to be cancelled, whether or not the requests for the others fail, and returns the first error.
async fn cancel(explorer: &Explorer, arguments: Arguments, output: Output) -> Result<(), CliError> {
    let Arguments { jobs, yes, wait, timeout } = arguments;
    let ids = jobs.job_ids(explorer).await?;
    if ids.is_empty() {
        note("No job matches");
        return output.all::<Cancelled>([]);
    }
    if !yes {
        confirm(&ids)?;
    }
    let mut interrupts = Interrupts::listen();
    let mut outcomes = Outcomes { list: output.list(), is_only: ids.len() == 1, pending: ids, error: None };
    let work = async {
        request(explorer, &mut outcomes, wait).await;
        if wait {
            follow(explorer, &mut outcomes, timeout).await;
        }
    };
    let was_interrupted = tokio::select! {
        () = work => false,
        () = interrupts.first() => true,
    };
    outcomes.finish(was_interrupted)
}

fn confirm(ids: &BTreeSet<i64>) -> Result<(), CliError> {
    // A longer list would be unreadable.
    const MAX_LISTED: usize = 20;
    if !std::io::stdin().is_terminal() {
        return Ok(());
    }
    let listed: Vec<String> = ids.iter().take(MAX_LISTED).map(i64::to_string).collect();
    let more = if ids.len() > MAX_LISTED { ", ..." } else { "" };
    let jobs = if ids.len() == 1 { "job".into() } else { format!("{} jobs:", ids.len()) };
    let mut line = String::new();
    let asked = std::io::stderr().write_all(format!("Cancel {jobs} {}{more}? [y/N] ", listed.join(", ")).as_bytes());
    let read = asked.and_then(|()| std::io::stdin().read_line(&mut line));
    read.map_err(|error| CliError::Other(format!("cannot read from the terminal: {error}; use --yes")))?;
    match line.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(CliError::Other("nothing was cancelled".into())),
    }
}

/// Sends the requests, several at a time. With `wait`, jobs that are being stopped stay pending.
async fn request(explorer: &Explorer, outcomes: &mut Outcomes, wait: bool) {
    const CONCURRENT_REQUESTS: usize = 8;
    let ids: Vec<i64> = outcomes.pending.iter().copied().collect();
    let mut requests = stream::iter(ids)
        .map(|id| async move { (id, explorer.job(id).cancel().await) })
        .buffer_unordered(CONCURRENT_REQUESTS);
    while let Some((id, outcome)) = requests.next().await {
        match outcome {
            Ok(Cancellation::AlreadyEnded(job)) => outcomes.push(Cancelled::new(id, "already_ended", Some(job.status))),
            Ok(Cancellation::Declined(job)) => {
                outcomes.push(Cancelled::new(id, "declined", Some(job.status)));
                outcomes.fail(declined(id));
            }
            Ok(_) if wait => {}
            Ok(_) => outcomes.push(Cancelled::new(id, "requested", None)),
            Err(error) => outcomes.fail_job(id, error.into()),
        }
    }
}

/// The error of a job that the server does not stop.
pub fn declined(id: i64) -> CliError {
    CliError::Other(format!("the server declined to cancel job {id}"))
}

/// Waits for the pending jobs to end, all at once.
async fn follow(explorer: &Explorer, outcomes: &mut Outcomes, limit: Duration) {
    let deadline = Instant::now().checked_add(limit);
    let mut watcher = explorer.watch(outcomes.pending.iter().copied());
    loop {
        let next = watcher.next();
        let watched = match deadline {
            Some(deadline) => timeout_at(deadline, next).await,
            None => Ok(next.await),
        };
        match watched {
            Ok(None) => return,
            Ok(Some(watched)) => match watched.outcome {
                Ok(job) if job.status.is_terminal() => {
                    outcomes.push(Cancelled::new(job.id, "ended", Some(job.status)));
                }
                Ok(_) => {}
                Err(error) => outcomes.fail_job(watched.job_id, error.into()),
            },
            Err(_) => {
                let left: Vec<i64> = std::mem::take(&mut outcomes.pending).into_iter().collect();
                for &id in &left {
                    outcomes.push(Cancelled::new(id, "requested", None));
                }
                outcomes.fail(CliError::NotEnded(left, limit));
                return;
            }
        }
    }
}

/// What has become of the jobs so far.
struct Outcomes {
    list: List<Cancelled>,
    pending: BTreeSet<i64>,
    /// Whether there is one job only, whose error is that of the command.
    is_only: bool,
    error: Option<CliError>,
}

impl Outcomes {
    /// Output that cannot be written is no reason to leave jobs running.
    fn push(&mut self, cancelled: Cancelled) {
        self.pending.remove(&cancelled.id);
        if let Err(error) = self.list.push(&cancelled) {
            self.fail(error);
        }
    }

    fn fail_job(&mut self, id: i64, error: CliError) {
        self.pending.remove(&id);
        if !self.is_only {
            note(format!("job {id}: {error}"));
        }
        self.fail(error);
    }

    /// Records the first error. One that only concerns the output counts least.
    fn fail(&mut self, error: CliError) {
        if self.error.as_ref().is_none_or(|first| matches!(first, CliError::PipeClosed)) {
            self.error = Some(error);
        }
    }

    fn finish(mut self, was_interrupted: bool) -> Result<(), CliError> {
        let pending = std::mem::take(&mut self.pending);
        let finished = self.list.finish();
        if was_interrupted {
            return Err(CliError::Interrupted(pending.into_iter().collect()));
        }
        self.error.map_or(finished, Err)
    }
}
