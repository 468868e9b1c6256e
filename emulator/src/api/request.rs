//! One call: an operation of the contract and what the request said.

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use nebula_explorer::operations::{Location, Operation, Parameter};
use serde_json::{Map, Value};

use crate::api::envelope::ApiError;
use crate::api::go_errors::{JsonSource, json_error};

/// A request to one operation.
pub(crate) struct Call {
    pub operation: &'static Operation,
    /// The values of the parameters in the path, in its order.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    /// The integer at this place among the path's parameters.
    pub(crate) fn path_integer(&self, index: usize) -> Result<i64, ApiError> {
        integer(self.path_text(index))
    }

    /// The text at this place among the path's parameters.
    pub(crate) fn path_text(&self, index: usize) -> &str {
        self.path.get(index).map_or("", String::as_str)
    }

    /// A parameter in the query; one without a value counts as left out.
    pub(crate) fn query_text(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// An integer in the query, or the contract's default for it.
    pub(crate) fn query_integer(&self, name: &str, default: i64) -> Result<i64, ApiError> {
        let value = self.query_text(name).map_or(Ok(default), narrow_integer)?;
        let in_query = |it: &&Parameter| it.location == Location::Query && it.name == name;
        match self.operation.parameters.iter().find(in_query).and_then(|it| it.minimum) {
            Some(minimum) if value < minimum => {
                Err(ApiError::parameter(format!("field {name} is {value}, but must be at least {minimum}")))
            }
            _ => Ok(value),
        }
    }

    /// The fields of the body, a JSON object. Without a JSON content type the body is not read, and there are none.
    pub(crate) fn fields(&self) -> Result<Map<String, Value>, ApiError> {
        let content_type = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if self.body.is_empty() || !content_type.contains("application/json") {
            return Ok(Map::new());
        }
        let problem = match serde_json::from_slice(&self.body) {
            Ok(Value::Object(fields)) => return Ok(fields),
            Ok(value) => {
                format!("json: cannot unmarshal {} into Go value of type map[string]interface {{}}", kind(&value))
            }
            Err(error) => json_error(&self.body, &error, JsonSource::Stream),
        };
        let body = String::from_utf8_lossy(&self.body);
        Err(ApiError::parameter(format!("string: `{body}`, error: `{problem}`")))
    }

    /// The refusal of a field whose value is of the wrong type.
    pub(crate) fn refuse_type(field: &str) -> ApiError {
        ApiError::parameter(format!("error: type mismatch for field {field}"))
    }

    /// The refusal of a call without a field or header.
    pub(crate) fn refuse_unset(field: &str) -> ApiError {
        ApiError::parameter(format!("field {field} is not set"))
    }
}

/// A parameter that must be an integer.
fn integer(text: &str) -> Result<i64, ApiError> {
    text.parse().map_err(|_| ApiError::parameter(format!("the value \"{text}\" cannot parsed as int")))
}

/// An integer of 32 bits, as all of them in the contract's queries are.
fn narrow_integer(text: &str) -> Result<i64, ApiError> {
    let value = integer(text)?;
    match i32::try_from(value) {
        Ok(_) => Ok(value),
        Err(_) => Err(ApiError::parameter(format!("the value \"{text}\" cannot parsed as int"))),
    }
}

/// What Go calls this kind of JSON value.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
