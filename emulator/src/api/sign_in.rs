//! The operation `connect`, whose checks have the order and the error messages of the real server.

use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use nebula_explorer::ErrorCode;
use nebula_explorer::generated::types;
use nebula_explorer::operations::{SESSION_COOKIE, fields};
use serde_json::{Map, Value};

use crate::api::envelope::{ApiError, success};
use crate::api::go_errors::{JsonSource, decode_base64, json_error};
use crate::api::request::{ApiRequest, not_set, wrong_type};
use crate::state::State;

pub(crate) fn connect(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let authorization = request.headers.get(AUTHORIZATION).ok_or_else(|| not_set(AUTHORIZATION_FIELD))?;
    let fields = request.fields()?;
    let address = text(&fields, fields::ADDRESS)?;
    let port = port(&fields)?;
    let account = account(state, authorization.as_bytes())?;
    let settings = &state.settings;
    if !settings.graph_services.contains(&(address.to_string(), port)) {
        let problem = format!("dial tcp {address}:{port}: connect: connection refused");
        return Err(bad_request(format!("failed to open connection, error: {problem}")));
    }
    if !settings.accounts.contains(&account) {
        return Err(bad_request("failed to authenticate, error code: -1001, error msg: Invalid password".into()));
    }
    let (user, password) = account;
    let token = state.sessions.open(user, password, state.clock.wall()).map_err(ApiError::internal)?;
    state.count_sign_in();
    let life = state.sessions.token_life_seconds();
    let attributes = if settings.secure { "; Secure; SameSite=None" } else { "" };
    let cookie = format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={life}; HttpOnly{attributes}");
    let envelope = success(types::Acknowledgement { success: true }, settings)?;
    Ok(([(SET_COOKIE, cookie)], envelope).into_response())
}

/// The header's name as the real server spells it in errors.
const AUTHORIZATION_FIELD: &str = "Authorization";

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Err(not_set(name)),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(wrong_type(name)),
    }
}

fn port(fields: &Map<String, Value>) -> Result<u16, ApiError> {
    match fields.get(fields::PORT) {
        None | Some(Value::Null) => Err(not_set(fields::PORT)),
        Some(port) => port.as_u64().and_then(|port| u16::try_from(port).ok()).ok_or_else(|| wrong_type(fields::PORT)),
    }
}

/// User and password, decoded as the version expects them.
fn account(state: &State, authorization: &[u8]) -> Result<(String, String), ApiError> {
    let encoded = authorization.strip_prefix(b"Bearer ").unwrap_or(authorization);
    let plain = decode_base64(encoded).map_err(|at| bad_request(format!("illegal base64 data at input byte {at}")))?;
    if state.settings.version.takes_json_array() {
        let account: Value = serde_json::from_slice(&plain)
            .map_err(|error| bad_request(json_error(&plain, &error, JsonSource::Text)))?;
        let text = |index: usize| account.get(index).and_then(Value::as_str).map(str::to_string);
        return text(0)
            .zip(text(1))
            .ok_or_else(|| bad_request("json: cannot unmarshal into Go value of type []string".into()));
    }
    let plain = String::from_utf8_lossy(&plain);
    let (user, password) = plain.split_once(':').ok_or_else(|| bad_request("invalid account".into()))?;
    Ok((user.into(), password.into()))
}

fn bad_request(detail: String) -> ApiError {
    ApiError::new(ErrorCode::ErrBadRequest, detail)
}
