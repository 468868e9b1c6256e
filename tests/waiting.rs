//! Waiting for a job, with paused time.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use futures_util::TryStreamExt as _;
use nebula_explorer::conditions::{Condition as _, ended, status, task_ended};
use nebula_explorer::{Cancellation, Change, Error, Job, JobStatus, PollIntervals, PollTolerance, RetryPolicy};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use std::future::IntoFuture as _;
use support::{MockResponse, Server};
use tokio::time::Instant;

/// A server whose job has these statuses, one per poll; the last one stays.
async fn job_through(statuses: &'static [i64]) -> Server {
    let polls = AtomicUsize::new(0);
    Server::signed_in(move |_| {
        let status = statuses[polls.fetch_add(1, SeqCst).min(statuses.len() - 1)];
        let task = |name: &str, status: i64| json!({ "id": name.to_lowercase(), "name": name, "status": status });
        MockResponse::data(json!({
            "id": 107, "name": "w_1", "workflowId": "7", "workflowName": "w", "status": status,
            "tasks": [task("Query", 2), task("PageRank", status)],
        }))
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn wait_polls_at_growing_intervals_until_the_job_succeeds() {
    // 9 is a status that the contract does not list: it does not count as terminal.
    let server = job_through(&[0, 0, 1, 9, 5, 1, 1, 2]).await;
    let started = Instant::now();
    let job = server.explorer().job(107).wait().await.unwrap();
    assert_eq!(job.status, JobStatus::Success);
    assert_eq!(server.session_requests().len(), 8);
    // 0.5 + 0.75 + 1.125 + 1.6875 + 2.53125 + 3.796875 + 5.6953125 seconds, each rounded up to the timer's milliseconds
    assert!((16_086..=16_094).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn intervals_grow_to_their_maximum() {
    let server = job_through(&[1, 1, 1, 1, 2]).await;
    let seconds = Duration::from_secs;
    let intervals =
        PollIntervals::builder().initial_delay(seconds(1)).factor(4.0).max_delay(seconds(5)).build().unwrap();
    let started = Instant::now();
    server.explorer().job(107).wait().intervals(intervals).await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 1 + 4 + 5 + 5);
    let intervals = PollIntervals::builder().factor(1e300).build().unwrap();
    let server = job_through(&[1, 1, 2]).await;
    server.explorer().job(107).wait().intervals(intervals).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn failed_and_interrupted_jobs_are_errors_with_the_job() {
    let server = job_through(&[1, 3]).await;
    let error = server.explorer().job(107).wait().await.unwrap_err();
    let Error::JobFailed(job) = &error else { panic!("{error:?}") };
    assert_eq!((job.id, job.tasks.len()), (107, 2));
    assert_eq!(error.to_string(), "job 107 (w_1) failed at PageRank");
    assert!(!error.is_retryable());

    let server = job_through(&[5, 4]).await;
    let error = server.explorer().job(107).wait().await.unwrap_err();
    assert!(matches!(error, Error::JobInterrupted(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn wait_timeout_is_an_error_with_the_last_state_of_the_job() {
    let server = job_through(&[0, 1]).await;
    let started = Instant::now();
    let error = server.explorer().job(107).wait().timeout(Duration::from_secs(60)).await.unwrap_err();
    let Error::WaitTimedOut { job_id: 107, last: Some(last), .. } = &error else { panic!("{error:?}") };
    assert_eq!((last.status, started.elapsed().as_secs()), (JobStatus::Running, 60));
    assert_eq!(error.to_string(), "job 107 has not ended within 60 s; it continues to run");
    // A timeout too long for the clock is no timeout.
    let server = job_through(&[1, 2]).await;
    server.explorer().job(107).wait().timeout(Duration::MAX).await.unwrap();
}

fn proxy_error() -> MockResponse {
    MockResponse::new(502, "text/html", "<html>bad gateway</html>")
}

fn code(code: i64, message: &str) -> MockResponse {
    MockResponse::json(u16::try_from(code / 100_000).unwrap(), json!({ "code": code, "message": message }))
}

/// A server that responds to polls with these responses in order; the last one is repeated.
async fn responding(responses: Vec<MockResponse>) -> Server {
    let polls = AtomicUsize::new(0);
    Server::signed_in(move |_| responses[polls.fetch_add(1, SeqCst).min(responses.len() - 1)].clone()).await
}

fn job(status: i64) -> MockResponse {
    MockResponse::data(
        json!({ "id": 107, "name": "w_1", "workflowId": "7", "workflowName": "w", "status": status, "tasks": [] }),
    )
}

#[tokio::test(start_paused = true)]
async fn failed_polls_are_tolerated_within_the_tolerance() {
    let tolerance = PollTolerance::builder().min_failures(2).max_elapsed(Duration::ZERO).build();
    let failing = [
        proxy_error(),
        MockResponse::new(500, "", ""),
        MockResponse::new(200, "text/html", "<html>maintenance</html>"),
        code(50004000, "ErrInternalServer"),
        MockResponse::data(json!({})),
    ];
    for failure in failing {
        // Two failures, a success that resets the count, two failures, the end.
        let tolerated =
            vec![job(1), failure.clone(), failure.clone(), job(1), failure.clone(), failure.clone(), job(2)];
        let server = responding(tolerated).await;
        let explorer = server.explorer().with_retry(RetryPolicy::none());
        explorer.job(107).wait().tolerance(tolerance).await.unwrap();

        let too_many = vec![job(1), failure.clone(), failure.clone(), failure.clone(), job(2)];
        let server = responding(too_many).await;
        let explorer = server.explorer().with_retry(RetryPolicy::none());
        let error = explorer.job(107).wait().tolerance(tolerance).await.unwrap_err();
        assert!(!matches!(error, Error::JobFailed(_) | Error::WaitTimedOut { .. }), "{error:?}");
        assert_eq!(server.session_requests().len(), 4);
    }
    // Within max_elapsed, the number of failures is not limited.
    let server = responding(vec![proxy_error()]).await;
    let explorer = server.explorer().with_retry(RetryPolicy::none());
    let tolerance = PollTolerance::builder().max_elapsed(Duration::from_secs(120)).build();
    let started = Instant::now();
    explorer.job(107).wait().tolerance(tolerance).await.unwrap_err();
    assert!((120..140).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn new_sessions_that_are_lost_are_tolerated() {
    let lost = || code(40104001, "ErrSession");
    let server = responding(vec![job(1), lost(), lost(), lost(), lost(), job(1), job(2)]).await;
    server.explorer().job(107).wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn permanent_errors_end_a_wait_immediately() {
    for (response, polls) in [
        (code(40404000, "ErrNotFound"), 2),
        (code(40304000, "ErrForbidden"), 2),
        (code(40004001, "ErrParam"), 2),
        // The session is renewed once, and the operation is not allowed all the same.
        (code(40104000, "ErrUnauthorized"), 3),
    ] {
        let server = responding(vec![job(1), response]).await;
        let error = server.explorer().job(107).wait().await.unwrap_err();
        assert!(matches!(error, Error::Api(_)), "{error:?}");
        assert_eq!(server.session_requests().len(), polls);
    }
    let server = Server::start(|_| code(40004000, "ErrBadRequest::Invalid password")).await;
    let error = server.explorer().job(107).wait().await.unwrap_err();
    assert!(matches!(error, Error::SignInFailed(_)), "{error:?}");
    assert_eq!(server.sign_ins(), 1);
}

#[tokio::test(start_paused = true)]
async fn conditions_compose() {
    let query_done = |job: &Job| job.tasks.iter().any(|task| task.name == "Query" && task.status.is_terminal());
    let server = job_through(&[0, 1, 1, 3]).await;
    let job = server.explorer().job(107);
    assert_eq!(job.wait_until(query_done).await.unwrap().status, JobStatus::Preparing);
    let running = status(JobStatus::Running).and(task_ended("Query")).and(task_ended("PageRank").not());
    assert_eq!(job.wait_until(running.clone()).await.unwrap().status, JobStatus::Running);
    assert_eq!(job.wait_until(status(JobStatus::Success).or(ended())).await.unwrap().status, JobStatus::Failed);
    let error = job.wait_until(running).await.unwrap_err();
    assert!(matches!(error, Error::JobFailed(_)), "{error:?}");
    let server = job_through(&[2]).await;
    let error = server.explorer().job(107).wait_until(status(JobStatus::Running)).await.unwrap_err();
    assert!(matches!(error, Error::ConditionNotMet(_)), "{error:?}");
}

fn shown(changes: Vec<Change>) -> Vec<String> {
    let shown = changes.into_iter().map(|change| match change {
        Change::Job(job) => job.status.to_string(),
        Change::Task(task) => format!("{} {}", task.name, task.status),
        other => panic!("{other:?}"),
    });
    shown.collect()
}

#[tokio::test(start_paused = true)]
async fn progress_has_one_item_per_change_and_ends_with_the_job() {
    let server = job_through(&[0, 0, 1, 1, 3]).await;
    let changes: Vec<Change> = server.explorer().job(107).progress().stream().try_collect().await.unwrap();
    assert_eq!(
        shown(changes),
        [
            "Preparing",
            "Query Success",
            "PageRank Preparing",
            "Running",
            "PageRank Running",
            "PageRank Failed",
            "Failed"
        ]
    );
    assert_eq!(server.session_requests().len(), 5);
    let server = job_through(&[2]).await;
    let changes: Vec<Change> = server.explorer().job(107).progress().stream().try_collect().await.unwrap();
    assert_eq!(shown(changes), ["Query Success", "PageRank Success", "Success"]);
    // An error that is not tolerated is the last item.
    let server = responding(vec![job(1), code(40404000, "ErrNotFound")]).await;
    let mut changes = server.explorer().job(107).progress().stream();
    assert!(changes.try_next().await.unwrap().is_some());
    assert!(changes.try_next().await.is_err());
    assert!(changes.try_next().await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn cancelling_distinguishes_jobs_that_had_already_ended() {
    async fn server(success: bool, statuses: &'static [i64]) -> Server {
        let polls = AtomicUsize::new(0);
        Server::signed_in(move |request| match request.method.as_str() {
            "PUT" => MockResponse::data(json!({ "success": success })),
            _ => job(statuses[polls.fetch_add(1, SeqCst).min(statuses.len() - 1)]),
        })
        .await
    }
    let requested = server(true, &[5, 5, 4]).await;
    assert_eq!(requested.explorer().job(107).cancel().await.unwrap(), Cancellation::Requested);
    let ended = requested.explorer().job(107).cancel_and_wait().await.unwrap();
    assert_eq!(ended.status, JobStatus::Interrupted);
    let already_ended = server(false, &[2]).await;
    let outcome = already_ended.explorer().job(107).cancel().await.unwrap();
    assert!(matches!(outcome, Cancellation::AlreadyEnded(job) if job.status == JobStatus::Success));
    assert_eq!(already_ended.explorer().job(107).cancel_and_wait().await.unwrap().status, JobStatus::Success);
    let declined = server(false, &[1, 1, 2]).await;
    let outcome = declined.explorer().job(107).cancel().await.unwrap();
    assert!(matches!(outcome, Cancellation::Declined(job) if job.status == JobStatus::Running));
    assert_eq!(declined.explorer().job(107).cancel_and_wait().await.unwrap().status, JobStatus::Success);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_wait_does_not_cancel_the_job() {
    let server = job_through(&[1]).await;
    let wait = server.explorer().job(107).wait();
    tokio::time::timeout(Duration::from_secs(5), wait.into_future()).await.unwrap_err();
    assert!(server.session_requests().iter().all(|request| request.method == "GET"));
}
