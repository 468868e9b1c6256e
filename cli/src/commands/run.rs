//! Running a workflow, and waiting for its job.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;
use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use nebula_explorer::{Change, Error, Explorer, Job, JobHandle, JobStatus};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::arguments::Run;
use crate::commands::result::{self, task_of};
use crate::error::CliError;
use crate::input;
use crate::interrupt::Interrupts;
use crate::output::output::Output;
use crate::output::progress::Display;
use crate::output::records::{JobRecord, SubmittedRecord};
use crate::output::stderr::note;

pub async fn run(explorer: &Explorer, options: Run, output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let job = submit(explorer, &options, &mut interrupts).await?;
    if options.detach {
        return output.id(&SubmittedRecord { id: job.id() });
    }
    note(format!("Created job {}", job.id()));
    if let Some(task) = &options.result {
        // Before the waiting, not after it.
        let made = job.get().await.map_err(|error| CliError::NotFollowed(job.id(), error))?;
        task_of(&made, Some(task)).map_err(|failure| failure.with("the job goes on running"))?;
    }
    let limit = options.timeout.map(Duration::from_secs);
    let ended = follow(&job, limit, &mut interrupts).await?;
    match &options.result {
        Some(task) => result::rows(&job, &ended, Some(task), options.limit, output).await,
        None => output.one(&JobRecord::of(&ended)),
    }
}

/// Waits for a job to succeed and shows its progress.
pub async fn follow(job: &JobHandle, limit: Option<Duration>, interrupts: &mut Interrupts) -> Result<Job, CliError> {
    let job_id = job.id();
    let mut last = None;
    let mut display = Display::new(job_id);
    let following = async {
        let mut changes = job.progress().stream();
        while let Some(change) = changes.try_next().await.map_err(|error| CliError::NotFollowed(job_id, error))? {
            display.show(&change);
            if let Change::Job(job) = change {
                last = Some(job);
            }
        }
        Ok::<_, CliError>(())
    };
    let following = timeout(limit.unwrap_or(Duration::MAX), following);
    let outcome = tokio::select! {
        outcome = following => outcome,
        () = interrupts.first() => {
            drop(display);
            return Err(CliError::LeftRunning(vec![job_id]));
        }
    };
    drop(display);
    outcome.unwrap_or(Ok(()))?;
    let Some(ended) = last.clone().filter(|job| job.status.is_terminal()) else {
        let limit = limit.unwrap_or_default();
        return Err(Error::WaitTimedOut { job_id, limit, last: last.map(Box::new) }.into());
    };
    match ended_badly(&ended) {
        Some(error) => Err(error.into()),
        None => Ok(ended),
    }
}

/// The error of a job that has ended without success.
pub fn ended_badly(job: &Job) -> Option<Error> {
    match job.status {
        JobStatus::Failed => Some(Error::JobFailed(Box::new(job.clone()))),
        JobStatus::Interrupted => Some(Error::JobInterrupted(Box::new(job.clone()))),
        _ => None,
    }
}

/// An interrupt does not cut off the answer, which names the job.
async fn submit(explorer: &Explorer, options: &Run, interrupts: &mut Interrupts) -> Result<JobHandle, CliError> {
    let mut run = explorer.workflow(options.workflow).run();
    for (task, name, value) in parameters(options)? {
        run = run.param(task, name, value);
    }
    let mut submission = pin!(run.into_future());
    tokio::select! {
        job = &mut submission => return Ok(job?),
        () = interrupts.first() => {}
    }
    note(
        "interrupted; waiting for the answer, which names the job. Interrupt again to end at once: then the job may or may not exist",
    );
    Err(CliError::LeftRunning(vec![submission.await?.id()]))
}

fn parameters(options: &Run) -> Result<Vec<(String, String, Value)>, CliError> {
    let mut found = Vec::new();
    if let Some(path) = &options.input {
        let given: BTreeMap<String, Map<String, Value>> = input::json(path)?;
        for (task, parameters) in given {
            found.extend(parameters.into_iter().map(|(name, value)| (task.clone(), name, value)));
        }
    }
    for param in &options.params {
        let parsed = param.split_once('=').and_then(|(place, value)| {
            let (task, name) = place.split_once('.')?;
            Some((task.to_string(), name.to_string(), Value::from(value)))
        });
        found.push(parsed.ok_or_else(|| CliError::Usage(format!("`{param}` is not TASK.PARAM=VALUE")))?);
    }
    Ok(found)
}
