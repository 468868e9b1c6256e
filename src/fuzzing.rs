//! Entry points for the targets under `fuzz/`: the parsers of what a server sends. Compiled only with `--cfg fuzzing`.

use std::time::Duration;

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};

use crate::contract::operations::OPERATIONS;
use crate::error::{CallContext, Error};
use crate::results::rows::RawRows;
use crate::session::token::Token;
use crate::transport::envelope::{Envelope, RequestInfo};
use crate::transport::redact::Redactor;

const URL: &str = "http://localhost";

/// The token in a header `Set-Cookie`.
pub fn cookie(header: &[u8]) -> Option<Token> {
    let mut headers = HeaderMap::new();
    headers.insert(SET_COOKIE, HeaderValue::from_bytes(header).ok()?);
    Token::from_response(&headers)
}

/// Parses the envelope in a response to an operation.
///
/// # Errors
/// The error in the envelope, and those of a response that is not an envelope.
pub fn envelope(status: u16, body: &[u8]) -> Result<(), Error> {
    let operation = &OPERATIONS[0];
    let info = RequestInfo { operation, url: URL, timeout: Duration::ZERO };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let body = Bytes::copy_from_slice(body);
    Envelope::parse(info, status, HeaderMap::new(), Extensions::new(), body, Redactor::default)?;
    Ok(())
}

/// The rows of a result.
pub fn rows(body: &[u8]) -> RawRows {
    RawRows::new(Bytes::copy_from_slice(body), CallContext::new(OPERATIONS[0].id, URL))
}
