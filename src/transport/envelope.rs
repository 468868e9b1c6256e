//! Parses an API envelope, or rejects a foreign response.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, TRANSFER_ENCODING};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use crate::contract::code::ErrorCode;
use crate::contract::operations::fields;
use crate::error::{CallContext, Error, UnexpectedResponse};

/// An envelope whose body is not decoded yet. A success has the status 200, an error the one that belongs to its code.
pub(crate) struct Envelope {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// What reqwest attaches to a response: its allocation is reused.
    pub extensions: Extensions,
    pub body: Bytes,
    /// `None` for a success.
    pub error: Option<ErrorCode>,
}

/// The request that a response belongs to, for errors.
#[derive(Clone, Copy)]
pub(crate) struct RequestInfo<'a> {
    pub operation: &'static str,
    pub url: &'a str,
    pub timeout: Duration,
}

impl RequestInfo<'_> {
    pub(crate) fn call(&self) -> CallContext {
        CallContext::new(self.operation, self.url)
    }

    pub(crate) fn transport_error(&self, error: reqwest::Error, trace_id: Option<String>) -> Error {
        Error::from_transport(error, self.call().traced(trace_id), self.timeout)
    }
}

impl Envelope {
    /// Parses an envelope, or rejects a response that is not one.
    pub(crate) fn parse(
        info: RequestInfo<'_>,
        status: StatusCode,
        headers: HeaderMap,
        extensions: Extensions,
        body: Bytes,
    ) -> Result<Self, Error> {
        let error = match envelope_code(&body) {
            Ok(0) if status.is_success() => None,
            Ok(0) => return Err(unexpected(info, status, &headers, &body)),
            Ok(number) => Some(ErrorCode::from(number)),
            // JSON under a success is a malformed response of the API; under an error it is a gateway's own.
            Err(problem) if status.is_success() && matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) => {
                return Err(Error::invalid_response(info.call().traced(trace_id(&headers)), fields::CODE, problem));
            }
            Err(_) => return Err(unexpected(info, status, &headers, &body)),
        };
        let status = match error {
            None => StatusCode::OK,
            // An error code inside a success is the same error as with its own status.
            Some(code) if status.is_success() => code.http_status(),
            Some(_) => status,
        };
        Ok(Self { status, headers, extensions, body, error })
    }
}

/// Reads a body up to a limit. A larger one is rejected while it arrives.
pub(crate) async fn read_body(
    info: RequestInfo<'_>,
    response: &mut reqwest::Response,
    max_bytes: usize,
) -> Result<Bytes, Error> {
    let trace_id = |response: &reqwest::Response| trace_id(response.headers());
    let too_large = |response: &reqwest::Response| Error::ResponseTooLarge {
        call: Box::new(info.call().traced(trace_id(response))),
        limit: max_bytes,
    };
    let length = response.content_length();
    let announced = usize::try_from(length.unwrap_or(0)).ok().filter(|&length| length <= max_bytes);
    let announced = announced.ok_or_else(|| too_large(response))?;
    let mut body = BytesMut::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => return Err(info.transport_error(error, trace_id(response))),
        };
        if chunk.len() > max_bytes - body.len() {
            return Err(too_large(response));
        }
        // A complete body in one chunk need not be copied.
        if body.is_empty() && chunk.len() == announced {
            return Ok(chunk);
        }
        body.reserve(announced.saturating_sub(body.len()));
        body.extend_from_slice(&chunk);
    }
    // A body that ends with the connection does not tell whether it is complete. Its JSON does.
    let ends_with_connection = length.is_none() && !response.headers().contains_key(TRANSFER_ENCODING);
    if ends_with_connection && is_truncated_json(&body) {
        let call = Box::new(info.call().traced(trace_id(response)));
        return Err(Error::ConnectionLost { call, source: None });
    }
    Ok(body.freeze())
}

fn is_truncated_json(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The trace id in the header `Traceparent` (W3C Trace Context).
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<String> {
    trace_id_in(headers.get(TRACEPARENT)?)
}

pub(crate) fn trace_id_in(traceparent: &HeaderValue) -> Option<String> {
    let id = traceparent.to_str().ok()?.split('-').nth(1)?;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_string())
}

fn unexpected(info: RequestInfo<'_>, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    const SHOWN_BYTES: usize = 200;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Error::UnexpectedResponse(Box::new(UnexpectedResponse {
        call: info.call().traced(trace_id(headers)),
        http_status: status.as_u16(),
        content_type: headers.get(CONTENT_TYPE).map(text),
        start: String::from_utf8_lossy(&body[..body.len().min(SHOWN_BYTES)]).trim().to_string(),
        retry_after: retry_after(headers),
    }))
}

/// `Retry-After` in seconds, or as a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let until = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
            Some(Duration::try_from(until - jiff::Timestamp::now()).unwrap_or(Duration::ZERO))
        }
    }
}

/// The code of an envelope. Reading stops there, so that a large result is not parsed twice: in practice the code comes first,
/// and it is found wherever it is.
fn envelope_code(body: &[u8]) -> Result<i64, String> {
    let mut code = None;
    let mut json = serde_json::Deserializer::from_slice(body);
    let rest = json.deserialize_map(CodeVisitor(&mut code));
    match (code, rest) {
        (Some(code), _) => Ok(code),
        (None, Err(error)) => Err(error.to_string()),
        (None, Ok(())) => Err(format!("the field `{}` is missing", fields::CODE)),
    }
}

struct CodeVisitor<'a>(&'a mut Option<i64>);

impl<'de> Visitor<'de> for CodeVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<std::borrow::Cow<'de, str>>()? {
            if name == fields::CODE {
                *self.0 = Some(entries.next_value()?);
                return Ok(());
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
