//! Rows of lists that do not match the contract: the rest of the list is not affected.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use nebula_explorer::{Error, Job, JobStatus, OnUnknownOutcome, Page};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use support::{MockResponse, Server, explorer};

const FIELDS: [&str; 8] =
    ["id", "name", "workflowId", "workflowName", "status", "runBeginTime", "runEndTime", "createTime"];

fn row(id: i64) -> Value {
    json!({
        "id": id, "name": format!("n{id}"), "workflowId": "7", "workflowName": "w", "status": 2,
        "runBeginTime": 0, "runEndTime": null, "createTime": 1_657_847_358_000_i64 - id,
    })
}

fn changed(id: i64, field: &str, value: Value) -> Value {
    let mut row = row(id);
    row[field] = value;
    row
}

fn without(id: i64, field: &str) -> Value {
    let mut row = row(id);
    row.as_object_mut().unwrap().remove(field);
    row
}

async fn list(data: Value) -> Result<Page, Error> {
    let server = Server::signed_in(move |_| MockResponse::data(data.clone())).await;
    server.explorer().jobs().await
}

fn ids(jobs: &[Job]) -> Vec<i64> {
    jobs.iter().map(|job| job.id).collect()
}

#[tokio::test]
async fn harmless_forms_are_read() {
    for (odd, name, status) in [
        (changed(2, "name", json!(null)), "", JobStatus::Success),
        (without(2, "name"), "", JobStatus::Success),
        (changed(2, "workflowName", json!(null)), "n2", JobStatus::Success),
        (changed(2, "status", json!("3")), "n2", JobStatus::Failed),
        (changed(2, "status", json!(3.0)), "n2", JobStatus::Failed),
        (changed(2, "status", json!(9)), "n2", JobStatus::Other(9)),
        (changed(2, "workflowId", json!(7)), "n2", JobStatus::Success),
        (changed(2, "id", json!("2")), "n2", JobStatus::Success),
    ] {
        let page = list(json!({ "items": [row(1), odd, row(3)], "total": 3 })).await.unwrap();
        assert_eq!((ids(&page.jobs), page.malformed), (vec![1, 2, 3], vec![]), "{odd}");
        assert_eq!((page.jobs[1].name.as_str(), page.jobs[1].status, page.total), (name, status, Some(3)), "{odd}");
        let server = Server::signed_in({
            let odd = odd.clone();
            move |_| MockResponse::data(odd.clone())
        });
        assert_eq!(server.await.explorer().job(2).get().await.unwrap(), page.jobs[1], "{odd}");
    }
    for (odd, total) in [
        (json!({ "items": [row(1)] }), None),
        (json!({ "items": [row(1)], "total": null }), None),
        (json!({ "items": [row(1)], "total": "many" }), None),
        (json!({ "items": [row(1)], "total": "1", "Page": 1.0 }), Some(1)),
    ] {
        let page = list(odd.clone()).await.unwrap();
        assert_eq!((ids(&page.jobs), page.total), (vec![1], total), "{odd}");
    }
}

#[tokio::test]
async fn row_that_cannot_be_read_is_reported_with_its_id_and_the_field() {
    for (odd, id, place) in [
        (changed(2, "workflowId", json!("")), Some(2), "workflowId"),
        (changed(2, "status", json!("done")), Some(2), "status"),
        (changed(2, "status", json!(null)), Some(2), "status"),
        (changed(2, "createTime", json!("yesterday")), Some(2), "createTime"),
        (changed(2, "id", json!("two")), None, "id"),
        (json!([2]), None, "invalid"),
        (json!(null), None, "invalid"),
    ] {
        let page = list(json!({ "items": [row(1), odd, row(3)], "total": 3 })).await.unwrap();
        assert_eq!(ids(&page.jobs), [1, 3], "{odd}");
        let [malformed] = page.malformed.as_slice() else { panic!("{odd}: {:?}", page.malformed) };
        assert_eq!(malformed.id, id, "{odd}");
        assert!(malformed.problem.contains(place), "{odd}: {}", malformed.problem);
    }
}

#[tokio::test]
async fn row_that_cannot_be_read_is_an_error_between_the_jobs() {
    let rows = json!([row(1), changed(2, "status", json!("done")), row(3)]);
    let server = Server::signed_in(move |request| match request.uri.contains("page=1") {
        true => MockResponse::data(json!({ "items": rows, "total": 3 })),
        false => MockResponse::data(json!({ "items": [], "total": 3 })),
    });
    let server = server.await;
    let items: Vec<Result<Job, Error>> = server.explorer().jobs().by_item().collect().await;
    let jobs: Vec<i64> = items.iter().flatten().map(|job| job.id).collect();
    let errors: Vec<String> = items.iter().filter_map(|item| item.as_ref().err()).map(Error::to_string).collect();
    assert_eq!(jobs, [1, 3]);
    assert!(
        matches!(&errors[..], [error] if error.contains("job 2: status") && error.contains("list_jobs")),
        "{errors:?}"
    );
}

#[tokio::test]
async fn data_without_a_list_is_an_error() {
    for data in [json!({ "total": 1 }), json!({ "items": {}, "total": 1 }), json!([]), json!("none")] {
        let error = list(data.clone()).await.unwrap_err();
        assert!(
            matches!(&error, Error::InvalidResponse(invalid) if invalid.place.starts_with("data")),
            "{data}: {error:?}"
        );
    }
}

#[tokio::test]
async fn problem_of_a_row_does_not_repeat_a_secret() {
    let page = list(json!({ "items": [changed(1, "createTime", json!(support::TOKEN))], "total": 1 })).await.unwrap();
    assert!(!page.malformed[0].problem.contains(support::TOKEN), "{:?}", page.malformed);
}

#[tokio::test]
async fn page_of_malformed_rows_does_not_end_a_list() {
    let pages = [vec![row(1), row(2)], vec![without(3, "id"), without(4, "id")], vec![row(5), row(6)]];
    let server = Server::signed_in(move |request| {
        let url = reqwest::Url::parse(&format!("http://x{}", request.uri)).unwrap();
        let page = url.query_pairs().find(|(name, _)| name == "page").unwrap().1.parse::<usize>().unwrap();
        let rows = pages.get(page - 1).cloned().unwrap_or_default();
        // The time of creation would begin a new window.
        let rows: Vec<Value> = rows
            .into_iter()
            .map(|mut row| {
                row["createTime"] = json!(0);
                row
            })
            .collect();
        MockResponse::data(json!({ "items": rows, "total": 6 }))
    })
    .await;
    let pages: Vec<Page> = server.explorer().jobs().page_size(2).by_page().try_collect().await.unwrap();
    let jobs: Vec<i64> = pages.iter().flat_map(|page| ids(&page.jobs)).collect();
    assert_eq!((jobs, pages.iter().map(|page| page.malformed.len()).sum()), (vec![1, 2, 5, 6], 2));
}

#[tokio::test]
async fn the_same_malformed_page_for_every_number_is_an_error() {
    let server = Server::signed_in(|_| MockResponse::data(json!({ "items": [without(1, "id")], "total": 3 }))).await;
    let pages: Result<Vec<Page>, Error> = server.explorer().jobs().page_size(1).by_page().try_collect().await;
    assert!(matches!(pages, Err(Error::InvalidResponse(_))), "{pages:?}");
}

#[tokio::test(start_paused = true)]
async fn watched_job_with_a_malformed_row_is_looked_up() {
    let server = Server::signed_in(|request| match request.uri.as_str() {
        "/api-open/v1/jobs/2" => MockResponse::data(row(2)),
        _ => MockResponse::data(json!({ "items": [row(1), changed(2, "status", json!("done")), row(3)], "total": 3 })),
    })
    .await;
    let mut watcher = server.explorer().watch([1, 2, 3]);
    let mut ended = Vec::new();
    while let Some(watched) = watcher.next().await {
        ended.push(watched.outcome.unwrap().id);
    }
    ended.sort_unstable();
    assert_eq!(ended, [1, 2, 3]);
    let requests: Vec<String> = server.session_requests().into_iter().map(|request| request.uri).collect();
    assert_eq!(requests.len(), 2, "one page and one lookup: {requests:?}");
}

#[tokio::test(start_paused = true)]
async fn workflow_is_not_run_again_if_a_malformed_row_may_be_its_job() {
    for odd in [without(2, "id"), changed(2, "status", json!("done"))] {
        let rows = Arc::new(Mutex::new(vec![row(1)]));
        let server = Server::signed_in(move |request| match request.method.as_str() {
            "POST" => {
                rows.lock().unwrap().insert(0, odd.clone());
                MockResponse::new(504, "text/html", "")
            }
            _ => MockResponse::data(json!({ "items": *rows.lock().unwrap(), "total": 2 })),
        })
        .await;
        let reconcile = OnUnknownOutcome::Reconcile { grace_period: Duration::from_secs(30) };
        let error = server.explorer().workflow(7).run().on_unknown_outcome(reconcile).await.unwrap_err();
        assert!(matches!(error, Error::OutcomeUnknown(_)), "{error:?}");
        let sent = server.session_requests().iter().filter(|request| request.method == "POST").count();
        assert_eq!(sent, 1);
    }
}

#[test]
fn rows_beside_a_changed_one_are_unaffected() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let data = Arc::new(Mutex::new(json!(null)));
    let current = data.clone();
    let server = runtime.block_on(Server::signed_in(move |_| MockResponse::data(current.lock().unwrap().clone())));
    let explorer = explorer(&server.url);
    let value = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({ "id": 1 })),
    ];
    let change = (any::<Index>(), select(FIELDS.as_slice()), proptest::option::of(value));
    proptest!(|(count in 1_i64..20, (at, field, value) in change)| {
        let mut rows: Vec<Value> = (1..=count).map(row).collect();
        let at = at.index(rows.len());
        let id = at as i64 + 1;
        rows[at] = match value {
            Some(value) => changed(id, field, value),
            None => without(id, field),
        };
        *data.lock().unwrap() = json!({ "items": rows, "total": count });
        let page = runtime.block_on(explorer.jobs().into_future()).unwrap();
        prop_assert_eq!(page.jobs.len() + page.malformed.len(), rows.len());
        let others: Vec<i64> = (1..=count).filter(|other| *other != id).collect();
        let mut read = ids(&page.jobs);
        match page.malformed.first() {
            Some(malformed) => prop_assert!(malformed.id == Some(id) || field == "id"),
            None => drop(read.remove(at)),
        }
        prop_assert_eq!(read, others);
    });
}
