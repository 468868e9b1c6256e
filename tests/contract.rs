//! The contract itself: every example in it fits its own schema.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use nebula_explorer::operations::{CONTRACT, OPERATIONS};
use serde_json::{Value, json};

fn contract() -> Value {
    serde_saphyr::from_str(CONTRACT).unwrap()
}

#[test]
fn every_example_fits_its_schema() {
    let contract = contract();
    let examples = examples(&contract);
    assert!(examples.len() > 60, "only {} examples were found", examples.len());
    let misfits: Vec<String> = examples.iter().filter_map(|example| example.misfit(&contract)).collect();
    assert!(misfits.is_empty(), "{misfits:#?}");
}

#[test]
fn an_example_that_does_not_fit_is_found() {
    for (place, value) in [
        (
            "/components/responses/JobPage/content/application~1json/examples/onePage/value/data/items/0/status",
            json!("2"),
        ),
        (
            "/components/parameters/Filter/content/application~1json/examples/timeRange/value/fromCreateTime",
            json!("now"),
        ),
        ("/components/parameters/PageSize/example", json!(0)),
        ("/components/schemas/TaskTime/example", json!(7)),
        ("/components/headers/Traceparent/example", json!("00-1-2")),
    ] {
        let mut contract = contract();
        *contract.pointer_mut(place).unwrap() = value;
        let misfits = examples(&contract).iter().filter_map(|example| example.misfit(&contract)).count();
        assert_eq!(misfits, 1, "{place}");
    }
}

#[test]
fn every_operation_has_what_a_reader_needs() {
    let contract = contract();
    let ids: Vec<&str> = OPERATIONS.iter().map(|operation| operation.id).collect();
    for id in ["connect", "run_workflow", "list_jobs", "list_workflow_jobs", "get_job", "cancel_job", "get_task_result"]
    {
        assert!(ids.contains(&id), "{id}");
    }
    for operation in OPERATIONS {
        let body = &contract["paths"][operation.path][operation.method.to_lowercase()];
        for key in ["summary", "description", "tags"] {
            assert!(!body[key].is_null(), "{} has no {key}", operation.id);
        }
        let responses = body["responses"].as_object().unwrap();
        assert_eq!(responses.keys().collect::<Vec<_>>(), ["200", "4XX", "5XX"], "{}", operation.id);
        for response in responses.values() {
            let response = resolve(&contract, response);
            let examples = response.pointer("/content/application~1json/examples");
            assert!(examples.is_some(), "{}: a response without an example", operation.id);
            assert!(response["headers"]["Traceparent"].is_object(), "{}", operation.id);
        }
    }
}

struct Example {
    place: String,
    schema: Value,
    value: Value,
}

impl Example {
    fn misfit(&self, contract: &Value) -> Option<String> {
        let mut schema = self.schema.clone();
        schema["components"] = contract["components"].clone();
        as_json_schema(&mut schema);
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        validator.validate(&self.value).err().map(|error| format!("{}: {error}", self.place))
    }
}

/// Everything that has a schema and examples of it: parameters, headers, bodies and schemas.
fn examples(contract: &Value) -> Vec<Example> {
    let mut found = Vec::new();
    collect(contract, "", &mut found);
    found
}

fn collect(value: &Value, place: &str, found: &mut Vec<Example>) {
    match value {
        Value::Object(fields) => {
            let schema = value.get("schema");
            let is_schema = schema.is_none()
                && (fields.contains_key("type") || fields.contains_key("anyOf") || fields.contains_key("oneOf"));
            if let Some(schema) = schema.or(is_schema.then_some(value)) {
                let named = fields.get("examples").and_then(Value::as_object).into_iter().flatten();
                let named = named.map(|(name, example)| (format!("{place}.examples.{name}"), &example["value"]));
                let single = fields.get("example").map(|example| (format!("{place}.example"), example));
                found.extend(named.chain(single).map(|(place, value)| Example {
                    place,
                    schema: schema.clone(),
                    value: value.clone(),
                }));
            }
            for (name, child) in fields.iter().filter(|(name, _)| !matches!(name.as_str(), "example" | "examples")) {
                collect(child, &format!("{place}.{name}"), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| collect(item, &format!("{place}[{at}]"), found));
        }
        _ => {}
    }
}

fn resolve<'a>(contract: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => contract.pointer(&reference[1..]).unwrap(),
        None => value,
    }
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema lists the type `null`.
fn as_json_schema(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("nullable") == Some(&json!(true)) {
                fields["type"] = json!([fields["type"].clone(), "null"]);
            }
            fields.values_mut().for_each(as_json_schema);
        }
        Value::Array(items) => items.iter_mut().for_each(as_json_schema),
        _ => {}
    }
}
