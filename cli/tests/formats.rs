//! The forms of data: JSON against its schemas, CSV, and columns.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use nebula_explorer_emulator::Emulator;
use support::{BFS, Ended, FAILING, PAGERANK, SLOW, Server, bare};

#[test]
fn json_fits_its_schemas() {
    let server = Server::start(Emulator::builder());
    server.run(&["run", FAILING]);
    for (schema, arguments) in [
        ("run", &["run", PAGERANK][..]),
        ("run", &["run", PAGERANK, "--result", "PageRank"]),
        ("run", &["run", BFS, "--detach"]),
        ("jobs-list", &["jobs", "list"]),
        ("jobs-get", &["jobs", "get", "105"]),
        ("jobs-watch", &["jobs", "watch", "106", "107"]),
        ("jobs-cancel", &["jobs", "cancel", "106", "--wait"]),
        ("result", &["result", "106", "PageRank"]),
        ("status", &["status"]),
        ("explain", &["explain", "40104001"]),
    ] {
        let schema = Ended::of(&mut bare(&["schema", schema])).json();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let data = server.run(&[arguments, &["--output", "json"]].concat()).json();
        let problems: Vec<String> = validator.iter_errors(&data).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{arguments:?}: {problems:?}");
        let properties = |schema: &serde_json::Value| schema["properties"].as_object().map(|all| all.len());
        let described = properties(&schema).or_else(|| properties(&schema["$defs"]["JobRecord"]));
        if let (Some(object), Some(described)) = (data.as_object(), described) {
            assert!(object.len() == described || object.contains_key("id"), "{arguments:?}: a field has no schema");
        }
    }
}

#[test]
fn csv_has_a_head_and_quotes_what_must_be() {
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
fn cancelling_several_jobs_goes_on_after_one_that_does_not_exist() {
    let server = Server::start(Emulator::builder());
    for _ in 0..2 {
        server.run(&["run", SLOW, "--detach"]);
    }
    let ended = server.run(&["jobs", "cancel", "105", "999", "106", "--wait"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (4, 2), "{ended:?}");
    assert!(ended.stdout.lines().all(|line| line.ends_with("ended\tInterrupted")), "{ended:?}");
}

#[test]
fn any_call_can_be_made() {
    let server = Server::start(Emulator::builder());
    let made = server.run(&["api", &format!("/api-open/v1/workflows/{BFS}/jobs"), "-d", "{}"]).json();
    assert_eq!(made["data"]["id"], 105);
    let listed = server.run(&["api", "/api-open/v1/jobs", "-q", "pageSize=1"]).json();
    assert_eq!(listed["data"]["total"], 1);
    assert_eq!(server.run(&["api", "-X", "PUT", "/api-open/v1/jobs/999/cancel"]).code, 4);
    for wrong in
        [&["api", "nothing"][..], &["api", "/x", "-q", "a"], &["api", "/x", "-d", "{"], &["api", "/x", "-X", "BREW"]]
    {
        assert_eq!(server.run(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn the_contract_and_the_manual_are_written_out() {
    let json = Ended::of(&mut bare(&["contract", "--format", "json"])).json();
    assert_eq!(json["openapi"], "3.0.3");
    assert!(Ended::of(&mut bare(&["man"])).stdout.contains(".TH nebula-explorer"));
    let folder = tempfile::tempdir().unwrap();
    let written = Ended::of(&mut bare(&["man", "--dir", folder.path().to_str().unwrap()]));
    assert_eq!(written.code, 0, "{written:?}");
    assert!(folder.path().join("nebula-explorer-jobs-list.1").exists());
}
