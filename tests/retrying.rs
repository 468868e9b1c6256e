//! Which requests are retried, and when.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use nebula_explorer::{Credentials, Error, Explorer, RetryPolicy};
use serde_json::json;
use support::{MockResponse, Server};
use tokio::time::Instant;

/// Responds with `failure` the first `times` times, then correctly.
async fn failing(times: usize, failure: MockResponse) -> Server {
    let requests = AtomicUsize::new(0);
    Server::signed_in(move |request| match requests.fetch_add(1, SeqCst) < times {
        true => failure.clone(),
        false if request.method == "POST" => MockResponse::data(json!({ "id": 107 })),
        false if request.method == "PUT" => MockResponse::data(json!({ "success": true })),
        false if request.uri.contains("sample_result") => MockResponse::data(json!({ "items": [] })),
        false if request.uri.contains("/jobs/") => {
            MockResponse::data(json!({ "id": 107, "name": "w_1", "workflowId": "7", "workflowName": "w", "status": 2 }))
        }
        false => MockResponse::data(json!({ "items": [], "total": 0 })),
    })
    .await
}

/// How many calls [`repeatable_call`] knows.
const REPEATABLE_CALLS: usize = 4;

async fn repeatable_call(explorer: &Explorer, number: usize) -> Result<(), Error> {
    match number {
        0 => explorer.jobs().await.map(drop),
        1 => explorer.job(107).get().await.map(drop),
        2 => explorer.job(107).cancel().await.map(drop),
        _ => explorer.job(107).task("t").rows::<Vec<String>>().await.map(drop),
    }
}

#[tokio::test(start_paused = true)]
async fn only_transient_failures_are_retried() {
    let html = |status| MockResponse::new(status, "text/html", "<html>");
    for (failure, is_transient) in [
        (html(429), true),
        (MockResponse::new(500, "", ""), true),
        (html(502), true),
        (html(503), true),
        (html(504), true),
        (html(200), false),
        (html(404), false),
        (html(413), false),
        (MockResponse::new(405, "", ""), false),
        (MockResponse::json(500, json!({ "code": 50004000, "message": "ErrInternalServer" })), false),
        (MockResponse::json(400, json!({ "code": 40004001, "message": "ErrParam" })), false),
        (MockResponse::data(json!("not a job")), false),
    ] {
        for number in 0..REPEATABLE_CALLS {
            let server = failing(3, failure.clone()).await;
            let outcome = repeatable_call(&server.explorer(), number).await;
            assert_eq!(outcome.is_ok(), is_transient, "{failure:?}: {outcome:?}");
            assert_eq!(server.session_requests().len(), if is_transient { 4 } else { 1 }, "{failure:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_elapsed_time_are_limited() {
    let server = failing(usize::MAX, MockResponse::new(502, "text/html", "<html>")).await;
    let explorer = server.explorer();
    let max_attempts = usize::try_from(RetryPolicy::default().max_attempts()).unwrap();
    for (explorer, attempts) in [(explorer.clone(), max_attempts), (explorer.with_retry(RetryPolicy::none()), 1)] {
        for number in 0..REPEATABLE_CALLS {
            let before = server.session_requests().len();
            repeatable_call(&explorer, number).await.unwrap_err();
            assert_eq!(server.session_requests().len() - before, attempts);
        }
    }

    let policy = RetryPolicy::builder().max_attempts(1000).max_elapsed(Duration::from_secs(60)).build().unwrap();
    let started = Instant::now();
    explorer.with_retry(policy).jobs().await.unwrap_err();
    assert!(started.elapsed() <= Duration::from_secs(60), "{:?}", started.elapsed());
    assert!(started.elapsed() >= Duration::from_secs(40), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn delays_grow_and_have_full_jitter() {
    let mut longest = [Duration::ZERO; 3];
    let mut shortest = [Duration::MAX; 3];
    for _ in 0..60 {
        let times = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = times.clone();
        let server = Server::signed_in(move |_| {
            log.lock().unwrap().push(Instant::now());
            MockResponse::new(502, "text/html", "")
        })
        .await;
        server.explorer().jobs().await.unwrap_err();
        let times = times.lock().unwrap().clone();
        for (at, pair) in times.windows(2).enumerate() {
            longest[at] = longest[at].max(pair[1] - pair[0]);
            shortest[at] = shortest[at].min(pair[1] - pair[0]);
        }
    }
    let policy = RetryPolicy::default();
    for (at, full) in [1.0, policy.factor(), policy.factor().powi(2)].into_iter().enumerate() {
        let full = policy.initial_delay().mul_f64(full);
        assert!(longest[at] <= full + Duration::from_millis(2) && longest[at] > full / 2, "{longest:?}");
        assert!(shortest[at] < full / 2, "{shortest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_respected_within_the_time_limit() {
    let busy = |seconds: &str| MockResponse::new(429, "text/plain", "slow down").header("Retry-After", seconds);
    let server = failing(1, busy("17")).await;
    let started = Instant::now();
    server.explorer().jobs().await.unwrap();
    assert_eq!(started.elapsed().as_secs(), 17);
    let server = failing(1, busy("3600")).await;
    let started = Instant::now();
    let error = server.explorer().jobs().await.unwrap_err();
    assert!(
        matches!(&error, Error::UnexpectedResponse(response) if response.retry_after == Some(Duration::from_secs(3600)))
    );
    assert!(started.elapsed() < Duration::from_secs(1));
    for invalid in ["soon", "-1", "99999999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"] {
        let server = failing(1, busy(invalid)).await;
        server.explorer().jobs().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn sign_ins_are_retried() {
    let requests = AtomicUsize::new(0);
    let server = Server::start(move |request| match request.is_sign_in() {
        true if requests.fetch_add(1, SeqCst) < 2 => MockResponse::new(503, "text/html", ""),
        true => MockResponse::signed_in("t"),
        false => MockResponse::data(json!({ "items": [], "total": 0 })),
    })
    .await;
    server.explorer().jobs().await.unwrap();
    assert_eq!((server.sign_ins(), server.session_requests().len()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn run_is_sent_once_whatever_the_response_is() {
    let envelope =
        |status: u16, code: i64| MockResponse::json(status, json!({ "code": code, "message": "Err::detail" }));
    for (response, is_unknown) in [
        (MockResponse::new(500, "", ""), true),
        (MockResponse::new(502, "text/html", "<html>"), true),
        (MockResponse::new(503, "text/html", "<html>"), true),
        (MockResponse::new(504, "text/html", "<html>"), true),
        (envelope(500, 50004000), true),
        (envelope(500, 90004000), true),
        (envelope(200, 50004002), true),
        (MockResponse::data(json!({})), true),
        (MockResponse::new(200, "application/json", r#"{"code":0,"data":{"id":10"#), true),
        (MockResponse::new(200, "application/json", r#"{"co"#), true),
        (MockResponse::new(413, "text/html", ""), false),
        (MockResponse::new(200, "text/html", "<html>"), false),
        (MockResponse::new(302, "", "").header("Location", "/"), false),
        (envelope(400, 40004001), false),
        (envelope(404, 40404000), false),
        (envelope(200, 40304000), false),
    ] {
        let server = failing(usize::MAX, response.clone()).await;
        let error = server.explorer().workflow(7).run().await.unwrap_err();
        assert_eq!(matches!(error, Error::OutcomeUnknown(_)), is_unknown, "{response:?}: {error:?}");
        assert_eq!(server.session_requests().len(), 1);
        assert!(!error.is_retryable() || !is_unknown);
        if let Error::OutcomeUnknown(unknown) = &error {
            assert_eq!((unknown.workflow_id, unknown.candidates.len()), (7, 0));
            assert!(unknown.sent_after.is_some() && error.to_string().contains("may or may not be running"), "{error}");
        }
    }
    // A request that the rate limit of a gateway or the server's circuit breaker rejected has had no effect.
    let trace = "00-1c3f55cdbf81e13a2331ed88155ce0bf-2b97474943563f20-00";
    for rejected in [
        MockResponse::new(429, "text/plain", "").header("Retry-After", "2"),
        MockResponse::new(503, "", "").header("Traceparent", trace),
    ] {
        let requests = AtomicUsize::new(0);
        let server = Server::signed_in(move |_| match requests.fetch_add(1, SeqCst) {
            0 | 1 => rejected.clone(),
            _ => MockResponse::data(json!({ "id": 107 })),
        })
        .await;
        let started = Instant::now();
        assert_eq!(server.explorer().workflow(7).run().await.unwrap().id(), 107);
        assert!(started.elapsed() >= Duration::from_secs(4), "{:?}", started.elapsed());
        assert_eq!(server.session_requests().len(), 3);
    }
    // A sign-in that fails like this has not created a job.
    let server = Server::start(|_| MockResponse::new(500, "", "")).await;
    let error = server.explorer().workflow(7).run().await.unwrap_err();
    assert!(matches!(error, Error::UnexpectedResponse(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn run_is_retried_if_the_server_is_unreachable_but_not_if_the_connection_is_lost() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let explorer = Explorer::builder(&url).credentials(Credentials::token("t")).build().unwrap();
    let started = Instant::now();
    let error = explorer.workflow(7).run().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(started.elapsed() > Duration::ZERO, "there is a delay between attempts");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let server = tokio::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
            counted.fetch_add(1, SeqCst);
        }
    });
    let explorer = Explorer::builder(&url).credentials(Credentials::token("t")).build().unwrap();
    let error = explorer.workflow(7).run().await.unwrap_err();
    let Error::OutcomeUnknown(unknown) = &error else { panic!("{error:?}") };
    assert!(matches!(unknown.cause, Some(Error::ConnectionLost { .. })), "{unknown:?}");
    assert_eq!((connections.load(SeqCst), unknown.sent_after), (1, None));
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn outcome_of_a_run_is_unknown_if_the_response_is_not_conclusive() {
    let cases = [
        (MockResponse::new(200, "", ""), true),
        (MockResponse::new(204, "", ""), true),
        (MockResponse::new(200, "text/plain", "OK"), true),
        (MockResponse::new(200, "application/json", r#"{"code":0,"data":{"i"#), true),
        (MockResponse::new(200, "application/json", "{}"), true),
        (MockResponse::new(502, "text/html", "<html>Bad Gateway</html>"), true),
        (MockResponse::new(200, "text/html", "<!doctype html>"), false),
        (MockResponse::new(404, "text/html", ""), false),
        (MockResponse::new(413, "text/plain", "too large"), false),
    ];
    for (response, is_unknown) in cases {
        let sent = response.clone();
        let server = Server::signed_in(move |_| sent.clone()).await;
        let error = server.explorer().workflow(7).run().await.unwrap_err();
        assert_eq!(matches!(error, Error::OutcomeUnknown(_)), is_unknown, "{response:?}: {error:?}");
        assert_eq!(server.session_requests().len(), 1, "{response:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn truncated_response_without_a_length_is_a_lost_connection() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    const COMPLETE: &str =
        r#"{"code":0,"data":{"id":107,"name":"j","workflowId":"7","workflowName":"w","status":2},"message":""}"#;

    // Also if the truncated body happens to end with a brace.
    let inner_end = COMPLETE.find('}').unwrap() + 1;
    for cut in [20, inner_end, COMPLETE.len() - 1] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            for body in [&COMPLETE[..cut], COMPLETE, &COMPLETE[..cut]] {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await.unwrap();
                let response = format!("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
                connection.write_all(response.as_bytes()).await.unwrap();
            }
        });
        let explorer = Explorer::builder(&url).credentials(Credentials::token("t")).build().unwrap();
        assert_eq!(explorer.job(107).get().await.unwrap().id, 107);
        let error = explorer.workflow(7).run().await.unwrap_err();
        let Error::OutcomeUnknown(unknown) = &error else { panic!("{error:?}") };
        assert!(matches!(unknown.cause, Some(Error::ConnectionLost { source: None, .. })), "{error}");
        server.await.unwrap();
    }
}
