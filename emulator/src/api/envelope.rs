//! What goes out: an envelope, the web page, or an empty answer.

use axum::Json;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use nebula_explorer::ErrorCode;
use nebula_explorer::generated::types;
use serde::Serialize;

/// The code of a success.
pub(crate) const SUCCESS: i64 = 0;

/// The message of a success.
pub(crate) const SUCCESS_MESSAGE: &str = "Success";

/// The web page that a path outside of the API is answered with.
const WEB_PAGE: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Explorer</title></head>\n",
    "<body><div id=\"root\">This is where the web page of Explorer would be.</div></body>\n</html>\n",
);

/// A refusal: a code, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub code: ErrorCode,
    /// What follows the name in the message.
    detail: Option<String>,
    /// What stands in a field of its own.
    details: Option<String>,
}

impl ApiError {
    pub(crate) fn plain(code: ErrorCode) -> Self {
        Self { code, detail: None, details: None }
    }

    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::plain(code) }
    }

    pub(crate) fn with_details(code: ErrorCode, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::plain(code) }
    }

    /// A parameter is wrong.
    pub(crate) fn parameter(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::ErrParam, detail)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let message = match self.detail {
            None => self.code.to_string(),
            Some(detail) => format!("{}::{detail}", self.code),
        };
        let body = types::ErrorResponse { code: self.code, message, details: self.details };
        (self.code.http_status(), Json(body)).into_response()
    }
}

/// An envelope with HTTP status 200.
pub(crate) fn success(body: impl Serialize) -> Response {
    Json(body).into_response()
}

/// The answer to a path that the API does not have.
pub(crate) fn web_page() -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], WEB_PAGE).into_response()
}

/// The answer to a method that the path does not have.
pub(crate) fn wrong_method(allowed: &str) -> Response {
    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}
