//! Polling: the intervals, and the failures that are tolerated.
//!
//! Intervals between polls have no jitter: a wait polls at the rhythm its caller chose. Delays before a retry have jitter; see
//! [`RetryPolicy`](crate::RetryPolicy).

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::client::context::Context;
use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::get::get;
use crate::transport::retry::check_delays;
use crate::transport::telemetry;

/// The intervals between two polls, which grow up to a maximum.
///
/// ```
/// use std::time::Duration;
/// use nebula_explorer::PollIntervals;
///
/// let intervals = PollIntervals::builder().initial_delay(Duration::from_secs(1)).factor(1.0).build().unwrap();
/// assert_eq!(intervals.initial_delay(), Duration::from_secs(1));
/// assert!(PollIntervals::builder().factor(0.5).build().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PollIntervals {
    initial_delay: Duration,
    max_delay: Duration,
    factor: f64,
}

impl Default for PollIntervals {
    fn default() -> Self {
        Self { initial_delay: Duration::from_millis(500), max_delay: Duration::from_secs(15), factor: 1.5 }
    }
}

impl PollIntervals {
    /// Starts from the default intervals.
    pub fn builder() -> PollIntervalsBuilder {
        PollIntervalsBuilder(Self::default())
    }

    /// The same interval every time.
    pub(crate) const fn every(delay: Duration) -> Self {
        Self { initial_delay: delay, max_delay: delay, factor: 1.0 }
    }

    /// The first interval.
    pub fn initial_delay(&self) -> Duration {
        self.initial_delay
    }

    /// The longest interval.
    pub fn max_delay(&self) -> Duration {
        self.max_delay
    }

    /// The ratio of each interval to the one before.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    fn after(&self, interval: Option<Duration>) -> Duration {
        let longer = match interval {
            None => self.initial_delay,
            Some(interval) => {
                Duration::try_from_secs_f64(interval.as_secs_f64() * self.factor).unwrap_or(self.max_delay)
            }
        };
        longer.min(self.max_delay)
    }
}

/// Builds [`PollIntervals`].
///
/// ```
/// use std::time::Duration;
/// use nebula_explorer::PollIntervals;
///
/// assert!(PollIntervals::builder().max_delay(Duration::from_secs(60)).build().is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is built until `build` is called"]
pub struct PollIntervalsBuilder(PollIntervals);

impl PollIntervalsBuilder {
    /// The first interval.
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.0.initial_delay = delay;
        self
    }

    /// The longest interval: at least the first.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.0.max_delay = delay;
        self
    }

    /// The ratio of each interval to the one before: at least 1.
    pub fn factor(mut self, factor: f64) -> Self {
        self.0.factor = factor;
        self
    }

    /// Checks the values.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a value outside its range.
    pub fn build(self) -> Result<PollIntervals, Error> {
        check_delays(self.0.initial_delay, self.0.max_delay, self.0.factor)?;
        Ok(self.0)
    }
}

/// Which failed polls are tolerated, each after the retries of its own call.
///
/// Permanent errors are returned immediately: a job that does not exist, an account that is rejected, a call that is denied.
/// Transient errors are tolerated for [`max_elapsed`](Self::max_elapsed) after the first of them, and a few of them in any case.
///
/// ```
/// use std::time::Duration;
/// use nebula_explorer::PollTolerance;
///
/// let patient = PollTolerance::builder().max_elapsed(Duration::from_secs(3600)).build();
/// assert!(patient.max_elapsed() > PollTolerance::default().max_elapsed());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollTolerance {
    min_failures: u32,
    max_elapsed: Duration,
}

impl Default for PollTolerance {
    fn default() -> Self {
        Self { min_failures: 3, max_elapsed: Duration::from_secs(300) }
    }
}

impl PollTolerance {
    /// Starts from the default tolerance.
    pub fn builder() -> PollToleranceBuilder {
        PollToleranceBuilder(Self::default())
    }

    /// No tolerance: the first failure ends the wait.
    pub fn none() -> Self {
        Self { min_failures: 0, max_elapsed: Duration::ZERO }
    }

    /// How many consecutive failures are tolerated however long they take.
    pub fn min_failures(&self) -> u32 {
        self.min_failures
    }

    /// How long polls may keep failing.
    pub fn max_elapsed(&self) -> Duration {
        self.max_elapsed
    }
}

/// Builds a [`PollTolerance`].
///
/// ```
/// use nebula_explorer::PollTolerance;
///
/// assert_eq!(PollTolerance::builder().min_failures(10).build().min_failures(), 10);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is built until `build` is called"]
pub struct PollToleranceBuilder(PollTolerance);

impl PollToleranceBuilder {
    /// How many consecutive failures are tolerated however long they take.
    pub fn min_failures(mut self, failures: u32) -> Self {
        self.0.min_failures = failures;
        self
    }

    /// How long polls may keep failing.
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.0.max_elapsed = elapsed;
        self
    }

    /// The tolerance. Every value is valid.
    pub fn build(self) -> PollTolerance {
        self.0
    }
}

/// The intervals of a series of polls, and the failures tolerated so far.
#[derive(Debug)]
pub(crate) struct PollLoop {
    intervals: PollIntervals,
    failures: Failures,
    interval: Option<Duration>,
    /// When the next poll is due. Kept, so that waiting for it can be interrupted and continued.
    next_poll: Option<Instant>,
    /// What the server asked for with its last failure.
    retry_after: Option<Duration>,
}

impl PollLoop {
    pub(crate) fn new(intervals: PollIntervals, tolerance: PollTolerance) -> Self {
        let failures = Failures::new(tolerance);
        Self { intervals, failures, interval: None, next_poll: None, retry_after: None }
    }

    /// Sets the intervals of the pauses that have not begun.
    pub(crate) fn set_intervals(&mut self, intervals: PollIntervals) {
        if self.intervals != intervals {
            (self.intervals, self.interval) = (intervals, None);
        }
    }

    /// Waits until the next poll.
    pub(crate) async fn pause(&mut self) {
        let due = match self.next_poll {
            Some(due) => due,
            None => {
                let interval = self.intervals.after(self.interval);
                self.interval = Some(interval);
                let pause = interval.max(self.retry_after.take().unwrap_or_default());
                *self.next_poll.insert(Instant::now() + pause.min(LONGEST_PAUSE))
            }
        };
        sleep_until(due).await;
        self.next_poll = None;
    }

    /// The outcome of a poll: a value, `None` for a failure that is tolerated, or the error that ends the polling.
    pub(crate) fn tolerate<T>(&mut self, outcome: Result<T, Error>) -> Result<Option<T>, Error> {
        self.retry_after = outcome.as_ref().err().and_then(Error::retry_after);
        self.failures.tolerate(outcome)
    }
}

/// A server that asks for more than this is asked again all the same.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// The consecutive failures of one thing that is polled.
#[derive(Clone, Debug)]
pub(crate) struct Failures {
    tolerance: PollTolerance,
    count: u32,
    since: Option<Instant>,
}

impl Failures {
    pub(crate) fn new(tolerance: PollTolerance) -> Self {
        Self { tolerance, count: 0, since: None }
    }

    /// The outcome of a poll: a value, `None` for a failure that is tolerated, or the error that ends the polling.
    pub(crate) fn tolerate<T>(&mut self, outcome: Result<T, Error>) -> Result<Option<T>, Error> {
        let error = match outcome {
            Ok(value) => {
                (self.count, self.since) = (0, None);
                return Ok(Some(value));
            }
            Err(error) => error,
        };
        self.count += 1;
        let since = *self.since.get_or_insert_with(Instant::now);
        let within = self.count <= self.tolerance.min_failures || since.elapsed() < self.tolerance.max_elapsed;
        if !error.is_transient() || !within {
            return Err(error);
        }
        telemetry::poll_failed(&error);
        Ok(None)
    }
}

/// Polls one job. Never stops by itself.
#[derive(Debug)]
pub(crate) struct Poller {
    context: Context,
    job_id: i64,
    poll_loop: PollLoop,
    started: bool,
}

impl Poller {
    pub(crate) fn new(context: Context, job_id: i64, intervals: PollIntervals, tolerance: PollTolerance) -> Self {
        Self { context, job_id, poll_loop: PollLoop::new(intervals, tolerance), started: false }
    }

    /// The job as of the next poll that succeeds.
    pub(crate) async fn next(&mut self) -> Result<Job, Error> {
        loop {
            if self.started {
                self.poll_loop.pause().await;
            }
            self.started = true;
            telemetry::polling(1);
            if let Some(job) = self.poll_loop.tolerate(get(&self.context, self.job_id).await)? {
                return Ok(job);
            }
        }
    }
}
