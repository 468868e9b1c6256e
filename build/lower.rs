//! Rewrites what progenitor does not support. The contract itself stays as it is.

use heck::ToUpperCamelCase as _;
use serde_json::{Value, json};

use super::contract::{Contract, ContractError};

/// Schemas whose Rust type of the same name is written by hand in `src/contract/wire.rs`: it reads every form that the vendor's
/// documentation leaves open.
pub const HAND_WRITTEN: [&str; 4] = ["JobId", "WorkflowId", "JobTime", "TaskTime"];

/// The schema of one row. Rows are decoded from the bytes of the response directly into the caller's type.
const ROW: &str = "Row";

/// A contract that progenitor supports.
pub struct Lowered {
    /// For the client: responses with rows are declared as bytes.
    pub client: Value,
    /// For the mocks: every response is typed.
    pub mocks: Value,
    /// The schemas that are replaced by a Rust type, and the type.
    pub replaced: Vec<(String, String)>,
}

pub fn lower(contract: &Contract) -> Result<Lowered, ContractError> {
    let mut document = contract.document().clone();
    let mut replaced: Vec<(String, String)> =
        HAND_WRITTEN.iter().map(|name| (name.to_string(), format!("crate::contract::wire::{name}"))).collect();
    // progenitor's type for an integer with `enum` rejects every other number, so one new code would break a whole list.
    // `build/codes.rs` generates enums with a variant for unknown numbers.
    replaced
        .extend(super::codes::names(contract).map(|name| (name.to_string(), format!("crate::contract::code::{name}"))));
    for schema in lower_json_parameters(&mut document)? {
        let rust = format!("crate::contract::wire::JsonText<types::{}>", schema.to_upper_camel_case());
        replaced.push((text_schema(&schema), rust));
    }
    let mocks = document.clone();
    declare_rows_as_bytes(contract, &mut document);
    Ok(Lowered { client: document, mocks, replaced })
}

/// progenitor rejects a parameter with `content: application/json`. It becomes one of a type that serializes itself as JSON
/// text. Returns the schemas of these parameters.
fn lower_json_parameters(document: &mut Value) -> Result<Vec<String>, ContractError> {
    let mut found = Vec::new();
    each_parameter(document, &mut |parameter| {
        let reference = parameter
            .pointer("/content/application~1json/schema/$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix(SCHEMAS))
            .map(str::to_string);
        if let (Some(schema), Some(parameter)) = (reference, parameter.as_object_mut()) {
            parameter.remove("content");
            parameter.insert("schema".into(), json!({ "$ref": format!("{SCHEMAS}{}", text_schema(&schema)) }));
            if !found.contains(&schema) {
                found.push(schema);
            }
        }
    });
    for schema in &found {
        let text = text_schema(schema);
        let place = &mut document["components"]["schemas"][&text];
        if !place.is_null() {
            let problem = format!("the generator needs this name for `{schema}` as the text of a parameter");
            return Err(ContractError::new(format!("components.schemas.{text}"), problem));
        }
        *place = json!({ "type": "string" });
    }
    Ok(found)
}

const SCHEMAS: &str = "#/components/schemas/";

/// The name of the schema for the JSON text of another one.
fn text_schema(schema: &str) -> String {
    format!("{schema}Text")
}

fn each_parameter(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(fields) => {
            for (name, child) in fields.iter_mut() {
                match (name.as_str(), child) {
                    ("parameters", Value::Object(named)) => named.values_mut().for_each(&mut *change),
                    ("parameters", Value::Array(listed)) => listed.iter_mut().for_each(&mut *change),
                    (_, child) => each_parameter(child, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| each_parameter(item, change)),
        _ => {}
    }
}

/// progenitor would read every row into a list of strings before it could become the caller's type. A response with rows is
/// declared as bytes instead.
fn declare_rows_as_bytes(contract: &Contract, document: &mut Value) {
    for operation in contract.operations() {
        let Some(response) = operation.body.get("responses").and_then(|responses| responses.get("200")) else {
            continue;
        };
        let Some(schema) = contract.resolve(response).pointer("/content/application~1json/schema") else { continue };
        if has_rows(contract, schema, 0) {
            let response = &mut document["paths"][operation.path][operation.method]["responses"]["200"];
            response["content"] =
                json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
        }
    }
}

fn has_rows(contract: &Contract, schema: &Value, depth: usize) -> bool {
    if depth > 8 {
        return false;
    }
    match schema {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            reference.is_some_and(|reference| reference.ends_with(&format!("/{ROW}")))
                || reference.is_some() && has_rows(contract, contract.resolve(schema), depth + 1)
                || reference.is_none() && fields.values().any(|child| has_rows(contract, child, depth))
        }
        Value::Array(items) => items.iter().any(|child| has_rows(contract, child, depth)),
        _ => false,
    }
}
