//! The operation `connect`, whose checks have the order and the error messages of the real server.

use std::net::IpAddr;

use axum::http::header::{AUTHORIZATION, SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse, Response};
use nebula_explorer::ErrorCode;
use nebula_explorer::operations::{SESSION_COOKIE, fields};
use serde_json::{Map, Value};

use crate::api::envelope::{ApiError, acknowledgement};
use crate::api::go_errors::{JsonSource, decode_base64, json_error};
use crate::api::request::{ApiRequest, BALANCER_COOKIE, BALANCER_VALUE, not_set, wrong_type};
use crate::behaviour::Cookies;
use crate::sessions::OpenError;
use crate::settings::Settings;
use crate::state::State;

pub(crate) fn connect(state: &State, request: &ApiRequest) -> Result<Response, ApiError> {
    let authorization = request.headers.get(AUTHORIZATION).ok_or_else(|| not_set(AUTHORIZATION_FIELD))?;
    let fields = request.fields()?;
    let address = text(&fields, fields::ADDRESS)?;
    let port = port(&fields)?;
    let account = account(state, authorization.as_bytes())?;
    let settings = &state.settings;
    dial(settings, address, port).map_err(bad_request)?;
    if !settings.accounts.contains(&account) {
        return Err(bad_request("failed to authenticate, error code: -1001, error msg: Invalid password".into()));
    }
    let (user, password) = account;
    let token = state.sessions.open(user, password, state.clock.wall()).map_err(|error| match error {
        OpenError::TooMany { .. } => bad_request(error.to_string()),
        OpenError::Token(_) => ApiError::internal(error),
    })?;
    state.count_sign_in();
    let cookies = cookies(settings, &token, state.sessions.token_life_seconds());
    let envelope = acknowledgement(true, &settings.behaviour)?;
    Ok((AppendHeaders(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie))), envelope).into_response())
}

fn cookies(settings: &Settings, token: &str, life: u64) -> Vec<String> {
    let attributes = if settings.secure { "; Secure; SameSite=None" } else { "" };
    let session = format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={life}; HttpOnly{attributes}");
    match settings.behaviour.cookies {
        Cookies::One => vec![session],
        Cookies::Bare => vec![format!("{SESSION_COOKIE}={token}")],
        Cookies::Several => vec![
            format!("{SESSION_COOKIE}=deleted; Path=/; Max-Age=0"),
            session,
            format!("{BALANCER_COOKIE}={BALANCER_VALUE}; Path=/"),
        ],
    }
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

/// Any integer: the real server finds out that there is no such port when it connects.
fn port(fields: &Map<String, Value>) -> Result<i64, ApiError> {
    match fields.get(fields::PORT) {
        None | Some(Value::Null) => Err(not_set(fields::PORT)),
        Some(port) => port.as_i64().ok_or_else(|| wrong_type(fields::PORT)),
    }
}

/// Connects to a graph service, or fails like the real server's library. Only the hosts of the configured services have an address.
fn dial(settings: &Settings, address: &str, port: i64) -> Result<(), String> {
    let mut services = settings.graph_services.iter();
    if services.any(|(host, number)| host == address && i64::from(*number) == port) {
        return Ok(());
    }
    let is_known = |host: &str| settings.graph_services.iter().any(|(known, _)| known == host);
    if address.parse::<IpAddr>().is_err() && address != "localhost" && !is_known(address) {
        return Err(format!("failed to find IP, error: lookup {address}: no such host"));
    }
    let problem = match u16::try_from(port) {
        Ok(port) => format!("dial tcp {address}:{port}: connect: connection refused"),
        Err(_) => format!("dial tcp: address {port}: invalid port"),
    };
    // The blank at the end is the real server's.
    Err(format!("failed to open connection, error: failed to open transport, error: {problem} "))
}

/// User and password, decoded as the version expects them.
fn account(state: &State, authorization: &[u8]) -> Result<(String, String), ApiError> {
    // Like the real server, which accepts any scheme.
    let [_, encoded] = authorization.split(|&byte| byte == b' ').collect::<Vec<_>>()[..] else {
        return Err(bad_request("invalid authorization".into()));
    };
    let plain = decode_base64(encoded).map_err(|at| bad_request(format!("illegal base64 data at input byte {at}")))?;
    if state.settings.version.takes_json_array() {
        let account: Value = serde_json::from_slice(&plain)
            .map_err(|error| bad_request(json_error(&plain, &error, JsonSource::Text)))?;
        let texts: Vec<String> = serde_json::from_value(account)
            .map_err(|_| bad_request("json: cannot unmarshal into Go value of type []string".into()))?;
        return match <[String; 2]>::try_from(texts.into_iter().take(2).collect::<Vec<_>>()) {
            Ok([user, password]) => Ok((user, password)),
            Err(_) => Err(bad_request("len of account is less than two".into())),
        };
    }
    let plain = String::from_utf8_lossy(&plain);
    let (user, password) = plain.split_once(':').ok_or_else(|| bad_request("invalid account".into()))?;
    Ok((user.into(), password.into()))
}

fn bad_request(detail: String) -> ApiError {
    ApiError::new(ErrorCode::ErrBadRequest, detail)
}
