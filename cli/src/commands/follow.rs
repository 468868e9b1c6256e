//! Following one job until it ends, with its progress.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use nebula_explorer::{Change, Error, Job, JobHandle, JobStatus};
use tokio::time::timeout;

use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::progress::JobProgress;

/// Shows the progress of a job, and waits for it to succeed. `check` is called once, as soon as the tasks are known.
pub async fn follow(
    job: &JobHandle,
    limit: Option<Duration>,
    interrupts: &mut Interrupts,
    check: impl FnOnce(&Job) -> Result<(), CliError>,
) -> Result<Job, CliError> {
    let job_id = job.id();
    let (mut last, mut check) = (None, Some(check));
    let mut display = JobProgress::new(job_id);
    let following = async {
        let mut changes = job.progress().stream();
        while let Some(change) = changes.try_next().await.map_err(|error| CliError::NotFollowed(job_id, error))? {
            display.show(&change);
            if let Change::Job(job) = change {
                if !job.tasks.is_empty()
                    && let Some(check) = check.take()
                {
                    check(&job)?;
                }
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
            return Err(CliError::Interrupted(vec![job_id]));
        }
    };
    drop(display);
    outcome.unwrap_or(Ok(()))?;
    let Some(ended) = last.clone().filter(|job| job.status.is_terminal()) else {
        let limit = limit.unwrap_or_default();
        return Err(Error::WaitTimedOut { job_id, limit, last: last.map(Box::new) }.into());
    };
    match error_of(&ended) {
        Some(error) => Err(error.into()),
        None => Ok(ended),
    }
}

/// The error of a job that ended without success.
pub fn error_of(job: &Job) -> Option<Error> {
    match job.status {
        JobStatus::Failed => Some(Error::JobFailed(Box::new(job.clone()))),
        JobStatus::Interrupted => Some(Error::JobInterrupted(Box::new(job.clone()))),
        _ => None,
    }
}
