//! Details in which the emulator follows the vendor's open-source server, which is built on the same framework.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nebula_explorer::operations::{Operation, SESSION_COOKIE};
use nebula_explorer_emulator::Emulator;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE};
use serde_json::json;
use support::{ACCOUNT, Response, Server};

const ACCEPTED: (u16, i64, &str) = (200, 0, "Success");
const BAD_REQUEST: i64 = 40004000;
const SESSION: i64 = 40104001;

#[tokio::test]
async fn sign_ins_are_accepted_and_rejected_alike() {
    let account = ACCOUNT.strip_prefix("Bearer ").unwrap();
    let with = |scheme: &str| format!("{scheme} {account}");
    let one_element = format!("Bearer {}", STANDARD.encode(json!(["root"]).to_string()));
    let graph = |address: &str, port: i64| json!({ "address": address, "port": port }).to_string();
    let usual = graph("127.0.0.1", 9669);
    let rejected = |detail: &'static str| (400, BAD_REQUEST, detail);
    let refused = "failed to open connection, error: failed to open transport, error: dial tcp 127.0.0.1:1: connect: \
                   connection refused ";
    let invalid_port = "failed to open connection, error: failed to open transport, error: dial tcp: address 99999: \
                        invalid port ";
    let cases = [
        (account.to_string(), usual.clone(), rejected("invalid authorization")),
        (with("Bearer  "), usual.clone(), rejected("invalid authorization")),
        (with("Basic"), usual.clone(), ACCEPTED),
        (with("bearer"), usual.clone(), ACCEPTED),
        (with("any-word"), usual.clone(), ACCEPTED),
        (one_element, usual.clone(), rejected("len of account is less than two")),
        (ACCOUNT.into(), graph("127.0.0.1", 1), rejected(refused)),
        (ACCOUNT.into(), graph("nowhere", 9669), rejected("failed to find IP, error: lookup nowhere: no such host")),
        (ACCOUNT.into(), graph("127.0.0.1", 99999), rejected(invalid_port)),
        (ACCOUNT.into(), format!("{usual} and more"), ACCEPTED),
    ];
    let server = Server::start(Emulator::builder()).await;
    for (authorization, body, expected) in cases {
        let request = server.call("connect", &[]).header(AUTHORIZATION, &authorization);
        let response = Response::of(request.header(CONTENT_TYPE, "application/json").body(body.clone())).await;
        assert_eq!(outcome(&response), (expected.0, expected.1, expected.2.to_string()), "{authorization} {body}");
    }
}

#[tokio::test]
async fn cookies_are_read_alike() {
    let server = Server::start(Emulator::builder()).await;
    let token = server.sign_in().await.token;
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { unreachable!() };
    let not_ours = (401, SESSION, "couldn't handle this token");
    let no_token = (401, SESSION, "that's not even a token");
    let other_algorithm = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"; // {"alg":"none","typ":"JWT"}
    let cases = [
        (format!("{SESSION_COOKIE}=\"{token}\""), ACCEPTED),
        (format!("$Version=\"1\"; {SESSION_COOKIE}=\"{token}\""), ACCEPTED),
        (format!("{SESSION_COOKIE}={header}.{claims}.forged"), not_ours),
        (format!("{SESSION_COOKIE}={header}.{claims}.not*base64"), not_ours),
        (format!("{SESSION_COOKIE}={other_algorithm}.{claims}."), not_ours),
        (format!("{SESSION_COOKIE}={header}.{claims}"), no_token),
        (format!("{SESSION_COOKIE}=a.b.{signature}"), no_token),
    ];
    for (cookie, expected) in cases {
        let response = Response::of(server.call("list_jobs", &[]).header(COOKIE, &cookie)).await;
        assert_eq!(outcome(&response), (expected.0, expected.1, expected.2.to_string()), "{cookie}");
    }
}

#[tokio::test]
async fn paths_methods_and_pages_are_read_alike() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    let id = session.run(4216617529, json!({})).await;
    let list_jobs = Operation::find("list_jobs").unwrap().path;
    let (before, last) = list_jobs.rsplit_once('/').unwrap();
    for path in [
        format!("{list_jobs}/"),
        format!("{before}//{last}"),
        format!("/{list_jobs}"),
        format!("{list_jobs}?page=0"),
        format!("{list_jobs}?page=-1"),
    ] {
        let request = server.request(Method::GET, &path);
        let response = Response::of(request.header(COOKIE, format!("{SESSION_COOKIE}={}", session.token))).await;
        assert_eq!(response.data()["items"][0]["id"], id, "{path}");
    }
    let response = Response::of(server.request(Method::DELETE, list_jobs)).await;
    assert_eq!((response.status, response.headers.get("traceparent")), (405, None));
}

/// The status, the code and the detail of the message.
fn outcome(response: &Response) -> (u16, i64, String) {
    let message = response.message();
    let detail = message.split_once("::").map_or(message.as_str(), |(_, detail)| detail);
    (response.status, response.json()["code"].as_i64().unwrap(), detail.to_string())
}
