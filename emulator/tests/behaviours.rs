//! What the documentation leaves open: each field of a behaviour, over plain HTTP with paused time.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use clap::{Args as _, Command, FromArgMatches as _};
use nebula_explorer::operations::SESSION_COOKIE;
use nebula_explorer_emulator::{
    Behaviour, Cookies, DateHeader, Emulator, EmulatorOptions, Fault, FaultRule, FilterBounds, FilterNames, Filters,
    MissingIds, Precision, RepeatedCancels, SuccessCode, Totals, UnknownFilters,
};
use reqwest::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use serde_json::{Value, json};
use support::{ACCOUNT, Response, Server, Session};
use tokio::time::{Instant, advance, sleep};

const SHORTEST_PATHS: i64 = 4216617530;
const SLOW: i64 = 4216617531;

async fn start(behaviour: Behaviour) -> Server {
    Server::start(Emulator::builder().behaviour(behaviour)).await
}

fn standard() -> Behaviour {
    Behaviour::default()
}

/// The ids and the total of a page.
async fn list(session: &Session<'_>, query: &[(&str, String)]) -> (Vec<i64>, Value) {
    let data = Response::of(session.call("list_jobs", &[]).query(query)).await.data();
    let ids = data["items"].as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect();
    (ids, data["total"].clone())
}

fn filter(filter: Value) -> [(&'static str, String); 1] {
    [("filter", filter.to_string())]
}

#[tokio::test(start_paused = true)]
async fn times_have_the_precision_in_which_they_are_stored_or_shown() {
    let seconds = Precision::Seconds;
    for (behaviour, is_whole, is_compared_whole) in [
        (standard(), false, false),
        (Behaviour { shown_times: seconds, ..standard() }, true, false),
        (Behaviour { stored_times: seconds, ..standard() }, true, true),
    ] {
        let server = start(behaviour).await;
        let session = server.sign_in().await;
        // Both are created in the middle of a second.
        let mut jobs = Vec::new();
        for _ in 0..2 {
            let into_second = u64::try_from(server.emulator.now().subsec_millisecond()).unwrap();
            advance(Duration::from_millis(2500 - into_second)).await;
            let id = session.run(SLOW, json!({})).await;
            advance(Duration::from_secs(1)).await;
            jobs.push(session.job(id).await);
        }
        let times = jobs.iter().flat_map(|job| [&job["createTime"], &job["runBeginTime"]]);
        let times: Vec<i64> = times.map(|time| time.as_i64().unwrap()).collect();
        assert_eq!(times.iter().all(|time| time % 1000 == 0), is_whole, "{times:?}");
        // A bound at the start of the second excludes jobs created within it, unless they are stored that way.
        let last = jobs[1]["createTime"].as_i64().unwrap();
        let bound = last - last % 1000;
        let (listed, _) = list(&session, &filter(json!({ "toCreateTime": bound }))).await;
        assert_eq!(listed.len() == 2, is_compared_whole, "{times:?} {listed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn filters_are_applied_as_configured() {
    let cases = [
        (standard(), 1, 1, 0, 3),
        (Behaviour { filter_bounds: FilterBounds::Exclusive, ..standard() }, 0, 1, 0, 3),
        (Behaviour { filter_names: FilterNames::Part, ..standard() }, 1, 1, 3, 3),
        (Behaviour { filters: Filters::Ignored, ..standard() }, 3, 3, 3, 3),
    ];
    for (behaviour, at, by_name, by_part, unknown) in cases {
        let server = start(behaviour.clone()).await;
        let session = server.sign_in().await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(session.run(SLOW, json!({})).await);
            advance(Duration::from_secs(1)).await;
        }
        let job = session.job(ids[1]).await;
        let created = &job["createTime"];
        for (wanted, count) in [
            (json!({ "fromCreateTime": created, "toCreateTime": created }), at),
            (json!({ "name": job["name"] }), by_name),
            (json!({ "name": "slo" }), by_part),
            (json!({ "unknown": 1 }), unknown),
        ] {
            assert_eq!(list(&session, &filter(wanted.clone())).await.0.len(), count, "{behaviour} {wanted}");
        }
    }
    let server = start(Behaviour { unknown_filters: UnknownFilters::Rejected, ..standard() }).await;
    let session = server.sign_in().await;
    assert_eq!(list(&session, &filter(json!({ "status": 2, "name": null }))).await.0.len(), 0);
    let request = session.call("list_jobs", &[]).query(&filter(json!({ "state": 2 })));
    assert_eq!(Response::of(request).await.message(), "ErrParam::unknown field \"state\" in filter");
}

#[tokio::test(start_paused = true)]
async fn lists_are_delayed_capped_and_miscounted() {
    let behaviour = Behaviour { list_delay: Some(Duration::from_secs(20)), max_page_size: Some(2), ..standard() };
    for (totals, total) in [(Totals::All, 3), (Totals::Page, 2), (Totals::Zero, 0)] {
        let server = start(Behaviour { totals, ..behaviour.clone() }).await;
        let session = server.sign_in().await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(session.run(SLOW, json!({})).await);
        }
        advance(Duration::from_secs(19)).await;
        assert!(list(&session, &[]).await.0.is_empty());
        assert_eq!(session.job(ids[0]).await["id"], ids[0], "it is there, only not in lists");
        advance(Duration::from_secs(1)).await;
        assert_eq!(list(&session, &[("pageSize", "100".into())]).await, (vec![ids[2], ids[1]], json!(total)));
        assert_eq!(list(&session, &[("page", "2".into()), ("pageSize", "100".into())]).await.0, [ids[0]]);
    }
}

#[tokio::test]
async fn sign_ins_set_the_configured_cookies() {
    let several = ["explorer_token=deleted; Path=/; Max-Age=0", "explorer_token=…; Path=/; Max-Age=259200; HttpOnly"];
    for (cookies, expected) in [
        (Cookies::One, vec![several[1]]),
        (Cookies::Bare, vec!["explorer_token=…"]),
        (Cookies::Several, vec![several[0], several[1], "SERVERID=emulator; Path=/"]),
    ] {
        let server = start(Behaviour { cookies, ..standard() }).await;
        let response = sign_in(&server).await;
        let set = response.headers.get_all(SET_COOKIE).iter().map(|header| header.to_str().unwrap());
        let set: Vec<&str> = set.collect();
        let token = set.iter().find_map(|cookie| cookie.strip_prefix("explorer_token=e")).unwrap();
        let token = format!("e{}", token.split(';').next().unwrap());
        let shown: Vec<String> = set.iter().map(|cookie| cookie.replace(&token, "…")).collect();
        assert_eq!(shown, expected);
        // Without the balancer's cookie, the request comes to another server.
        for (more, is_accepted) in [("", cookies != Cookies::Several), ("; SERVERID=emulator", true)] {
            let request = server.call("list_jobs", &[]).header(COOKIE, format!("{SESSION_COOKIE}={token}{more}"));
            let message = Response::of(request).await.message();
            assert_eq!(message, if is_accepted { "Success" } else { "ErrSession::couldn't handle this token" });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_but_not_those_that_wait_for_a_response() {
    let delay = FaultRule::new(Fault::Delay).operation("list_jobs").duration(Duration::from_secs(60));
    let drip = FaultRule::new(Fault::DripBody).operation("get_job").duration(Duration::from_secs(60));
    let behaviour = Behaviour { idle_timeout: Some(Duration::from_millis(500)), ..standard() };
    let server = Server::start(Emulator::builder().behaviour(behaviour).fault(delay).fault(drip)).await;
    let token = server.sign_in().await.token;
    for path in ["/api-open/v1/jobs", "/api-open/v1/jobs/1"] {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut connection = tokio::net::TcpStream::connect(server.emulator.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: emulator\r\nCookie: {SESSION_COOKIE}={token}\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let start = Instant::now();
        let mut received = String::new();
        connection.read_to_string(&mut received).await.unwrap();
        assert!(received.starts_with("HTTP/1.1 ") && received.ends_with('}'), "{received}");
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_millis(60_500) && elapsed < Duration::from_secs(62), "{path}: {elapsed:?}");
    }
}

#[tokio::test]
async fn the_date_is_skewed_or_missing() {
    let second = |time: &str| jiff::fmt::rfc2822::parse(time).unwrap().timestamp().as_second();
    for (date, expected) in [
        (DateHeader::Correct, Some(0)),
        (DateHeader::Missing, None),
        (DateHeader::Ahead(3600), Some(3600)),
        (DateHeader::Ahead(-3600), Some(-3600)),
    ] {
        let server = start(Behaviour { date, ..standard() }).await;
        let response = sign_in(&server).await;
        let ahead = response.headers.get("date").map(|date| {
            let ahead = second(date.to_str().unwrap()) - server.emulator.now().as_second();
            // The seconds may change between the two.
            if ahead == expected.unwrap() - 1 { ahead + 1 } else { ahead }
        });
        assert_eq!(ahead, expected, "{date}");
    }
}

#[tokio::test(start_paused = true)]
async fn envelopes_have_the_configured_form() {
    let behaviour =
        Behaviour { success_code: SuccessCode::TwoHundred, omit_data: true, errors_in_success: true, ..standard() };
    let server = start(behaviour).await;
    let response = sign_in(&server).await;
    assert_eq!(response.json(), json!({ "code": 200, "message": "Success" }));
    let session = Session { server: &server, token: response.token() };
    let run = Response::of(session.call("run_workflow", &[&SLOW])).await.json();
    assert_eq!(run, json!({ "code": 200, "message": "Success", "data": { "id": 105 } }));
    let cancel = || Response::of(session.call("cancel_job", &[&105]));
    assert_eq!(cancel().await.json(), json!({ "code": 200, "message": "Success" }));
    advance(Duration::from_secs(2)).await;
    assert_eq!(cancel().await.json()["data"], json!({ "success": false }), "this is not a plain success");
    let missing = Response::of(session.call("get_job", &[&1])).await;
    assert_eq!((missing.status, &missing.json()["code"]), (200, &json!(40404000)));
}

#[tokio::test(start_paused = true)]
async fn the_circuit_breaker_opens_after_sixty_failures_and_closes_again() {
    let behaviour = Behaviour { circuit_breaker: true, missing_ids: MissingIds::InternalServer, ..standard() };
    let server = start(behaviour).await;
    let session = server.sign_in().await;
    let statuses = async |operation: &str, count: usize| {
        let mut statuses = Vec::new();
        for _ in 0..count {
            let response = Response::of(session.call(operation, &[&1])).await;
            assert!(response.status != 503 || response.text.is_empty() && response.headers.contains_key("traceparent"));
            statuses.push(response.status);
        }
        statuses
    };
    assert_eq!(statuses("get_job", 60).await, [500; 60]);
    assert_eq!(statuses("get_job", 10).await, [503, 503, 503, 503, 500, 503, 503, 503, 503, 500]);
    assert_eq!(statuses("cancel_job", 1).await, [500], "each operation has its own");
    sleep(Duration::from_secs(10)).await;
    assert_eq!(statuses("get_job", 2).await, [500, 500]);
}

#[tokio::test(start_paused = true)]
async fn sessions_are_limited_and_end_without_use() {
    let builder = Emulator::builder().account("ann", "a").account("root", "nebula");
    let server = Server::start(builder.behaviour(Behaviour { session_limit: Some(3), ..standard() })).await;
    let token = sign_in(&server).await.token();
    // A restart of Explorer does not end the sessions of the graph service.
    server.emulator.forget_sessions();
    for _ in 0..2 {
        sign_in(&server).await.data();
    }
    let rejected = sign_in(&server).await;
    assert_eq!(rejected.status, 400);
    assert!(rejected.message().contains("Too many sessions created from 127.0.0.1 by user root. the threshold is 3"));
    sleep(Duration::from_secs(30 * 60)).await;
    let session = Session { server: &server, token: sign_in(&server).await.token() };
    for _ in 0..3 {
        sleep(Duration::from_secs(20 * 60)).await;
        session.run(SLOW, json!({})).await;
    }
    sleep(Duration::from_secs(30 * 60)).await;
    for token in [token, session.token] {
        let request = server.call("list_jobs", &[]).header(COOKIE, format!("{SESSION_COOKIE}={token}"));
        let message = "ErrSession::get client error: client not existed, session expired";
        assert_eq!(Response::of(request).await.message(), message);
    }
}

#[tokio::test(start_paused = true)]
async fn repeated_cancels_are_declined_and_failed_jobs_run_again() {
    let behaviour = Behaviour {
        repeated_cancels: RepeatedCancels::Declined,
        rerun_after: Some(Duration::from_secs(10)),
        ..standard()
    };
    let server = start(behaviour).await;
    let session = server.sign_in().await;
    let id = session.run(SLOW, json!({})).await;
    for success in [true, false] {
        let response = Response::of(session.call("cancel_job", &[&id])).await;
        assert_eq!(response.data(), json!({ "success": success }));
    }
    // Preparing for 1 s, running for 2 s, failed for 10 s, and once more.
    let id = session.run(SHORTEST_PATHS, json!({})).await;
    let mut seen = Vec::new();
    for _ in 0..40 {
        seen.push(session.statuses(id).await.0);
        advance(Duration::from_secs(1)).await;
    }
    seen.dedup();
    assert_eq!(seen, [0, 1, 3, 0, 1, 3]);
}

#[test]
fn a_behaviour_shows_the_options_that_reproduce_it() {
    let parse = |options: &str| {
        let command = EmulatorOptions::augment_args(Command::new("emulator").no_binary_name(true));
        let matches = command.try_get_matches_from(options.split_whitespace()).unwrap();
        EmulatorOptions::from_arg_matches(&matches).unwrap().behaviour
    };
    let mut drawn = BTreeSet::new();
    for behaviour in (0..100).map(Behaviour::random).chain([standard(), Behaviour::worst()]) {
        assert_eq!(parse(&behaviour.to_string()), behaviour);
        drawn.insert(behaviour.to_string());
    }
    assert!(drawn.len() > 95, "hardly any two are equal");
    assert_eq!(standard().to_string(), "");
    assert_eq!(Behaviour::random(7), Behaviour::random(7));
}

#[tokio::test]
async fn a_profile_sets_the_whole_behaviour() {
    let parse = |options: &[&str]| {
        let command = EmulatorOptions::augment_args(Command::new("emulator").no_binary_name(true));
        let matches = command.try_get_matches_from(options)?;
        EmulatorOptions::from_arg_matches(&matches)
    };
    for (options, expected) in [
        (vec!["--behaviour", "worst"], Behaviour::worst()),
        (vec!["--behaviour", "random", "--seed", "7"], Behaviour::random(7)),
    ] {
        let options = parse(&[vec!["--listen", "127.0.0.1:0"], options].concat()).unwrap();
        assert_eq!(options.builder().unwrap().start().await.unwrap().behaviour(), &expected);
    }
    let both = parse(&["--behaviour", "worst", "--job-ids", "text"]).unwrap_err();
    assert_eq!(both.kind(), clap::error::ErrorKind::ArgumentConflict);
}

async fn sign_in(server: &Server) -> Response {
    let body = json!({ "address": "127.0.0.1", "port": 9669 });
    Response::of(server.call("connect", &[]).header(AUTHORIZATION, ACCOUNT).json(&body)).await
}
