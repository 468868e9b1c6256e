//! What came back: an envelope, or something that is not of this API.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, TRANSFER_ENCODING};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};

use crate::error::{Error, ForeignAnswer, InvalidAnswer};
use crate::generated::{ErrorCode, names};

/// An envelope, its body not decoded yet. A success has the status 200, a failure the one that belongs to its code.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// What reqwest keeps with an answer: its room is used again.
    pub extensions: Extensions,
    pub body: Bytes,
    /// `None` for a success.
    pub error: Option<ErrorCode>,
}

/// For whom an answer is read, to say so in errors.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub operation: &'static str,
    pub url: &'a str,
    pub limit: Duration,
}

impl Answer {
    /// Tells an envelope from what is none.
    pub(crate) fn read(
        asked: Asked<'_>,
        status: StatusCode,
        headers: HeaderMap,
        extensions: Extensions,
        body: Bytes,
    ) -> Result<Self, Error> {
        let error = match envelope_code(&body) {
            Ok(0) if status.is_success() => None,
            Ok(0) => return Err(foreign(asked, status, &headers, &body)),
            Ok(number) => Some(ErrorCode::from(number)),
            // What looks like JSON under a success is an answer of the API gone wrong; under an error it is a gateway's own.
            Err(problem) if status.is_success() && matches!(body.trim_ascii_start().first(), Some(b'{' | b'[')) => {
                return Err(Error::InvalidAnswer(Box::new(InvalidAnswer {
                    operation: asked.operation,
                    place: names::CODE.into(),
                    problem,
                    trace_id: trace_id(&headers),
                })));
            }
            Err(_) => return Err(foreign(asked, status, &headers, &body)),
        };
        let status = match error {
            None => StatusCode::OK,
            // An error code inside a success is the same error as with its own status.
            Some(code) if status.is_success() => code.http_status(),
            Some(_) => status,
        };
        Ok(Self { status, headers, extensions, body, error })
    }

    pub(crate) fn trace_id(&self) -> Option<String> {
        trace_id(&self.headers)
    }

    /// The error for an envelope whose body does not fit.
    pub(crate) fn invalid(&self, operation: &'static str, problem: String) -> Error {
        let place = "the outermost object".into();
        Error::InvalidAnswer(Box::new(InvalidAnswer { operation, place, problem, trace_id: self.trace_id() }))
    }

    pub(crate) fn refuses_session(&self) -> bool {
        matches!(self.error, Some(ErrorCode::ErrSession | ErrorCode::ErrUnauthorized))
    }
}

impl ErrorCode {
    /// The category: the first three digits of the code.
    pub const fn category(self) -> i64 {
        self.number() / 100_000
    }

    /// The HTTP status that belongs to the code: its category, and 500 for categories that are no error status.
    pub fn http_status(self) -> StatusCode {
        u16::try_from(self.category())
            .ok()
            .filter(|category| (400..600).contains(category))
            .and_then(|category| StatusCode::from_u16(category).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Reads a body up to a limit. A larger one is refused while it arrives.
pub(crate) async fn read_body(
    asked: Asked<'_>,
    response: &mut reqwest::Response,
    max_bytes: usize,
) -> Result<Bytes, Error> {
    let too_large = || Error::AnswerTooLarge { operation: asked.operation, limit: max_bytes, trace_id: None };
    let length = response.content_length();
    let announced = length.unwrap_or(0);
    let announced = usize::try_from(announced).ok().filter(|&length| length <= max_bytes).ok_or_else(too_large)?;
    let mut body = BytesMut::new();
    let broken = |error| Error::from_transport(error, asked.operation, asked.url, asked.limit);
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if chunk.len() > max_bytes - body.len() {
            return Err(too_large());
        }
        // A whole answer in one chunk need not be copied.
        if body.is_empty() && chunk.len() == announced {
            return Ok(chunk);
        }
        body.reserve(announced.saturating_sub(body.len()));
        body.extend_from_slice(&chunk);
    }
    // A body that ends with the connection does not tell whether it is whole. Its JSON does.
    let ends_with_connection = length.is_none() && !response.headers().contains_key(TRANSFER_ENCODING);
    if ends_with_connection && ends_early(&body) {
        return Err(Error::ConnectionLost {
            operation: asked.operation,
            url: asked.url.into(),
            reason: "the answer was cut short".into(),
            source: None,
            trace_id: None,
        });
    }
    Ok(body.freeze())
}

fn ends_early(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The trace id in the header `Traceparent`, as W3C Trace Context defines it.
pub(crate) fn trace_id(headers: &HeaderMap) -> Option<String> {
    trace_id_in(headers.get(TRACEPARENT)?)
}

pub(crate) fn trace_id_in(traceparent: &HeaderValue) -> Option<String> {
    let id = traceparent.to_str().ok()?.split('-').nth(1)?;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.to_string())
}

fn foreign(asked: Asked<'_>, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    const SHOWN_BYTES: usize = 200;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Error::NotExplorer(Box::new(ForeignAnswer {
        operation: asked.operation,
        url: asked.url.into(),
        http_status: status.as_u16(),
        content_type: headers.get(CONTENT_TYPE).map(text),
        start: String::from_utf8_lossy(&body[..body.len().min(SHOWN_BYTES)]).trim().to_string(),
        trace_id: trace_id(headers),
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

/// The code of an envelope. Reading stops there, so that a large result is not read twice: the code comes first in practice,
/// and is found wherever it stands.
fn envelope_code(body: &[u8]) -> Result<i64, String> {
    let mut code = None;
    let mut json = serde_json::Deserializer::from_slice(body);
    let rest = json.deserialize_map(CodeVisitor(&mut code));
    match (code, rest) {
        (Some(code), _) => Ok(code),
        (None, Err(error)) => Err(error.to_string()),
        (None, Ok(())) => Err(format!("the field `{}` is missing", names::CODE)),
    }
}

struct CodeVisitor<'a>(&'a mut Option<i64>);

impl<'de> Visitor<'de> for CodeVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<std::borrow::Cow<'de, str>>()? {
            if name == names::CODE {
                *self.0 = Some(fields.next_value()?);
                return Ok(());
            }
            fields.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
