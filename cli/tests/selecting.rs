//! `jobs list`, `jobs watch` and `jobs cancel` for jobs that match, and cancelling many jobs.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use nebula_explorer_emulator::Emulator;
use serde_json::json;
use support::stub::{Response, Stub, job};
use support::{BFS, Ended, FAILING, SLOW, Server, operation};

fn ids(ended: &Ended) -> Vec<i64> {
    let mut ids: Vec<i64> = ended.json().as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect();
    ids.dedup();
    ids
}

#[test]
fn watch_and_cancel_select_jobs_that_have_not_ended() {
    let server = Server::start(Emulator::builder());
    server.run(&["run", BFS]);
    server.run(&["run", FAILING]);
    for _ in 0..2 {
        server.run(&["run", SLOW, "--detach"]);
    }
    let json = |arguments: &[&str]| ids(&server.run(&[arguments, &["-o", "json"]].concat()));
    assert_eq!(json(&["jobs", "cancel", "--workflow", BFS]), [0; 0]);
    assert_eq!(json(&["jobs", "watch", "--workflow", FAILING]), [0; 0], "an earlier failure is not reported");
    assert_eq!(json(&["jobs", "watch", "--status", "success"]), [105], "a status says which jobs");
    assert_eq!(json(&["jobs", "cancel", "--since", "1h", "--name", "nobody"]), [0; 0]);
    let mut cancelled = json(&["jobs", "cancel", "--since", "1h", "--wait"]);
    cancelled.sort_unstable();
    assert_eq!(cancelled, [107, 108]);
    assert_eq!(server.emulator.calls(operation("cancel_job").id), 2);
    for invalid in [&["jobs", "cancel"][..], &["jobs", "watch"], &["jobs", "cancel", "105", "--workflow", "1"]] {
        assert_eq!(server.run(invalid).code, 2, "{invalid:?}");
    }
}

/// A server with three jobs: 105 never ends, the others end when they are cancelled. Counts the requests to cancel.
fn with_a_stuck_job() -> (Stub, Arc<AtomicUsize>) {
    let cancelled = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&cancelled);
    let stub = Stub::signed_in(move |request| {
        let path = request.path.split('?').next().unwrap();
        if path.ends_with("/cancel") {
            count.fetch_add(1, SeqCst);
            return Response::success(json!({"success": true}));
        }
        let jobs = [job(105, 5), job(106, 4), job(107, 4)];
        match path.rsplit('/').next().unwrap().parse::<i64>() {
            Ok(id) => Response::success(jobs[usize::try_from(id - 105).unwrap()].clone()),
            Err(_) if request.path.contains("page=1") => Response::success(json!({"items": jobs, "total": 3})),
            Err(_) => Response::success(json!({"items": [], "total": 3})),
        }
    });
    (stub, cancelled)
}

#[test]
fn one_job_that_does_not_end_holds_up_no_other_one() {
    let (stub, cancelled) = with_a_stuck_job();
    let started = Instant::now();
    let ended = stub.run(&["jobs", "cancel", "105", "106", "107", "--wait", "--timeout", "2s"]);
    assert_eq!((ended.code, cancelled.load(SeqCst)), (8, 3), "{ended:?}");
    let mut lines: Vec<&str> = ended.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["105\trequested\t", "106\tended\tInterrupted", "107\tended\tInterrupted"]);
    assert!(
        ended.stderr.contains("job 105 has not ended within 2 s") && ended.stderr.contains("jobs watch 105"),
        "{ended:?}"
    );
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_closed_output_does_not_stop_cancelling() {
    let (stub, cancelled) = with_a_stuck_job();
    for (number, wait) in [(3, &[][..]), (5, &["--wait"])] {
        let ids: &[&str] = if wait.is_empty() { &["105", "106", "107"] } else { &["106", "107"] };
        let mut command = stub.command(&[&["jobs", "cancel"], ids, wait].concat());
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ended =
            Ended::from(command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap());
        assert_eq!((ended.code, cancelled.load(SeqCst)), (0, number), "{ended:?}");
    }
}

#[test]
fn since_is_relative_to_the_clock_of_the_server() {
    // One hour behind, with a job of five minutes ago.
    let behind = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
    let created = behind - jiff::SignedDuration::from_mins(5);
    let stub = Stub::signed_in(move |request| {
        let mut job = job(105, 2);
        job["createTime"] = created.as_millisecond().into();
        let items = if request.path.contains("page=1") { vec![job] } else { Vec::new() };
        Response::success(json!({"items": items, "total": 1}))
            .header("Date", behind.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
    });
    assert_eq!(ids(&stub.run(&["jobs", "list", "--since", "30m", "-o", "json"])), [105]);
    assert_eq!(ids(&stub.run(&["jobs", "list", "--since", "2m", "-o", "json"])), [0; 0]);
}
