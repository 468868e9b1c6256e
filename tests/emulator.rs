//! The SDK against the emulator, end to end.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use futures_util::future::join_all;
use nebula_explorer::{AccountEncoding, Cancellation, Credentials, Error, Explorer, JobStatus};
use nebula_explorer_emulator::{AbsentTimes, Behaviour, Emulator, EmulatorBuilder, JobIds, ServerVersion};

const PAGERANK: i64 = 4216617528;
const SHORTEST_PATHS: i64 = 4216617530;
const SLOW: i64 = 4216617531;

async fn start(builder: EmulatorBuilder) -> (Emulator, Explorer) {
    let emulator = builder.start().await.unwrap();
    let explorer = client(&emulator, Credentials::account("root", "nebula"));
    (emulator, explorer)
}

fn client(emulator: &Emulator, credentials: Credentials) -> Explorer {
    Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(credentials).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn workflow_is_run_and_its_result_read() {
    // In every form that servers use for times and ids.
    let with_times = |absent_times| Behaviour { absent_times, ..Behaviour::default() };
    for builder in [
        Emulator::builder(),
        Emulator::builder().behaviour(Behaviour { job_ids: JobIds::Text, ..with_times(AbsentTimes::Missing) }),
        Emulator::builder().behaviour(with_times(AbsentTimes::Null)).secure(true),
        Emulator::builder().behaviour(with_times(AbsentTimes::Zero)),
        Emulator::builder().behaviour(with_times(AbsentTimes::Empty)),
    ] {
        let (emulator, explorer) = start(builder).await;
        let job = explorer.workflow(PAGERANK).run().param("query_1", "name", "Tim Duncan").await.unwrap();
        let preparing = job.get().await.unwrap();
        assert_eq!((preparing.status, preparing.started_at, preparing.ended_at), (JobStatus::Preparing, None, None));
        let ended = job.wait().await.unwrap();
        assert_eq!((ended.workflow_id, ended.tasks.len()), (PAGERANK, 2));
        assert!(ended.created_at <= ended.started_at && ended.started_at < ended.ended_at);
        let rank = ended.task("PageRank").unwrap();
        // Times of tasks are whole seconds.
        let second = |time: Option<jiff::Timestamp>| time.unwrap().as_second();
        assert!(rank.started_at > preparing.started_at && second(rank.ended_at) == second(ended.ended_at));
        let mut rows: Vec<(String, f64)> = job.task(&rank.id).rows().limit(1000).await.unwrap();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        // Computed with other tools: see emulator/tests/expected.
        let expected = include_str!("../emulator/tests/expected/basketballplayer.txt").lines();
        let expected = expected.filter_map(|line| line.strip_prefix("workflow pagerank\t")?.split_once(','));
        let expected: Vec<(String, f64)> =
            expected.map(|(vertex, rank)| (vertex.into(), rank.parse().unwrap())).collect();
        assert_eq!(rows, expected);
        assert_eq!(emulator.sign_ins(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_fail_and_are_cancelled() {
    let (_emulator, explorer) = start(Emulator::builder()).await;
    let error = explorer.workflow(SHORTEST_PATHS).run().await.unwrap().wait().await.unwrap_err();
    assert!(matches!(&error, Error::JobFailed(job) if job.tasks[0].status == JobStatus::Failed), "{error:?}");
    let slow = explorer.workflow(SLOW).run().await.unwrap();
    assert!(matches!(slow.cancel().await.unwrap(), Cancellation::Requested));
    assert_eq!(slow.cancel_and_wait().await.unwrap().status, JobStatus::Interrupted);
    assert!(matches!(slow.cancel().await.unwrap(), Cancellation::AlreadyEnded(_)));
    let page = explorer.jobs().status(JobStatus::Interrupted).await.unwrap();
    assert_eq!(page.jobs.iter().map(|job| job.id).collect::<Vec<_>>(), [slow.id()]);
}

#[tokio::test(start_paused = true)]
async fn error_codes_give_the_matching_variant() {
    let (emulator, explorer) = start(Emulator::builder()).await;
    let error = explorer.job(1).get().await.unwrap_err();
    let Error::Api(api_error) = &error else { panic!("{error:?}") };
    assert_eq!((api_error.name.as_str(), api_error.code.http_status().as_u16()), ("ErrNotFound", 404));
    assert!(api_error.call.trace_id.is_some());
    for (graph, password) in [(("127.0.0.1", 9669), "wrong-Secret"), (("nowhere", 1), "nebula")] {
        let wrong = Explorer::builder(emulator.url()).graph(graph.0, graph.1);
        let wrong = wrong.credentials(Credentials::account("root", password)).build().unwrap();
        let error = wrong.jobs().await.unwrap_err();
        assert!(matches!(error, Error::SignInFailed(_)), "{error:?}");
        assert!(!format!("{error:?} {error}").contains("wrong-Secret"));
    }
    // A wrong path returns Explorer's web page.
    let under = Explorer::builder(format!("{}/explorer", emulator.url())).graph("127.0.0.1", 9669);
    let under = under.credentials(Credentials::account("root", "nebula")).build().unwrap();
    let error = under.jobs().await.unwrap_err();
    assert!(matches!(error, Error::UnexpectedResponse(_)), "{error:?}");
}

#[tokio::test]
async fn older_server_accepts_the_older_account_encoding() {
    let emulator = Emulator::builder().version(ServerVersion::V3_1).start().await.unwrap();
    let newer = client(&emulator, Credentials::account("root", "nebula"));
    assert!(matches!(newer.jobs().await.unwrap_err(), Error::SignInFailed(_)));
    let older = client(&emulator, Credentials::account("root", "nebula").encoding(AccountEncoding::Colon));
    assert!(older.jobs().await.unwrap().jobs.is_empty());
}

#[tokio::test(start_paused = true)]
async fn concurrent_calls_share_one_sign_in_after_each_expiry() {
    let (emulator, explorer) = start(Emulator::builder().token_life(Duration::from_secs(600))).await;
    let calls = async || join_all((0..1000).map(|_| async { explorer.jobs().await.map(drop) })).await;
    for round in 1..=3 {
        assert!(calls().await.iter().all(Result::is_ok));
        assert_eq!(emulator.sign_ins(), round);
        tokio::time::advance(Duration::from_secs(601)).await;
    }
    // A restart of the server ends the sessions before they expire.
    assert!(calls().await.iter().all(Result::is_ok));
    emulator.forget_sessions();
    assert!(calls().await.iter().all(Result::is_ok));
    assert_eq!(emulator.sign_ins(), 5);
}
