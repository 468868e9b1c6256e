//! Submissions whose response is lost, against the emulator, with faults injected before and after the server acts.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{join_all, poll_fn};
use nebula_explorer::{Credentials, Error, Explorer, JobHandle, OnUnknownOutcome, UnknownOutcome};
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use tokio::time::{Instant, sleep};

const WORKFLOW: i64 = 4216617529;

/// Faults injected after the server has acted.
const AFTER: [Fault; 6] =
    [Fault::DropAfter, Fault::CutBody, Fault::Delay, Fault::GatewayTimeout, Fault::EmptyError, Fault::InternalError];
/// Faults injected before the server acts.
const BEFORE: [Fault; 5] =
    [Fault::Refuse, Fault::DropBefore, Fault::BadGateway, Fault::Unavailable, Fault::ErrorInSuccess];

fn on_run(fault: Fault) -> FaultRule {
    // For faults that last: longer than the time limit of a call.
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

async fn run(explorer: &Explorer, action: OnUnknownOutcome) -> Result<JobHandle, Error> {
    explorer.workflow(WORKFLOW).run().on_unknown_outcome(action).await
}

fn unknown(outcome: Result<JobHandle, Error>) -> UnknownOutcome {
    match outcome {
        Err(Error::OutcomeUnknown(unknown)) => *unknown,
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_outcome_has_the_workflow_and_the_time_of_the_request() {
    for (fault, jobs) in AFTER.map(|fault| (fault, 1)).into_iter().chain(BEFORE.map(|fault| (fault, 0))) {
        let (emulator, explorer) = start([on_run(fault).times(1)]).await;
        let unknown = unknown(run(&explorer, OnUnknownOutcome::Fail).await);
        assert_eq!((emulator.calls("run_workflow"), emulator.jobs()), (1, jobs), "{fault}");
        sleep(Duration::from_secs(2)).await;
        let since = explorer.workflow(unknown.workflow_id).jobs().created_from(unknown.sent_after.unwrap());
        assert_eq!(since.await.unwrap().jobs.len(), jobs, "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn job_is_found_if_the_server_acted() {
    for fault in AFTER {
        let (emulator, explorer) = start([on_run(fault).times(1)]).await;
        let job = run(&explorer, OnUnknownOutcome::RECONCILE).await.unwrap();
        assert_eq!((emulator.calls("run_workflow"), emulator.jobs()), (1, 1), "{fault}");
        assert_eq!(emulator.inputs()[0].0, job.id());
    }
}

#[tokio::test(start_paused = true)]
async fn run_is_sent_again_after_the_grace_period_if_the_server_did_not_act() {
    for fault in BEFORE {
        let (emulator, explorer) = start([on_run(fault).times(1)]).await;
        let started = Instant::now();
        let job = run(&explorer, OnUnknownOutcome::RECONCILE).await.unwrap();
        assert!(started.elapsed() >= Duration::from_secs(30), "{fault}: {:?}", started.elapsed());
        assert_eq!((emulator.calls("run_workflow"), emulator.jobs()), (2, 1), "{fault}");
        assert_eq!(emulator.inputs()[0].0, job.id());
    }
}

#[tokio::test(start_paused = true)]
async fn run_is_sent_at_most_three_times() {
    let (emulator, explorer) = start([on_run(Fault::DropBefore)]).await;
    let unknown = unknown(run(&explorer, OnUnknownOutcome::RECONCILE).await);
    assert_eq!((emulator.calls("run_workflow"), emulator.jobs(), unknown.candidates.len()), (3, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn outcome_is_unknown_if_reconciling_fails() {
    let (emulator, explorer) = start([on_run(Fault::DropAfter).times(1)]).await;
    let mut outcome = pin!(run(&explorer, OnUnknownOutcome::RECONCILE));
    poll_until_received(outcome.as_mut(), &emulator).await;
    emulator.set_faults(vec![FaultRule::new(Fault::BadGateway).operation("list_workflow_jobs")]).unwrap();
    let unknown = unknown(outcome.await);
    assert!(matches!(unknown.cause, Some(Error::ConnectionLost { .. })), "{unknown:?}");
    assert_eq!((emulator.calls("run_workflow"), emulator.jobs()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn clock_of_the_server_is_requested_first_if_there_was_no_sign_in() {
    let (emulator, explorer) = start([on_run(Fault::DropAfter).times(1)]).await;
    let token = explorer.sign_in().await.unwrap().secret().clone();
    let by_token = Explorer::builder(emulator.url()).credentials(Credentials::token(token)).build().unwrap();
    assert_eq!(run(&by_token, OnUnknownOutcome::RECONCILE).await.unwrap().id(), emulator.inputs()[0].0);
}

#[tokio::test(start_paused = true)]
async fn jobs_of_other_clients_are_candidates_or_are_adopted() {
    // Theirs and ours: they cannot be distinguished.
    let (ours, theirs, jobs) = run_while_other_client_runs(Fault::DropAfter).await;
    let candidates: Vec<i64> = unknown(ours).candidates.iter().map(|job| job.id).collect();
    assert!(jobs == 2 && candidates.len() == 2 && candidates.contains(&theirs.id()), "{candidates:?}");

    // Theirs alone: it is adopted, as documented.
    let (ours, theirs, jobs) = run_while_other_client_runs(Fault::DropBefore).await;
    assert_eq!((ours.unwrap().id(), jobs), (theirs.id(), 1));
}

/// Polls a submission until the server has received its request, and not again, so that it pauses there.
async fn poll_until_received(
    mut submission: Pin<&mut impl Future<Output = Result<JobHandle, Error>>>,
    emulator: &Emulator,
) {
    poll_fn(|context| match emulator.calls("run_workflow") {
        0 => submission.as_mut().poll(context).map(|outcome| panic!("{outcome:?} before the request was received")),
        _ => Poll::Ready(()),
    })
    .await;
}

/// Runs the workflow with a client whose response is lost, and with another client before the first one notices. Returns both
/// outcomes and the number of jobs.
async fn run_while_other_client_runs(fault: Fault) -> (Result<JobHandle, Error>, JobHandle, usize) {
    let (emulator, explorer) = start([on_run(fault).times(1)]).await;
    let mut ours = pin!(run(&explorer, OnUnknownOutcome::RECONCILE));
    poll_until_received(ours.as_mut(), &emulator).await;
    let theirs = client(&emulator).workflow(WORKFLOW).run().await.unwrap();
    (ours.await, theirs, emulator.jobs())
}

#[tokio::test(start_paused = true)]
async fn concurrent_submissions_of_one_client_never_share_a_job() {
    let (emulator, explorer) = start([on_run(Fault::DropAfter).times(3), on_run(Fault::DropBefore).times(2)]).await;
    let runs = (0..12).map(|_| run(&explorer, OnUnknownOutcome::RECONCILE));
    let outcomes = join_all(runs).await;
    let mut ids: Vec<i64> = outcomes.iter().filter_map(|outcome| Some(outcome.as_ref().ok()?.id())).collect();
    let known = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), outcomes.len()), (known, 12));
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        let candidates = unknown(outcome).candidates;
        assert!(candidates.iter().all(|job| !ids.contains(&job.id)), "a claimed job is not a candidate");
    }
    assert!(emulator.jobs() <= 12);
}

#[tokio::test(start_paused = true)]
async fn job_of_an_earlier_unknown_submission_is_not_adopted() {
    let (emulator, explorer) = start([on_run(Fault::DropAfter).times(1), on_run(Fault::DropBefore).times(1)]).await;
    // The first one has created a job that it does not know, in the second in which the second one is sent.
    unknown(run(&explorer, OnUnknownOutcome::Fail).await);
    let second = run(&explorer, OnUnknownOutcome::RECONCILE).await.unwrap();
    assert_eq!((second.id(), emulator.jobs()), (emulator.inputs()[1].0, 2));
}
