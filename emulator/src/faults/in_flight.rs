//! Counts the requests of a connection, so that it is not taken for idle while a response is awaited or sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Context;

use futures_util::task::AtomicWaker;

/// The requests in flight on one connection.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<Shared>);

#[derive(Default)]
struct Shared {
    count: AtomicUsize,
    /// The task of the connection, which does not notice by itself that a response has been sent.
    waker: AtomicWaker,
}

impl InFlight {
    /// Whether there are none. Otherwise the task is woken when one ends.
    pub(crate) fn is_idle(&self, context: &Context<'_>) -> bool {
        self.0.waker.register(context.waker());
        self.0.count.load(Ordering::Acquire) == 0
    }

    /// Counts a request until the result is dropped.
    pub(crate) fn begin(&self) -> InFlightGuard {
        self.0.count.fetch_add(1, Ordering::AcqRel);
        InFlightGuard(self.clone())
    }
}

/// One request, until this is dropped.
pub(crate) struct InFlightGuard(InFlight);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.0.waker.wake();
    }
}
