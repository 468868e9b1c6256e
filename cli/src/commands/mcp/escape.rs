//! Results without control characters, as in tables.

use serde_json::Value;

use crate::output::escape::escaped;

/// Makes all texts in a value safe to show: hosts show results to people as they are.
pub fn escape(value: &mut Value) {
    match value {
        Value::String(text) => *text = escaped(text).into_owned(),
        Value::Array(values) => values.iter_mut().for_each(escape),
        Value::Object(fields) => fields.values_mut().for_each(escape),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
