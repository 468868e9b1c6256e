//! What progenitor cannot take is rewritten here, in one pass. The contract itself stays as it is.

use serde_json::{Value, json};

use super::contract::{Contract, ContractError};

/// Schemas whose Rust is written by hand in `src/contract/wire.rs`, under the same name: the forms that the documentation leaves
/// open are all accepted there, and leave as one plain type.
pub const HAND_WRITTEN: [&str; 4] = ["JobId", "WorkflowId", "JobTime", "TaskTime"];

/// The schema of one row. Rows are decoded from the bytes of the answer straight into the caller's type.
const ROW: &str = "Row";

/// A contract as progenitor takes it.
pub struct Lowered {
    /// For the client: answers that hold rows are left as bytes.
    pub client: Value,
    /// For the mocks: every answer is typed.
    pub mocks: Value,
    /// Schemas that are replaced, and the Rust type that stands for them.
    pub replaced: Vec<(String, String)>,
}

pub fn lower(contract: &Contract) -> Result<Lowered, ContractError> {
    let mut document = contract.document().clone();
    let mut replaced: Vec<(String, String)> =
        HAND_WRITTEN.iter().map(|name| (name.to_string(), format!("crate::contract::wire::{name}"))).collect();
    // An integer with an `enum` would become a number that rejects every other number when it is read, so that one new code
    // would break a whole list. `build/codes.rs` makes enums with a variant for what is not known.
    replaced
        .extend(super::codes::names(contract).map(|name| (name.to_string(), format!("crate::contract::code::{name}"))));
    for schema in lower_json_parameters(&mut document) {
        replaced.push((format!("{schema}Text"), format!("crate::contract::wire::JsonText<types::{schema}>")));
    }
    let mocks = document.clone();
    leave_rows_as_bytes(contract, &mut document);
    Ok(Lowered { client: document, mocks, replaced })
}

/// A parameter with `content: application/json` is refused by progenitor. It becomes one of a type that serializes itself as
/// JSON text. Returns the schemas that this was done for.
fn lower_json_parameters(document: &mut Value) -> Vec<String> {
    let mut found = Vec::new();
    each_parameter(document, &mut |parameter| {
        let reference = parameter
            .pointer("/content/application~1json/schema/$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
            .map(str::to_string);
        if let (Some(schema), Some(parameter)) = (reference, parameter.as_object_mut()) {
            parameter.remove("content");
            parameter.insert("schema".into(), json!({ "$ref": format!("#/components/schemas/{schema}Text") }));
            if !found.contains(&schema) {
                found.push(schema);
            }
        }
    });
    for schema in &found {
        document["components"]["schemas"][format!("{schema}Text")] = json!({ "type": "string" });
    }
    found
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

/// progenitor would read every row into a list of strings before the caller's type could be made of it. An answer that
/// holds rows is declared as bytes instead.
fn leave_rows_as_bytes(contract: &Contract, document: &mut Value) {
    for operation in contract.operations() {
        let response = &operation.body["responses"]["200"];
        let Some(schema) = contract.resolve(response).pointer("/content/application~1json/schema") else { continue };
        if holds_rows(contract, schema, 0) {
            let response = &mut document["paths"][operation.path][operation.method]["responses"]["200"];
            response["content"] =
                json!({ "application/octet-stream": { "schema": { "type": "string", "format": "binary" } } });
        }
    }
}

fn holds_rows(contract: &Contract, schema: &Value, depth: usize) -> bool {
    if depth > 8 {
        return false;
    }
    match schema {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            reference.is_some_and(|reference| reference.ends_with(&format!("/{ROW}")))
                || reference.is_some() && holds_rows(contract, contract.resolve(schema), depth + 1)
                || reference.is_none() && fields.values().any(|child| holds_rows(contract, child, depth))
        }
        Value::Array(items) => items.iter().any(|child| holds_rows(contract, child, depth)),
        _ => false,
    }
}
