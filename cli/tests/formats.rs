//! Output formats: JSON against its schemas, CSV, and columns.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;

use nebula_explorer_emulator::Emulator;
use serde_json::Value;
use support::{BFS, Ended, FAILING, PAGERANK, SLOW, Server, bare, help, operation};

#[test]
fn json_matches_its_schemas() {
    let server = Server::start(Emulator::builder());
    server.run(&["run", FAILING]);
    let commands = help::commands();
    let batch = server.directory.path().join("batch.csv");
    std::fs::write(&batch, format!("key,workflow\nthe key,{BFS}\n")).unwrap();
    let mut tested = BTreeSet::new();
    for arguments in [
        &["run", PAGERANK][..],
        &["run", PAGERANK, "--result", "PageRank"],
        &["run", BFS, "--detach"],
        &["jobs", "list"],
        &["jobs", "get", "105"],
        &["jobs", "watch", "106", "107"],
        &["jobs", "cancel", "106", "--wait"],
        &["result", "106", "PageRank"],
        &["batch", batch.to_str().unwrap()],
        &["submissions", "list"],
        &["submissions", "show", "the key"],
        &["submissions", "prune", "--older-than", "1h"],
        &["submissions", "record", "the key", "109"],
        &["submissions", "forget", "the key"],
        &["status"],
        &["explain", "40104001"],
    ] {
        let command =
            commands.iter().filter(|command| arguments.starts_with(&as_strs(command))).max_by_key(|c| c.len());
        let name = command.unwrap().join("-");
        let mut schema = Ended::of(&mut bare(&["schema", &name])).json();
        close(&mut schema);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let data = server.run(&[arguments, &["--output", "json"]].concat()).json();
        let problems: Vec<String> = validator.iter_errors(&data).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{arguments:?}: {problems:?}");
        tested.insert(name);
    }
    let schemas: BTreeSet<String> = help::possible_values(&["schema"]).into_iter().collect();
    assert_eq!(schemas, tested, "add an example above for each command that has a schema");
}

fn as_strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// Forbids properties that the schema does not describe.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.get("properties").is_some_and(Value::is_object) && object.contains_key("type") {
                object.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(all) => all.iter_mut().for_each(close),
        _ => {}
    }
}

#[test]
fn csv_has_a_header_and_quotes() {
    let workflow = r#"{"id": 1, "name": "a, \"b\"", "tasks": [{"id": "q", "component": "Query", "params": {"name": "Tim Duncan"}}]}"#;
    let server = Server::start(Emulator::builder().workflow(serde_json::from_str(workflow).unwrap()));
    server.run(&["run", "1"]);
    let text = server.run(&["jobs", "list", "--output", "csv"]).stdout;
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(csv.headers().unwrap().iter().collect::<Vec<_>>(), ["id", "name", "workflow", "status", "created"]);
    let rows: Vec<_> = csv.records().collect::<Result<_, _>>().unwrap();
    assert_eq!((rows.len(), &rows[0][2]), (1, "a, \"b\""), "{text}");
    let none = server.run(&["jobs", "list", "--output", "csv", "--name", "nobody"]).stdout;
    assert_eq!(none, "id,name,workflow,status,created\n");
    let rows = server.run(&["result", "105", "--output", "csv"]).stdout;
    assert!(csv::ReaderBuilder::new().has_headers(false).from_reader(rows.as_bytes()).records().count() > 0, "{rows}");
}

#[test]
fn cancelling_several_jobs_continues_after_an_error() {
    let server = Server::start(Emulator::builder());
    for _ in 0..2 {
        server.run(&["run", SLOW, "--detach"]);
    }
    let ended = server.run(&["jobs", "cancel", "105", "999", "106", "--wait"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (4, 2), "{ended:?}");
    assert!(ended.stdout.lines().all(|line| line.ends_with("ended\tInterrupted")), "{ended:?}");
}

#[test]
fn api_sends_any_request() {
    let server = Server::start(Emulator::builder());
    let created = server.run(&["api", &path("run_workflow", BFS), "-d", "{}"]).json();
    assert_eq!(created["data"]["id"], 105);
    let listed = server.run(&["api", &path("list_jobs", ""), "-q", "pageSize=1"]).json();
    assert_eq!(listed["data"]["total"], 1);
    assert_eq!(server.run(&["api", "-X", operation("cancel_job").method, &path("cancel_job", "999")]).code, 4);
    for wrong in
        [&["api", "nothing"][..], &["api", "/x", "-q", "a"], &["api", "/x", "-d", "{"], &["api", "/x", "-X", "BREW"]]
    {
        assert_eq!(server.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn contract_and_manual_are_printed() {
    let json = Ended::of(&mut bare(&["contract", "--format", "json"])).json();
    assert_eq!(json["openapi"], "3.0.3");
    assert!(Ended::of(&mut bare(&["man"])).stdout.contains(".TH nebula-explorer"));
    let directory = tempfile::tempdir().unwrap();
    let written = Ended::of(&mut bare(&["man", "--dir", directory.path().to_str().unwrap()]));
    assert_eq!(written.code, 0, "{written:?}");
    for command in help::commands() {
        let page = [&["nebula-explorer".to_string()], &command[..]].concat().join("-") + ".1";
        assert!(directory.path().join(&page).exists(), "{page}");
    }
}

/// The path of an operation whose parameter has this value.
fn path(id: &str, parameter: &str) -> String {
    let path = operation(id).path;
    match (path.find('{'), path.find('}')) {
        (Some(start), Some(end)) => format!("{}{parameter}{}", &path[..start], &path[end + 1..]),
        _ => path.into(),
    }
}
