//! What each fault looks like to a client, and whether the request was executed.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::time::Duration;

use clap::ValueEnum as _;
use nebula_explorer::operations::SESSION_COOKIE;
use nebula_explorer_emulator::{Emulator, EmulatorError, Fault, FaultRule};
use serde_json::json;
use support::{Response, Server};
use tokio::time::Instant;

const PAGERANK: i64 = 4216617528;

/// A fault, the status and part of the body (`None` for a broken connection), and how many jobs there are afterwards.
type Case = (Fault, Option<(u16, &'static str)>, usize);

/// Runs a workflow and returns status and body, or `None` if the connection broke.
async fn run(server: &Server, token: &str) -> Option<(u16, String)> {
    let request = server.call("run_workflow", &[&PAGERANK]).header("Cookie", format!("{SESSION_COOKIE}={token}"));
    let response = request.json(&json!({})).send().await.ok()?;
    Some((response.status().as_u16(), response.text().await.ok()?))
}

#[tokio::test(start_paused = true)]
async fn each_fault_is_injected_before_or_after_the_request_is_executed() {
    const HTML: &str = "<html>";
    const JOB: &str = r#""data":{"id":105}"#;
    let cases: &[Case] = &[
        (Fault::Refuse, None, 0),
        (Fault::DropBefore, None, 0),
        (Fault::DropAfter, None, 1),
        (Fault::CutBody, None, 1),
        (Fault::Delay, Some((200, JOB)), 1),
        (Fault::DripBody, Some((200, JOB)), 1),
        (Fault::BadGateway, Some((502, HTML)), 0),
        (Fault::Unavailable, Some((503, HTML)), 0),
        (Fault::GatewayTimeout, Some((504, HTML)), 1),
        (Fault::TooManyRequests, Some((429, HTML)), 0),
        (Fault::EmptyError, Some((500, "")), 1),
        (Fault::InternalError, Some((500, "ErrInternalServer")), 1),
        (Fault::WebPage, Some((200, HTML)), 0),
        (Fault::ErrorInSuccess, Some((200, "ErrInternalServer")), 0),
        (Fault::UnknownCode, Some((400, r#""code":40099999"#)), 0),
        (Fault::UnknownStatus, Some((200, JOB)), 1),
        (Fault::RevokedToken, Some((401, "ErrSession")), 0),
        (Fault::Restart, Some((401, "ErrSession")), 0),
        (Fault::Redirect, Some((302, "")), 0),
    ];
    for &(fault, ref expected, jobs) in cases {
        let rule = FaultRule::new(fault).operation("run_workflow").times(1);
        let server = Server::start(Emulator::builder().fault(rule)).await;
        let token = server.sign_in().await.token;
        let response = run(&server, &token).await;
        match (&response, expected) {
            (Some((status, body)), Some((expected_status, part))) => {
                assert_eq!(status, expected_status, "{fault}: {body}");
                let matches = if part.is_empty() { body.is_empty() } else { body.contains(part) };
                assert!(matches || body.starts_with("<!doctype html>"), "{fault}: {body}");
            }
            (None, None) => {}
            _ => assert_eq!(response.as_ref().map(|it| it.0), expected.map(|it| it.0), "{fault}"),
        }
        assert_eq!((server.emulator.jobs(), server.emulator.injected(fault)), (jobs, 1), "{fault}");
        // The rule applies once; afterwards the server responds normally.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let token = server.sign_in().await.token;
        assert_eq!(run(&server, &token).await.unwrap().0, 200, "{fault}");
    }
    let applicable = Fault::value_variants().iter().filter(|fault| FaultRule::new(**fault).is_for("run_workflow"));
    assert_eq!(applicable.count(), cases.len(), "a fault has no case");
}

#[tokio::test(start_paused = true)]
async fn faults_take_the_configured_duration() {
    for fault in [Fault::Delay, Fault::DripBody] {
        let rule = FaultRule::new(fault).operation("list_jobs").duration(Duration::from_secs(20));
        let server = Server::start(Emulator::builder().fault(rule)).await;
        let start = Instant::now();
        Response::of(server.sign_in().await.call("list_jobs", &[])).await.data();
        assert_eq!(start.elapsed().as_secs(), 20, "{fault}");
    }
    let rule = FaultRule::new(Fault::Refuse).operation("list_jobs").times(1).duration(Duration::from_secs(20));
    let server = Server::start(Emulator::builder().fault(rule)).await;
    let session = server.sign_in().await;
    let new_connection = server.request(reqwest::Method::GET, "/");
    session.call("list_jobs", &[]).send().await.unwrap_err();
    assert!(new_connection.try_clone().unwrap().send().await.unwrap_err().is_connect());
    tokio::time::sleep(Duration::from_secs(19)).await;
    assert!(new_connection.try_clone().unwrap().send().await.unwrap_err().is_connect());
    tokio::time::sleep(Duration::from_secs(2)).await;
    Response::of(session.call("list_jobs", &[])).await.data();
}

#[tokio::test(start_paused = true)]
async fn sign_ins_lose_their_cookie_and_jobs_get_unknown_statuses() {
    let sign_in = json!({ "address": "127.0.0.1", "port": 9669 });
    for (fault, cookie) in
        [(Fault::MissingCookie, None), (Fault::MalformedCookie, Some("explorer_token; Max-Age=soon"))]
    {
        let server = Server::start(Emulator::builder().fault(FaultRule::new(fault))).await;
        let request = server.call("connect", &[]).json(&sign_in);
        let response = Response::of(request.header("Authorization", support::ACCOUNT)).await;
        assert_eq!(response.data()["success"], true);
        assert_eq!(response.headers.get("Set-Cookie").map(|value| value.to_str().unwrap()), cookie, "{fault}");
    }
    let server = Server::start(Emulator::builder().fault(FaultRule::new(Fault::UnknownStatus))).await;
    let session = server.sign_in().await;
    let job = session.run(PAGERANK, json!({})).await;
    assert_eq!(session.statuses(job).await, (99, vec![99, 99]));
}

#[tokio::test(start_paused = true)]
async fn random_faults_are_reproducible_by_their_seed() {
    let pattern = async |seed| {
        let rule = FaultRule::new(Fault::BadGateway).operation("list_jobs").probability(0.5);
        let server = Server::start(Emulator::builder().fault(rule).seed(seed)).await;
        let session = server.sign_in().await;
        let mut injected = Vec::new();
        for _ in 0..64 {
            injected.push(Response::of(session.call("list_jobs", &[])).await.status == 502);
        }
        injected
    };
    let first = pattern(7).await;
    assert_eq!(pattern(7).await, first);
    assert_ne!(pattern(8).await, first);
    assert!((16..48).contains(&first.iter().filter(|injected| **injected).count()), "{first:?}");
}

#[tokio::test(start_paused = true)]
async fn faults_can_be_changed_while_the_emulator_runs() {
    let server = Server::start(Emulator::builder()).await;
    let session = server.sign_in().await;
    server.emulator.set_faults(vec![FaultRule::new(Fault::BadGateway)]).unwrap();
    let invalid = server.emulator.set_faults(vec![FaultRule::new(Fault::Delay).probability(2.0)]);
    assert!(matches!(invalid, Err(EmulatorError::Fault(_))));
    assert_eq!(Response::of(session.call("list_jobs", &[])).await.status, 502);
    server.emulator.set_faults(vec![]).unwrap();
    assert_eq!(Response::of(session.call("list_jobs", &[])).await.status, 200);
}

#[test]
fn rules_are_parsed_from_the_command_line() {
    let seconds = |rule: FaultRule, seconds| rule.duration(Duration::from_secs_f64(seconds));
    for (text, rule) in [
        ("any=drop-before", FaultRule::new(Fault::DropBefore)),
        ("connect=missing-cookie,times=3", FaultRule::new(Fault::MissingCookie).operation("connect").times(3)),
        ("any=delay,probability=0.25,seconds=1.5", seconds(FaultRule::new(Fault::Delay).probability(0.25), 1.5)),
    ] {
        assert_eq!(text.parse::<FaultRule>().unwrap(), rule, "{text}");
    }
    for (text, part) in [
        ("", "OPERATION=FAULT"),
        ("run_workflow", "OPERATION=FAULT"),
        ("run_workflow=explode", "expected one of refuse, delay"),
        ("run=drop-after", "expected `any` or one of connect, "),
        ("run_workflow=missing-cookie", "does not apply to run_workflow"),
        ("any=delay,times=-1", "OPERATION=FAULT"),
        ("any=delay,probability=1.5", "from 0 to 1"),
        ("any=delay,probability=NaN", "from 0 to 1"),
        ("any=delay,seconds=-1", "OPERATION=FAULT"),
        ("any=delay,often", "OPERATION=FAULT"),
        ("any=delay,loud=1", "OPERATION=FAULT"),
    ] {
        let problem = text.parse::<FaultRule>().unwrap_err();
        assert!(problem.contains(part), "{text}: {problem}");
    }
}
