//! Telemetry of a call: a span for each request, and events for retries, sign-ins and polls.
//!
//! Spans have the operation's id as `otel.name` and the attributes of OpenTelemetry's semantic conventions for HTTP clients.
//! Events have counters in the form that metrics layers for `tracing` read (`monotonic_counter.*`), so that metrics cost nothing
//! unless they are collected. Headers and bodies contain secrets and are recorded in neither.

use std::time::Duration;

use http::StatusCode;
use tracing::field::Empty;
use tracing::{Level, Span, debug, debug_span, event, info};

use crate::contract::operations::Operation;
use crate::error::Error;

/// The span of one request. `attempts` is how many times it was sent before.
pub(crate) fn request_span(operation: &Operation, request: &reqwest::Request, attempts: u32) -> Span {
    let url = request.url();
    debug_span!(
        "call",
        otel.name = operation.id,
        otel.kind = "client",
        http.request.method = operation.method,
        http.request.resend_count = (attempts > 0).then_some(attempts),
        http.response.status_code = Empty,
        url.full = url.as_str(),
        url.template = operation.path,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        error.type = Empty,
    )
}

/// The head of a response has arrived.
pub(crate) fn responded(status: StatusCode) {
    Span::current().record("http.response.status_code", status.as_u16());
}

/// A request has succeeded or failed.
pub(crate) fn finished(operation: &Operation, error: Option<&Error>) {
    match error {
        None => debug!(monotonic_counter.nebula_explorer.calls = 1_u64, operation = operation.id, "succeeded"),
        Some(error) => {
            let kind = error.kind();
            Span::current().record("error.type", kind);
            debug!(monotonic_counter.nebula_explorer.calls = 1_u64, operation = operation.id, error.type = kind, %error, "failed");
        }
    }
}

/// A call is about to be retried.
pub(crate) fn retrying(operation: &Operation, delay: Duration, error: &Error) {
    info!(
        monotonic_counter.nebula_explorer.retries = 1_u64,
        operation = operation.id,
        delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        %error,
        "retrying"
    );
}

/// A sign-in has succeeded or failed.
pub(crate) fn signed_in(error: Option<&Error>) {
    match error {
        None => info!(monotonic_counter.nebula_explorer.sign_ins = 1_u64, "signed in"),
        Some(error) => {
            info!(monotonic_counter.nebula_explorer.sign_ins = 1_u64, error.type = error.kind(), %error, "sign-in failed")
        }
    }
}

/// A round of polling starts.
pub(crate) fn polling(jobs: usize) {
    debug!(monotonic_counter.nebula_explorer.poll_rounds = 1_u64, jobs, "polling");
}

/// A poll has failed and will be repeated. It has its own target, so that it can be shown without the other events.
pub(crate) fn poll_failed(error: &Error) {
    event!(
        target: "nebula_explorer::poll",
        Level::INFO,
        monotonic_counter.nebula_explorer.poll_failures = 1_u64,
        error.type = error.kind(),
        %error,
        "poll failed, polling again"
    );
}

/// Propagates the current trace to the server (W3C Trace Context).
#[cfg(feature = "opentelemetry")]
pub(crate) fn propagate(request: &mut reqwest::Request) {
    use http::{HeaderName, HeaderValue};
    use opentelemetry::trace::TraceContextExt as _;
    use tracing_opentelemetry::OpenTelemetrySpanExt as _;

    let context = Span::current().context();
    let span = context.span().span_context().clone();
    if !span.is_valid() {
        return;
    }
    let flags = span.trace_flags().to_u8();
    let traceparent = format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id());
    if let Ok(value) = HeaderValue::from_str(&traceparent) {
        request.headers_mut().insert(HeaderName::from_static("traceparent"), value);
    }
}

#[cfg(not(feature = "opentelemetry"))]
pub(crate) fn propagate(_: &mut reqwest::Request) {}
