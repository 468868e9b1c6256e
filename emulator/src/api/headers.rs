//! The headers of every response: the trace context and the emulated date.

use axum::extract::{Request, State};
use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use jiff::SignedDuration;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::behaviour::DateHeader;
use crate::clock::Clock;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Adds `Traceparent` (except to a wrong method), which continues the trace of the request, and `Date`, which agrees with the times of jobs.
pub(crate) async fn add_headers(
    State((clock, date)): State<(Clock, DateHeader)>,
    request: Request,
    next: Next,
) -> Response {
    let traceparent = traceparent(request.headers());
    let mut response = next.run(request).await;
    let is_wrong_method = response.status() == StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    // The real server's router rejects a wrong method before anything is traced.
    if !is_wrong_method && let Ok(traceparent) = HeaderValue::try_from(traceparent) {
        headers.insert(TRACEPARENT, traceparent);
    }
    let time = match date {
        DateHeader::Correct => clock.now(),
        DateHeader::Ahead(seconds) => {
            clock.now().saturating_add(SignedDuration::from_secs(seconds)).unwrap_or_default()
        }
        DateHeader::Missing => return response,
    };
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&time);
    if let Some(date) = date.ok().and_then(|date| HeaderValue::try_from(date).ok()) {
        headers.insert(DATE, date);
    }
    response
}

/// The trace context of the response: a new span in the trace of the request, or in a new trace that is not sampled.
fn traceparent(request: &HeaderMap) -> String {
    let continued = request.get(TRACEPARENT).and_then(|header| trace_and_flags(header.to_str().ok()?));
    let span = rand::random_range(1..=u64::MAX);
    match continued {
        Some((trace, flags)) => format!("00-{trace}-{span:016x}-{flags}"),
        None => format!("00-{:032x}-{span:016x}-00", rand::random_range(1..=u128::MAX)),
    }
}

/// The trace id and the flags of a W3C trace context, or `None` if it is invalid.
fn trace_and_flags(header: &str) -> Option<(&str, &str)> {
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let id = |text: &str, length| hex(text, length) && text.bytes().any(|byte| byte != b'0');
    let mut parts = header.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // Version 00 has four parts; later versions may have more.
    let complete = hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
    (complete && id(trace, 32) && id(span, 16) && hex(flags, 2)).then_some((trace, flags))
}

#[cfg(test)]
mod tests {
    use super::trace_and_flags;

    #[test]
    fn invalid_trace_contexts_are_rejected() {
        let (trace, span) = ("1c3f55cdbf81e13a2331ed88155ce0bf", "2b97474943563f20");
        let zero = "0".repeat(32);
        let cases = [
            (format!("00-{trace}-{span}-01"), Some("01")),
            (format!("00-{trace}-{span}-00"), Some("00")),
            (format!("01-{trace}-{span}-01-more"), Some("01")),
            (format!("00-{trace}-{span}-01-more"), None),
            (format!("ff-{trace}-{span}-01"), None),
            (format!("00-{zero}-{span}-01"), None),
            (format!("00-{trace}-0000000000000000-01"), None),
            (format!("00-{}-{span}-01", trace.to_uppercase()), None),
            (format!("00-{trace}-{span}"), None),
            (String::new(), None),
        ];
        for (header, flags) in cases {
            assert_eq!(trace_and_flags(&header), flags.map(|flags| (trace, flags)), "{header}");
        }
    }
}
