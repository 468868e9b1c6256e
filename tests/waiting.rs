//! Waiting for the end of a job, on paused time.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use nebula_explorer::{Error, JobStatus, PollIntervals};
use serde_json::json;
use support::{Answer, Server};
use tokio::time::Instant;

/// A server whose job has these statuses, one a poll; the last one stays.
async fn job_through(statuses: &'static [i64]) -> Server {
    let polls = AtomicUsize::new(0);
    Server::signed_in(move |_| {
        let status = statuses[polls.fetch_add(1, SeqCst).min(statuses.len() - 1)];
        let task = |name: &str, status: i64| json!({ "id": name.to_lowercase(), "name": name, "status": status });
        Answer::data(json!({
            "id": 107, "name": "w_1", "workflowId": "7", "workflowName": "w", "status": status,
            "tasks": [task("Query", 2), task("PageRank", status)],
        }))
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn polls_in_growing_intervals_until_the_job_has_succeeded() {
    // 9 is a status that nobody knows: it is not taken for an end.
    let server = job_through(&[0, 0, 1, 9, 5, 1, 1, 2]).await;
    let begin = Instant::now();
    let intervals = PollIntervals::default();
    let job = server.explorer().job(107).wait().intervals(intervals).await.unwrap();
    assert_eq!(job.status, JobStatus::Success);
    assert_eq!(server.calls().len(), 8);
    // 0.5 + 0.75 + 1.125 + 1.6875 + 2.53125 + 3.796875 + 5.6953125 seconds
    assert_eq!(begin.elapsed().as_millis(), 16086);
}

#[tokio::test(start_paused = true)]
async fn intervals_grow_to_their_ceiling() {
    let server = job_through(&[1, 1, 1, 1, 2]).await;
    let mut intervals = PollIntervals::default();
    (intervals.first, intervals.factor, intervals.ceiling) = (Duration::from_secs(1), 4.0, Duration::from_secs(5));
    let begin = Instant::now();
    server.explorer().job(107).wait().intervals(intervals).await.unwrap();
    assert_eq!(begin.elapsed().as_secs(), 1 + 4 + 5 + 5);
    // Whatever the factor is, waiting goes on.
    for factor in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
        let server = job_through(&[1, 1, 2]).await;
        intervals.factor = factor;
        server.explorer().job(107).wait().intervals(intervals).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn failed_and_interrupted_are_errors_with_the_job() {
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
async fn waiting_ends_with_its_timeout_and_says_how_far_the_job_was() {
    let server = job_through(&[0, 1]).await;
    let begin = Instant::now();
    let error = server.explorer().job(107).wait().timeout(Duration::from_secs(60)).await.unwrap_err();
    let Error::WaitTimedOut { job_id: 107, last: Some(last), .. } = &error else { panic!("{error:?}") };
    assert_eq!((last.status, begin.elapsed().as_secs()), (JobStatus::Running, 60));
    assert_eq!(error.to_string(), "job 107 has not ended within 60 s; it goes on running");
    // A timeout beyond what a clock can count is none.
    let server = job_through(&[1, 2]).await;
    server.explorer().job(107).wait().timeout(Duration::MAX).await.unwrap();
}
