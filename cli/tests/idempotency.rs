//! Idempotency keys and batches on the command line, with processes that are killed.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use support::{BFS, FAILING, SLOW, STATE_DIR, Server};

const KEY: &str = "nightly-2026-11-25";

fn server() -> Server {
    Server::start(Emulator::builder())
}

fn lines(server: &Server, name: &str, lines: &[&str]) -> String {
    let path = server.directory.path().join(name);
    std::fs::write(&path, lines.join("\n")).unwrap();
    path.to_str().unwrap().into()
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(30), "{what}");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn second_run_with_a_key_follows_the_job_of_the_first() {
    let server = server();
    let run = ["run", BFS, "--idempotency-key", KEY, "--detach"];
    let first = server.run(&run);
    let second = server.run(&run);
    assert_eq!((first.code, &first.stdout), (0, &second.stdout), "{first:?} {second:?}");
    let other = server.run(&["run", BFS, "-p", "bfs_1.ROOT=player101", "--idempotency-key", KEY]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.stderr.contains("digest"), "{other:?}");
    assert_eq!(server.emulator.jobs(), 1);
}

#[test]
fn killed_run_is_continued_by_the_next_one() {
    // The response takes long enough to kill the process before it arrives.
    let delay = FaultRule::new(Fault::Delay).operation("run_workflow").times(1).duration(Duration::from_secs(20));
    let server = Server::start(Emulator::builder().fault(delay));
    let run = ["run", BFS, "--idempotency-key", KEY, "--detach"];
    let mut killed = start(&mut server.command(&run));
    wait_until("the first process sends its request", || server.emulator.jobs() == 1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    let next = server.run(&run);
    let id = server.emulator.inputs()[0].0.to_string();
    assert_eq!((next.code, next.stdout.trim()), (0, id.as_str()), "{next:?}");
    assert_eq!((server.emulator.jobs(), server.emulator.calls("run_workflow")), (1, 1));
}

#[test]
fn failed_job_is_the_outcome_of_its_key_unless_it_is_rerun() {
    let server = server();
    let run = ["run", FAILING, "--idempotency-key", KEY];
    let codes = [server.run(&run).code, server.run(&run).code];
    assert_eq!((codes, server.emulator.jobs()), ([6, 6], 1));
    let rerun = server.run(&[&run[..], &["--rerun", "failed,interrupted"]].concat());
    assert_eq!((rerun.code, server.emulator.jobs()), (6, 2), "{rerun:?}");
}

#[test]
fn submissions_are_listed_shown_forgotten_and_pruned() {
    let server = server();
    for key in ["a", "b"] {
        assert_eq!(server.run(&["run", BFS, "--idempotency-key", key, "--detach"]).code, 0);
    }
    // None of these needs a server.
    let offline = |arguments: &[&str]| server.run_with_profile(arguments);
    let listed = offline(&["submissions", "list", "--output", "json"]);
    let keys: Vec<String> = listed.json().as_array().unwrap().iter().map(|it| it["key"].to_string()).collect();
    assert_eq!(keys, ["\"b\"", "\"a\""], "{listed:?}");
    assert_eq!(offline(&["submissions", "list", "--state", "sending", "-o", "json"]).json(), serde_json::json!([]));
    let shown = offline(&["submissions", "show", "a", "--output", "json"]);
    assert_eq!(shown.json()[0]["job_id"], server.emulator.inputs()[0].0);
    assert_eq!(offline(&["submissions", "prune", "--older-than", "1h", "-o", "json"]).json()["deleted"], 0);
    assert_eq!(offline(&["submissions", "forget", "a", "-o", "json"]).json()["deleted"], 1);
    assert_eq!(offline(&["submissions", "forget", "a"]).code, 1);
    assert_eq!(server.run(&["run", BFS, "--idempotency-key", "a", "--detach"]).code, 0);
    assert_eq!(server.emulator.jobs(), 3);
}

#[test]
fn batch_runs_each_line_once_however_often_it_is_killed() {
    let server = Server::start(Emulator::builder());
    let file: Vec<String> =
        (0..30).map(|n| format!(r#"{{"workflow": {BFS}, "input": {{"bfs_1": {{"n": {n}}}}}}}"#)).collect();
    let file = lines(&server, "batch.ndjson", &file.iter().map(String::as_str).collect::<Vec<_>>());
    let batch = ["batch", &file, "--parallel", "5", "--grace", "2s", "--output", "ndjson"];
    for killed_at in [1, 9, 17] {
        let mut process = start(&mut server.command(&batch));
        wait_until("the batch goes on", || server.emulator.jobs() >= killed_at);
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let ended = server.run(&batch);
    assert_eq!(ended.stdout.lines().count(), 30, "{ended:?}");
    assert_eq!(server.emulator.jobs(), 30);
    let again = server.run(&batch);
    assert_eq!((again.stdout.lines().count(), server.emulator.jobs()), (30, 30), "{again:?}");
}

#[test]
fn batch_ends_with_the_code_of_its_worst_run_and_writes_results() {
    let server = server();
    let results = server.directory.path().join("results");
    let file = lines(&server, "batch.csv", &["key,workflow", &format!("ok,{BFS}"), &format!("bad,{FAILING}")]);
    let directory = results.to_str().unwrap();
    let ended = server.run(&["batch", &file, "--result", "BFS", "--results-dir", directory, "--output", "json"]);
    assert_eq!(ended.code, 6, "{ended:?}");
    assert!(ended.stderr.contains("1 succeeded, 1 did not succeed"), "{ended:?}");
    let runs: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let of = |key: &str| runs.as_array().unwrap().iter().find(|run| run["key"] == key).unwrap().clone();
    assert_eq!((of("ok")["status"].as_str(), of("bad")["status"].as_str()), (Some("Success"), Some("Failed")));
    let rows = std::fs::read_to_string(results.join(format!("{}.csv", of("ok")["job"]))).unwrap();
    assert!(rows.starts_with("player"), "{rows}");

    let invalid = lines(&server, "invalid.ndjson", &[&format!(r#"{{"workflow": {BFS}}}"#), "{"]);
    let before = server.emulator.jobs();
    let ended = server.run(&["batch", &invalid]);
    assert_eq!((ended.code, server.emulator.jobs()), (2, before), "{ended:?}");
    assert!(ended.stderr.contains("line 2"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn interrupted_run_cancels_its_job_on_request() {
    let server = server();
    let mut run = server.command(&["run", SLOW, "--cancel-on-interrupt"]);
    let process = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the job is created", || server.emulator.jobs() == 1);
    sleep(Duration::from_millis(500));
    let sent = Command::new("kill").args(["-s", "TERM", "--", &process.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = process.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(7), "{ended:?}");
}

#[test]
fn store_that_cannot_be_opened_prevents_the_request() {
    let server = server();
    let file = lines(&server, "file", &["not a directory"]);
    let mut command = server.command(&["run", BFS, "--idempotency-key", KEY]);
    let ended = support::Ended::of(command.env(STATE_DIR, &file));
    assert_eq!((ended.code, server.emulator.jobs()), (1, 0), "{ended:?}");
    for (store, code) in [("mysql://host/database", 2), ("postgres://user:hunter22hunter22@127.0.0.1:1/database", 1)] {
        let ended = server.run(&["run", BFS, "--idempotency-key", KEY, "--store", store]);
        assert_eq!((ended.code, server.emulator.jobs()), (code, 0), "{ended:?}");
        assert!(!ended.stderr.contains("hunter22"), "{ended:?}");
    }
}
