//! Waiting for the end of a job.

use std::future::IntoFuture;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::Error;
use crate::job::{Job, JobHandle};

/// Waits for the end of a job by asking for it in growing intervals. Made by [`JobHandle::wait`]; nothing is asked until it is
/// awaited. Giving up on it leaves the job running.
///
/// # Errors
/// [`Error::JobFailed`] and [`Error::JobInterrupted`] with the job as it ended, [`Error::WaitTimedOut`], and the errors of every
/// call.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
/// use std::time::Duration;
///
/// let ended = explorer.job(107).wait().timeout(Duration::from_secs(3600)).await?;
/// println!("{} took {:?}", ended.name, ended.ended_at.zip(ended.began_at).map(|(end, begin)| end - begin));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asked until it is awaited"]
pub struct Wait {
    job: JobHandle,
    timeout: Option<Duration>,
    intervals: PollIntervals,
}

/// How long to wait between two polls: growing without jitter, up to a ceiling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PollIntervals {
    /// The first interval; 500 milliseconds unless set.
    pub first: Duration,
    /// By how much each interval is longer than the one before; 1.5 unless set.
    pub factor: f64,
    /// The longest interval; 15 seconds unless set.
    pub ceiling: Duration,
}

impl Default for PollIntervals {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), factor: 1.5, ceiling: Duration::from_secs(15) }
    }
}

impl PollIntervals {
    fn after(&self, interval: Duration) -> Duration {
        let longer = Duration::try_from_secs_f64(interval.as_secs_f64() * self.factor);
        longer.unwrap_or(self.ceiling).min(self.ceiling)
    }
}

impl Wait {
    pub(crate) fn new(job: JobHandle) -> Self {
        Self { job, timeout: None, intervals: PollIntervals::default() }
    }

    /// How long to wait at most. Without it, as long as the job takes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long to wait between two polls.
    pub fn intervals(mut self, intervals: PollIntervals) -> Self {
        self.intervals = intervals;
        self
    }

    async fn run(self) -> Result<Job, Error> {
        let mut last = None;
        let poll = async {
            let mut interval = self.intervals.first.min(self.intervals.ceiling);
            loop {
                match self.job.get().await?.into_outcome() {
                    Ok(outcome) => return outcome,
                    Err(running) => last = Some(Box::new(running)),
                }
                sleep(interval).await;
                interval = self.intervals.after(interval);
            }
        };
        match self.timeout.and_then(|limit| Some((limit, Instant::now().checked_add(limit)?))) {
            None => poll.await,
            Some((limit, deadline)) => match timeout_at(deadline, poll).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Error::WaitTimedOut { job_id: self.job.id(), limit, last }),
            },
        }
    }
}

impl IntoFuture for Wait {
    type Output = Result<Job, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
