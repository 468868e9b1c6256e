//! Rewrites what progenitor does not support. The contract itself stays as it is.

use heck::ToUpperCamelCase as _;
use serde_json::{Value, json};

use super::content_schemas;
use super::contract::{Contract, ContractError};

/// Schemas whose Rust type of the same name is written by hand in `src/contract/wire.rs`: it reads every form that the vendor's
/// documentation leaves open.
pub const HAND_WRITTEN: [&str; 4] = ["JobId", "WorkflowId", "JobTime", "TaskTime"];

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
    lower_responses(&mut document);
    lower_numbers(&mut document);
    let mocks = document.clone();
    declare_rows_as_bytes(contract, &mut document);
    Ok(Lowered { client: document, mocks, replaced })
}

/// A string with `x-content-schema` contains JSON text. As a parameter it becomes one of a type that serializes itself as JSON
/// text. Returns the schemas of these parameters.
fn lower_json_parameters(document: &mut Value) -> Result<Vec<String>, ContractError> {
    let mut found = Vec::new();
    each_parameter(document, &mut |parameter| {
        let reference = parameter
            .pointer(&format!("/schema/{}/$ref", content_schemas::KEYWORD))
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix(SCHEMAS))
            .map(str::to_string);
        if let Some(schema) = reference {
            parameter["schema"] = json!({ "$ref": format!("{SCHEMAS}{}", text_schema(&schema)) });
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

/// progenitor supports one content type in a response and one type for all errors, and takes `default` for a success too. Other
/// content types than JSON are removed, and the errors become `4XX` and `5XX` with the response that `default` describes.
fn lower_responses(document: &mut Value) {
    let paths =
        document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flat_map(|paths| paths.values_mut());
    for operation in paths.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { continue };
        if let Some(error) = responses.remove("default") {
            responses.retain(|status, _| !status.starts_with(['4', '5']));
            responses.extend(["4XX", "5XX"].map(|status| (status.to_string(), error.clone())));
        }
        responses.values_mut().for_each(only_json);
    }
    let shared = document.pointer_mut("/components/responses").and_then(Value::as_object_mut);
    shared.into_iter().flat_map(|shared| shared.values_mut()).for_each(only_json);
}

fn only_json(response: &mut Value) {
    if let Some(content) = response.get_mut("content").and_then(Value::as_object_mut)
        && content.contains_key(JSON)
    {
        content.retain(|kind, _| kind == JSON);
    }
}

const JSON: &str = "application/json";

/// progenitor keeps only a number without a format as it is written.
fn lower_numbers(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "number") {
                fields.remove("format");
            }
            fields.values_mut().for_each(lower_numbers);
        }
        Value::Array(items) => items.iter_mut().for_each(lower_numbers),
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

/// Whether a schema contains a list of lists.
fn has_rows(contract: &Contract, schema: &Value, depth: usize) -> bool {
    if depth > 8 {
        return false;
    }
    match schema {
        Value::Object(fields) => {
            (schema["type"] == "array" && schema["items"]["type"] == "array")
                || fields.contains_key("$ref") && has_rows(contract, contract.resolve(schema), depth + 1)
                || fields.values().any(|child| has_rows(contract, child, depth))
        }
        Value::Array(items) => items.iter().any(|child| has_rows(contract, child, depth)),
        _ => false,
    }
}
