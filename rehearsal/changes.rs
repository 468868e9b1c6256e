//! Two more operations, one at a new path and one at an existing path, one more field, one more code and one more status, as the
//! vendor may add them. Their names and numbers are chosen so that real additions do not collide with them.

use serde_json::{Value, json};

/// The contract with the additions, as JSON, which is YAML too. A contract that is not valid YAML is left to the generator.
pub fn change(contract: &str) -> String {
    let Ok(mut changed) = serde_saphyr::from_str::<Value>(contract) else { return contract.into() };
    let paths = &mut changed["paths"];
    let job = "/api-open/v1/jobs/{job_id}";
    let parameters = paths[job]["parameters"].clone();
    paths[format!("{job}/rehearsal")] = json!({ "parameters": parameters, "put": operation("rehearsed_put") });
    paths[job]["patch"] = operation("rehearsed_patch");
    let schemas = &mut changed["components"]["schemas"];
    add_number(&mut schemas["ErrorCode"], 40004999, "ErrRehearsed", "too many jobs", "作业过多");
    add_number(&mut schemas["JobStatus"], 99, "Rehearsed", "rehearsed", "已排练");
    if let Some(ends) = schemas["JobStatus"]["x-enum-ends"].as_array_mut() {
        ends.push(json!(99));
    }
    schemas["Job"]["properties"]["rehearsedPriority"] = json!({ "type": "integer", "format": "int64" });
    changed.to_string()
}

fn operation(id: &str) -> Value {
    let schema = json!({ "$ref": "#/components/schemas/AcknowledgementEnvelope" });
    let success = json!({ "description": "Done", "content": { "application/json": { "schema": schema } } });
    let error = json!({ "$ref": "#/components/responses/OtherError" });
    json!({ "operationId": id, "summary": "Rehearse", "responses": { "200": success, "default": error } })
}

/// Adds a number with its name and descriptions before the others.
fn add_number(schema: &mut Value, number: i64, name: &str, english: &str, chinese: &str) {
    for (list, item) in [
        ("enum", json!(number)),
        ("x-enum-varnames", json!(name)),
        ("x-enum-descriptions", json!(english)),
        ("x-enum-descriptions-zh", json!(chinese)),
    ] {
        if let Some(items) = schema[list].as_array_mut() {
            items.insert(0, item);
        }
    }
}
