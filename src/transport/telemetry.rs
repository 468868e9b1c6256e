//! What can be seen of a call: a span for each request that goes out, and events for retries, sign-ins and polls.
//!
//! Spans bear the operation's id as `otel.name`, and the attributes that OpenTelemetry's semantic conventions give an HTTP
//! client. Events carry counters in the form that metrics layers for `tracing` read (`monotonic_counter.*`), so that who wants
//! no metrics pays for none. Headers and bodies, which hold secrets, are in neither.

use std::time::Duration;

use http::StatusCode;
use tracing::field::Empty;
use tracing::{Level, Span, debug, debug_span, event, info};

use crate::contract::operations::Operation;
use crate::error::Error;

/// The span of one request. `attempts` is how many times the call has been sent before.
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

/// The header of an answer has come.
pub(crate) fn responded(status: StatusCode) {
    Span::current().record("http.response.status_code", status.as_u16());
}

/// A request has got its answer, or none.
pub(crate) fn finished(operation: &Operation, error: Option<&Error>) {
    match error {
        None => debug!(monotonic_counter.nebula_explorer.calls = 1_u64, operation = operation.id, "answered"),
        Some(error) => {
            let kind = error.kind();
            Span::current().record("error.type", kind);
            debug!(monotonic_counter.nebula_explorer.calls = 1_u64, operation = operation.id, error.type = kind, %error, "failed");
        }
    }
}

/// A call is going to be made again.
pub(crate) fn retrying(operation: &Operation, delay: Duration, error: &Error) {
    info!(
        monotonic_counter.nebula_explorer.retries = 1_u64,
        operation = operation.id,
        delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
        %error,
        "trying again"
    );
}

/// Somebody has signed in, or was refused.
pub(crate) fn signed_in(error: Option<&Error>) {
    match error {
        None => info!(monotonic_counter.nebula_explorer.sign_ins = 1_u64, "signed in"),
        Some(error) => {
            info!(monotonic_counter.nebula_explorer.sign_ins = 1_u64, error.type = error.kind(), %error, "sign-in failed")
        }
    }
}

/// A round of polling begins.
pub(crate) fn polling(jobs: usize) {
    debug!(monotonic_counter.nebula_explorer.poll_rounds = 1_u64, jobs, "polling");
}

/// A poll has failed, and another one follows. Of a target of its own, so that who follows a job can be told of this alone.
pub(crate) fn poll_failed(error: &Error) {
    event!(
        target: "nebula_explorer::poll",
        Level::INFO,
        monotonic_counter.nebula_explorer.poll_failures = 1_u64,
        error.type = error.kind(),
        %error,
        "no answer for the moment, asking again"
    );
}

/// Hands the current trace on to the server, as W3C Trace Context has it.
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
