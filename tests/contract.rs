//! The contract itself: examples match their schemas, and every operation is documented.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use nebula_explorer::operations::{CONTRACT, OPERATIONS};
use serde_json::{Value, json};

fn contract() -> Value {
    serde_saphyr::from_str(CONTRACT).unwrap()
}

#[test]
fn examples_match_their_schemas() {
    let contract = contract();
    let examples = examples(&contract);
    assert!(examples.len() > 60, "only {} examples found", examples.len());
    let mismatches: Vec<String> = examples.iter().filter_map(|example| example.mismatch(&contract)).collect();
    assert!(mismatches.is_empty(), "{mismatches:#?}");
}

#[test]
fn an_example_that_does_not_match_is_found() {
    for (place, value) in [
        (
            "/paths/~1api-open~1v1~1jobs/get/responses/200/content/application~1json/examples/onePage/value/data/items/0/status",
            json!("2"),
        ),
        ("/components/parameters/FilterInQuery/examples/timeRange/value", json!(r#"{"fromCreateTime":"now"}"#)),
        ("/components/parameters/FilterInQuery/examples/succeededOldestFirst/value", json!("status=2")),
        ("/components/parameters/PageSizeInQuery/example", json!(0)),
        ("/components/schemas/TaskTime/example", json!(7)),
        ("/components/headers/Traceparent/example", json!("00-1-2")),
    ] {
        let mut contract = contract();
        *contract.pointer_mut(place).unwrap() = value;
        let mismatches = examples(&contract).iter().filter_map(|example| example.mismatch(&contract)).count();
        assert_eq!(mismatches, 1, "{place}");
    }
}

#[test]
fn operations_are_documented_with_examples() {
    let contract = contract();
    for operation in OPERATIONS {
        let body = &contract["paths"][operation.path][operation.method.to_lowercase()];
        for key in ["summary", "description", "tags"] {
            assert!(!body[key].is_null(), "{} needs a {key}", operation.id);
        }
        let responses = body["responses"].as_object().unwrap();
        let statuses = ["200", "400", "401", "403", "404", "405", "500", "503", "default"];
        assert_eq!(responses.keys().collect::<Vec<_>>(), statuses, "responses of {}", operation.id);
        for (status, response) in responses {
            let response = resolve(&contract, response);
            let examples = response.pointer("/content/application~1json/examples");
            let is_empty = ["405", "503"].contains(&status.as_str());
            assert_eq!(examples.is_none(), is_empty, "examples of the response {status} of {}", operation.id);
            if status == "405" {
                continue;
            }
            assert!(
                response["headers"]["Traceparent"].is_object(),
                "the response {status} of {} needs the header Traceparent",
                operation.id
            );
        }
    }
}

struct Example {
    place: String,
    schema: Value,
    value: Value,
}

impl Example {
    fn mismatch(&self, contract: &Value) -> Option<String> {
        let content = &self.schema["x-content-schema"];
        let (mut schema, value) = match (content.is_null(), self.value.as_str()) {
            (false, Some(text)) => (content.clone(), serde_json::from_str(text).unwrap_or_default()),
            _ => (self.schema.clone(), self.value.clone()),
        };
        schema["components"] = contract["components"].clone();
        as_json_schema(&mut schema);
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        validator.validate(&value).err().map(|error| format!("{}: {error}", self.place))
    }
}

/// The examples of parameters, headers, bodies and schemas.
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

/// `nullable: true` in OpenAPI 3.0 is the type `null` in JSON Schema.
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
