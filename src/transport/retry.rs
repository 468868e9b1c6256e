//! Which calls are retried, and after what delay.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::contract::operations::Operation;
use crate::error::Error;

/// How often, and for how long, a call is retried after a transient failure: a server that cannot be reached, a connection that
/// is lost, a timeout, and a response that is not Explorer's own with a status that promises another attempt may succeed (408,
/// 421, 425, 429, 500, 502 to 504, 520 to 524).
///
/// Delays grow exponentially, with full jitter: each is a random part of its full length, so that many clients do not retry at
/// the same time. A longer `Retry-After` of the response is respected. Error codes of the API are not retried, except for the
/// one renewal of the session; running a workflow is retried only if nothing can have acted on the request: no connection was
/// established, or a gateway limited the rate of requests.
///
/// ```
/// use std::time::Duration;
/// use nebula_explorer::RetryPolicy;
///
/// let patient = RetryPolicy::builder().max_attempts(10).max_elapsed(Duration::from_secs(600)).build().unwrap();
/// assert_eq!(patient.max_attempts(), 10);
/// assert!(RetryPolicy::builder().max_attempts(0).build().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    max_attempts: u32,
    max_elapsed: Duration,
    initial_delay: Duration,
    max_delay: Duration,
    factor: f64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            max_elapsed: Duration::from_secs(60),
            initial_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            factor: 2.0,
        }
    }
}

impl RetryPolicy {
    /// Starts from the default policy.
    pub fn builder() -> RetryPolicyBuilder {
        RetryPolicyBuilder(Self::default())
    }

    /// No retries: every call is sent once.
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// How many times a call is sent at most, the first time included.
    pub fn max_attempts(&self) -> u32 {
        self.max_attempts
    }

    /// How long after its start a call may still be retried.
    pub fn max_elapsed(&self) -> Duration {
        self.max_elapsed
    }

    /// The full length of the first delay.
    pub fn initial_delay(&self) -> Duration {
        self.initial_delay
    }

    /// The full length of the longest delay.
    pub fn max_delay(&self) -> Duration {
        self.max_delay
    }

    /// The ratio of each delay to the one before.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    pub(crate) fn start(&self) -> Retries {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(self.initial_delay)
            .with_max_delay(self.max_delay)
            .with_factor(self.factor as f32)
            .with_max_times(usize::try_from(self.max_attempts.saturating_sub(1)).unwrap_or(usize::MAX))
            .build();
        Retries { backoff, started: Instant::now(), max_elapsed: self.max_elapsed }
    }
}

/// Builds a [`RetryPolicy`].
///
/// ```
/// use std::time::Duration;
/// use nebula_explorer::RetryPolicy;
///
/// let policy = RetryPolicy::builder().initial_delay(Duration::from_millis(50)).max_delay(Duration::from_secs(2)).build();
/// assert!(policy.is_ok());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing is built until `build` is called"]
pub struct RetryPolicyBuilder(RetryPolicy);

impl RetryPolicyBuilder {
    /// How many times a call is sent at most, the first time included: at least 1, which turns retries off.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.0.max_attempts = attempts;
        self
    }

    /// How long after its start a call may still be retried.
    pub fn max_elapsed(mut self, elapsed: Duration) -> Self {
        self.0.max_elapsed = elapsed;
        self
    }

    /// The full length of the first delay.
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.0.initial_delay = delay;
        self
    }

    /// The full length of the longest delay: at least that of the first.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.0.max_delay = delay;
        self
    }

    /// The ratio of each delay to the one before: at least 1.
    pub fn factor(mut self, factor: f64) -> Self {
        self.0.factor = factor;
        self
    }

    /// Checks the values.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a value outside its range.
    pub fn build(self) -> Result<RetryPolicy, Error> {
        let policy = self.0;
        if policy.max_attempts == 0 {
            return Err(Error::InvalidInput("max_attempts must be at least 1, which turns retries off".into()));
        }
        check_delays(policy.initial_delay, policy.max_delay, policy.factor)?;
        Ok(policy)
    }
}

/// Checks the delays of a backoff: of retries, or of polls.
pub(crate) fn check_delays(initial_delay: Duration, max_delay: Duration, factor: f64) -> Result<(), Error> {
    let invalid = |problem: String| Err(Error::InvalidInput(problem));
    if initial_delay.is_zero() {
        return invalid("initial_delay must be longer than zero".into());
    }
    if max_delay < initial_delay {
        return invalid(format!(
            "max_delay ({max_delay:?}) must not be shorter than initial_delay ({initial_delay:?})"
        ));
    }
    if !factor.is_finite() || factor < 1.0 {
        return invalid(format!("factor must be a number of at least 1, not {factor}"));
    }
    Ok(())
}

/// The retries of one call.
pub(crate) struct Retries {
    backoff: ExponentialBackoff,
    started: Instant,
    max_elapsed: Duration,
}

impl Retries {
    /// How long to wait before the call is retried; `None` if it is not.
    pub(crate) fn next_delay(&mut self, operation: &Operation, error: &Error) -> Option<Duration> {
        let may_repeat = operation.is_repeatable() || error.was_not_acted_upon();
        if !(error.is_retryable() && may_repeat) {
            return None;
        }
        let jittered = self.backoff.next()?.mul_f64(fastrand::f64());
        let delay = jittered.max(error.retry_after().unwrap_or_default());
        (self.started.elapsed().saturating_add(delay) <= self.max_elapsed).then_some(delay)
    }
}
