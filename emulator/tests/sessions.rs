//! Signing in and being refused, in the words of the real server.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use nebula_explorer_emulator::{Emulator, ServerVersion};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use serde_json::json;
use std::time::Duration;
use support::{ACCOUNT, Answer, Server};

const CONNECT: &str = "/api-open/v1/connect";
const GRAPH: &str = r#"{"address":"127.0.0.1","port":9669}"#;

#[tokio::test]
async fn a_sign_in_gives_a_cookie() {
    let server = Server::start(Emulator::builder()).await;
    let sign_in = || {
        let request = server.request(Method::POST, CONNECT).header(CONTENT_TYPE, "application/json").body(GRAPH);
        request.header(AUTHORIZATION, ACCOUNT)
    };
    let answer = Answer::of(sign_in()).await;
    assert_eq!(answer.data(), json!({ "success": true }));
    let token = answer.token();
    assert_eq!(answer.header("set-cookie"), format!("explorer_token={token}; Path=/; Max-Age=259200; HttpOnly"));
    assert_eq!(token.split('.').count(), 3);
    // The trace of the request goes on in the answer.
    let trace = "1c3f55cdbf81e13a2331ed88155ce0bf";
    let answer = Answer::of(sign_in().header("traceparent", format!("00-{trace}-2b97474943563f20-01"))).await;
    assert!(answer.header("traceparent").starts_with(&format!("00-{trace}-")), "{answer:?}");
    assert_ne!(answer.header("traceparent"), format!("00-{trace}-2b97474943563f20-01"));

    let secure = Server::start(Emulator::builder().secure(true).token_life(Duration::from_secs(60))).await;
    let request = secure.request(Method::POST, CONNECT).header(CONTENT_TYPE, "application/json").body(GRAPH);
    let answer = Answer::of(request.header(AUTHORIZATION, ACCOUNT)).await;
    assert!(answer.header("set-cookie").ends_with("; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=None"));
}

#[tokio::test]
async fn sign_ins_are_refused_word_for_word() {
    // Authorization, content type, body, code, message. The texts are those of the API's facts.
    let json_type = Some("application/json");
    let older = "Bearer cm9vdDpuZWJ1bGE="; // root:nebula
    let wrong = "Bearer WyJyb290IiwiMTIzIl0="; // ["root","123"]
    let refused = r#"{"address":"127.0.0.1","port":1}"#;
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
            refused,
            40004000,
            "ErrBadRequest::failed to open connection, error: dial tcp 127.0.0.1:1: connect: connection refused",
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
        let mut request = server.request(Method::POST, CONNECT).body(body);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let answer = Answer::of(request).await;
        assert_eq!((answer.status, answer.json()), (400, json!({ "code": code, "message": message })));
        assert!(answer.headers.get("set-cookie").is_none());
    }
    assert_eq!(server.emulator.sign_ins(), 0);
}

#[tokio::test]
async fn an_older_server_takes_the_older_form_only() {
    for version in [ServerVersion::V3_1, ServerVersion::V3_2] {
        let server = Server::start(Emulator::builder().version(version)).await;
        for (authorization, status) in [("Bearer cm9vdDpuZWJ1bGE=", 200), (ACCOUNT, 400)] {
            let request = server.request(Method::POST, CONNECT).header(CONTENT_TYPE, "application/json").body(GRAPH);
            let answer = Answer::of(request.header(AUTHORIZATION, authorization)).await;
            assert_eq!(answer.status, status, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn accounts_and_graph_services_are_those_that_were_set() {
    let builder = Emulator::builder().account("ann", "with:colon").graph_service("graphd", 9000);
    let server = Server::start(builder).await;
    let sign_in = async |account: &str, graph: serde_json::Value| {
        let request = server.request(Method::POST, CONNECT).header(AUTHORIZATION, account).json(&graph);
        Answer::of(request).await.status
    };
    let ann = "Bearer WyJhbm4iLCJ3aXRoOmNvbG9uIl0="; // ["ann","with:colon"]
    assert_eq!(sign_in(ann, json!({ "address": "graphd", "port": 9000 })).await, 200);
    assert_eq!(sign_in(ann, json!({ "address": "127.0.0.1", "port": 9669 })).await, 400);
    assert_eq!(sign_in(ACCOUNT, json!({ "address": "graphd", "port": 9000 })).await, 400);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_good_token_is_refused_word_for_word() {
    let server = Server::start(Emulator::builder().token_life(Duration::from_secs(60))).await;
    let other = Server::start(Emulator::builder()).await;
    let (ours, theirs) = (server.sign_in().await.token, other.sign_in().await.token);
    let call = async |cookie: Option<String>| {
        let request = server.request(Method::GET, "/api-open/v1/jobs");
        let answer = Answer::of(match cookie {
            Some(token) => request.header(COOKIE, format!("theme=dark; explorer_token={token}")),
            None => request,
        });
        let answer = answer.await;
        (answer.status, answer.json()["code"].as_i64().unwrap(), answer.message())
    };
    let refused = |detail: &str| (401, 40104001, format!("ErrSession::{detail}"));
    assert_eq!(call(Some(ours.clone())).await, (200, 0, "Success".into()));
    assert_eq!(call(None).await, refused("http: named cookie not present"));
    assert_eq!(call(Some("nonsense".into())).await, refused("that's not even a token"));
    assert_eq!(call(Some(theirs)).await, refused("couldn't handle this token"));
    let kept = server.sign_in().await.token;
    server.emulator.forget_sessions();
    assert_eq!(call(Some(kept)).await, refused("get client error: client not existed, session expired"));
    let again = server.sign_in().await.token;
    assert_eq!(call(Some(again.clone())).await.0, 200);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(call(Some(again)).await, refused("token is expired"));
}

#[tokio::test]
async fn what_is_not_of_the_api_is_answered_as_the_real_server_does() {
    let server = Server::start(Emulator::builder()).await;
    for path in ["/", "/api-open/v2/jobs", "/api-open/v1/nothing", "/api-open/v1/jobs/1/2/3"] {
        let answer = Answer::of(server.request(Method::GET, path)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert!(answer.text.starts_with("<!doctype html>"));
    }
    for (method, path) in [(Method::GET, "/connect"), (Method::DELETE, "/jobs"), (Method::GET, "/jobs/1/cancel")] {
        let answer = Answer::of(server.request(method, &format!("/api-open/v1{path}"))).await;
        assert_eq!((answer.status, answer.text.as_str()), (405, ""), "{path}");
    }
}
