//! Jobs over time, lists, results and errors, over plain HTTP with paused time.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use nebula_explorer::operations::defaults;
use nebula_explorer_emulator::algorithms::Algorithm;
use nebula_explorer_emulator::{
    AbsentTimes, Behaviour, Component, Emulator, JobIds, MissingIds, Workflow, WorkflowTask,
};
use serde_json::{Value, json};
use std::time::Duration;
use support::{Response, Server};
use tokio::time::advance;

const PAGERANK: i64 = 4216617528;
const SHORTEST_PATHS: i64 = 4216617530;
const SLOW: i64 = 4216617531;

/// The rows of a case in `expected/basketballplayer.txt`, which was computed by other tools.
fn expected(case: &str) -> Vec<Vec<String>> {
    let lines = include_str!("expected/basketballplayer.txt").lines();
    let of_case = lines.filter_map(|line| line.split_once('\t')).filter(|(name, _)| *name == case);
    of_case.map(|(_, row)| row.split(',').map(str::to_string).collect()).collect()
}

fn sorted(rows: &Value) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = serde_json::from_value(rows.clone()).unwrap();
    rows.sort();
    rows
}

#[tokio::test(start_paused = true)]
async fn the_pagerank_workflow_runs_its_tasks_in_order_and_computes_results() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let id = session.run(PAGERANK, json!({ "query_1": { "name": "Tim Duncan" } })).await;
    let mut seen = vec![session.statuses(id).await];
    while seen.len() < 100 && seen.last().unwrap().0 < 2 {
        advance(Duration::from_millis(250)).await;
        let now = session.statuses(id).await;
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    // Preparing, then one task after the other.
    assert_eq!(seen, [(0, vec![0, 0]), (1, vec![1, 0]), (1, vec![2, 1]), (2, vec![2, 2])]);

    let job = session.job(id).await;
    let tasks = job["tasks"].as_array().unwrap();
    assert_eq!((&tasks[0]["name"], &tasks[1]["name"]), (&json!("Query"), &json!("PageRank")));
    assert!(tasks[0]["runBeginTime"].as_str().unwrap().ends_with("+08:00"));
    let took = job["runEndTime"].as_i64().unwrap() - job["runBeginTime"].as_i64().unwrap();
    assert_eq!(took, 5_000, "2 s and 3 s");

    for (task, case) in [(&tasks[0], "workflow query"), (&tasks[1], "workflow pagerank")] {
        let request = || session.call("get_task_result", &[&id, &task["id"].as_str().unwrap()]);
        let rows = Response::of(request().query(&[("limit", 1000)])).await.data();
        assert_eq!(sorted(&rows["items"]), expected(case));
        let first = Response::of(request().query(&[("limit", 3)])).await.data();
        assert_eq!(first["items"].as_array().unwrap()[..], rows["items"].as_array().unwrap()[..3]);
        let default = Response::of(request()).await.data();
        let limit = usize::try_from(defaults::GET_TASK_RESULT_LIMIT).unwrap();
        assert_eq!(default["items"].as_array().unwrap().len(), expected(case).len().min(limit));
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_parameters_make_the_job_fail() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    for (workflow, input, status, tasks) in [
        (SHORTEST_PATHS, json!({}), 3, vec![3]),
        (SHORTEST_PATHS, json!({ "sssp_1": { "ROOT": "player100" } }), 2, vec![2]),
        (PAGERANK, json!({ "query_1": { "name": "Nobody" } }), 3, vec![3, 0]),
        (PAGERANK, json!({ "pagerank_1": { "DAMPING": "a lot" } }), 3, vec![2, 3]),
        (PAGERANK, json!({ "no_task": { "a": 1 } }), 3, vec![3, 0]),
    ] {
        let id = session.run(workflow, input.clone()).await;
        advance(Duration::from_secs(60)).await;
        assert_eq!(session.statuses(id).await, (status, tasks), "{input}");
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_jobs_are_stopping_and_then_interrupted() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let id = session.run(SLOW, json!({})).await;
    let cancel = || Response::of(session.call("cancel_job", &[&id]));
    advance(Duration::from_secs(10)).await;
    assert_eq!(session.statuses(id).await, (1, vec![2, 1]));
    assert_eq!(cancel().await.data(), json!({ "success": true }));
    assert_eq!(session.statuses(id).await, (5, vec![2, 5]));
    advance(Duration::from_secs(10)).await;
    assert_eq!(session.statuses(id).await, (4, vec![2, 4]));
    assert_eq!(cancel().await.data(), json!({ "success": false }));
}

#[tokio::test(start_paused = true)]
async fn lists_are_filtered_ordered_and_paged() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let mut created = Vec::new();
    for workflow in [PAGERANK, SLOW, PAGERANK, SHORTEST_PATHS] {
        created.push(session.run(workflow, json!({})).await);
        advance(Duration::from_secs(1)).await;
    }
    advance(Duration::from_secs(60)).await;
    let [a, b, c, d] = created[..] else { unreachable!() };
    let list = async |workflow: Option<i64>, filter: Value, page: &str| {
        let request = match workflow {
            None => session.call("list_jobs", &[]),
            Some(workflow) => session.call("list_workflow_jobs", &[&workflow]),
        };
        let (page, page_size) = page.split_once('/').unwrap();
        let request =
            request.query(&[("filter", filter.to_string().as_str()), ("page", page), ("pageSize", page_size)]);
        let data = Response::of(request).await.data();
        let ids: Vec<i64> = data["items"].as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect();
        (ids, data["total"].as_i64().unwrap())
    };
    let second = session.job(b).await;
    let at = second["createTime"].as_i64().unwrap();
    let name = second["name"].as_str().unwrap();
    for (workflow, filter, page, ids, total) in [
        (None, json!({}), "1/10", vec![d, c, b, a], 4),
        (None, json!({ "orderByCreateTime": "desc" }), "1/10", vec![d, c, b, a], 4),
        (None, json!({ "orderByCreateTime": "asc" }), "1/3", vec![a, b, c], 4),
        (None, json!({ "orderByCreateTime": "asc" }), "2/3", vec![d], 4),
        (None, json!({}), "9/3", vec![], 4),
        (None, json!({ "status": 2 }), "1/10", vec![c, a], 2),
        (None, json!({ "status": 1 }), "1/10", vec![b], 1),
        (None, json!({ "status": 3 }), "1/10", vec![d], 1),
        (None, json!({ "status": 9 }), "1/10", vec![], 0),
        (None, json!({ "name": name }), "1/10", vec![b], 1),
        (None, json!({ "fromCreateTime": at }), "1/10", vec![d, c, b], 3),
        (None, json!({ "toCreateTime": at }), "1/10", vec![b, a], 2),
        (None, json!({ "fromCreateTime": at, "toCreateTime": at }), "1/10", vec![b], 1),
        (Some(PAGERANK), json!({}), "1/10", vec![c, a], 2),
        (Some(PAGERANK), json!({ "status": 1 }), "1/10", vec![], 0),
    ] {
        assert_eq!(list(workflow, filter.clone(), page).await, (ids, total), "{workflow:?} {filter} {page}");
    }
    let list_jobs = || session.call("list_jobs", &[]);
    let page = Response::of(list_jobs().query(&[("page", 2), ("pageSize", 1)])).await.data();
    assert_eq!((&page["Page"], &page["PageSize"]), (&json!(2), &json!(1)));
    assert_eq!(
        page["items"][0]["workflowId"],
        json!(PAGERANK.to_string()),
        "a string, although it is a number in paths"
    );
    let first = Response::of(list_jobs()).await.data();
    let expected = (&json!(defaults::LIST_JOBS_PAGE), &json!(defaults::LIST_JOBS_PAGE_SIZE));
    assert_eq!((&first["Page"], &first["PageSize"]), expected);
}

#[tokio::test]
async fn invalid_parameters_have_the_messages_of_the_real_server() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let list_jobs = || session.call("list_jobs", &[]);
    for (request, message) in [
        (list_jobs().query(&[("page", "x")]), "the value \"x\" cannot parsed as int"),
        (list_jobs().query(&[("pageSize", "1.5")]), "the value \"1.5\" cannot parsed as int"),
        (session.call("get_job", &[&"abc"]), "the value \"abc\" cannot parsed as int"),
        (
            session.call("get_task_result", &[&105, &"t"]).query(&[("limit", "many")]),
            "the value \"many\" cannot parsed as int",
        ),
        (list_jobs().query(&[("filter", "{")]), "error: type mismatch for field filter"),
    ] {
        let response = Response::of(request).await;
        let expected = json!({ "code": 40004001, "message": format!("ErrParam::{message}") });
        assert_eq!((response.status, response.json()), (400, expected));
    }
}

#[tokio::test]
async fn unknown_ids_have_the_configured_error() {
    for (form, status, code) in [(MissingIds::NotFound, 404, 40404000), (MissingIds::InternalServer, 500, 50004000)] {
        let server =
            Server::start(Emulator::builder().behaviour(Behaviour { missing_ids: form, ..Behaviour::default() })).await;
        let session = server.sign_in().await;
        let id = session.run(PAGERANK, json!({})).await;
        for request in [
            session.call("get_job", &[&1]),
            session.call("cancel_job", &[&1]),
            session.call("get_task_result", &[&1, &"t"]),
            session.call("get_task_result", &[&id, &"t"]),
            session.call("list_workflow_jobs", &[&1]),
            session.call("run_workflow", &[&1]),
        ] {
            let response = Response::of(request).await;
            assert_eq!((response.status, &response.json()["code"]), (status, &json!(code)), "{response:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_times_and_job_ids_have_the_configured_form() {
    for (form, of_job, of_task) in [
        (AbsentTimes::Typed, Some(json!(0)), Some(json!(""))),
        (AbsentTimes::Missing, None, None),
        (AbsentTimes::Null, Some(Value::Null), Some(Value::Null)),
        (AbsentTimes::Zero, Some(json!(0)), Some(json!(0))),
        (AbsentTimes::Empty, Some(json!("")), Some(json!(""))),
    ] {
        let server =
            Server::start(Emulator::builder().behaviour(Behaviour { absent_times: form, ..Behaviour::default() }))
                .await;
        let session = server.sign_in().await;
        let id = session.run(SLOW, json!({})).await;
        let job = session.job(id).await;
        assert_eq!((job.get("runEndTime"), job["tasks"][0].get("runEndTime")), (of_job.as_ref(), of_task.as_ref()));
    }
    let server =
        Server::start(Emulator::builder().behaviour(Behaviour { job_ids: JobIds::Text, ..Behaviour::default() })).await;
    let session = server.sign_in().await;
    let run = Response::of(session.call("run_workflow", &[&PAGERANK])).await;
    assert_eq!(run.data(), json!({ "id": "105" }));
    assert_eq!(Response::of(session.call("list_jobs", &[])).await.data()["items"][0]["id"], json!("105"));
}

#[tokio::test(start_paused = true)]
async fn custom_workflows_run_at_the_configured_speed() {
    let task = WorkflowTask::new("c", Component::Algorithm(Algorithm::KCore)).seconds(100.0);
    let server = Server::start(Emulator::builder().speed(100.0).workflow(Workflow::new(7, "cores").task(task))).await;
    let session = server.sign_in().await;
    let id = session.run(7, json!({})).await;
    advance(Duration::from_secs(3)).await;
    let (status, _) = session.statuses(id).await;
    assert_eq!(status, 2, "100 emulated seconds take 1 s");
    let job = session.job(id).await;
    let request = session.call("get_task_result", &[&id, &job["tasks"][0]["id"].as_str().unwrap()]);
    let rows = Response::of(request.query(&[("limit", 1000)])).await.data();
    assert_eq!(sorted(&rows["items"]), expected("k_core"));
    assert_eq!(server.emulator.workflows().collect::<Vec<_>>(), [(7, "cores")]);
}

#[tokio::test]
async fn very_large_inputs_discard_the_oldest_jobs() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let input = json!({ "query_1": { "name": "x".repeat(1_000_000) } });
    let mut last = 0;
    for _ in 0..70 {
        last = session.run(PAGERANK, input.clone()).await;
    }
    let kept: Vec<i64> = server.emulator.inputs().into_iter().map(|(id, _)| id).collect();
    assert_eq!((server.emulator.jobs(), kept.len(), kept.last()), (70, 67, Some(&last)), "64 MiB are kept");
    assert_eq!(Response::of(session.call("get_job", &[&(last - 69)])).await.status, 404);
}

#[tokio::test]
async fn invalid_settings_are_rejected() {
    let query = || WorkflowTask::new("q", Component::Query);
    let over = WorkflowTask::new("k", Component::Algorithm(Algorithm::KCore)).over("nothing");
    for (builder, problem) in [
        (Emulator::builder().speed(0.0), "the speed must be a number greater than 0, not 0"),
        (Emulator::builder().speed(f64::NAN), "the speed must be a number greater than 0, not NaN"),
        (Emulator::builder().workflow(Workflow::new(7, "w")), "workflow 7 has no tasks"),
        (Emulator::builder().workflow(Workflow::new(7, "w").task(query()).task(query())), "workflow 7 has two tasks q"),
        (
            Emulator::builder().workflow(Workflow::new(7, "w").task(over)),
            "task k of workflow 7 is over nothing, which is not a query before it",
        ),
    ] {
        assert_eq!(builder.start().await.unwrap_err().to_string(), problem);
    }
}
