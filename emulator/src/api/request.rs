//! A request to an operation, and access to its parameters and body.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use nebula_explorer::operations::{Location, Operation, Parameter, SESSION_COOKIE, parameters};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use crate::api::envelope::ApiError;
use crate::api::go_errors::{JsonSource, json_error};

/// A request to an operation of the contract.
pub(crate) struct ApiRequest {
    pub operation: &'static Operation,
    /// The values of the path parameters, in the order of the path.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl ApiRequest {
    /// A path parameter, by position, as an integer.
    pub(crate) fn path_integer(&self, index: usize) -> Result<i64, ApiError> {
        let text = self.path_text(index);
        text.parse().map_err(|_| not_an_integer(text))
    }

    /// A path parameter, by position.
    pub(crate) fn path_text(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// A query parameter; an empty value counts as absent.
    pub(crate) fn query_text(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// A query parameter as an integer, or the default of the contract.
    pub(crate) fn query_integer(&self, name: &str, default: i64) -> Result<i64, ApiError> {
        let value = match self.query_text(name) {
            None => default,
            // All integers in the contract's queries have 32 bits.
            Some(text) => text.parse::<i32>().map_err(|_| not_an_integer(text))?.into(),
        };
        let in_query = |it: &&Parameter| it.location == Location::Query && it.name == name;
        match self.operation.parameters.iter().find(in_query).and_then(|it| it.minimum) {
            // The real server accepts every page number.
            Some(minimum) if value < minimum && name != parameters::PAGE => {
                Err(ApiError::parameter(format!("field {name} is {value}, but must be at least {minimum}")))
            }
            _ => Ok(value),
        }
    }

    /// The fields of the body, a JSON object. Like the real server, it ignores a body without a JSON content type.
    pub(crate) fn fields(&self) -> Result<Map<String, Value>, ApiError> {
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if self.body.is_empty() || !content_type.contains("application/json") {
            return Ok(Map::new());
        }
        // Like Go's decoder, which reads one value and leaves what follows it.
        let value = Value::deserialize(&mut serde_json::Deserializer::from_slice(&self.body));
        let problem = match value {
            Ok(Value::Object(fields)) => return Ok(fields),
            Ok(value) => {
                format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", go_kind(&value))
            }
            Err(error) => json_error(&self.body, &error, JsonSource::Stream),
        };
        let body = String::from_utf8_lossy(&self.body);
        Err(ApiError::parameter(format!("string: `{body}`, error: `{problem}`")))
    }
}

/// The cookie of a load balancer in front of several servers, and its value for this one.
pub(crate) const BALANCER_COOKIE: &str = "SERVERID";
pub(crate) const BALANCER_VALUE: &str = "emulator";

/// The session token in the cookies of a request.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<String> {
    cookie(headers, SESSION_COOKIE)
}

/// Whether a load balancer sends the request to this server.
pub(crate) fn is_balanced_here(headers: &HeaderMap) -> bool {
    cookie(headers, BALANCER_COOKIE).as_deref() == Some(BALANCER_VALUE)
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| unquoted(value).to_string())
}

/// A cookie's value without quotation marks around it, as Go reads it.
fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// The error for a field whose value has the wrong type.
pub(crate) fn wrong_type(field: &str) -> ApiError {
    ApiError::parameter(format!("error: type mismatch for field {field}"))
}

/// The error for a missing field or header.
pub(crate) fn not_set(field: &str) -> ApiError {
    ApiError::parameter(format!("field {field} is not set"))
}

fn not_an_integer(text: &str) -> ApiError {
    ApiError::parameter(format!("the value \"{text}\" cannot parsed as int"))
}

/// What Go calls the type of a JSON value.
fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
