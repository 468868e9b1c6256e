//! When a call is made again, and after what pause.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::error::Error;
use crate::operations::Operation;

/// How often, and for how long, a call is made again after a failure that may pass: a server that cannot be reached, a
/// connection that breaks, a timeout, and a 429, 500, 502, 503 or 504 that is not an envelope of Explorer's own.
///
/// The pauses grow exponentially, with full jitter: each is a random part of its own full length, so that many clients do not
/// come back at once. A longer `Retry-After` of the answer is honoured. Refusals of the API's own are not retried, apart from
/// the session's one renewal; running a workflow is retried only as long as no byte of it can have reached the server.
///
/// ```
/// use std::time::Duration;
/// use nebula_explorer::RetryPolicy;
///
/// let patient = RetryPolicy { max_attempts: 10, max_elapsed: Duration::from_secs(600), ..RetryPolicy::default() };
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a call is made at most, the first time included; 4 unless set. 1 turns retrying off.
    pub max_attempts: u32,
    /// How long after its beginning a call may still be made again; 60 seconds unless set.
    pub max_elapsed: Duration,
    /// The full length of the first pause; 200 milliseconds unless set. Each further one is twice as long.
    pub first_delay: Duration,
    /// The full length of the longest pause; 10 seconds unless set.
    pub longest_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            max_elapsed: Duration::from_secs(60),
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// No retrying: every call is made once.
    pub fn none() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    pub(crate) fn begin(&self) -> Retries {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_max_times(usize::try_from(self.max_attempts.saturating_sub(1)).unwrap_or(usize::MAX))
            .build();
        Retries { backoff, begun: Instant::now(), max_elapsed: self.max_elapsed }
    }
}

/// The retries of one call.
pub(crate) struct Retries {
    backoff: ExponentialBackoff,
    begun: Instant,
    max_elapsed: Duration,
}

impl Retries {
    /// How long to pause before making the call again; `None` if it is not to be made again.
    pub(crate) fn pause(&mut self, operation: &Operation, error: &Error) -> Option<Duration> {
        let may_repeat = operation.is_repeatable() || error.is_before_sending();
        if !(error.is_retryable() && may_repeat) {
            return None;
        }
        let jittered = self.backoff.next()?.mul_f64(fastrand::f64());
        let pause = jittered.max(error.retry_after().unwrap_or_default());
        (self.begun.elapsed().saturating_add(pause) <= self.max_elapsed).then_some(pause)
    }
}
