//! Watching many jobs at once.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use nebula_explorer::{Error, JobStatus, PollTolerance, RetryPolicy};
use serde_json::{Value, json};
use support::{MockResponse, ReceivedRequest, Server};

/// Statuses of jobs by id. One job is created per millisecond.
type Statuses = Arc<Mutex<BTreeMap<i64, i64>>>;

fn item(id: i64, status: i64) -> Value {
    json!({ "id": id, "name": "n", "workflowId": "7", "workflowName": "w", "status": status, "createTime": 1_657_847_358_000_i64 + id })
}

fn respond(request: &ReceivedRequest, statuses: &BTreeMap<i64, i64>, hidden: &[i64]) -> MockResponse {
    let url = reqwest::Url::parse(&format!("http://x{}", request.uri)).unwrap();
    if let Some(id) = url.path().strip_prefix("/api-open/v1/jobs/") {
        let id: i64 = id.parse().unwrap();
        return match statuses.get(&id) {
            Some(&status) => MockResponse::data(item(id, status)),
            None => MockResponse::json(404, json!({ "code": 40404000, "message": "ErrNotFound" })),
        };
    }
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let filter: Value = query("filter").map_or(json!({}), |filter| serde_json::from_str(&filter).unwrap());
    let created = |id: i64| 1_657_847_358_000 + id;
    let from = filter["fromCreateTime"].as_i64().unwrap_or(0);
    let to = filter["toCreateTime"].as_i64().unwrap_or(i64::MAX);
    let (page, size): (usize, usize) =
        (query("page").unwrap().parse().unwrap(), query("pageSize").unwrap().parse().unwrap());
    let matching = statuses.iter().rev().filter(|(id, _)| (from..=to).contains(&created(**id)) && !hidden.contains(id));
    let items: Vec<Value> =
        matching.skip((page - 1) * size).take(size).map(|(&id, &status)| item(id, status)).collect();
    MockResponse::data(json!({ "items": items, "total": statuses.len() }))
}

async fn server(statuses: &Statuses, hidden: &'static [i64]) -> Server {
    let statuses = statuses.clone();
    Server::signed_in(move |request| respond(request, &statuses.lock().unwrap(), hidden)).await
}

fn statuses(ids: impl Iterator<Item = i64>, status: i64) -> Statuses {
    Arc::new(Mutex::new(ids.map(|id| (id, status)).collect()))
}

#[tokio::test(start_paused = true)]
async fn round_takes_one_request_per_page_and_each_change_is_reported_once() {
    let all = statuses(1..=1000, 1);
    let server = server(&all, &[]).await;
    let mut watcher = server.explorer().watch(1..=1000);
    for _ in 0..1000 {
        let watched = watcher.next().await.unwrap();
        assert_eq!(watched.outcome.unwrap().status, JobStatus::Running);
    }
    let first_round = server.session_requests().len();
    assert!(first_round <= 20, "{first_round} requests for the first round of 1000 jobs");
    all.lock().unwrap().insert(17, 2);
    all.lock().unwrap().insert(18, 9);
    let mut news: Vec<(i64, i64)> = Vec::new();
    for _ in 0..2 {
        let watched = watcher.next().await.unwrap();
        news.push((watched.job_id, watched.outcome.unwrap().status.number()));
    }
    assert_eq!(news, [(18, 9), (17, 2)]);
    assert!(server.session_requests().len() - first_round <= 20);
    assert_eq!(watcher.handle().len(), 999);
    assert_eq!(watcher.handle().job_ids()[15..18], [16, 18, 19]);
    all.lock().unwrap().values_mut().for_each(|status| *status = 3);
    let mut ended = 0;
    while let Some(watched) = watcher.next().await {
        assert_eq!(watched.outcome.unwrap().status, JobStatus::Failed);
        ended += 1;
    }
    assert_eq!((ended, watcher.handle().is_empty()), (999, true));
}

#[tokio::test(start_paused = true)]
async fn jobs_missing_from_the_list_are_polled_one_by_one() {
    let all = statuses(1..=300, 1);
    let server = server(&all, &[5, 6]).await;
    let mut watcher = server.explorer().watch([5, 6, 7, 999]);
    let mut seen = BTreeMap::new();
    for _ in 0..4 {
        let watched = watcher.next().await.unwrap();
        seen.insert(watched.job_id, watched.outcome);
    }
    assert!(matches!(&seen[&999], Err(Error::Api(_))), "{seen:?}");
    assert!([5, 6, 7].iter().all(|id| seen[id].as_ref().unwrap().status == JobStatus::Running));
    all.lock().unwrap().values_mut().for_each(|status| *status = 2);
    while let Some(watched) = watcher.next().await {
        assert_eq!(watched.outcome.unwrap().status, JobStatus::Success);
    }
}

#[tokio::test(start_paused = true)]
async fn jobs_can_be_added_and_removed_while_the_watcher_runs() {
    let all = statuses(1..=3, 1);
    let server = server(&all, &[]).await;
    let mut watcher = server.explorer().watch([1]);
    let handle = watcher.handle();
    assert_eq!(watcher.next().await.unwrap().job_id, 1);
    let adding = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(20)).await;
        handle.add(2);
        assert!(handle.remove(1));
        assert!(!handle.remove(1));
    });
    let watched = watcher.next().await.unwrap();
    assert_eq!(watched.job_id, 2);
    adding.await.unwrap();
    all.lock().unwrap().insert(2, 2);
    assert_eq!(watcher.next().await.unwrap().job_id, 2);
    assert!(watcher.next().await.is_none());
    // A watcher that has ended continues when a job is added.
    watcher.handle().add(3);
    assert_eq!(watcher.next().await.unwrap().job_id, 3);
    assert!(server.explorer().watch([]).next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn failed_rounds_are_tolerated_within_the_tolerance() {
    let all = statuses(1..=2, 1);
    let (shared, calls) = (all.clone(), std::sync::atomic::AtomicUsize::new(0));
    let server = Server::signed_in(move |request| match calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0..=2 => MockResponse::new(502, "text/html", ""),
        3..=4 => respond(request, &shared.lock().unwrap(), &[]),
        _ => MockResponse::new(502, "text/html", ""),
    })
    .await;
    let tolerance = PollTolerance::builder().min_failures(5).max_elapsed(std::time::Duration::ZERO).build();
    let explorer = server.explorer().with_retry(RetryPolicy::none());
    let mut watcher = explorer.watch([1, 2]).tolerance(tolerance);
    for _ in 0..2 {
        watcher.next().await.unwrap().outcome.unwrap();
    }
    for _ in 0..2 {
        let error = watcher.next().await.unwrap().outcome.unwrap_err();
        assert!(matches!(error, Error::UnexpectedResponse(_)), "{error:?}");
    }
    assert!(watcher.next().await.is_none());
}
