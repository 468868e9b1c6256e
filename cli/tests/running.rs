//! `run`: its parameters, its submission and its waiting.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use nebula_explorer::generated::types::RunInput;
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use serde_json::json;
use support::stub::{Response, Stub, job};
use support::{BFS, Ended, PAGERANK, Server, operation};

#[test]
fn parameters_arrive_as_they_are_written() {
    let server = Server::start(Emulator::builder());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("input.json");
    let file_name = file.to_str().unwrap();
    let inputs = json!({"query_1": {"name": "Tim Duncan", "age": 30}});
    for (text, arguments) in [
        (inputs.to_string(), &[][..]),
        (format!("\u{feff}{inputs}"), &[]),
        (json!({"input": inputs}).to_string(), &[]),
        ("{}".into(), &["-p", "query_1.name=Tim Duncan", "-p", "query_1.age:=30"]),
        (
            json!({"query_1": {"age": "31"}}).to_string(),
            &["-p", "query_1.name=Tim Duncan", "--param", "query_1.age:=30"],
        ),
    ] {
        std::fs::write(&file, &text).unwrap();
        let ended = server.run(&[&["run", PAGERANK, "--detach", "--input", file_name], arguments].concat());
        assert_eq!(ended.code, 0, "{text}: {ended:?}");
        let (_, input): (i64, RunInput) = server.emulator.inputs().pop().unwrap();
        assert_eq!(serde_json::to_value(&input).unwrap(), inputs, "{text}");
    }
    let submitted = server.emulator.jobs();
    for (text, problem) in [
        (r#"{"query_1": {"age": 12345678901234567890123}}"#, "12345678901234567890123 does not fit"),
        (r#"{"query_1": {"name": "\"1", "age": -9223372036854775809}}"#, "-9223372036854775809 does not fit"),
        (r#"{"query_1": {"age": true}}"#, "query_1.age"),
        (r#"{"query_1": 3}"#, "query_1"),
        (r#"{"input": {"query_1": {"age": null}}}"#, "query_1.age"),
    ] {
        std::fs::write(&file, text).unwrap();
        let ended = server.run(&["run", PAGERANK, "--input", file_name]);
        assert!(ended.code == 2 && ended.stderr.contains(problem), "{text}: {ended:?}");
    }
    let api = server.run(&["api", operation("list_jobs").path, "-d", "[18446744073709551616]"]);
    assert!(api.code == 2 && api.stderr.contains("does not fit"), "{api:?}");
    assert_eq!(server.emulator.jobs(), submitted);
}

#[test]
#[cfg(target_os = "linux")]
fn a_job_id_that_cannot_be_written_goes_to_standard_error() {
    let server = Server::start(Emulator::builder());
    let mut full = server.command(&["run", BFS, "--detach"]);
    full.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap()).stderr(Stdio::piped());
    let mut closed = server.command(&["run", BFS, "--detach", "-o", "json"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    closed.stdout(writer).stderr(Stdio::piped());
    for (mut command, id) in [(full, 105), (closed, 106)] {
        let ended = Ended::from(command.spawn().unwrap().wait_with_output().unwrap());
        assert!(ended.code == 1 && ended.stderr.contains(&format!("created job {id}")), "{ended:?}");
    }
}

#[test]
fn a_lost_response_is_reconciled_on_request() {
    let lost = || FaultRule::new(Fault::DropAfter).operation(operation("run_workflow").id).times(1);
    let server = Server::start(Emulator::builder().fault(lost()));
    let reconciled = server.run(&["run", BFS, "--detach", "--on-unknown-outcome", "reconcile", "--grace", "1s"]);
    assert_eq!((reconciled.code, reconciled.stdout.as_str()), (0, "105\n"), "{reconciled:?}");
    assert_eq!(server.emulator.jobs(), 1);

    server.emulator.set_faults(vec![lost()]).unwrap();
    assert_eq!(server.run(&["run", BFS, "--detach", "--on-unknown-outcome", "fail"]).code, 9);
    let invalid = server.run(&["run", BFS, "--grace", "1s"]);
    assert!(invalid.code == 2 && invalid.stderr.contains("--on-unknown-outcome reconcile"), "{invalid:?}");
}

/// A server whose job can only be polled after some failures.
fn failing(failures: usize, failure: fn() -> Response) -> Stub {
    let polls = AtomicUsize::new(0);
    Stub::signed_in(move |request| match (request.method.as_str(), request.path.contains("/sample_result")) {
        ("POST", _) => Response::success(json!({"id": 105})),
        (_, true) => Response::success(json!({"items": [["player100", "0.4"]]})),
        _ if polls.fetch_add(1, SeqCst) < failures => failure(),
        _ => Response::success(job(105, 2)),
    })
}

#[test]
fn the_task_of_result_is_looked_up_within_the_tolerance_of_the_wait() {
    for failure in
        [|| Response::error(500, 50_004_000, "ErrInternalServer"), || Response::html(503)] as [fn() -> Response; 2]
    {
        let ended = failing(5, failure).run(&["run", "1", "--result", "PageRank"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (0, "player100\t0.4\n"), "{ended:?}");
    }
    let wrong = failing(1, || Response::html(503)).run(&["run", "1", "--result", "Rank"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("PageRank") && wrong.stderr.contains("continues to run"),
        "{wrong:?}"
    );
}

#[test]
fn the_task_of_result_is_looked_up_within_the_timeout_of_the_wait() {
    let stalled = failing(usize::MAX, || Response::html(503).after(Duration::from_secs(60)));
    let started = Instant::now();
    let ended = stalled.run(&["run", "1", "--result", "PageRank", "--timeout", "1s"]);
    assert_eq!(ended.code, 8, "{ended:?}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
