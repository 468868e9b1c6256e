//! The blocking client: the same API, on the calling thread.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use nebula_explorer::{Cancellation, Credentials, Error, JobStatus, SubmissionFilter, blocking};
use serde_json::json;
use support::{MockResponse, Server};

fn job() -> serde_json::Value {
    json!({ "id": 107, "name": "w_1", "workflowId": "7", "workflowName": "w", "status": 2, "createTime": 1_657_847_358_000_i64,
        "tasks": [{ "id": "t", "name": "BFS", "status": 2 }] })
}

/// The server runs on a runtime of the test; the client must not run inside it.
fn with_client<T>(test: impl FnOnce(blocking::Explorer) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(Server::signed_in(|request| match request.method.as_str() {
        "POST" => MockResponse::data(json!({ "id": 107 })),
        "PUT" => MockResponse::data(json!({ "success": true })),
        _ if request.uri.contains("sample_result") => MockResponse::data(json!({ "items": [["a", "0.5"]] })),
        _ if request.uri.contains("jobs/") => MockResponse::data(job()),
        _ if request.uri.contains("page=2") => MockResponse::data(json!({ "items": [], "total": 1 })),
        _ => MockResponse::data(json!({ "items": [job()], "total": 1 })),
    }));
    let account = Credentials::account("root", "nebula");
    let builder = nebula_explorer::Explorer::builder(&server.url).graph("g", 9669).credentials(account);
    test(blocking::Explorer::new(builder).unwrap())
}

#[test]
fn whole_api_works_without_a_runtime() {
    with_client(|explorer| {
        let job = explorer.workflow(7).run().param("query_1", "name", "Tim Duncan").send().unwrap();
        assert_eq!(job.wait().send().unwrap().status, JobStatus::Success);
        assert_eq!(job.get().unwrap().tasks.len(), 1);
        assert_eq!(job.cancel().unwrap(), Cancellation::Requested);
        let rows: Vec<(String, f64)> = job.task("t").rows().limit(5).send().unwrap();
        assert_eq!(rows, [("a".to_string(), 0.5)]);
        assert_eq!(explorer.jobs().page_size(5).send().unwrap().total, Some(1));
        assert_eq!(explorer.workflow(7).jobs().by_item().map(Result::unwrap).count(), 1);
        assert_eq!(job.progress().iter().map(Result::unwrap).count(), 2);
        assert_eq!(explorer.watch([107]).map(Result::unwrap).count(), 1);
        assert!(explorer.sign_in().unwrap().remaining().is_some());
        assert_eq!(explorer.submissions(&SubmissionFilter::default().key("unknown")).unwrap(), []);
    });
}

#[test]
fn client_can_be_shared_between_threads() {
    with_client(|explorer| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let explorer = explorer.clone();
                std::thread::spawn(move || explorer.job(107).get().unwrap().id)
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().unwrap() == 107));
    });
}

#[tokio::test]
async fn call_inside_async_code_is_an_error_and_not_a_panic() {
    let builder = nebula_explorer::Explorer::builder("http://localhost:1").credentials(Credentials::token("t"));
    let explorer = blocking::Explorer::new(builder).unwrap();
    let error = explorer.job(1).get().unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    drop(explorer);
}

#[test]
fn calls_work_inside_of_spawn_blocking() {
    with_client(|explorer| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let jobs = runtime.block_on(async {
            tokio::task::spawn_blocking(move || explorer.jobs().send().unwrap().jobs.len()).await.unwrap()
        });
        assert_eq!(jobs, 1);
    });
}
