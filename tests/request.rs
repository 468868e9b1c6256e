//! Requests to paths that the contract does not list.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use nebula_explorer::{Credentials, Error, Explorer};
use serde_json::{Value, json};
use support::{MockResponse, Server, TOKEN};

#[tokio::test(start_paused = true)]
async fn any_path_can_be_requested_with_the_session() {
    let server = Server::signed_in(|_| MockResponse::data(json!({ "new": true }))).await;
    let explorer = server.explorer();
    assert!(explorer.token().is_none());
    let call = explorer.request("post", "/api-open/v1/other?a=1").query("b", "2 &3").json(json!({ "x": 1 }));
    let envelope: Value = serde_json::from_slice(&call.await.unwrap()).unwrap();
    assert_eq!(envelope["data"]["new"], true);
    let request = &server.session_requests()[0];
    assert_eq!((request.method.as_str(), request.uri.as_str()), ("POST", "/api-open/v1/other?a=1&b=2+%263"));
    assert_eq!((request.body.as_str(), request.header("content-type")), (r#"{"x":1}"#, Some("application/json")));
    assert!(request.header("cookie").is_some_and(|cookie| cookie.contains(TOKEN)));
    assert!(explorer.token().is_some());
}

#[tokio::test(start_paused = true)]
async fn only_idempotent_methods_are_retried() {
    for (method, calls) in [("GET", 4), ("PUT", 4), ("DELETE", 4), ("POST", 1), ("PATCH", 1)] {
        let server = Server::signed_in(|_| MockResponse::new(502, "text/html", "bad gateway")).await;
        let error = server.explorer().request(method, "/api-open/v1/other").await.unwrap_err();
        assert!(matches!(&error, Error::UnexpectedResponse(_)), "{error:?}");
        assert_eq!(server.session_requests().len(), calls, "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn error_names_the_operation_at_the_path() {
    let server =
        Server::signed_in(|_| MockResponse::json(404, json!({ "code": 40404000, "message": "ErrNotFound::no job" })))
            .await;
    for (path, operation) in [("/api-open/v1/jobs/9?x=1", "get_job"), ("/api-open/v2/jobs", "request")] {
        let error = server.explorer().request("GET", path).await.unwrap_err();
        assert!(matches!(&error, Error::Api(api_error) if api_error.call.operation == operation), "{error:?}");
    }
}

#[tokio::test]
async fn requests_are_sent_to_the_configured_server_only() {
    let server = Server::signed_in(|_| MockResponse::data(json!({}))).await;
    let explorer = Explorer::builder(&server.url).credentials(Credentials::token(TOKEN)).build().unwrap();
    for (method, path) in [("GET", "@elsewhere/"), ("GET", "http://elsewhere/"), ("GET", ""), ("BREW", "/")] {
        let error = explorer.request(method, path).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
    explorer.request("GET", "//elsewhere/").await.unwrap();
    assert_eq!(server.session_requests().len(), 1);
}

#[cfg(feature = "rustls")]
#[test]
fn certificate_authorities_are_checked_when_the_client_is_built() {
    for pem in ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let builder = Explorer::builder("https://localhost").credentials(Credentials::token("t"));
        let error = builder.certificate_authorities(pem).build().unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    }
}
