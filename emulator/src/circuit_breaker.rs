//! The circuit breaker of the real server's framework, which rejects requests to an operation that fails too often.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::lock::lock;

/// The circuit breakers of all operations.
#[derive(Default)]
pub(crate) struct CircuitBreaker {
    operations: Mutex<HashMap<&'static str, Window>>,
}

#[derive(Default)]
struct Window {
    /// When the newest failures were.
    failures: VecDeque<Instant>,
    /// How many requests came while it was open.
    while_open: u64,
}

/// How many failures open it.
const THRESHOLD: usize = 60;

/// How long a failure counts.
const WINDOW: Duration = Duration::from_secs(10);

/// While it is open, one of so many requests is let through.
const ONE_OF: u64 = 5;

impl CircuitBreaker {
    /// Whether the next request to an operation is rejected.
    pub(crate) fn rejects(&self, operation_id: &'static str) -> bool {
        let mut operations = lock(&self.operations);
        let window = operations.entry(operation_id).or_default();
        window.failures.retain(|failure| failure.elapsed() < WINDOW);
        if window.failures.len() < THRESHOLD {
            return false;
        }
        window.while_open += 1;
        !window.while_open.is_multiple_of(ONE_OF)
    }

    /// Counts a failure of an operation.
    pub(crate) fn record_failure(&self, operation_id: &'static str) {
        let mut operations = lock(&self.operations);
        let failures = &mut operations.entry(operation_id).or_default().failures;
        failures.push_back(Instant::now());
        if failures.len() > THRESHOLD {
            failures.pop_front();
        }
    }
}
