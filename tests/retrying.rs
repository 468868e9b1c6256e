//! What is sent again, when, and what is not.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use nebula_explorer::{Credentials, Error, Explorer, RetryPolicy};
use serde_json::json;
use support::{Answer, Server};
use tokio::time::Instant;

/// Answers with `failure` so many times, then as it should.
async fn failing(times: usize, failure: Answer) -> Server {
    let calls = AtomicUsize::new(0);
    Server::signed_in(move |asked| match calls.fetch_add(1, SeqCst) < times {
        true => failure.clone(),
        false if asked.method == "POST" => Answer::data(json!({ "id": 107 })),
        false if asked.method == "PUT" => Answer::data(json!({ "success": true })),
        false if asked.uri.contains("sample_result") => Answer::data(json!({ "items": [] })),
        false if asked.uri.contains("/jobs/") => {
            Answer::data(json!({ "id": 107, "name": "w_1", "workflowId": "7", "workflowName": "w", "status": 2 }))
        }
        false => Answer::data(json!({ "items": [], "total": 0 })),
    })
    .await
}

async fn each_repeatable(explorer: &Explorer) -> [Result<(), Error>; 4] {
    [
        explorer.jobs().await.map(|_| ()),
        explorer.job(107).get().await.map(|_| ()),
        explorer.job(107).cancel().await.map(|_| ()),
        explorer.job(107).task("t").rows::<Vec<String>>().await.map(|_| ()),
    ]
}

#[tokio::test(start_paused = true)]
async fn failures_that_may_pass_are_retried_and_no_others() {
    let html = |status| Answer::new(status, "text/html", "<html>");
    for (failure, passes) in [
        (html(429), true),
        (Answer::new(500, "", ""), true),
        (html(502), true),
        (html(503), true),
        (html(504), true),
        (html(200), false),
        (html(404), false),
        (html(413), false),
        (Answer::new(405, "", ""), false),
        (Answer::json(500, json!({ "code": 50004000, "message": "ErrInternalServer" })), false),
        (Answer::json(400, json!({ "code": 40004001, "message": "ErrParam" })), false),
        (Answer::data(json!("misfit")), false),
    ] {
        for call in 0..4 {
            let server = failing(3, failure.clone()).await;
            let explorer = server.explorer();
            let outcome = match call {
                0 => explorer.jobs().await.map(|_| ()),
                1 => explorer.job(107).get().await.map(|_| ()),
                2 => explorer.job(107).cancel().await.map(|_| ()),
                _ => explorer.job(107).task("t").rows::<Vec<String>>().await.map(|_| ()),
            };
            assert_eq!(outcome.is_ok(), passes, "{failure:?}: {outcome:?}");
            assert_eq!(server.calls().len(), if passes { 4 } else { 1 }, "{failure:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_and_time_have_limits() {
    let gateway = Answer::new(502, "text/html", "<html>");
    let server = failing(usize::MAX, gateway.clone()).await;
    let explorer = server.explorer();
    assert!(each_repeatable(&explorer).await.iter().all(Result::is_err));
    assert_eq!(server.calls().len(), 4 * 4);

    for outcome in each_repeatable(&explorer.with_retry(RetryPolicy::none())).await {
        outcome.unwrap_err();
    }
    assert_eq!(server.calls().len(), 4 * 4 + 4);

    let policy = RetryPolicy::builder().max_attempts(1000).max_elapsed(Duration::from_secs(60)).build().unwrap();
    let begin = Instant::now();
    explorer.with_retry(policy).jobs().await.unwrap_err();
    assert!(begin.elapsed() <= Duration::from_secs(60), "{:?}", begin.elapsed());
    assert!(begin.elapsed() >= Duration::from_secs(40), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn pauses_have_full_jitter_and_grow() {
    let mut longest = [Duration::ZERO; 3];
    let mut shortest = [Duration::MAX; 3];
    for _ in 0..60 {
        let server = failing(3, Answer::new(502, "text/html", "")).await;
        let times = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = times.clone();
        let recording = Server::signed_in(move |_| {
            log.lock().unwrap().push(Instant::now());
            Answer::new(502, "text/html", "")
        })
        .await;
        drop(server);
        recording.explorer().jobs().await.unwrap_err();
        let times = times.lock().unwrap().clone();
        for (at, pair) in times.windows(2).enumerate() {
            longest[at] = longest[at].max(pair[1] - pair[0]);
            shortest[at] = shortest[at].min(pair[1] - pair[0]);
        }
    }
    for (at, full) in [200, 400, 800].into_iter().enumerate() {
        let full = Duration::from_millis(full);
        assert!(longest[at] <= full + Duration::from_millis(2) && longest[at] > full / 2, "{longest:?}");
        assert!(shortest[at] < full / 2, "{shortest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_honoured_within_the_time_limit() {
    let busy = |seconds: &str| Answer::new(429, "text/plain", "slow down").header("Retry-After", seconds);
    let server = failing(1, busy("17")).await;
    let begin = Instant::now();
    server.explorer().jobs().await.unwrap();
    assert_eq!(begin.elapsed().as_secs(), 17);
    let server = failing(1, busy("3600")).await;
    let begin = Instant::now();
    let error = server.explorer().jobs().await.unwrap_err();
    assert!(
        matches!(&error, Error::UnexpectedResponse(answer) if answer.retry_after == Some(Duration::from_secs(3600)))
    );
    assert!(begin.elapsed() < Duration::from_secs(1));
    for odd in ["soon", "-1", "99999999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"] {
        let server = failing(1, busy(odd)).await;
        server.explorer().jobs().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_is_retried() {
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |asked| match asked.is_sign_in() {
        true if calls.fetch_add(1, SeqCst) < 2 => Answer::new(503, "text/html", ""),
        true => Answer::signed_in("t"),
        false => Answer::data(json!({ "items": [], "total": 0 })),
    })
    .await;
    server.explorer().jobs().await.unwrap();
    assert_eq!((server.sign_ins(), server.calls().len()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_run_is_sent_once_whatever_comes_back() {
    let envelope = |status: u16, code: i64| Answer::json(status, json!({ "code": code, "message": "Err::detail" }));
    for (answer, lost) in [
        (Answer::new(500, "", ""), true),
        (Answer::new(502, "text/html", "<html>"), true),
        (Answer::new(503, "text/html", "<html>"), true),
        (Answer::new(504, "text/html", "<html>"), true),
        (envelope(500, 50004000), true),
        (envelope(500, 90004000), true),
        (envelope(200, 50004002), true),
        (Answer::data(json!({})), true),
        (Answer::new(200, "application/json", r#"{"code":0,"data":{"id":10"#), true),
        (Answer::new(200, "application/json", r#"{"co"#), true),
        (Answer::new(413, "text/html", ""), false),
        (Answer::new(200, "text/html", "<html>"), false),
        (Answer::new(302, "", "").header("Location", "/"), false),
        (envelope(400, 40004001), false),
        (envelope(404, 40404000), false),
        (envelope(200, 40304000), false),
    ] {
        let server = failing(usize::MAX, answer.clone()).await;
        let error = server.explorer().workflow(7).run().await.unwrap_err();
        assert_eq!(matches!(error, Error::OutcomeUnknown(_)), lost, "{answer:?}: {error:?}");
        assert_eq!(server.calls().len(), 1);
        assert!(!error.is_retryable() || !lost);
        if let Error::OutcomeUnknown(lost) = &error {
            assert_eq!((lost.workflow_id, lost.candidates.len()), (7, 0));
            assert!(lost.sent_after.is_some() && error.to_string().contains("may or may not be running"), "{error}");
        }
    }
    // Nothing acted on a request that the rate limit of a gateway or the server's circuit breaker rejected.
    let trace = "00-1c3f55cdbf81e13a2331ed88155ce0bf-2b97474943563f20-00";
    for rejected in [
        Answer::new(429, "text/plain", "").header("Retry-After", "2"),
        Answer::new(503, "", "").header("Traceparent", trace),
    ] {
        let calls = std::sync::atomic::AtomicUsize::new(0);
        let server = Server::signed_in(move |_| match calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 | 1 => rejected.clone(),
            _ => Answer::data(json!({ "id": 107 })),
        })
        .await;
        let begin = Instant::now();
        assert_eq!(server.explorer().workflow(7).run().await.unwrap().id(), 107);
        assert!(begin.elapsed() >= Duration::from_secs(4), "{:?}", begin.elapsed());
        assert_eq!(server.calls().len(), 3);
    }
    // A sign-in that fails like this has made no job.
    let server = Server::start(|_| Answer::new(500, "", "")).await;
    let error = server.explorer().workflow(7).run().await.unwrap_err();
    assert!(matches!(error, Error::UnexpectedResponse(_)), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_reach_the_server_is_retried_and_one_that_loses_its_connection_is_not() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let explorer = Explorer::builder(&url).credentials(Credentials::token("t")).build().unwrap();
    let begin = Instant::now();
    let error = explorer.workflow(7).run().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(begin.elapsed() > Duration::ZERO, "it paused between attempts");

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
    let Error::OutcomeUnknown(lost) = &error else { panic!("{error:?}") };
    assert!(matches!(lost.cause, Error::ConnectionLost { .. }), "{lost:?}");
    assert_eq!((connections.load(SeqCst), lost.sent_after), (1, None));
    server.abort();
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_running_a_workflow_that_says_nothing_is_a_lost_one() {
    let cases = [
        (Answer::new(200, "", ""), true),
        (Answer::new(204, "", ""), true),
        (Answer::new(200, "text/plain", "OK"), true),
        (Answer::new(200, "application/json", r#"{"code":0,"data":{"i"#), true),
        (Answer::new(200, "application/json", "{}"), true),
        (Answer::new(502, "text/html", "<html>Bad Gateway</html>"), true),
        (Answer::new(200, "text/html", "<!doctype html>"), false),
        (Answer::new(404, "text/html", ""), false),
        (Answer::new(413, "text/plain", "too large"), false),
    ];
    for (answer, is_lost) in cases {
        let given = answer.clone();
        let server = Server::signed_in(move |_| given.clone()).await;
        let error = server.explorer().workflow(7).run().await.unwrap_err();
        assert_eq!(matches!(error, Error::OutcomeUnknown(_)), is_lost, "{answer:?}: {error:?}");
        assert_eq!(server.calls().len(), 1, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_ends_with_the_connection_is_whole_or_made_again() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    const WHOLE: &str =
        r#"{"code":0,"data":{"id":107,"name":"j","workflowId":"7","workflowName":"w","status":2},"message":""}"#;

    // Also where a brace happens to stand at the end of what has come.
    let inner_end = WHOLE.find('}').unwrap() + 1;
    for cut in [20, inner_end, WHOLE.len() - 1] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            for body in [&WHOLE[..cut], WHOLE, &WHOLE[..cut]] {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = connection.read(&mut request).await.unwrap();
                let answer = format!("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
                connection.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let explorer = Explorer::builder(&url).credentials(Credentials::token("t")).build().unwrap();
        assert_eq!(explorer.job(107).get().await.unwrap().id, 107);
        let error = explorer.workflow(7).run().await.unwrap_err();
        let Error::OutcomeUnknown(lost) = &error else { panic!("{error:?}") };
        assert!(matches!(lost.cause, Error::ConnectionLost { source: None, .. }), "{error}");
        server.await.unwrap();
    }
}
