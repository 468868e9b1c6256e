//! What was added to the contract is called, before the thin layer or the emulator knows it.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

// The server of the SDK's own tests knows the SDK by its name.
extern crate rehearsed as nebula_explorer;

#[path = "../../tests/support/mod.rs"]
mod support;

use nebula_explorer::{Error, ErrorCode, JobStatus};
use serde_json::json;
use support::{MockResponse, Server, TOKEN};

#[tokio::test(start_paused = true)]
async fn the_new_operation_is_called_with_the_session() {
    let server = Server::signed_in(|_| MockResponse::data(json!({ "success": true }))).await;
    let client = server.explorer().client();
    let response = client.pause_job().job_id(105).send().await.unwrap();
    assert!(response.into_inner().data.success);
    let request = &server.session_requests()[0];
    assert_eq!((request.method.as_str(), request.uri.as_str()), ("PUT", "/api-open/v1/jobs/105/pause"));
    assert!(request.header("cookie").is_some_and(|cookie| cookie.contains(TOKEN)));
}

#[tokio::test(start_paused = true)]
async fn the_new_field_and_the_new_status_are_read() {
    let job = json!({ "id": 105, "name": "n", "workflowId": "1", "workflowName": "w", "priority": 7, "status": 6 });
    let server = Server::signed_in(move |_| MockResponse::data(job.clone())).await;
    let client = server.explorer().client();
    let job = client.get_job().job_id(105).send().await.unwrap().into_inner().data;
    assert_eq!((job.priority, job.status), (Some(7), JobStatus::Skipped));
    // The thin layer knows of the status what the contract says: that it is an end.
    let ended = server.explorer().job(105).wait_until(nebula_explorer::conditions::ended()).await.unwrap();
    assert_eq!(ended.status.description(), Some("skipped"));
}

#[tokio::test(start_paused = true)]
async fn the_new_code_has_its_name_and_its_words() {
    let server =
        Server::signed_in(|_| MockResponse::json(400, json!({ "code": 40004009, "message": "ErrTooMany" }))).await;
    let client = server.explorer().client();
    let error = client.error(client.pause_job().job_id(105).send().await.unwrap_err());
    let Error::Api(api_error) = &error else { panic!("{error:?}") };
    assert_eq!((api_error.code, api_error.call.operation), (ErrorCode::ErrTooMany, "pause_job"));
    assert!(error.to_string().contains("too many jobs"), "{error}");
}
