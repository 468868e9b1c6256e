//! Counts the requests of a connection, so that it is not taken for idle while a response is awaited or sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::task::AtomicWaker;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::faults::listener::Connection;

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

    fn begin(&self) -> Guard {
        self.0.count.fetch_add(1, Ordering::AcqRel);
        Guard(self.clone())
    }
}

/// One request, until this is dropped.
struct Guard(InFlight);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.0.waker.wake();
    }
}

/// Counts a request until its response has been sent.
pub(crate) async fn count(ConnectInfo(connection): ConnectInfo<Connection>, request: Request, next: Next) -> Response {
    let guard = connection.in_flight().begin();
    next.run(request).await.map(|body| Body::new(CountedBody { body, _guard: guard }))
}

struct CountedBody {
    body: Body,
    _guard: Guard,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
