//! Signing in and sessions, with the error messages of the real server.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nebula_explorer::operations::{OPERATIONS, Operation, SESSION_COOKIE};
use nebula_explorer_emulator::{Emulator, ServerVersion};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use serde_json::json;
use std::time::Duration;
use support::{ACCOUNT, Response, Server};

const GRAPH: &str = r#"{"address":"127.0.0.1","port":9669}"#;

#[tokio::test]
async fn signing_in_sets_the_session_cookie() {
    let server = Server::start(Emulator::builder()).await;
    let sign_in = || {
        let request = server.call("connect", &[]).header(CONTENT_TYPE, "application/json").body(GRAPH);
        request.header(AUTHORIZATION, ACCOUNT)
    };
    let response = Response::of(sign_in()).await;
    assert_eq!(response.data(), json!({ "success": true }));
    let token = response.token();
    assert_eq!(response.header("set-cookie"), format!("{SESSION_COOKIE}={token}; Path=/; Max-Age=259200; HttpOnly"));
    assert_eq!(token.split('.').count(), 3);
    // The response continues the trace of the request.
    let trace = "1c3f55cdbf81e13a2331ed88155ce0bf";
    let response = Response::of(sign_in().header("traceparent", format!("00-{trace}-2b97474943563f20-01"))).await;
    assert!(response.header("traceparent").starts_with(&format!("00-{trace}-")), "{response:?}");
    assert_ne!(response.header("traceparent"), format!("00-{trace}-2b97474943563f20-01"));

    let secure = Server::start(Emulator::builder().secure(true).token_life(Duration::from_secs(60))).await;
    let request = secure.call("connect", &[]).header(CONTENT_TYPE, "application/json").body(GRAPH);
    let response = Response::of(request.header(AUTHORIZATION, ACCOUNT)).await;
    assert!(response.header("set-cookie").ends_with("; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None"));
}

#[tokio::test]
async fn rejected_sign_ins_have_the_messages_of_the_real_server() {
    // Authorization, content type, body, code, message.
    let json_type = Some("application/json");
    let older = "Bearer cm9vdDpuZWJ1bGE="; // root:nebula
    let wrong = "Bearer WyJyb290IiwiMTIzIl0="; // ["root","123"]
    let unreachable = r#"{"address":"127.0.0.1","port":1}"#;
    let cases = [
        (
            Some(wrong),
            json_type,
            GRAPH,
            40004000,
            "ErrBadRequest::failed to authenticate, error code: -1001, error msg: Invalid password",
        ),
        (
            Some(ACCOUNT),
            json_type,
            unreachable,
            40004000,
            "ErrBadRequest::failed to open connection, error: failed to open transport, error: dial tcp 127.0.0.1:1: connect: \
             connection refused ",
        ),
        (Some("Bearer *"), json_type, GRAPH, 40004000, "ErrBadRequest::illegal base64 data at input byte 0"),
        (
            Some(older),
            json_type,
            GRAPH,
            40004000,
            "ErrBadRequest::invalid character 'r' looking for beginning of value",
        ),
        (None, json_type, GRAPH, 40004001, "ErrParam::field Authorization is not set"),
        (Some(ACCOUNT), json_type, "", 40004001, "ErrParam::field address is not set"),
        (Some(ACCOUNT), None, GRAPH, 40004001, "ErrParam::field address is not set"),
        (
            Some(ACCOUNT),
            json_type,
            r#"{"address":"127.0.0.1","port":"9669"}"#,
            40004001,
            "ErrParam::error: type mismatch for field port",
        ),
        (
            Some(ACCOUNT),
            json_type,
            r#"{"address""#,
            40004001,
            "ErrParam::string: `{\"address\"`, error: `unexpected EOF`",
        ),
    ];
    let server = Server::start(Emulator::builder()).await;
    for (authorization, content_type, body, code, message) in cases {
        let mut request = server.call("connect", &[]).body(body);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let response = Response::of(request).await;
        assert_eq!((response.status, response.json()), (400, json!({ "code": code, "message": message })));
        assert!(response.headers.get("set-cookie").is_none());
    }
    assert_eq!(server.emulator.sign_ins(), 0);
}

#[tokio::test]
async fn older_versions_accept_only_the_older_account_form() {
    for version in [ServerVersion::V3_1, ServerVersion::V3_2] {
        let server = Server::start(Emulator::builder().version(version)).await;
        for (authorization, status) in [("Bearer cm9vdDpuZWJ1bGE=", 200), (ACCOUNT, 400)] {
            let request = server.call("connect", &[]).header(CONTENT_TYPE, "application/json").body(GRAPH);
            let response = Response::of(request.header(AUTHORIZATION, authorization)).await;
            assert_eq!(response.status, status, "{response:?}");
        }
    }
}

#[tokio::test]
async fn configured_accounts_and_graph_services_replace_the_defaults() {
    let builder = Emulator::builder().account("ann", "with:colon").graph_service("graphd", 9000);
    let server = Server::start(builder).await;
    let sign_in = async |account: &str, graph: serde_json::Value| {
        let request = server.call("connect", &[]).header(AUTHORIZATION, account).json(&graph);
        Response::of(request).await.status
    };
    let ann = "Bearer WyJhbm4iLCJ3aXRoOmNvbG9uIl0="; // ["ann","with:colon"]
    assert_eq!(sign_in(ann, json!({ "address": "graphd", "port": 9000 })).await, 200);
    assert_eq!(sign_in(ann, json!({ "address": "127.0.0.1", "port": 9669 })).await, 400);
    assert_eq!(sign_in(ACCOUNT, json!({ "address": "graphd", "port": 9000 })).await, 400);
}

#[tokio::test(start_paused = true)]
async fn invalid_tokens_have_the_messages_of_the_real_server() {
    let server = Server::start(Emulator::builder().token_life(Duration::from_secs(60))).await;
    let other = Server::start(Emulator::builder()).await;
    let (ours, theirs) = (server.sign_in().await.token, other.sign_in().await.token);
    let call = async |cookie: Option<String>| {
        let request = server.call("list_jobs", &[]);
        let response = Response::of(match cookie {
            Some(token) => request.header(COOKIE, format!("theme=dark; {SESSION_COOKIE}={token}")),
            None => request,
        });
        let response = response.await;
        (response.status, response.json()["code"].as_i64().unwrap(), response.message())
    };
    let rejected = |detail: &str| (401, 40104001, format!("ErrSession::{detail}"));
    assert_eq!(call(Some(ours.clone())).await, (200, 0, "Success".into()));
    assert_eq!(call(None).await, rejected("http: named cookie not present"));
    assert_eq!(call(Some("nonsense".into())).await, rejected("that's not even a token"));
    assert_eq!(call(Some(theirs)).await, rejected("couldn't handle this token"));
    assert_eq!(call(Some(forged(&ours))).await, rejected("couldn't handle this token"));
    server.emulator.forget_sessions();
    assert_eq!(call(Some(ours)).await, rejected("get client error: client not existed, session expired"));
    let renewed = server.sign_in().await.token;
    assert_eq!(call(Some(renewed.clone())).await.0, 200);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(call(Some(renewed)).await, rejected("token is expired"));
}

#[tokio::test]
async fn requests_outside_the_api_get_the_web_page_or_405() {
    let server = Server::start(Emulator::builder()).await;
    let list_jobs = Operation::find("list_jobs").unwrap().path;
    for path in ["/", "/jobs", &format!("{list_jobs}/1/2/3"), &format!("{list_jobs}s")] {
        let response = Response::of(server.request(Method::GET, path)).await;
        assert_eq!((response.status, response.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert!(response.text.starts_with("<!doctype html>"));
    }
    for operation in OPERATIONS {
        let others = OPERATIONS.iter().filter(|other| other.path == operation.path).map(|other| other.method);
        let allowed: Vec<&str> = others.collect();
        for method in [Method::DELETE, Method::HEAD] {
            let response = Response::of(server.request(method, operation.path)).await;
            assert_eq!((response.status, response.text.as_str()), (405, ""), "{}", operation.path);
            assert_eq!(response.header("allow"), allowed.join(", "), "{}", operation.path);
        }
    }
}

/// The token with another payload and the same signature.
fn forged(token: &str) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let payload = URL_SAFE_NO_PAD.decode(parts[1]).unwrap();
    let payload = String::from_utf8(payload).unwrap().replace("root", "admin");
    [parts[0], &URL_SAFE_NO_PAD.encode(payload), parts[2]].join(".")
}
