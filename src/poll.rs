//! Asking for a job again and again: the pauses between, and the failures that are borne.
//!
//! Pauses between polls have no jitter: they are the caller's own rhythm. Pauses before a call is made again after a failure
//! have it; see [`RetryPolicy`](crate::RetryPolicy).

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::Error;
use crate::job::{Job, JobHandle};
use crate::trace;

/// How long to wait between two polls: growing, up to a ceiling.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    fn after(&self, interval: Option<Duration>) -> Duration {
        let longer = match interval {
            None => self.first,
            Some(interval) => Duration::try_from_secs_f64(interval.as_secs_f64() * self.factor).unwrap_or(self.ceiling),
        };
        // Never no time at all: that would be a loop that asks as fast as it can.
        longer.min(self.ceiling).max(Duration::from_millis(1))
    }
}

/// Which failures of single polls are borne, each after the retries of its own call.
///
/// What cannot pass is not borne: a job that does not exist, an account that is refused, a call that is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollTolerance {
    /// How many polls in a row may fail; 10 unless set.
    pub consecutive_failures: u32,
    /// For how long polls may go on failing; 5 minutes unless set.
    pub time: Duration,
}

impl Default for PollTolerance {
    fn default() -> Self {
        Self { consecutive_failures: 10, time: Duration::from_secs(300) }
    }
}

impl PollTolerance {
    /// The first failure ends the waiting.
    pub fn none() -> Self {
        Self { consecutive_failures: 0, time: Duration::ZERO }
    }
}

/// The rhythm of polling, and what it has borne so far.
#[derive(Debug)]
pub(crate) struct Rhythm {
    intervals: PollIntervals,
    tolerance: PollTolerance,
    interval: Option<Duration>,
    failures: u32,
    failing_since: Option<Instant>,
}

impl Rhythm {
    pub(crate) fn new(intervals: PollIntervals, tolerance: PollTolerance) -> Self {
        Self { intervals, tolerance, interval: None, failures: 0, failing_since: None }
    }

    /// The time until the next poll.
    pub(crate) async fn pause(&mut self) {
        let interval = self.intervals.after(self.interval);
        self.interval = Some(interval);
        sleep(interval).await;
    }

    /// The outcome of a poll: a value, `None` for a failure that is borne, or the error that ends the polling.
    pub(crate) fn bear<T>(&mut self, outcome: Result<T, Error>) -> Result<Option<T>, Error> {
        let error = match outcome {
            Ok(value) => {
                (self.failures, self.failing_since) = (0, None);
                return Ok(Some(value));
            }
            Err(error) => error,
        };
        self.failures += 1;
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        let borne = error.may_pass()
            && self.failures <= self.tolerance.consecutive_failures
            && since.elapsed() <= self.tolerance.time;
        if !borne {
            return Err(error);
        }
        trace::poll_failed(&error);
        Ok(None)
    }
}

/// Polls one job. Never stops by itself.
#[derive(Debug)]
pub(crate) struct Poller {
    job: JobHandle,
    rhythm: Rhythm,
    begun: bool,
}

impl Poller {
    pub(crate) fn new(job: JobHandle, intervals: PollIntervals, tolerance: PollTolerance) -> Self {
        Self { job, rhythm: Rhythm::new(intervals, tolerance), begun: false }
    }

    /// The job as it is at the next poll that succeeds.
    pub(crate) async fn next(&mut self) -> Result<Job, Error> {
        loop {
            if self.begun {
                self.rhythm.pause().await;
            }
            self.begun = true;
            trace::polling(1);
            if let Some(job) = self.rhythm.bear(self.job.get().await)? {
                return Ok(job);
            }
        }
    }
}
