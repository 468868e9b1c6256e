//! Idempotency keys in real processes, which kill themselves at every step.
//!
//! The process is this test program itself, with a store that sends SIGKILL at the step in question, so that no program which users
//! get contains anything for it.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "support/stores.rs"]
mod stores;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join_all, pending};
use nebula_explorer::{Credentials, Error, Explorer, JobHandle, OnUnknownOutcome, SqlStore};
use nebula_explorer_emulator::{Behaviour, Emulator, Fault, FaultRule};
use stores::{InterceptedStore, Point, Step, Store};
use tokio::time::sleep;

const WORKFLOW: i64 = 4216617529;

/// Where `cargo xtask stores` lets its PostgreSQL listen.
const POSTGRES: &str = "NEBULA_EXPLORER_TEST_POSTGRES";

/// What the process that is killed reads from its environment.
const SERVER: &str = "NEBULA_EXPLORER_TEST_SERVER";
const STORE: &str = "NEBULA_EXPLORER_TEST_STORE";
const KILL: &str = "NEBULA_EXPLORER_TEST_KILL";
const KEY: &str = "NEBULA_EXPLORER_TEST_KEY";

/// When a process is killed.
const KILLS: [(&str, Kill); 7] = [
    ("before the submission is recorded", Kill::At(Point::Before(Step::Begin))),
    ("after the submission is recorded", Kill::At(Point::After(Step::Begin))),
    ("before the last check", Kill::At(Point::Before(Step::StartSending))),
    ("between the last check and the request", Kill::At(Point::After(Step::StartSending))),
    ("while the request is processed", Kill::WhileSending),
    ("between the response and its record", Kill::At(Point::Before(Step::RecordJob))),
    ("after the job is recorded", Kill::At(Point::After(Step::RecordJob))),
];

#[derive(Clone, Copy)]
enum Kill {
    At(Point),
    WhileSending,
}

/// How long the server takes for the request during which a process is killed.
const PROCESSING: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn process_that_is_killed_anywhere_leaves_one_job_in_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let url = |number| format!("sqlite://{}", directory.path().join(format!("{number}.db")).display());
    check(&url).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run `cargo xtask stores`"]
async fn process_that_is_killed_anywhere_leaves_one_job_in_postgres() {
    let url = std::env::var(POSTGRES).unwrap();
    check(&|_| url.clone()).await;
}

async fn check(store: &dyn Fn(usize) -> String) {
    let slow_lists = Behaviour { list_delay: Some(Duration::from_secs(2)), ..Behaviour::default() };
    let behaviours = [Behaviour::default(), slow_lists];
    let cases = behaviours.iter().flat_map(|behaviour| KILLS.map(|kill| (behaviour, kill))).enumerate();
    join_all(cases.map(|(number, (behaviour, (name, kill)))| {
        let url = store(number);
        async move {
            let delay = FaultRule::new(Fault::Delay).operation("run_workflow").times(1).duration(PROCESSING);
            let builder = Emulator::builder().behaviour(behaviour.clone());
            let builder = if matches!(kill, Kill::WhileSending) { builder.fault(delay) } else { builder };
            let emulator = builder.start().await.unwrap();
            // Of this case alone: the port of a server is used again, and keys belong to a server.
            let key = format!("killed {name}, case {number} of process {}", std::process::id());
            kill_process(&emulator, &url, name, &key).await;
            let store: Store = Arc::new(SqlStore::new(url).unwrap());
            let job = run(&emulator.url(), &store, &key).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let jobs: Vec<i64> = emulator.inputs().into_iter().map(|(id, _)| id).collect();
            assert_eq!(jobs, [job.id()], "killed {name}, behaviour: {behaviour}");
        }
    }))
    .await;
}

/// Starts a process, and waits until it has been killed.
async fn kill_process(emulator: &Emulator, store: &str, kill: &str, key: &str) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "process", "--ignored"]).stdout(Stdio::null()).stderr(Stdio::null());
    command.env(SERVER, emulator.url()).env(STORE, store).env(KILL, kill).env(KEY, key);
    let ended = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9), "{kill}: {ended}");
}

#[tokio::test]
#[ignore = "the process that the other tests kill"]
async fn process() {
    // Not set if somebody runs all ignored tests.
    let variables = [SERVER, STORE, KILL, KEY].map(std::env::var);
    let [Ok(server), Ok(store), Ok(name), Ok(key)] = variables else { return };
    let (_, kill) = KILLS.into_iter().find(|(kill, _)| *kill == name).unwrap();
    let store: Store = Arc::new(SqlStore::new(store).unwrap());
    let store = InterceptedStore::wrap(&store, move |point| async move {
        match kill {
            Kill::At(at) if at == point => kill_itself().await,
            Kill::WhileSending if point == Point::After(Step::StartSending) => {
                tokio::spawn(async {
                    sleep(PROCESSING / 2).await;
                    kill_itself().await;
                });
            }
            _ => {}
        }
        Ok(())
    });
    let _ = run(&server, &store, &key).await;
}

async fn kill_itself() {
    Command::new("kill").args(["-s", "KILL", "--", &std::process::id().to_string()]).status().unwrap();
    pending().await
}

async fn run(server: &str, store: &Store, key: &str) -> Result<JobHandle, Error> {
    let account = Credentials::account("root", "nebula");
    let builder = Explorer::builder(server).graph("127.0.0.1", 9669).credentials(account);
    let explorer = builder.submission_store(Arc::clone(store)).build()?;
    let grace_period = Duration::from_secs(4);
    let run = explorer.workflow(WORKFLOW).run().idempotency_key(key);
    run.on_unknown_outcome(OnUnknownOutcome::Reconcile { grace_period }).await
}
