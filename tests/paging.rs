//! All pages of a list, on servers that do with pages what they want while jobs come and go.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use futures_util::TryStreamExt as _;
use nebula_explorer::{Job, ListJobs, Timestamp};
use serde_json::{Value, json};
use support::{Answer, Asked, Server};

/// A job: its id, and when it was created in milliseconds.
type Made = (i64, i64);

/// A list that obeys filter, order and page; `page_size` may overrule what is asked for.
fn list(asked: &Asked, jobs: &[Made], page_size: impl Fn(usize) -> usize) -> Value {
    let url = reqwest::Url::parse(&format!("http://x{}", asked.uri)).unwrap();
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let filter: Value = query("filter").map_or(json!({}), |filter| serde_json::from_str(&filter).unwrap());
    let number = |name: &str, default: usize| query(name).map_or(default, |value| value.parse().unwrap());
    let from = filter["fromCreateTime"].as_i64().unwrap_or(i64::MIN);
    let to = filter["toCreateTime"].as_i64().unwrap_or(i64::MAX);
    let mut jobs: Vec<Made> = jobs.iter().copied().filter(|(_, time)| (from..=to).contains(time)).collect();
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

async fn server(jobs: Vec<Made>, page_size: fn(usize) -> usize) -> Server {
    Server::signed_in(move |asked| Answer::data(list(asked, &jobs, page_size))).await
}

async fn ids(request: ListJobs) -> Vec<i64> {
    let jobs: Vec<Job> = request.by_item().try_collect().await.unwrap();
    jobs.into_iter().map(|job| job.id).collect()
}

fn jobs(count: i64, per_millisecond: i64) -> Vec<Made> {
    (1..=count).map(|id| (id, 1_657_847_358_000 + id / per_millisecond)).collect()
}

#[tokio::test]
async fn every_job_comes_once_in_order_whatever_the_size_of_pages() {
    let sizes: [fn(usize) -> usize; 4] = [|asked| asked, |_| 3, |_| 1, |asked| asked * 2];
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
async fn filters_stay_while_pages_are_turned() {
    let server = server(jobs(100, 1), |asked| asked).await;
    let at = |id: i64| Timestamp::from_millisecond(1_657_847_358_000 + id).unwrap();
    let request = server.explorer().jobs().created_from(at(20)).created_to(at(80));
    assert_eq!(ids(request.clone()).await, (20..=80).rev().collect::<Vec<_>>());
    assert_eq!(ids(request.oldest_first()).await, (20..=80).collect::<Vec<_>>());
}

#[tokio::test]
async fn none_is_lost_that_was_there_all_along() {
    // Between any two requests a job vanishes, a new one appears, and the total changes.
    for oldest_first in [false, true] {
        for seed in 0..20_u64 {
            let all = Arc::new(Mutex::new(jobs(60, 2)));
            let stays: BTreeSet<i64> = (1..=60).filter(|id| id % 3 != 0).collect();
            let (shared, requests) = (all.clone(), AtomicU64::new(seed));
            let server = Server::signed_in(move |asked| {
                let mut jobs = shared.lock().unwrap();
                let answer = list(asked, &jobs, |asked| asked);
                let turn = requests.fetch_add(7, SeqCst);
                let vanishing: Vec<i64> = jobs.iter().map(|job| job.0).filter(|id| id % 3 == 0 && *id <= 60).collect();
                if !vanishing.is_empty() {
                    let gone = vanishing[usize::try_from(turn).unwrap() % vanishing.len()];
                    jobs.retain(|job| job.0 != gone);
                }
                let id = 1000 + i64::try_from(turn).unwrap();
                jobs.push((id, 1_657_847_358_100 + id));
                Answer::data(answer)
            })
            .await;
            let request = server.explorer().jobs().page_size(5);
            let seen = ids(if oldest_first { request.oldest_first() } else { request }).await;
            let once: BTreeSet<i64> = seen.iter().copied().collect();
            assert_eq!(once.len(), seen.len(), "none comes twice: {seen:?}");
            assert!(once.is_superset(&stays), "{:?} are lost", stays.difference(&once).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn paging_always_terminates() {
    // The same page whatever is asked for, with times and without.
    for time in [json!(1657847358000_i64), json!(null)] {
        let item =
            json!({ "id": 1, "name": "n", "workflowId": "7", "workflowName": "w", "status": 1, "createTime": time });
        let data = json!({ "items": [item], "total": 1_000_000 });
        let server = Server::signed_in(move |_| Answer::data(data.clone())).await;
        // It cannot be known whether there are more: that is an error, and not a short list.
        for request in [server.explorer().jobs(), server.explorer().jobs().oldest_first()] {
            let error = request.by_item().try_collect::<Vec<Job>>().await.unwrap_err();
            assert!(matches!(&error, nebula_explorer::Error::InvalidResponse(_)), "{error:?}");
        }
        assert!(server.calls().len() < 15);
    }
    // A total that promises more, and none at all.
    for total in [0, 1_000_000] {
        let jobs = jobs(12, 1);
        let server = Server::signed_in(move |asked| {
            let mut data = list(asked, &jobs, |asked| asked);
            data["total"] = json!(total);
            Answer::data(data)
        })
        .await;
        assert_eq!(ids(server.explorer().jobs()).await.len(), 12);
    }
}

#[tokio::test]
async fn pages_without_times_are_turned_by_their_number() {
    let jobs = jobs(23, 1);
    let server = Server::signed_in(move |asked| {
        let mut data = list(asked, &jobs, |asked| asked);
        for item in data["items"].as_array_mut().unwrap() {
            item["createTime"] = json!(0);
        }
        Answer::data(data)
    })
    .await;
    assert_eq!(ids(server.explorer().jobs()).await, (1..=23).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn an_error_ends_the_stream() {
    let calls = AtomicU64::new(0);
    let all = jobs(30, 1);
    let server = Server::signed_in(move |asked| match calls.fetch_add(1, SeqCst) {
        0 => Answer::data(list(asked, &all, |asked| asked)),
        _ => Answer::json(403, json!({ "code": 40304000, "message": "ErrForbidden" })),
    })
    .await;
    let mut jobs = server.explorer().jobs().by_item();
    for _ in 0..10 {
        jobs.try_next().await.unwrap().unwrap();
    }
    jobs.try_next().await.unwrap_err();
    assert!(jobs.try_next().await.unwrap().is_none());
}
