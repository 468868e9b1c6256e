//! Entry points for the targets under `fuzz/`: the parsers of what a server sends. Compiled only with `--cfg fuzzing`.

use std::time::Duration;

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};

use crate::error::{CallContext, Error};
use crate::results::rows::RawRows;
use crate::session::token::Token;
use crate::transport::envelope::{Envelope, RequestInfo};

/// The token in a header `Set-Cookie`.
pub fn cookie(header: &[u8]) -> Option<Token> {
    let mut headers = HeaderMap::new();
    headers.insert(SET_COOKIE, HeaderValue::from_bytes(header).ok()?);
    Token::from_response(&headers)
}

/// The code of the envelope in a response; 0 for a success.
///
/// # Errors
/// Those of a response that is not an envelope.
pub fn envelope(status: u16, body: &[u8]) -> Result<i64, Error> {
    let info = RequestInfo { operation: "get_job", url: "http://localhost", timeout: Duration::ZERO };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let envelope = Envelope::parse(info, status, HeaderMap::new(), Extensions::new(), Bytes::copy_from_slice(body))?;
    Ok(envelope.error.map_or(0, |code| code.number()))
}

/// The rows of a result.
pub fn rows(body: &[u8]) -> RawRows {
    RawRows::new(Bytes::copy_from_slice(body), CallContext::new("get_task_result", "http://localhost"))
}
