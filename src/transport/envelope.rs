//! Parses an API envelope, or rejects a foreign response.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, SERVER, TRANSFER_ENCODING};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::contract::code::ErrorCode;
use crate::contract::operations::{Operation, Security, fields};
use crate::contract::wire;
use crate::error::{ApiError, CallContext, Error, UnexpectedResponse};
use crate::transport::page;
use crate::transport::redact::Redactor;

/// An envelope whose body is not decoded yet.
pub(crate) struct Envelope {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// What reqwest attaches to a response: its allocation is reused.
    pub extensions: Extensions,
    pub body: Bytes,
}

/// The request that a response belongs to.
#[derive(Clone, Copy)]
pub(crate) struct RequestInfo<'a> {
    pub operation: &'static Operation,
    pub url: &'a str,
    /// How long the server may be silent.
    pub timeout: Duration,
}

impl RequestInfo<'_> {
    pub(crate) fn call(&self, headers: &HeaderMap) -> CallContext {
        CallContext::new(self.operation.id, self.url).traced(trace_id(headers))
    }
}

impl Envelope {
    /// Parses an envelope: a success, or the error that it contains. Rejects a response that is not an envelope.
    pub(crate) fn parse(
        info: RequestInfo<'_>,
        status: StatusCode,
        headers: HeaderMap,
        extensions: Extensions,
        body: Bytes,
        redactor: impl FnOnce() -> Redactor,
    ) -> Result<Self, Error> {
        let body = without_byte_order_mark(body);
        match envelope_code(&body) {
            // Every example of a success has the code 0, an early page of the documentation says 200.
            Ok(0 | 200) if status.is_success() => Ok(Self { status: StatusCode::OK, headers, extensions, body }),
            Ok(code) if has_eight_digits(code) => {
                let code = ErrorCode::from(code);
                // An error code inside a success is the same error as with its own status.
                let status = if status.is_success() { code.http_status() } else { status };
                Err(api_error(info, code, status, &headers, &body, &redactor()))
            }
            // A code of a gateway: `{"code":503,"message":"no healthy upstream"}`.
            Ok(code) if status.is_success() => {
                let own = u16::try_from(code).ok().and_then(|code| StatusCode::from_u16(code).ok());
                let status = own.filter(|status| status.as_u16() >= 300).unwrap_or(status);
                Err(unexpected(info, status, &headers, &body, &redactor()))
            }
            // JSON under a success is a malformed response of the API; under an error it is a gateway's own.
            Err(problem) if status.is_success() && matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) => {
                let problem = redactor().redact(&problem);
                Err(Error::invalid_response(info.call(&headers), fields::CODE, problem))
            }
            Ok(_) | Err(_) => Err(unexpected(info, status, &headers, &body, &redactor())),
        }
    }
}

/// Explorer's codes are a category, a platform and a number: eight digits. All others are a gateway's.
fn has_eight_digits(code: i64) -> bool {
    (10_000_000..100_000_000).contains(&code)
}

/// Some proxies and servers begin a text with one, and JSON must not.
fn without_byte_order_mark(body: Bytes) -> Bytes {
    if body.starts_with(b"\xef\xbb\xbf") { body.slice(3..) } else { body }
}

/// The error in an envelope. Its code counts, whatever the rest looks like.
fn api_error(
    info: RequestInfo<'_>,
    code: ErrorCode,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    redactor: &Redactor,
) -> Error {
    let entries: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let shown = |text: &str| page::shortened(&redactor.redact(&page::beginning(text.as_bytes())), page::MESSAGE_CHARS);
    let text = |name: &str| match entries.get(name) {
        Some(Value::String(text)) => Some(shown(text)),
        Some(Value::Null) | None => None,
        Some(other) => Some(shown(&other.to_string())),
    };
    let error = ApiError::new(code, text(fields::MESSAGE), text(fields::DETAILS), status.as_u16(), info.call(headers));
    match info.operation.security {
        Security::Account => Error::SignInFailed(Box::new(error)),
        Security::Session => Error::Api(Box::new(error)),
    }
}

/// Reads a body up to a limit, which counts decoded bytes. A larger one is rejected while it arrives.
pub(crate) async fn read_body(
    info: RequestInfo<'_>,
    response: &mut reqwest::Response,
    max_bytes: usize,
) -> Result<Bytes, Error> {
    let call = |response: &reqwest::Response| Box::new(info.call(response.headers()));
    let too_large = |response: &reqwest::Response| Error::ResponseTooLarge { call: call(response), limit: max_bytes };
    let length = response.content_length();
    let announced = usize::try_from(length.unwrap_or(0)).ok().filter(|&length| length <= max_bytes);
    let announced = announced.ok_or_else(|| too_large(response))?;
    let mut body = BytesMut::new();
    loop {
        let chunk = match timeout(info.timeout, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => break,
            Ok(Err(error)) => return Err(Error::from_transport(error, *call(response), info.timeout)),
            Err(_) => return Err(Error::timed_out(*call(response), info.timeout)),
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
        return Err(Error::ConnectionLost { call: call(response), source: None });
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

fn unexpected(
    info: RequestInfo<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    redactor: &Redactor,
) -> Error {
    let header = |name: HeaderName| {
        let value = String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned();
        Some(redactor.redact(&value))
    };
    let text = page::beginning(body);
    Error::UnexpectedResponse(Box::new(UnexpectedResponse {
        call: info.call(headers),
        http_status: status.as_u16(),
        content_type: header(CONTENT_TYPE),
        server: header(SERVER),
        proxy_error: header(X_SQUID_ERROR),
        title: page::title(&text).map(|title| page::shortened(&redactor.redact(&title), page::PAGE_CHARS)),
        start: page::shortened(&redactor.redact(text.trim()), page::PAGE_CHARS),
        is_page: page::is_html(&text),
        retry_after: retry_after(headers),
    }))
}

/// Why Squid could not serve a request: `ERR_CONNECT_FAIL 111`.
const X_SQUID_ERROR: HeaderName = HeaderName::from_static("x-squid-error");

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
                *self.0 = Some(entries.next_value::<Code>()?.0);
                return Ok(());
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A code as a number in any notation, or in a string.
struct Code(i64);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::integer(deserializer).map(Self)
    }
}
