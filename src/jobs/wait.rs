//! Waiting for a job.

use std::future::IntoFuture;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout_at};

use crate::client::context::Context;
use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::conditions::Condition;
use crate::jobs::poll::{PollIntervals, PollTolerance, Poller};

/// Waits until a job meets a condition, by polling it at growing intervals. Returned by
/// [`JobHandle::wait`](crate::JobHandle::wait) and [`JobHandle::wait_until`](crate::JobHandle::wait_until); nothing is sent until
/// it is awaited.
///
/// Failed polls are tolerated within the [`PollTolerance`]. Dropping it leaves the job running.
///
/// # Errors
/// [`Error::JobFailed`], [`Error::JobInterrupted`] and [`Error::ConditionNotMet`] with the job, if it ended without meeting the
/// condition; [`Error::WaitTimedOut`]; and the error of a poll that is not tolerated.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use std::time::Duration;
///
/// let ended = explorer.job(107).wait().timeout(Duration::from_secs(3600)).await?;
/// println!("{} ended at {:?}", ended.name, ended.ended_at);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Wait<C> {
    context: Context,
    job_id: i64,
    condition: C,
    timeout: Option<Duration>,
    intervals: PollIntervals,
    tolerance: PollTolerance,
}

impl<C> Wait<C> {
    pub(crate) fn new(context: Context, job_id: i64, condition: C) -> Self {
        let (intervals, tolerance) = Default::default();
        Self { context, job_id, condition, timeout: None, intervals, tolerance }
    }

    /// How long to wait at most; without a limit by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The intervals between two polls.
    pub fn intervals(mut self, intervals: PollIntervals) -> Self {
        self.intervals = intervals;
        self
    }

    /// Which failed polls are tolerated.
    pub fn tolerance(mut self, tolerance: PollTolerance) -> Self {
        self.tolerance = tolerance;
        self
    }
}

impl<C: Condition> Wait<C> {
    async fn run(self) -> Result<Job, Error> {
        let job_id = self.job_id;
        let mut last = None;
        let mut poller = Poller::new(self.context, job_id, self.intervals, self.tolerance);
        let poll = async {
            loop {
                let job = poller.next().await?;
                if self.condition.is_met(&job) {
                    return Ok(job);
                }
                if job.status.is_terminal() {
                    return Err(Error::from_ended(job));
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
