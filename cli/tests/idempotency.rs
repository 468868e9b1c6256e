//! Idempotency keys and batches on the command line, with processes that are killed.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use serde_json::Value;
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

/// A disk that is full as soon as the log of the database has a certain size, for each size: before the request is sent, between the
/// request and the response, or never.
#[cfg(unix)]
#[test]
fn full_disk_prevents_the_request_or_the_error_names_the_job() {
    let server = server();
    // In blocks of 512 bytes. The database needs 32 KiB for its index of the log.
    let sizes: Vec<u32> = (0..6).map(|step| 64 + step * 8).collect();
    let ends: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = sizes.iter().map(|size| scope.spawn(|| run_on_full_disk(&server, *size))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(ends.contains(&Full::BeforeTheRequest) && ends.contains(&Full::AfterTheResponse), "{ends:?}");
    assert_eq!(server.emulator.jobs(), sizes.len());
}

#[cfg(unix)]
#[derive(Debug, PartialEq)]
enum Full {
    BeforeTheRequest,
    AfterTheResponse,
    Never,
}

/// Runs with a key while the disk is full, and once more when it is not.
#[cfg(unix)]
fn run_on_full_disk(server: &Server, size: u32) -> Full {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("sqlite://{}", directory.path().join("submissions.db").display());
    // Creates the database, and moves its log into it: the process ends before or after it has done so.
    wait_until("the log is empty", || {
        let created = server.run(&["submissions", "list", "--store", &store]);
        assert_eq!(created.code, 0, "{created:?}");
        !directory.path().join("submissions.db-wal").exists()
    });
    let size = size.to_string();
    let key = format!("on a disk of {size} blocks");
    let run = ["run", BFS, "--idempotency-key", &key, "--grace", "2s", "--detach", "--store", &store];
    let command = server.command(&run);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", r#"trap '' XFSZ; ulimit -f "$0"; exec "$@""#, &size])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let first = support::Ended::of(&mut limited);
    let end = match (first.code, first.stderr.contains("was not sent"), first.stderr.contains("submissions record")) {
        (0, ..) => Full::Never,
        (1, true, false) => Full::BeforeTheRequest,
        (1, false, true) => Full::AfterTheResponse,
        _ => panic!("{size}: {first:?}"),
    };
    if end == Full::AfterTheResponse {
        // As the error says.
        let (_, command) = first.stderr.split_once(" submissions record ").unwrap();
        let job = command.split_whitespace().last().unwrap();
        let recorded = server.run(&["submissions", "record", &key, job, "--store", &store]);
        assert_eq!(recorded.code, 0, "{recorded:?}");
    }
    let second = server.run(&run);
    assert_eq!(second.code, 0, "{size}: {second:?}");
    if end != Full::BeforeTheRequest {
        assert!(first.stderr.contains(second.stdout.trim()) || first.stdout == second.stdout, "{first:?} {second:?}");
    }
    end
}

#[test]
fn key_whose_outcome_is_unknown_is_repaired_by_hand() {
    let lost = FaultRule::new(Fault::DropAfter).operation("run_workflow").times(1);
    let server = Server::start(Emulator::builder().fault(lost));
    let uncertain = server.run(&["run", BFS, "--idempotency-key", KEY, "--on-unknown-outcome", "fail"]);
    assert_eq!(uncertain.code, 9, "{uncertain:?}");
    let job = server.emulator.inputs()[0].0.to_string();
    let record = |job: &str| server.run_with_profile(&["submissions", "record", KEY, job, "-o", "json"]);
    assert_eq!(record(&job).json()["job_id"].to_string(), job);
    assert_eq!(record(&job).code, 0, "the same again");
    let other = record("999");
    assert!(other.code == 1 && other.stderr.contains(&job), "{other:?}");
    assert_eq!(server.run(&["run", BFS, "--idempotency-key", KEY, "--detach"]).stdout.trim(), job);
    assert_eq!(server.emulator.jobs(), 1);
    let unknown = server.run_with_profile(&["submissions", "record", "no such key", &job]);
    assert!(unknown.code == 1 && unknown.stderr.contains("nothing is recorded"), "{unknown:?}");
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
    let created = server.emulator.inputs();
    let numbers: BTreeSet<String> = created.iter().map(|(_, input)| format!("{:?}", input.0["bfs_1"].0["n"])).collect();
    assert_eq!(numbers.len(), created.len(), "a line has run twice: {created:?}");
    let runs: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(runs.len(), 30, "{ended:?}");
    let unknown = runs.iter().filter(|run| run["job"].is_null()).count();
    let jobs: BTreeSet<i64> = runs.iter().filter_map(|run| run["job"].as_i64()).collect();
    assert_eq!(jobs.len() + unknown, 30, "two lines have the same job: {ended:?}");
    // Whose job it is cannot be known if several requests were in progress and not all of them have created one.
    let is_explained = |run: &Value| run["error"].as_str().unwrap().contains("may be one of these jobs");
    assert!(runs.iter().filter(|run| run["job"].is_null()).all(is_explained), "{ended:?}");
    assert!(created.len() == 30 || unknown > 0, "{ended:?}");
    let again = server.run(&batch);
    assert_eq!((again.stdout.lines().count(), server.emulator.jobs()), (30, created.len()), "{again:?}");
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

#[test]
fn batch_writes_the_row_of_a_table_as_soon_as_its_run_ends() {
    let server = server();
    let file = lines(&server, "batch.csv", &["key,workflow", &format!("slow,{SLOW}"), &format!("fast,{BFS}")]);
    let mut batch = server.command(&["batch", &file, "--output", "table"]);
    let mut batch = batch.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let rows = BufReader::new(batch.stdout.take().unwrap()).lines().map(Result::unwrap);
    let rows: Vec<String> = rows.take(2).collect();
    assert!(rows[0].starts_with("LINE  KEY   WORKFLOW"), "{rows:?}");
    assert!(rows[1].starts_with("3     fast  ") && rows[1].ends_with("Success"), "{rows:?}");
    assert_eq!(batch.try_wait().unwrap(), None, "the slow run has ended");
    batch.kill().unwrap();
    batch.wait().unwrap();
}

#[test]
fn batch_reads_standard_input_and_pipes() {
    let server = server();
    for (path, names) in [("-", ["a", "b"]), ("/dev/stdin", ["c", "d"])] {
        if cfg!(not(unix)) && path != "-" {
            continue;
        }
        let mut batch = server.command(&["batch", path, "--output", "ndjson"]);
        let mut batch = batch.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = batch.stdin.take().unwrap();
        for name in names {
            writeln!(input, r#"{{"key": "{name}", "workflow": {BFS}}}"#).unwrap();
        }
        drop(input);
        let ended = batch.wait_with_output().unwrap();
        let rows = String::from_utf8(ended.stdout).unwrap();
        assert_eq!((ended.status.code(), rows.lines().count()), (Some(0), 2), "{path}: {rows}");
    }
    assert_eq!(server.emulator.jobs(), 4);
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
    for (store, code, advice) in [
        ("mysql://host/database", 2, "must have the form"),
        (
            "postgres://user:hunter22hunter22@127.0.0.1:1/database",
            1,
            "127.0.0.1:1/database failed: check that the server",
        ),
        ("sqlite:///no/such/directory/file", 1, "file failed: check that its directory exists"),
    ] {
        let ended = server.run(&["run", BFS, "--idempotency-key", KEY, "--store", store]);
        assert_eq!((ended.code, server.emulator.jobs()), (code, 0), "{ended:?}");
        assert!(ended.stderr.contains(advice) && !ended.stderr.contains("hunter22"), "{ended:?}");
    }
}
