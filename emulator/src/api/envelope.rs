//! The responses: success and error envelopes, the web page, and the response to a wrong method.

use axum::Json;
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use nebula_explorer::ErrorCode;
use nebula_explorer::generated::types;
use nebula_explorer::operations::fields;
use serde::Serialize;
use serde_json::{Value, json};

use crate::api::wire_forms;
use crate::behaviour::{Behaviour, SuccessCode};

/// The web page, which the real server returns for every path outside the API.
const WEB_PAGE: &str = concat!(
    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Explorer</title></head>\n",
    "<body><div id=\"root\">The web page of Explorer</div></body>\n</html>\n",
);

/// The envelope of a success.
pub(crate) fn success(data: impl Serialize, behaviour: &Behaviour) -> Result<Response, ApiError> {
    let mut data = serde_json::to_value(data).map_err(ApiError::internal)?;
    wire_forms::apply(&mut data, behaviour);
    Ok(envelope(Some(data), behaviour))
}

/// The envelope of the response to a request that has no result.
pub(crate) fn acknowledgement(success: bool, behaviour: &Behaviour) -> Result<Response, ApiError> {
    match success && behaviour.omit_data {
        true => Ok(envelope(None, behaviour)),
        false => self::success(types::Acknowledgement { success }, behaviour),
    }
}

fn envelope(data: Option<Value>, behaviour: &Behaviour) -> Response {
    let code = match behaviour.success_code {
        SuccessCode::Zero => 0,
        SuccessCode::TwoHundred => StatusCode::OK.as_u16(),
    };
    let mut envelope = json!({ (fields::CODE): code, (fields::MESSAGE): "Success" });
    if let Some(data) = data {
        envelope[fields::DATA] = data;
    }
    Json(envelope).into_response()
}

/// An error, which becomes an envelope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    code: ErrorCode,
    /// The part of the message after the name of the code.
    detail: Option<String>,
    /// The field `details` of the envelope.
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

    /// An invalid parameter.
    pub(crate) fn parameter(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::ErrParam, detail)
    }

    /// A failure of the emulator itself.
    pub(crate) fn internal(error: impl ToString) -> Self {
        Self::with_details(ErrorCode::ErrInternalServer, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let message = match self.detail {
            None => self.code.to_string(),
            Some(detail) => format!("{}::{detail}", self.code),
        };
        let body = types::ErrorEnvelope { code: self.code, message, details: self.details };
        (self.code.http_status(), Json(body)).into_response()
    }
}

/// The response to a path outside the API.
pub(crate) fn web_page() -> Response {
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], WEB_PAGE).into_response()
}

/// The response to a method that the path does not support.
pub(crate) fn wrong_method(allowed: &str) -> Response {
    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}
