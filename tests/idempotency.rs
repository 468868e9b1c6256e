//! Idempotency keys: the same key never creates a second job, wherever its process stops.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "support/stores.rs"]
mod stores;

use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _, join_all, pending};
use nebula_explorer::{
    Credentials, Error, Explorer, JobHandle, JobStatus, MemoryStore, OnUnknownOutcome, SqlStore, StoreError,
    Submission, SubmissionFilter, SubmissionState, Timestamp,
};
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use stores::{InterceptedStore, Point, Step, Store};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

const WORKFLOW: i64 = 4216617529;
const KEY: &str = "nightly-2026-11-25";

/// Where `cargo xtask stores` lets its PostgreSQL listen.
const POSTGRES: &str = "NEBULA_EXPLORER_TEST_POSTGRES";

type Test = fn(Store) -> BoxFuture<'static, ()>;

fn client(emulator: &Emulator, store: &Store) -> Explorer {
    let account = Credentials::account("root", "nebula");
    let builder = Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account);
    builder.submission_store(Arc::clone(store)).build().unwrap()
}

fn run(explorer: &Explorer, key: &str) -> BoxFuture<'static, Result<JobHandle, Error>> {
    let grace_period = Duration::from_secs(2);
    let run = explorer.workflow(WORKFLOW).run().param("query_1", "name", "Tim Duncan").idempotency_key(key);
    run.on_unknown_outcome(OnUnknownOutcome::Reconcile { grace_period }).into_future()
}

fn sqlite() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("submissions.db").display());
    (directory, Arc::new(SqlStore::new(url).unwrap()))
}

/// Each test of this list, with a store of its own.
async fn with_all_tests(store: impl Fn() -> Store) {
    let tests: [(&str, Test); 9] = [
        ("attaches", |store| key_attaches_to_its_job(store).boxed()),
        ("one request", |store| key_identifies_one_request(store).boxed()),
        ("rejected", |store| key_of_a_rejected_request_can_be_used_again(store).boxed()),
        ("rerun", |store| interrupted_job_is_run_again_on_request(store).boxed()),
        ("concurrent", |store| concurrent_processes_create_one_job(store).boxed()),
        ("crashes", |store| process_that_stops_anywhere_leaves_one_job(store).boxed()),
        ("paused", |store| paused_process_does_not_send(store).boxed()),
        ("other keys", |store| job_of_another_key_is_not_adopted(store).boxed()),
        ("managed", |store| submissions_are_listed_and_deleted(store).boxed()),
    ];
    join_all(tests.map(|(name, test)| {
        let outcome = timeout(Duration::from_secs(120), test(store()));
        async move { outcome.await.unwrap_or_else(|_| panic!("{name} does not end")) }
    }))
    .await;
}

#[tokio::test]
async fn keys_in_memory() {
    with_all_tests(|| Arc::new(MemoryStore::default())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_sqlite() {
    // Kept until the end.
    let directory = tempfile::tempdir().unwrap();
    let count = AtomicUsize::new(0);
    with_all_tests(|| {
        let name = format!("{}.db", count.fetch_add(1, Ordering::Relaxed));
        Arc::new(SqlStore::new(format!("sqlite://{}", directory.path().join(name).display())).unwrap())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: run `cargo xtask stores`"]
async fn keys_in_postgres() {
    let url = std::env::var(POSTGRES).unwrap();
    // One database for all: each test has a server of its own, and keys belong to a server.
    with_all_tests(|| Arc::new(SqlStore::new(url.clone()).unwrap())).await;
}

async fn key_attaches_to_its_job(store: Store) {
    let emulator = Emulator::builder().start().await.unwrap();
    let first = run(&client(&emulator, &store), KEY).await.unwrap();
    let second = run(&client(&emulator, &store), KEY).await.unwrap();
    let other = run(&client(&emulator, &store), "another").await.unwrap();
    assert_eq!((first.id(), emulator.jobs()), (second.id(), 2));
    let of_key = client(&emulator, &store).submissions(&SubmissionFilter::default().key(KEY)).await.unwrap();
    assert!(of_key.iter().any(|submission| submission.job_id == Some(first.id())), "{of_key:?}");
    assert_ne!(first.id(), other.id());
}

async fn key_identifies_one_request(store: Store) {
    let emulator = Emulator::builder().start().await.unwrap();
    let explorer = client(&emulator, &store);
    run(&explorer, KEY).await.unwrap();
    for other in [
        explorer.workflow(WORKFLOW + 1).run().param("query_1", "name", "Tim Duncan"),
        explorer.workflow(WORKFLOW).run().param("query_1", "name", "Tony Parker"),
        explorer.workflow(WORKFLOW).run(),
    ] {
        let error = other.idempotency_key(KEY).await.unwrap_err();
        assert!(matches!(&error, Error::InvalidInput(text) if text.contains("digest")), "{error}");
    }
    for invalid in ["", " "] {
        assert!(matches!(run(&explorer, invalid).await, Err(Error::InvalidInput(_))));
    }
    assert_eq!(emulator.jobs(), 1);
}

async fn key_of_a_rejected_request_can_be_used_again(store: Store) {
    for fault in [Fault::TooManyRequests, Fault::WebPage] {
        let emulator =
            Emulator::builder().fault(FaultRule::new(fault).operation("run_workflow")).start().await.unwrap();
        let explorer = client(&emulator, &store).with_retry(nebula_explorer::RetryPolicy::none());
        run(&explorer, KEY).await.unwrap_err();
        emulator.set_faults(Vec::new()).unwrap();
        // Another input, which the key could not have if it was recorded.
        explorer.workflow(WORKFLOW).run().idempotency_key(KEY).await.unwrap();
        assert_eq!(emulator.jobs(), 1);
    }
}

async fn interrupted_job_is_run_again_on_request(store: Store) {
    let emulator = Emulator::builder().start().await.unwrap();
    let explorer = client(&emulator, &store);
    let first = run(&explorer, KEY).await.unwrap();
    first.cancel().await.unwrap();
    let _ = first.wait().await;
    assert_eq!(first.get().await.unwrap().status, JobStatus::Interrupted);
    assert_eq!(run(&explorer, KEY).await.unwrap().id(), first.id());

    let workflow = explorer.workflow(WORKFLOW);
    let again = || workflow.run().param("query_1", "name", "Tim Duncan").idempotency_key(KEY);
    let failed_only = again().rerun([JobStatus::Failed]).await.unwrap();
    assert_eq!(failed_only.id(), first.id());
    let reruns = join_all((0..3).map(|_| again().rerun([JobStatus::Interrupted]).into_future())).await;
    let ids: Vec<i64> = reruns.into_iter().map(|job| job.unwrap().id()).collect();
    assert!(ids.iter().all(|id| *id == ids[0] && *id != first.id()), "{ids:?}");
    assert_eq!(emulator.jobs(), 2);

    let attempts = store.list(&SubmissionFilter::default().key(KEY)).await.unwrap();
    let jobs: Vec<_> = attempts.iter().filter(|it| it.server == emulator.url()).map(|it| it.attempt).collect();
    assert_eq!(jobs.len(), 2, "attempts are kept");
    let error = again().rerun([JobStatus::Success]).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error}");
}

async fn concurrent_processes_create_one_job(store: Store) {
    let emulator = Emulator::builder().start().await.unwrap();
    let clients: Vec<Explorer> = (0..8).map(|_| client(&emulator, &store)).collect();
    let jobs = join_all(clients.iter().map(|explorer| run(explorer, KEY))).await;
    let ids: Vec<i64> = jobs.into_iter().map(|job| job.unwrap().id()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(emulator.jobs(), 1);
}

async fn process_that_stops_anywhere_leaves_one_job(store: Store) {
    let steps = [Step::Begin, Step::StartSending, Step::RecordJob];
    let stops = steps.into_iter().flat_map(|step| [Point::Before(step), Point::After(step)]);
    // With a response that is lost too, the process stops while it looks for the job.
    let faults = [None, Some(Fault::DropAfter), Some(Fault::DropBefore)];
    let cases = stops.flat_map(|stop| faults.map(|fault| (stop, fault)));
    join_all(cases.map(|(stop, fault)| {
        let store = Arc::clone(&store);
        async move {
            let rules = fault.map(|fault| FaultRule::new(fault).operation("run_workflow").times(1));
            let emulator =
                rules.into_iter().fold(Emulator::builder(), |builder, rule| builder.fault(rule)).start().await.unwrap();
            let stopping = InterceptedStore::stopping(&store, stop);
            let mut process: Pin<Box<_>> = run(&client(&emulator, &stopping), KEY);
            let outcome = timeout(Duration::from_secs(3), process.as_mut()).await;
            drop(process);
            let reached_its_end = outcome.is_ok();

            let job = run(&client(&emulator, &store), KEY).await;
            let job = job.unwrap_or_else(|error| panic!("{stop:?} {fault:?}: {error}"));
            assert_eq!(emulator.jobs(), 1, "{stop:?} {fault:?}");
            assert_eq!(emulator.inputs()[0].0, job.id(), "{stop:?} {fault:?}");
            assert!(!reached_its_end, "{stop:?} {fault:?}: the process did not stop");
        }
    }))
    .await;
}

/// A process that is paused before it sends, and goes on after another one has taken over.
async fn paused_process_does_not_send(store: Store) {
    let emulator = Emulator::builder().start().await.unwrap();
    // Without a heartbeat until then.
    let slow = InterceptedStore::wrap(&store, |point| async move {
        match point {
            Point::Before(Step::StartSending) => sleep(Duration::from_secs(10)).await,
            Point::Before(Step::Renew) => pending().await,
            _ => {}
        }
        Ok(())
    });
    let paused = tokio::spawn(run(&client(&emulator, &slow), KEY));
    sleep(Duration::from_secs(1)).await;
    let second = run(&client(&emulator, &store), KEY).await.unwrap();
    assert_eq!(paused.await.unwrap().unwrap().id(), second.id());
    assert_eq!((emulator.jobs(), emulator.calls("run_workflow")), (1, 1));
}

async fn job_of_another_key_is_not_adopted(store: Store) {
    let lost = FaultRule::new(Fault::DropAfter).operation("run_workflow").times(1);
    let emulator = Emulator::builder().fault(lost).start().await.unwrap();
    // A process whose request may have created a job, which it has not recorded yet.
    let stopping = InterceptedStore::stopping(&store, Point::After(Step::StartSending));
    let mut first = run(&client(&emulator, &stopping), "one");
    let _ = timeout(Duration::from_secs(1), first.as_mut()).await;
    drop(first);
    // The response is lost, one job exists: which key it is of cannot be known.
    let outcome = run(&client(&emulator, &store), "two").await;
    let Err(Error::OutcomeUnknown(unknown)) = outcome else { panic!("{outcome:?}") };
    assert_eq!((unknown.candidates.len(), emulator.jobs()), (1, 1));
    // A key that was recorded keeps its job from all others.
    let other = run(&client(&emulator, &store), "three").await.unwrap();
    assert_eq!((other.id(), emulator.jobs()), (emulator.inputs()[1].0, 2));
}

async fn submissions_are_listed_and_deleted(store: Store) {
    let emulator = Emulator::builder().start().await.unwrap();
    let explorer = client(&emulator, &store);
    let server = emulator.url();
    let keys = [format!("{server}/a"), format!("{server}/b")];
    for key in &keys {
        run(&explorer, key).await.unwrap();
    }
    let of_key = SubmissionFilter::default().key(&*keys[0]);
    let listed = store.list(&of_key).await.unwrap();
    assert_eq!(listed.len(), 1);
    let Submission { workflow_id, state, job_id, .. } = &listed[0];
    assert_eq!((*workflow_id, *state, *job_id), (WORKFLOW, SubmissionState::Recorded, Some(emulator.inputs()[0].0)));
    let others = [
        of_key.clone().state(SubmissionState::Sending),
        of_key.clone().workflow_id(1),
        of_key.clone().updated_before(Timestamp::UNIX_EPOCH),
        of_key.clone().limit(0),
    ];
    for filter in others {
        assert_eq!(store.list(&filter).await.unwrap(), [], "{filter:?}");
    }
    assert_eq!(store.delete(&of_key).await.unwrap(), 1);
    assert_eq!(store.list(&of_key).await.unwrap(), []);
    assert_eq!(store.list(&SubmissionFilter::default().key(&*keys[1])).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_store_prevents_the_request() {
    let emulator = Emulator::builder().start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let url = |path: &Path| format!("sqlite://{}", path.display());
    let text = "this is not a database, but a text of more than one hundred characters, which is the length of the header that \
                each database begins with";
    std::fs::write(file("text"), text).unwrap();
    for name in ["read-only", "corrupt"] {
        let store: Store = Arc::new(SqlStore::new(url(&file(name))).unwrap());
        run(&client(&emulator, &store), KEY).await.unwrap();
    }
    change_database(&file("corrupt"), "PRAGMA wal_checkpoint(TRUNCATE)").await;
    // The pages after the header and the schema.
    let mut pages = std::fs::read(file("corrupt")).unwrap();
    pages[4096..].fill(b'x');
    std::fs::write(file("corrupt"), pages).unwrap();
    let jobs = emulator.jobs();
    let unreachable = "postgres://user:hunter22hunter22@127.0.0.1:1/database";
    let read_only = format!("{}?mode=ro", url(&file("read-only")));
    let missing = url(&file("no such directory/submissions.db"));
    for url in [url(&file("text")), url(&file("corrupt")), read_only, missing, unreachable.into()] {
        let store: Store = Arc::new(SqlStore::new(url.clone()).unwrap());
        let error = run(&client(&emulator, &store), "another").await.unwrap_err();
        assert!(matches!(&error, Error::SubmissionStore { job_id: None, .. }), "{url}: {error:?}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("check that"), "{source}");
        assert!(!format!("{error:?} {error} {source}").contains("hunter22"), "{error:?}");
    }
    assert_eq!(emulator.jobs(), jobs);
}

#[tokio::test(flavor = "multi_thread")]
async fn store_whose_file_is_deleted_prevents_the_request() {
    let emulator = Emulator::builder().start().await.unwrap();
    let (directory, store) = sqlite();
    let explorer = client(&emulator, &store);
    run(&explorer, KEY).await.unwrap();
    std::fs::remove_file(directory.path().join("submissions.db")).unwrap();
    let error = run(&explorer, "another").await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("deleted"), "{source}");
    assert_eq!(emulator.jobs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn schema_is_migrated_unless_it_is_newer() {
    let emulator = Emulator::builder().start().await.unwrap();
    let (directory, store) = sqlite();
    run(&client(&emulator, &store), KEY).await.unwrap();
    let recreated = "DROP TABLE submissions; DELETE FROM _sqlx_migrations";
    let never_migrated = "DROP TABLE submissions; DROP TABLE _sqlx_migrations";
    let newer = "INSERT INTO _sqlx_migrations SELECT 99, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations";
    for (change, problem) in [(recreated, None), (never_migrated, None), (newer, Some("schema 99"))] {
        change_database(&directory.path().join("submissions.db"), change).await;
        let before = emulator.jobs();
        let url = format!("sqlite://{}", directory.path().join("submissions.db").display());
        let reopened: Store = Arc::new(SqlStore::new(url).unwrap());
        let outcome = run(&client(&emulator, &reopened), change).await;
        match problem {
            None => assert_eq!((outcome.is_ok(), emulator.jobs()), (true, before + 1), "{change}: {outcome:?}"),
            Some(problem) => {
                let source = std::error::Error::source(&outcome.unwrap_err()).unwrap().to_string();
                assert!(source.contains(problem) && source.contains("use the newer version"), "{source}");
                assert_eq!(emulator.jobs(), before);
            }
        }
    }
}

/// With two of them, rustls could not choose one for a process that does not.
#[test]
fn stores_add_no_second_cryptography_provider() {
    rustls::ClientConfig::builder();
}

/// Runs statements on the file of a store.
async fn change_database(file: &Path, sql: &str) {
    let url = format!("sqlite://{}", file.display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    for statement in sql.split(';') {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    pool.close().await;
}

/// What others do after the clock was set back is not taken for what they did long before.
#[tokio::test(flavor = "multi_thread")]
async fn clock_that_is_set_back_hides_no_job_of_another_key() {
    let emulator = Emulator::builder().start().await.unwrap();
    let (directory, store) = sqlite();
    let stopping = InterceptedStore::stopping(&store, Point::After(Step::StartSending));
    let mut stopped = run(&client(&emulator, &stopping), "one");
    let _ = timeout(Duration::from_secs(1), stopped.as_mut()).await;
    drop(stopped);
    // The same as setting the clock back by an hour now.
    let an_hour_ahead = "UPDATE submissions SET started_at = started_at + 3600000, updated_at = updated_at + 3600000";
    change_database(&directory.path().join("submissions.db"), an_hour_ahead).await;
    let other = run(&client(&emulator, &store), "two").await.unwrap();
    let own = run(&client(&emulator, &store), "one").await.unwrap();
    assert_ne!(own.id(), other.id());
    assert_eq!(emulator.jobs(), 2);
}

#[tokio::test]
async fn job_is_named_if_the_store_fails_after_the_response() {
    let emulator = Emulator::builder().start().await.unwrap();
    let store: Store = Arc::new(MemoryStore::default());
    let failing = InterceptedStore::wrap(&store, |point| async move {
        match point {
            Point::Before(Step::RecordJob) => Err(StoreError::new("the disk is full")),
            _ => Ok(()),
        }
    });
    let error = run(&client(&emulator, &failing), KEY).await.unwrap_err();
    let Error::SubmissionStore { job_id: Some(job_id), .. } = &error else { panic!("{error:?}") };
    assert_eq!(*job_id, emulator.inputs()[0].0);
    assert!(error.to_string().contains(&job_id.to_string()), "{error}");
    // As the error says: the same key finds the job.
    assert_eq!(run(&client(&emulator, &store), KEY).await.unwrap().id(), *job_id);
    assert_eq!(emulator.jobs(), 1);
}

#[tokio::test]
async fn socket_without_a_server_prevents_the_request() {
    let emulator = Emulator::builder().start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    // The file of the socket is missing, as after the server has stopped, which fails at once each time.
    let url = format!("postgres:///database?host={}", directory.path().display());
    let store: Store = Arc::new(SqlStore::new(url).unwrap());
    let outcome = timeout(Duration::from_secs(20), run(&client(&emulator, &store), KEY)).await.unwrap();
    assert!(matches!(outcome, Err(Error::SubmissionStore { job_id: None, .. })), "{outcome:?}");
    assert_eq!(emulator.jobs(), 0);
}

/// A server that responds to the first request of a connection with these bytes, and then closes it, or keeps it open.
async fn server_with(response: Vec<u8>, closes: bool) -> SocketAddr {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut connection, _)) = server.accept().await {
            let _request = connection.read_u64().await;
            let _ = connection.write_all(&response).await;
            if !closes {
                open.push(connection);
            }
        }
    });
    address
}

/// However a server fails: at once, late, or in the middle of a message.
#[tokio::test]
async fn store_that_is_no_database_prevents_the_request_in_time() {
    let emulator = Emulator::builder().start().await.unwrap();
    let mut servers = Vec::new();
    for tls in ["disable", "prefer", "require"] {
        for number in 0..8 {
            let mut random = fastrand::Rng::with_seed(number);
            let length = usize::try_from(number * number).unwrap();
            let bytes = std::iter::repeat_with(|| random.u8(..)).take(length).collect();
            let part_of_a_message = b"R\0\0\0\x08\0\0\0"[..length.min(8)].to_vec();
            for (response, closes) in [(bytes, number % 2 == 0), (part_of_a_message, number % 2 == 1)] {
                servers.push(format!("postgres://user@{}/database?sslmode={tls}", server_with(response, closes).await));
            }
        }
    }
    let runs = servers.into_iter().map(|url| {
        let store: Store = Arc::new(SqlStore::new(url.clone()).unwrap());
        let run = run(&client(&emulator, &store), KEY);
        async move {
            match timeout(Duration::from_secs(30), run).await {
                Ok(Err(Error::SubmissionStore { job_id: None, .. })) => None,
                outcome => Some(format!("{url}: {outcome:?}")),
            }
        }
    });
    let wrong: Vec<String> = join_all(runs).await.into_iter().flatten().collect();
    assert_eq!((wrong, emulator.jobs()), (Vec::new(), 0));
}

#[tokio::test]
async fn server_without_tls_is_not_blamed_for_its_certificate() {
    // PostgreSQL's response to a request for TLS that it does not support.
    let address = server_with(b"N".to_vec(), true).await;
    let url = format!("postgres://user:hunter22@{address}/database?sslmode=require");
    let store: Store = Arc::new(SqlStore::new(url).unwrap());
    let error = format!("{:?}", store.list(&SubmissionFilter::default()).await.unwrap_err());
    assert!(error.contains("supports TLS") && !error.contains("certificate"), "{error}");
    assert!(error.contains(&address.to_string()) && !error.contains("hunter22"), "{error}");
}

#[test]
fn invalid_addresses_of_stores_are_rejected() {
    for invalid in ["", "submissions.db", "sqlite://", "mysql://host/database", "sqlite://host/path"] {
        let error = SqlStore::new(invalid).unwrap_err().to_string();
        assert!(error.contains("sqlite:///") && error.contains("postgres://"), "{invalid}: {error}");
    }
}
