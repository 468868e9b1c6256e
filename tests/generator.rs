//! The generator on changed copies of the contract: additions appear in the code, and errors are one line with a place.

#![allow(missing_docs, dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../build/mod.rs"]
mod build;
#[path = "../rehearsal/changes.rs"]
mod changes;

use nebula_explorer::operations::{CONTRACT, OPERATIONS, Operation};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

#[test]
fn additions_to_the_contract_appear_in_the_code() {
    let before = build::generate(CONTRACT).unwrap();
    let after = build::generate(&changes::change(CONTRACT)).unwrap();
    for (before, after, added) in [
        (&before.client, &after.client, "pub fn rehearsed_put(&self) -> builder::RehearsedPut<'_>"),
        (&before.client, &after.client, "pub fn rehearsed_patch(&self) -> builder::RehearsedPatch<'_>"),
        (&before.client, &after.client, "pub rehearsed_priority: ::std::option::Option<i64>"),
        (&before.mocks, &after.mocks, "fn rehearsed_put<F>"),
        (&before.operations, &after.operations, "path: \"/api-open/v1/jobs/{job_id}/rehearsal\""),
        (&before.codes, &after.codes, "Self::ErrRehearsed => 40004999i64"),
        (&before.codes, &after.codes, "99i64 => Self::Rehearsed"),
        (&before.codes, &after.codes, "Self::Rehearsed | Self::Success | Self::Failed | Self::Interrupted"),
        (&before.codes, &after.codes, "Self::Rehearsed => Some(\"已排练\")"),
    ] {
        assert!(after.contains(added), "{added}");
        assert!(!before.contains(added), "{added}");
    }
}

#[test]
fn the_client_does_not_repeat_work_that_is_the_same_for_every_call() {
    let client = build::generate(CONTRACT).unwrap().client;
    for text in ["api-version", "header::ACCEPT", "client.baseurl"] {
        assert!(!client.contains(text), "{text}");
    }
    assert_eq!(client.matches(".address(").count(), OPERATIONS.len());
}

#[test]
fn unusual_names_get_distinct_constants() {
    let generated = generate(|contract| {
        contract["components"]["schemas"]["Job"]["properties"]["2fa"] = json!({ "type": "string" });
        contract["components"]["schemas"]["Job"]["properties"]["3dLayout"] = json!({ "type": "string" });
        contract["components"]["schemas"]["Job"]["properties"]["type"] = json!({ "type": "string" });
        // The page of a list has a field `PageSize`.
        contract["components"]["schemas"]["Job"]["properties"]["pageSize"] = json!({ "type": "integer" });
    });
    let operations = generated.unwrap().operations;
    for (name, constant) in [
        ("2fa", "_2FA"),
        ("3dLayout", "_3D_LAYOUT"),
        ("type", "TYPE"),
        ("pageSize", "pageSize"),
        ("PageSize", "PageSize"),
    ] {
        let constant = format!("pub const {constant}: &str = \"{name}\";");
        assert_eq!(operations.matches(&constant).count(), 1, "{constant}");
    }
}

#[test]
fn an_error_is_one_line_with_its_place() {
    let schema = |name: &str| format!("/components/schemas/{name}");
    let (first, last) = (&OPERATIONS[0], &OPERATIONS[OPERATIONS.len() - 1]);
    let with_task = OPERATIONS.iter().find(|operation| operation.path.contains("{task_id}")).unwrap();
    let first_id = format!("{}/operationId", pointer(first));
    for (changes, place, problem) in [
        (vec![("/info/title".into(), None)], "at info: ".into(), "missing field `title`"),
        (vec![(first_id.clone(), None)], format!("at {}: ", place(first)), "`operationId` is missing"),
        (
            vec![(first_id.clone(), Some(json!("list-jobs")))],
            format!("at {}.operationId: ", place(first)),
            "`list-jobs` is not the name of a Rust function",
        ),
        (vec![(first_id.clone(), Some(json!("type")))], format!("at {}.operationId: ", place(first)), "`type`"),
        (vec![(first_id.clone(), Some(json!("")))], format!("at {}.operationId: ", place(first)), "``"),
        (
            vec![(first_id.clone(), Some(json!(last.id)))],
            "at paths.".into(),
            &format!("becomes `{}` in Rust, and so does `{}` at paths.", upper_camel(last.id), last.id),
        ),
        (vec![(first_id, Some(json!("new")))], format!("at {}: ", place(first)), "method new of Client"),
        (
            vec![(schema("JobPage/properties/pageSize"), Some(json!({ "type": "integer" })))],
            "at components.schemas.JobPage.properties.pageSize: ".into(),
            "`pageSize` becomes `page_size` in Rust, and so does `PageSize` at components.schemas.JobPage.properties.PageSize",
        ),
        (
            vec![(schema("Job/properties/!"), Some(json!({ "type": "string" })))],
            "at components.schemas.Job.properties.!: ".into(),
            "`!` cannot become a Rust name",
        ),
        (
            vec![(schema("job"), Some(json!({ "type": "string" })))],
            "at components.schemas.job: ".into(),
            "and so does `Job` at components.schemas.Job",
        ),
        (
            vec![(schema("JobFilterText"), Some(json!({ "type": "string" })))],
            "at components.schemas.JobFilterText: ".into(),
            "`JobFilter`",
        ),
        (
            vec![(schema("AcknowledgementEnvelope/allOf/1/properties/Code"), Some(json!({ "type": "string" })))],
            "at paths.".into(),
            "code in the type or module AcknowledgementEnvelope",
        ),
        (
            vec![("/components/parameters/FilterInQuery/schema/x-content-schema/title".into(), None)],
            "at components.parameters.FilterInQuery.schema.x-content-schema: ".into(),
            "`title` is missing",
        ),
        (
            vec![(schema("JobFilter"), Some(json!({ "type": "string" })))],
            "at components.parameters.FilterInQuery.schema.x-content-schema: ".into(),
            "components.schemas already contains `JobFilter`",
        ),
        (vec![(schema("WebPage/type"), Some(json!("list")))], "at components.schemas".into(), "list"),
        (
            vec![(schema("CreatedJob"), None)],
            "at components.schemas.CreatedJobEnvelope.allOf.[1].properties.data: ".into(),
            "`#/components/schemas/CreatedJob` does not exist",
        ),
        (
            vec![(schema("JobStatus/x-enum-descriptions/0"), None)],
            "at components.schemas.JobStatus.x-enum-descriptions: ".into(),
            "has 5 entries, but `enum` has 6",
        ),
        (
            vec![(schema("JobStatus/x-enum-varnames/0"), Some(json!("not a name")))],
            "at components.schemas.JobStatus.x-enum-varnames: ".into(),
            "`not a name` is not a Rust name",
        ),
        (
            vec![(schema("JobStatus/x-enum-varnames/0"), Some(json!("Running")))],
            "at components.schemas.JobStatus.x-enum-varnames: ".into(),
            "is listed twice",
        ),
        (
            vec![(schema("JobStatus/x-enum-ends"), Some(json!([2, 30])))],
            "at components.schemas.JobStatus.x-enum-ends: ".into(),
            "must list values of `enum`",
        ),
        (
            vec![("/components/securitySchemes/session/in".into(), Some(json!("header")))],
            "at components.securitySchemes.session: ".into(),
            "must be a bearer token or an API key in a cookie",
        ),
        (
            vec![("/components/parameters/TaskIdInPath/in".into(), Some(json!("cookie")))],
            format!("at {}.parameters.task_id: ", place(with_task)),
            "must be in the path or in the query",
        ),
        (
            vec![
                ("/components/parameters/PageInQuery/name".into(), Some(json!("page_size"))),
                ("/components/parameters/PageSizeInQuery/name".into(), Some(json!("pageSize"))),
            ],
            "at paths.".into(),
            "`page_size` becomes `page_size` in Rust, and so does `pageSize` at paths.",
        ),
    ] {
        let generated = generate(|contract| {
            for (pointer, value) in &changes {
                set(contract, pointer, value.clone());
            }
        });
        let Err(error) = generated else { panic!("{changes:?} is accepted") };
        assert!(error.starts_with(&place), "{error}");
        assert!(error.contains(problem), "{error}");
        assert_one_line(&error);
    }
}

#[test]
fn a_schema_may_contain_itself_but_not_be_composed_of_itself() {
    let itself = json!({ "$ref": "#/components/schemas/Job" });
    let of_job = |schema: &Value| generate(|contract| contract["components"]["schemas"]["Job"] = schema.clone());
    for contains in [
        json!({ "type": "array", "items": itself }),
        json!({ "type": "object", "additionalProperties": itself }),
        json!({ "type": "object", "properties": { "job": itself } }),
    ] {
        assert!(of_job(&contains).is_ok(), "{contains}");
    }
    let through_another = json!({ "allOf": [{ "$ref": "#/components/schemas/JobEnvelope/allOf/1/properties/data" }] });
    for composed in [
        itself.clone(),
        json!({ "allOf": [itself, { "type": "object" }] }),
        json!({ "anyOf": [{ "oneOf": [itself] }] }),
        json!({ "not": itself }),
        through_another,
    ] {
        let Err(error) = of_job(&composed) else { panic!("{composed} is accepted") };
        assert_eq!(error, "at components.schemas.Job: is composed of itself");
    }
}

#[test]
fn text_that_is_not_yaml_is_one_line() {
    for text in ["", "openapi: [", "openapi: 3.0.3\n  title: x", "a: 1\na: 2", "\u{0}", &"[".repeat(100_000)] {
        let Err(error) = build::generate(text) else { panic!("accepted") };
        assert_one_line(&error.to_string());
    }
}

/// Runs `PROPTEST_CASES` cases, if that is set.
#[test]
fn random_changes_give_code_or_an_error_of_one_line() {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64);
    let mutations = proptest::collection::vec(mutation(), 1..4);
    proptest!(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }, |(mutations in mutations)| {
        let generated = generate(|contract| mutations.iter().for_each(|mutation| mutation.apply(contract)));
        if let Err(error) = generated {
            assert_one_line(&error);
        }
    });
}

/// A change at a random place.
#[derive(Clone, Debug)]
struct Mutation {
    place: Index,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Remove,
    Rename(String),
    CopyAs(String),
    CopyInOtherCase,
    Replace(Value),
    ReplaceByValueAt(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let change = prop_oneof![
        Just(Change::Remove),
        name().prop_map(Change::Rename),
        name().prop_map(Change::CopyAs),
        Just(Change::CopyInOtherCase),
        value().prop_map(Change::Replace),
        any::<Index>().prop_map(Change::ReplaceByValueAt),
    ];
    (any::<Index>(), change).prop_map(|(place, change)| Mutation { place, change })
}

fn name() -> impl Strategy<Value = String> {
    const ODD: &[&str] = &[
        "",
        "_",
        "2fa",
        "3dLayout",
        "list-jobs",
        "type",
        "self",
        "Self",
        "new",
        "send",
        "body",
        "get",
        "a b",
        "a\nb",
        "{job_id}",
        "/",
        "~1",
        "$ref",
        "名称",
        "é",
        "🦀",
        "\u{0}",
        "properties",
        "allOf",
        "x-enum-varnames",
        "enum",
        "default",
    ];
    prop_oneof![4 => select(ODD).prop_map(String::from), 1 => Just("very_long_".repeat(1000)), 1 => "\\PC{0,12}"]
}

fn value() -> impl Strategy<Value = Value> {
    let schemas: Vec<String> = contract()["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
    let reference = select(schemas).prop_map(|schema| json!({ "$ref": format!("#/components/schemas/{schema}") }));
    let composed = (select(vec!["allOf", "anyOf", "oneOf"]), proptest::collection::vec(reference.clone(), 1..3));
    prop_oneof![
        name().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        reference,
        composed.prop_map(|(keyword, schemas)| json!({ keyword: schemas })),
        select(vec![
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(1.5),
            json!([]),
            json!({}),
            json!([null]),
            json!("integer"),
            json!({ "type": "object" }),
            json!({ "type": "array" }),
            json!({ "allOf": [] }),
            json!({ "enum": [] }),
        ]),
    ]
}

impl Mutation {
    fn apply(&self, contract: &mut Value) {
        let places = places(contract);
        let place = self.place.get(&places);
        let (parent, key) = place.rsplit_once('/').unwrap();
        let key = unescape(key);
        let value = contract.pointer(place).unwrap().clone();
        let sibling = |name: &str| format!("{parent}/{}", escape(name));
        match &self.change {
            Change::Remove => set(contract, place, None),
            Change::Replace(new) => set(contract, place, Some(new.clone())),
            Change::ReplaceByValueAt(other) => {
                let other = contract.pointer(other.get(&places).as_str()).cloned();
                set(contract, place, other);
            }
            // The names of a list are its numbers.
            _ if contract.pointer(parent).is_some_and(Value::is_array) => {}
            Change::Rename(name) => {
                set(contract, place, None);
                set(contract, &sibling(name), Some(value));
            }
            Change::CopyAs(name) => set(contract, &sibling(name), Some(value)),
            Change::CopyInOtherCase => set(contract, &sibling(&in_other_case(&key)), Some(value)),
        }
    }
}

/// The places of everything that the generator reads.
fn places(contract: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_places(contract, String::new(), &mut found);
    found
}

fn collect_places(value: &Value, place: String, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, child)| (escape(name), child)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        if !matches!(name.as_str(), "description" | "example" | "examples" | "links") {
            found.push(format!("{place}/{name}"));
            collect_places(child, format!("{place}/{name}"), found);
        }
    }
}

fn contract() -> Value {
    serde_saphyr::from_str(CONTRACT).unwrap()
}

/// Generates from a changed contract. JSON is YAML too.
fn generate(change: impl FnOnce(&mut Value)) -> Result<build::Generated, String> {
    let mut contract = contract();
    change(&mut contract);
    build::generate(&contract.to_string()).map_err(|error| error.to_string())
}

/// Sets the value at a JSON pointer, or removes it.
fn set(contract: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = unescape(key);
    match (contract.pointer_mut(parent).unwrap(), value) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(key, value)),
        (Value::Object(fields), None) => drop(fields.remove(&key)),
        (Value::Array(items), Some(value)) => items[key.parse::<usize>().unwrap()] = value,
        (Value::Array(items), None) => drop(items.remove(key.parse().unwrap())),
        (parent, _) => panic!("{pointer} is inside {parent}"),
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescape(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}

/// The JSON pointer of an operation.
fn pointer(operation: &Operation) -> String {
    format!("/paths/{}/{}", escape(operation.path), operation.method.to_lowercase())
}

/// The place of an operation in an error.
fn place(operation: &Operation) -> String {
    format!("paths.{}.{}", operation.path, operation.method.to_lowercase())
}

fn upper_camel(name: &str) -> String {
    heck::ToUpperCamelCase::to_upper_camel_case(name)
}

fn in_other_case(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(letters).collect(),
        _ => name.to_lowercase(),
    }
}

#[track_caller]
fn assert_one_line(error: &str) {
    assert!(!error.trim().is_empty());
    assert!(!error.contains(char::is_control), "{error}");
    assert!(error.chars().count() < 1000, "{error}");
}
