//! Jobs over time, lists, results and refusals, by plain HTTP and on paused time.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use nebula_explorer_emulator::algorithms::Algorithm;
use nebula_explorer_emulator::{AbsentTimes, Component, Emulator, JobIds, MissingIds, Workflow, WorkflowTask};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use support::{Answer, Server};
use tokio::time::advance;

const PAGERANK: i64 = 4216617528;
const SHORTEST_PATHS: i64 = 4216617530;
const SLOW: i64 = 4216617531;

/// The rows of a case in `expected/basketballplayer.txt`, which other tools computed.
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
async fn the_pagerank_workflow_runs_its_tasks_one_after_another_and_computes_them() {
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
    // preparing, then the tasks in turn
    assert_eq!(seen, [(0, vec![0, 0]), (1, vec![1, 0]), (1, vec![2, 1]), (2, vec![2, 2])]);

    let job = session.get(&format!("/jobs/{id}")).await.data();
    let tasks = job["tasks"].as_array().unwrap();
    assert_eq!((&tasks[0]["name"], &tasks[1]["name"]), (&json!("Query"), &json!("PageRank")));
    assert!(tasks[0]["runBeginTime"].as_str().unwrap().ends_with("+08:00"));
    let took = job["runEndTime"].as_i64().unwrap() - job["runBeginTime"].as_i64().unwrap();
    assert_eq!(took, 5_000, "two seconds and three");

    for (task, case) in [(&tasks[0], "workflow query"), (&tasks[1], "workflow pagerank")] {
        let path = format!("/jobs/{id}/tasks/{}/sample_result", task["id"].as_str().unwrap());
        let rows = session.get(&format!("{path}?limit=1000")).await.data();
        assert_eq!(sorted(&rows["items"]), expected(case));
        let first = session.get(&format!("{path}?limit=3")).await.data();
        assert_eq!(first["items"].as_array().unwrap()[..], rows["items"].as_array().unwrap()[..3]);
        // Ten unless the call says otherwise.
        let unless_set = session.get(&path).await.data();
        assert_eq!(unless_set["items"].as_array().unwrap().len(), expected(case).len().min(10));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_parameter_makes_the_job_fail_and_a_right_one_does_not() {
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
async fn cancelling_goes_by_way_of_stopping_to_interrupted() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let id = session.run(SLOW, json!({})).await;
    let cancel = || Answer::of(session.request(Method::PUT, &format!("/jobs/{id}/cancel")));
    advance(Duration::from_secs(10)).await;
    assert_eq!(session.statuses(id).await, (1, vec![2, 1]));
    assert_eq!(cancel().await.data(), json!({ "success": true }));
    assert_eq!(session.statuses(id).await, (5, vec![2, 5]));
    advance(Duration::from_secs(10)).await;
    assert_eq!(session.statuses(id).await, (4, vec![2, 4]));
    assert_eq!(cancel().await.data(), json!({ "success": false }));
}

#[tokio::test(start_paused = true)]
async fn lists_filter_order_and_page() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let mut created = Vec::new();
    for workflow in [PAGERANK, SLOW, PAGERANK, SHORTEST_PATHS] {
        created.push(session.run(workflow, json!({})).await);
        advance(Duration::from_secs(1)).await;
    }
    advance(Duration::from_secs(60)).await;
    let [a, b, c, d] = created[..] else { unreachable!() };
    let list = async |path: &str, filter: Value, page: &str| {
        let request = session.request(Method::GET, path).query(&[("filter", filter.to_string())]);
        let data = Answer::of(
            request.query(&[("page", page.split('/').next().unwrap()), ("pageSize", page.split('/').nth(1).unwrap())]),
        )
        .await
        .data();
        let ids: Vec<i64> = data["items"].as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect();
        (ids, data["total"].as_i64().unwrap())
    };
    let second = session.get(&format!("/jobs/{b}")).await.data();
    let at = second["createTime"].as_i64().unwrap();
    let name = second["name"].as_str().unwrap();
    let of_pagerank = format!("/workflows/{PAGERANK}/jobs");
    for (path, filter, page, ids, total) in [
        ("/jobs", json!({}), "1/10", vec![d, c, b, a], 4),
        ("/jobs", json!({ "orderByCreateTime": "desc" }), "1/10", vec![d, c, b, a], 4),
        ("/jobs", json!({ "orderByCreateTime": "asc" }), "1/3", vec![a, b, c], 4),
        ("/jobs", json!({ "orderByCreateTime": "asc" }), "2/3", vec![d], 4),
        ("/jobs", json!({}), "9/3", vec![], 4),
        ("/jobs", json!({ "status": 2 }), "1/10", vec![c, a], 2),
        ("/jobs", json!({ "status": 1 }), "1/10", vec![b], 1),
        ("/jobs", json!({ "status": 3 }), "1/10", vec![d], 1),
        ("/jobs", json!({ "status": 9 }), "1/10", vec![], 0),
        ("/jobs", json!({ "name": name }), "1/10", vec![b], 1),
        ("/jobs", json!({ "fromCreateTime": at }), "1/10", vec![d, c, b], 3),
        ("/jobs", json!({ "toCreateTime": at }), "1/10", vec![b, a], 2),
        ("/jobs", json!({ "fromCreateTime": at, "toCreateTime": at }), "1/10", vec![b], 1),
        (of_pagerank.as_str(), json!({}), "1/10", vec![c, a], 2),
        (of_pagerank.as_str(), json!({ "status": 1 }), "1/10", vec![], 0),
    ] {
        assert_eq!(list(path, filter.clone(), page).await, (ids, total), "{path} {filter} {page}");
    }
    let page = session.get("/jobs?page=2&pageSize=1").await.data();
    assert_eq!((&page["Page"], &page["PageSize"]), (&json!(2), &json!(1)));
    assert_eq!(page["items"][0]["workflowId"], json!(PAGERANK.to_string()), "a string, though a number in paths");
    let first = session.get("/jobs").await.data();
    assert_eq!((&first["Page"], &first["PageSize"]), (&json!(1), &json!(10)));
}

#[tokio::test]
async fn wrong_parameters_are_refused_word_for_word() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    for (path, message) in [
        ("/jobs?page=x", "ErrParam::the value \"x\" cannot parsed as int"),
        ("/jobs?pageSize=1.5", "ErrParam::the value \"1.5\" cannot parsed as int"),
        ("/jobs/abc", "ErrParam::the value \"abc\" cannot parsed as int"),
        ("/jobs/105/tasks/t/sample_result?limit=many", "ErrParam::the value \"many\" cannot parsed as int"),
        ("/jobs?filter=%7B", "ErrParam::error: type mismatch for field filter"),
    ] {
        let answer = session.get(path).await;
        assert_eq!((answer.status, answer.json()), (400, json!({ "code": 40004001, "message": message })), "{path}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_refused_in_either_form() {
    for (form, status, code) in [(MissingIds::NotFound, 404, 40404000), (MissingIds::InternalServer, 500, 50004000)] {
        let server = Server::start(Emulator::builder().missing_ids(form)).await;
        let session = server.sign_in().await;
        let id = session.run(PAGERANK, json!({})).await;
        for (method, path) in [
            (Method::GET, "/jobs/1".to_string()),
            (Method::PUT, "/jobs/1/cancel".into()),
            (Method::GET, "/jobs/1/tasks/t/sample_result".into()),
            (Method::GET, format!("/jobs/{id}/tasks/t/sample_result")),
            (Method::GET, "/workflows/1/jobs".into()),
            (Method::POST, "/workflows/1/jobs".into()),
        ] {
            let answer = Answer::of(session.request(method, &path)).await;
            assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn times_that_have_not_come_and_ids_take_the_forms_that_are_set() {
    for (form, of_job, of_task) in [
        (AbsentTimes::Typed, Some(json!(0)), Some(json!(""))),
        (AbsentTimes::Missing, None, None),
        (AbsentTimes::Null, Some(Value::Null), Some(Value::Null)),
        (AbsentTimes::Zero, Some(json!(0)), Some(json!(0))),
        (AbsentTimes::Empty, Some(json!("")), Some(json!(""))),
    ] {
        let server = Server::start(Emulator::builder().absent_times(form)).await;
        let session = server.sign_in().await;
        let id = session.run(SLOW, json!({})).await;
        let job = session.get(&format!("/jobs/{id}")).await.data();
        assert_eq!((job.get("runEndTime"), job["tasks"][0].get("runEndTime")), (of_job.as_ref(), of_task.as_ref()));
    }
    let server = Server::start(Emulator::builder().job_ids(JobIds::Text)).await;
    let session = server.sign_in().await;
    let run = Answer::of(session.request(Method::POST, &format!("/workflows/{PAGERANK}/jobs"))).await;
    assert_eq!(run.data(), json!({ "id": "105" }));
    assert_eq!(session.get("/jobs").await.data()["items"][0]["id"], json!("105"));
}

#[tokio::test(start_paused = true)]
async fn workflows_of_ones_own_and_the_speed_of_the_clock() {
    let task = WorkflowTask::new("c", Component::Algorithm(Algorithm::KCore)).seconds(100.0);
    let server = Server::start(Emulator::builder().speed(100.0).workflow(Workflow::new(7, "cores").task(task))).await;
    let session = server.sign_in().await;
    let id = session.run(7, json!({})).await;
    advance(Duration::from_secs(3)).await;
    let (status, _) = session.statuses(id).await;
    assert_eq!(status, 2, "a hundred emulated seconds have passed in three");
    let job = session.get(&format!("/jobs/{id}")).await.data();
    let path = format!("/jobs/{id}/tasks/{}/sample_result?limit=1000", job["tasks"][0]["id"].as_str().unwrap());
    assert_eq!(sorted(&session.get(&path).await.data()["items"]), expected("k_core"));
    assert_eq!(server.emulator.workflows().collect::<Vec<_>>(), [(7, "cores")]);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let query = || WorkflowTask::new("q", Component::Query);
    let over = WorkflowTask::new("k", Component::Algorithm(Algorithm::KCore)).over("nothing");
    for (builder, problem) in [
        (Emulator::builder().speed(0.0), "the speed of the clock must be a number above 0, and not 0"),
        (Emulator::builder().speed(f64::NAN), "the speed of the clock must be a number above 0, and not NaN"),
        (Emulator::builder().workflow(Workflow::new(7, "w")), "workflow 7 has no tasks"),
        (Emulator::builder().workflow(Workflow::new(7, "w").task(query()).task(query())), "workflow 7 has two tasks q"),
        (
            Emulator::builder().workflow(Workflow::new(7, "w").task(over)),
            "task k of workflow 7 is over nothing, no query before it",
        ),
    ] {
        assert_eq!(builder.start().await.unwrap_err().to_string(), problem);
    }
}
