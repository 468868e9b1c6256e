//! Submissions whose answer is lost, on the emulator, with faults that strike before and after the server acted.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use futures_util::future::{join, join_all};
use nebula_explorer::{Credentials, Error, Explorer, JobHandle, OnUnknownOutcome, UnknownOutcome};
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use tokio::time::{Instant, sleep};

const WORKFLOW: i64 = 4216617529;

/// Faults that strike after the server has acted, and before.
const AFTER: [Fault; 6] =
    [Fault::DropAfter, Fault::CutBody, Fault::Delay, Fault::GatewayTimeout, Fault::EmptyError, Fault::InternalError];
const BEFORE: [Fault; 5] =
    [Fault::Refuse, Fault::DropBefore, Fault::BadGateway, Fault::Unavailable, Fault::ErrorInSuccess];

fn on_run(fault: Fault) -> FaultRule {
    // Longer than the time limit of a call, where it lasts.
    let duration = Duration::from_secs(if fault == Fault::Refuse { 1 } else { 60 });
    FaultRule::new(fault).operation("run_workflow").duration(duration)
}

async fn start(rules: impl IntoIterator<Item = FaultRule>) -> (Emulator, Explorer) {
    let emulator =
        rules.into_iter().fold(Emulator::builder(), |builder, rule| builder.fault(rule)).start().await.unwrap();
    let explorer = client(&emulator);
    (emulator, explorer)
}

fn client(emulator: &Emulator) -> Explorer {
    let account = Credentials::account("root", "nebula");
    Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account).build().unwrap()
}

async fn run(explorer: &Explorer, on_lost: OnUnknownOutcome) -> Result<JobHandle, Error> {
    explorer.workflow(WORKFLOW).run().on_unknown_outcome(on_lost).await
}

fn lost(outcome: Result<JobHandle, Error>) -> UnknownOutcome {
    match outcome {
        Err(Error::OutcomeUnknown(lost)) => *lost,
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_reported_with_what_is_needed_to_find_out() {
    for (fault, jobs) in AFTER.map(|fault| (fault, 1)).into_iter().chain(BEFORE.map(|fault| (fault, 0))) {
        let (emulator, explorer) = start([on_run(fault).times(1)]).await;
        let lost = lost(run(&explorer, OnUnknownOutcome::Fail).await);
        assert_eq!((emulator.calls("run_workflow"), emulator.jobs()), (1, jobs), "{fault}");
        sleep(Duration::from_secs(2)).await;
        let since = explorer.workflow(lost.workflow_id).jobs().created_from(lost.sent_after.unwrap());
        assert_eq!(since.await.unwrap().jobs.len(), jobs, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_job_is_found_when_the_server_has_acted() {
    for fault in AFTER {
        let (emulator, explorer) = start([on_run(fault).times(1)]).await;
        let job = run(&explorer, OnUnknownOutcome::RECONCILE).await.unwrap();
        assert_eq!((emulator.calls("run_workflow"), emulator.jobs()), (1, 1), "{fault}");
        assert_eq!(emulator.inputs()[0].0, job.id());
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_sent_again_after_the_grace_time_when_the_server_has_not_acted() {
    for fault in BEFORE {
        let (emulator, explorer) = start([on_run(fault).times(1)]).await;
        let begin = Instant::now();
        let job = run(&explorer, OnUnknownOutcome::RECONCILE).await.unwrap();
        assert!(begin.elapsed() >= Duration::from_secs(30), "{fault}: {:?}", begin.elapsed());
        assert_eq!((emulator.calls("run_workflow"), emulator.jobs()), (2, 1), "{fault}");
        assert_eq!(emulator.inputs()[0].0, job.id());
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_given_up_after_three_times() {
    let (emulator, explorer) = start([on_run(Fault::DropBefore)]).await;
    let lost = lost(run(&explorer, OnUnknownOutcome::RECONCILE).await);
    assert_eq!((emulator.calls("run_workflow"), emulator.jobs(), lost.candidates.len()), (3, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn with_a_token_alone_the_servers_clock_is_asked_for_first() {
    let (emulator, explorer) = start([on_run(Fault::DropAfter).times(1)]).await;
    let token = explorer.sign_in().await.unwrap().secret().clone();
    let by_token = Explorer::builder(emulator.url()).credentials(Credentials::token(token)).build().unwrap();
    assert_eq!(run(&by_token, OnUnknownOutcome::RECONCILE).await.unwrap().id(), emulator.inputs()[0].0);
}

#[tokio::test(start_paused = true)]
async fn submissions_of_one_client_at_once_never_share_a_job() {
    let (emulator, explorer) = start([on_run(Fault::DropAfter).times(3), on_run(Fault::DropBefore).times(2)]).await;
    let runs = (0..12).map(|_| run(&explorer, OnUnknownOutcome::RECONCILE));
    let outcomes = join_all(runs).await;
    let mut ids: Vec<i64> = outcomes.iter().filter_map(|outcome| Some(outcome.as_ref().ok()?.id())).collect();
    let known = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), outcomes.len()), (known, 12));
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        let candidates = lost(outcome).candidates;
        assert!(candidates.iter().all(|job| !ids.contains(&job.id)), "a job that somebody has is no candidate");
    }
    assert!(emulator.jobs() <= 12);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_lost_shortly_before_is_not_taken_for_another() {
    let (emulator, explorer) = start([on_run(Fault::DropAfter).times(1), on_run(Fault::DropBefore).times(1)]).await;
    // The first has a job that it does not know, made in the same second as the second one's request leaves.
    lost(run(&explorer, OnUnknownOutcome::Fail).await);
    let second = run(&explorer, OnUnknownOutcome::RECONCILE).await.unwrap();
    assert_eq!((second.id(), emulator.jobs()), (emulator.inputs()[1].0, 2));
}
