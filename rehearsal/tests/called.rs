//! The additions to the contract work before the hand-written layer or the emulator knows them.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

// The test server uses the SDK under its usual name.
extern crate rehearsed as nebula_explorer;

#[path = "../../tests/support/mod.rs"]
mod support;

use nebula_explorer::{Error, ErrorCode, JobStatus};
use serde_json::json;
use support::{MockResponse, Server, TOKEN};

#[tokio::test(start_paused = true)]
async fn new_operations_are_called_with_the_session() {
    let server = Server::signed_in(|_| MockResponse::data(json!({ "success": true }))).await;
    let client = server.explorer().client();
    let put = client.rehearsed_put().job_id(105).send().await.unwrap();
    let patched = client.rehearsed_patch().job_id(105).send().await.unwrap();
    assert!([put, patched].map(|response| response.into_inner().data).iter().flatten().all(|data| data.success));
    let calls = server.session_requests();
    let called: Vec<_> = calls.iter().map(|call| (call.method.as_str(), call.uri.as_str())).collect();
    assert_eq!(called, [("PUT", "/api-open/v1/jobs/105/rehearsal"), ("PATCH", "/api-open/v1/jobs/105")]);
    let has_token = |cookie: &str| cookie.contains(TOKEN);
    assert!(calls.iter().all(|call| call.header("cookie").is_some_and(has_token)));
}

#[tokio::test(start_paused = true)]
async fn a_new_field_and_a_new_status_are_read() {
    let job =
        json!({ "id": 105, "name": "n", "workflowId": "1", "workflowName": "w", "rehearsedPriority": 7, "status": 99 });
    let server = Server::signed_in(move |_| MockResponse::data(job.clone())).await;
    let client = server.explorer().client();
    let job = client.get_job().job_id(105).send().await.unwrap().into_inner().data.unwrap();
    assert_eq!((job.rehearsed_priority, job.status), (Some(7), JobStatus::Rehearsed));
    // The hand-written layer learns from the contract that the status is final.
    let ended = server.explorer().job(105).wait_until(nebula_explorer::conditions::ended()).await.unwrap();
    assert_eq!(ended.status.description(), Some("rehearsed"));
}

#[tokio::test(start_paused = true)]
async fn a_new_error_code_has_its_name_and_description() {
    let server =
        Server::signed_in(|_| MockResponse::json(400, json!({ "code": 40004999, "message": "ErrRehearsed" }))).await;
    let client = server.explorer().client();
    for (error, operation) in [
        (client.rehearsed_put().job_id(105).send().await.unwrap_err(), "rehearsed_put"),
        (client.rehearsed_patch().job_id(105).send().await.unwrap_err(), "rehearsed_patch"),
    ] {
        let error = client.error(error);
        let Error::Api(api_error) = &error else { panic!("{error:?}") };
        assert_eq!((api_error.code, api_error.call.operation), (ErrorCode::ErrRehearsed, operation));
        assert!(error.to_string().contains("too many jobs"), "{error}");
    }
}
