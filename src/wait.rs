//! Waiting for a job.

use std::future::IntoFuture;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};

use crate::conditions::Condition;
use crate::error::Error;
use crate::job::{Job, JobHandle};
use crate::poll::{PollIntervals, PollTolerance, Poller};

/// Waits until a condition holds of a job, by asking for the job in growing intervals. Made by [`JobHandle::wait`] and
/// [`JobHandle::wait_until`]; nothing is asked until it is awaited.
///
/// Polls that fail are borne within the [`PollTolerance`]. Giving up on it, or dropping it, leaves the job running.
///
/// # Errors
/// [`Error::JobFailed`] and [`Error::JobInterrupted`] with the job as it ended, if it did so without the condition;
/// [`Error::JobSucceeded`] likewise; [`Error::WaitTimedOut`]; and the error of a poll that could not be borne.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
/// use std::time::Duration;
///
/// let ended = explorer.job(107).wait().timeout(Duration::from_secs(3600)).await?;
/// println!("{} ended at {:?}", ended.name, ended.ended_at);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asked until it is awaited"]
pub struct Wait<C> {
    job: JobHandle,
    condition: C,
    timeout: Option<Duration>,
    intervals: PollIntervals,
    tolerance: PollTolerance,
}

impl<C> Wait<C> {
    pub(crate) fn new(job: JobHandle, condition: C) -> Self {
        let (intervals, tolerance) = Default::default();
        Self { job, condition, timeout: None, intervals, tolerance }
    }

    /// How long to wait at most. Without it, as long as it takes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long to wait between two polls.
    pub fn intervals(mut self, intervals: PollIntervals) -> Self {
        self.intervals = intervals;
        self
    }

    /// Which failures of single polls are borne.
    pub fn tolerance(mut self, tolerance: PollTolerance) -> Self {
        self.tolerance = tolerance;
        self
    }
}

impl<C: Condition> Wait<C> {
    async fn run(self) -> Result<Job, Error> {
        let job_id = self.job.id();
        let mut last = None;
        let mut poller = Poller::new(self.job, self.intervals, self.tolerance);
        let poll = async {
            loop {
                let job = poller.next().await?;
                if self.condition.holds(&job) {
                    return Ok(job);
                }
                if job.status.is_end() {
                    return Err(Error::of_end(job));
                }
                last = Some(Box::new(job));
            }
        };
        match self.timeout.and_then(|limit| Some((limit, Instant::now().checked_add(limit)?))) {
            None => poll.await,
            Some((limit, deadline)) => match timeout_at(deadline, poll).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Error::WaitTimedOut { job_id, limit, last }),
            },
        }
    }
}

impl<C: Condition + Send + Sync + 'static> IntoFuture for Wait<C> {
    type Output = Result<Job, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
