//! Paging through lists while jobs are created and deleted, on servers with different page sizes and missing values.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt as _;
use nebula_explorer::{Job, ListJobs, Timestamp};
use serde_json::{Value, json};
use support::{MockResponse, ReceivedRequest, Server};

/// A job: its id, and when it was created, in milliseconds.
type Created = (i64, i64);

/// A list with filter, order and page; `page_size` may override the requested size.
fn list(request: &ReceivedRequest, jobs: &[Created], page_size: impl Fn(usize) -> usize) -> Value {
    let url = reqwest::Url::parse(&format!("http://x{}", request.uri)).unwrap();
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let filter: Value = query("filter").map_or(json!({}), |filter| serde_json::from_str(&filter).unwrap());
    let number = |name: &str, default: usize| query(name).map_or(default, |value| value.parse().unwrap());
    let from = filter["fromCreateTime"].as_i64().unwrap_or(i64::MIN);
    let to = filter["toCreateTime"].as_i64().unwrap_or(i64::MAX);
    let mut jobs: Vec<Created> = jobs.iter().copied().filter(|(_, time)| (from..=to).contains(time)).collect();
    jobs.sort_by_key(|&(id, time)| (time, id));
    if filter["orderByCreateTime"] != "asc" {
        jobs.reverse();
    }
    let (page, size) = (number("page", 1), page_size(number("pageSize", 10)));
    let items = jobs.iter().skip((page - 1) * size).take(size).map(|&(id, time)| {
        json!({ "id": id, "name": "n", "workflowId": "7", "workflowName": "w", "status": 1, "createTime": time })
    });
    json!({ "items": items.collect::<Vec<_>>(), "total": jobs.len(), "Page": page, "PageSize": size })
}

async fn server(jobs: Vec<Created>, page_size: fn(usize) -> usize) -> Server {
    Server::signed_in(move |request| MockResponse::data(list(request, &jobs, page_size))).await
}

async fn ids(request: ListJobs) -> Vec<i64> {
    let jobs: Vec<Job> = request.by_item().try_collect().await.unwrap();
    jobs.into_iter().map(|job| job.id).collect()
}

fn jobs(count: i64, per_millisecond: i64) -> Vec<Created> {
    (1..=count).map(|id| (id, 1_657_847_358_000 + id / per_millisecond)).collect()
}

#[tokio::test]
async fn every_job_is_returned_once_in_order_whatever_the_page_size() {
    let sizes: [fn(usize) -> usize; 4] = [|requested| requested, |_| 3, |_| 1, |requested| requested * 2];
    for count in [0, 1, 9, 10, 11, 57] {
        for per_millisecond in [1, 4, 100] {
            for size in sizes {
                let server = server(jobs(count, per_millisecond), size).await;
                let explorer = server.explorer();
                let newest_first: Vec<i64> = (1..=count).rev().collect();
                assert_eq!(ids(explorer.jobs()).await, newest_first, "{count} {per_millisecond}");
                assert_eq!(ids(explorer.workflow(7).jobs().page_size(25)).await, newest_first);
                let oldest_first: Vec<i64> = (1..=count).collect();
                assert_eq!(ids(explorer.jobs().oldest_first()).await, oldest_first, "{count} {per_millisecond}");
            }
        }
    }
}

#[tokio::test]
async fn filters_apply_to_every_page() {
    let server = server(jobs(100, 1), |requested| requested).await;
    let at = |id: i64| Timestamp::from_millisecond(1_657_847_358_000 + id).unwrap();
    let request = server.explorer().jobs().created_from(at(20)).created_to(at(80));
    assert_eq!(ids(request.clone()).await, (20..=80).rev().collect::<Vec<_>>());
    assert_eq!(ids(request.oldest_first()).await, (20..=80).collect::<Vec<_>>());
}

#[tokio::test]
async fn jobs_that_exist_throughout_are_never_missed() {
    // Between any two requests a job is deleted, a new one is created, and the total changes.
    for oldest_first in [false, true] {
        for seed in 0..20_u64 {
            let all = Arc::new(Mutex::new(jobs(60, 2)));
            let kept: BTreeSet<i64> = (1..=60).filter(|id| id % 3 != 0).collect();
            let (shared, requests) = (all.clone(), AtomicU64::new(seed));
            let server = Server::signed_in(move |request| {
                let mut jobs = shared.lock().unwrap();
                let response = list(request, &jobs, |requested| requested);
                let turn = requests.fetch_add(7, SeqCst);
                let deletable: Vec<i64> = jobs.iter().map(|job| job.0).filter(|id| id % 3 == 0 && *id <= 60).collect();
                if !deletable.is_empty() {
                    let deleted = deletable[usize::try_from(turn).unwrap() % deletable.len()];
                    jobs.retain(|job| job.0 != deleted);
                }
                let id = 1000 + i64::try_from(turn).unwrap();
                jobs.push((id, 1_657_847_358_100 + id));
                MockResponse::data(response)
            })
            .await;
            let request = server.explorer().jobs().page_size(5);
            let seen = ids(if oldest_first { request.oldest_first() } else { request }).await;
            let once: BTreeSet<i64> = seen.iter().copied().collect();
            assert_eq!(once.len(), seen.len(), "duplicates: {seen:?}");
            assert!(once.is_superset(&kept), "{:?} are missing", kept.difference(&once).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn paging_always_terminates() {
    // A server that always returns the same page, with and without times.
    for time in [json!(1657847358000_i64), json!(null)] {
        let item =
            json!({ "id": 1, "name": "n", "workflowId": "7", "workflowName": "w", "status": 1, "createTime": time });
        let data = json!({ "items": [item], "total": 1_000_000 });
        let server = Server::signed_in(move |_| MockResponse::data(data.clone())).await;
        // It cannot be known whether there are more: that is an error, and not a short list.
        for request in [server.explorer().jobs(), server.explorer().jobs().oldest_first()] {
            let error = request.by_item().try_collect::<Vec<Job>>().await.unwrap_err();
            assert!(matches!(&error, nebula_explorer::Error::InvalidResponse(_)), "{error:?}");
        }
        assert!(server.session_requests().len() < 15);
    }
    // A total that is too large, and one that is too small.
    for total in [0, 1_000_000] {
        let jobs = jobs(12, 1);
        let server = Server::signed_in(move |request| {
            let mut data = list(request, &jobs, |requested| requested);
            data["total"] = json!(total);
            MockResponse::data(data)
        })
        .await;
        assert_eq!(ids(server.explorer().jobs()).await.len(), 12);
    }
}

#[tokio::test]
async fn pages_without_times_are_requested_by_number() {
    let jobs = jobs(23, 1);
    let server = Server::signed_in(move |request| {
        let mut data = list(request, &jobs, |requested| requested);
        for item in data["items"].as_array_mut().unwrap() {
            item["createTime"] = json!(0);
        }
        MockResponse::data(data)
    })
    .await;
    assert_eq!(ids(server.explorer().jobs()).await, (1..=23).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn stream_ends_after_an_error() {
    let calls = AtomicU64::new(0);
    let all = jobs(30, 1);
    let server = Server::signed_in(move |request| match calls.fetch_add(1, SeqCst) {
        0 => MockResponse::data(list(request, &all, |requested| requested)),
        _ => MockResponse::json(403, json!({ "code": 40304000, "message": "ErrForbidden" })),
    })
    .await;
    let mut jobs = server.explorer().jobs().by_item();
    for _ in 0..10 {
        jobs.try_next().await.unwrap().unwrap();
    }
    jobs.try_next().await.unwrap_err();
    assert!(jobs.try_next().await.unwrap().is_none());
}
