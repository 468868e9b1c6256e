//! Signing in: when, how often, and that secrets are never shown.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use futures_util::future::join_all;
use nebula_explorer::{AccountEncoding, Credentials, Error, ErrorCode, Explorer, Token};
use serde_json::json;
use support::{MockResponse, PASSWORD, ReceivedRequest, Server, TOKEN};

fn jobs() -> MockResponse {
    MockResponse::data(json!({ "items": [], "total": 0, "Page": 1, "PageSize": 10 }))
}

fn expired() -> MockResponse {
    MockResponse::json(401, json!({ "code": 40104001, "message": "ErrSession::token is expired" }))
}

fn wrong_password() -> MockResponse {
    let message = "ErrBadRequest::failed to authenticate, error code: -1001, error msg: Invalid password";
    MockResponse::json(400, json!({ "code": 40004000, "message": message }))
}

/// Accepts only the token that was issued last.
async fn renewing_server(max_age: u64) -> Server {
    let issued = Arc::new(AtomicUsize::new(0));
    Server::start(move |request| {
        if request.is_sign_in() {
            let token = format!("token-{}", issued.fetch_add(1, SeqCst) + 1);
            let cookie = format!("explorer_token={token}; Path=/; Max-Age={max_age}; HttpOnly");
            return MockResponse::data(json!({ "success": true })).header("set-cookie", &cookie);
        }
        match request.header("cookie") == Some(&format!("explorer_token=token-{}", issued.load(SeqCst))) {
            true => jobs(),
            false => expired(),
        }
    })
    .await
}

async fn thousand_calls(explorer: &Explorer) -> Vec<Result<(), Error>> {
    join_all((0..1000).map(|_| {
        let explorer = explorer.clone();
        async move { tokio::spawn(async move { explorer.jobs().await.map(|_| ()) }).await.unwrap() }
    }))
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_calls_share_one_sign_in_and_one_renewal() {
    let server = renewing_server(259200).await;
    let explorer = server.explorer();
    for result in thousand_calls(&explorer).await {
        result.unwrap();
    }
    assert_eq!(server.sign_ins(), 1);
    // Another client signs in, which ends the session of the first one: the server rejects its token.
    server.explorer().sign_in().await.unwrap();
    for result in thousand_calls(&explorer).await {
        result.unwrap();
    }
    assert_eq!(server.sign_ins(), 3);
}

#[tokio::test(start_paused = true)]
async fn token_is_renewed_before_it_expires() {
    let server = renewing_server(100).await;
    let explorer = server.explorer();
    explorer.jobs().await.unwrap();
    assert_eq!(explorer.sign_in().await.unwrap().remaining().unwrap().as_secs(), 100);
    tokio::time::advance(Duration::from_secs(85)).await;
    explorer.jobs().await.unwrap();
    assert_eq!(server.sign_ins(), 1);
    tokio::time::advance(Duration::from_secs(6)).await;
    join_all((0..100).map(|_| async { explorer.jobs().await.unwrap() })).await;
    assert_eq!(server.sign_ins(), 2);
    assert_eq!(server.session_requests().len(), 102, "no call was rejected first");
}

#[tokio::test]
async fn failed_sign_in_is_returned_to_every_caller_and_not_repeated() {
    let server = Server::start(|_| wrong_password()).await;
    let explorer = server.explorer();
    let outcomes = join_all((0..1000).map(|_| async { explorer.jobs().await })).await;
    assert_eq!(outcomes.len(), 1000);
    for outcome in outcomes {
        let Err(Error::SignInFailed(api_error)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(api_error.code, ErrorCode::ErrBadRequest);
        assert!(api_error.to_string().contains("Invalid password"), "{api_error}");
    }
    assert_eq!(server.sign_ins(), 1);
    // A later call tries again: the graph service may be back.
    explorer.jobs().await.unwrap_err();
    assert_eq!((server.sign_ins(), server.session_requests().len()), (2, 0));
}

#[tokio::test]
async fn session_rejected_twice_is_an_error_after_one_renewal() {
    for code in [ErrorCode::ErrSession, ErrorCode::ErrUnauthorized] {
        for status in [401, 200] {
            let body = json!({ "code": code.number(), "message": code.to_string() });
            let server = Server::signed_in(move |_| MockResponse::json(status, body.clone())).await;
            let error = server.explorer().jobs().await.unwrap_err();
            assert_eq!(error.code(), Some(code), "{error:?}");
            assert_eq!((server.sign_ins(), server.session_requests().len()), (2, 2));
        }
    }
}

#[tokio::test]
async fn run_rejected_because_of_its_session_is_repeated_once() {
    let server = renewing_server(259200).await;
    let explorer = server.explorer();
    explorer.sign_in().await.unwrap();
    server.explorer().sign_in().await.unwrap();
    // The response has no job id, so this fails; what matters is that the run was sent twice and accepted once.
    explorer.workflow(1).run().await.unwrap_err();
    assert_eq!(server.session_requests().len(), 2);
}

#[tokio::test]
async fn token_of_the_caller_is_used_and_never_renewed() {
    let server = renewing_server(259200).await;
    let with = |credentials| Explorer::builder(&server.url).graph("g", 9669).credentials(credentials).build().unwrap();
    let error = with(Credentials::token("stale")).jobs().await.unwrap_err();
    assert_eq!((error.code(), server.sign_ins()), (Some(ErrorCode::ErrSession), 0));
    // With an account as well, the token is tried first.
    with(Credentials::account("root", "p").with_token("stale")).jobs().await.unwrap();
    assert_eq!((server.sign_ins(), server.session_requests().len()), (1, 3));
}

#[tokio::test]
async fn both_encodings_of_an_account_are_sent_as_documented() {
    for (encoding, bearer) in
        [(AccountEncoding::JsonArray, "Bearer WyJyb290IiwiMTIzIl0="), (AccountEncoding::Colon, "Bearer cm9vdDoxMjM=")]
    {
        let server = Server::signed_in(|_| jobs()).await;
        let account = Credentials::account("root", "123").encoding(encoding);
        let explorer = Explorer::builder(&server.url).graph("g", 9669).credentials(account).build().unwrap();
        explorer.sign_in().await.unwrap();
        assert_eq!(server.requests()[0].header("authorization"), Some(bearer));
    }
}

#[tokio::test]
async fn token_is_read_from_malformed_cookies() {
    let cookies = [
        ("explorer_token=abc; Path=/; Max-Age=259200; HttpOnly", Some(259199)),
        ("explorer_token=abc; Path=/; # Max-Age=259200; HttpOnly", None),
        ("explorer_token=abc; Path=/; Max-Age=259200; HttpOnly; Secure; SameSite=None", Some(259199)),
        ("explorer_token=abc", None),
        ("explorer_token=abc; Max-Age=soon", None),
        ("explorer_token=abc; Max-Age=0", None),
        ("explorer_token=abc; Max-Age=-5", None),
        ("explorer_token=abc; Max-Age=99999999999999999999", None),
        ("explorer_token=abc;;;=;Path", None),
    ];
    for (cookie, lifetime) in cookies {
        let response =
            MockResponse::json(200, json!({ "code": 0, "message": "Success" })).header("set-cookie", "other=1; Path=/");
        let response = response.header("set-cookie", cookie);
        let server = Server::start(move |request| if request.is_sign_in() { response.clone() } else { jobs() }).await;
        let explorer = server.explorer();
        explorer.jobs().await.unwrap();
        assert_eq!(server.session_requests()[0].header("cookie"), Some("explorer_token=abc; other=1"), "{cookie}");
        let remaining = explorer.sign_in().await.unwrap().remaining();
        assert_eq!(remaining.map(|remaining| remaining.as_secs()), lifetime, "{cookie}");
    }
}

#[tokio::test]
async fn sign_in_without_a_cookie_or_success_is_an_error() {
    for (response, place) in [
        (MockResponse::data(json!({ "success": true })), "Set-Cookie"),
        (MockResponse::data(json!({ "success": true })).header("set-cookie", "explorer_token=; Path=/"), "Set-Cookie"),
        (MockResponse::data(json!({ "success": true })).header("set-cookie", "other=abc"), "Set-Cookie"),
        (MockResponse::data(json!({ "success": true })).header("set-cookie", "x=y; explorer_token=abc"), "Set-Cookie"),
        (MockResponse::data(json!({ "success": false })).header("set-cookie", "explorer_token=abc"), "data.success"),
    ] {
        let server = Server::start(move |_| response.clone()).await;
        let error = server.explorer().jobs().await.unwrap_err();
        assert!(matches!(&error, Error::InvalidResponse(invalid) if invalid.place == place), "{error:?}");
        assert_eq!(server.session_requests().len(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_are_never_shown() {
    let echo = |request: &ReceivedRequest| {
        format!(
            "you sent {:?} {:?}; a password is {PASSWORD}",
            request.header("authorization").unwrap_or_default(),
            request.header("cookie").unwrap_or_default()
        )
    };
    type Failure = Box<dyn Fn(&str) -> MockResponse + Send + Sync>;
    let failures: Vec<(&str, Failure)> = vec![
        (
            "rejected",
            Box::new(|text| {
                MockResponse::json(400, json!({ "code": 40004000, "message": format!("ErrBadRequest::{text}") }))
            }),
        ),
        (
            "details",
            Box::new(|text| {
                MockResponse::json(200, json!({ "code": 50004000, "message": "ErrInternalServer", "details": text }))
            }),
        ),
        ("foreign", Box::new(|text| MockResponse::new(502, "text/html", text))),
        ("content type", Box::new(|text| MockResponse::new(200, &text.replace('"', ""), text))),
        ("redirect", Box::new(|text| MockResponse::new(302, "", "").header("location", &text.replace('"', "")))),
        ("mismatch", Box::new(|text| MockResponse::data(json!(text)))),
        ("no envelope", Box::new(|text| MockResponse::json(200, json!({ "code": text })))),
    ];
    let bearer = "WyJyb290IiwicGE1NS13MHJkLVNlY3JldCJd";
    for (name, failure) in failures {
        let failure = Arc::new(failure);
        for fails_at_sign_in in [true, false] {
            let failure = failure.clone();
            let server = Server::start(move |request| match request.is_sign_in() == fails_at_sign_in {
                true => failure(&echo(request)),
                false => MockResponse::signed_in(TOKEN),
            })
            .await;
            let explorer = server.explorer();
            let error = explorer.job(1).get().await.unwrap_err();
            let mut shown =
                format!("{error} {error:?} {error:#?} {explorer:?} {:?} {:?}", explorer.client(), explorer.jobs());
            let mut source = std::error::Error::source(&error);
            while let Some(error) = source {
                shown.push_str(&format!("{error} {error:?}"));
                source = error.source();
            }
            for secret in [PASSWORD, TOKEN, bearer] {
                assert!(!shown.contains(secret), "{name}: {shown}");
            }
        }
    }
    let credentials = Credentials::account("root", PASSWORD).with_token(TOKEN);
    let builder = Explorer::builder("http://localhost").graph("g", 1).credentials(credentials.clone());
    let shown = format!("{credentials:?} {builder:?}");
    assert!(!shown.contains(PASSWORD) && !shown.contains(TOKEN), "{shown}");
    let server = Server::signed_in(|_| jobs()).await;
    let token = server.explorer().sign_in().await.unwrap();
    assert!(!format!("{token:?}").contains(TOKEN));
}

#[tokio::test]
async fn a_wrapped_sign_in_may_return_the_token_of_another_process() {
    let server = renewing_server(259200).await;
    let other = server.explorer().sign_in().await.unwrap();
    let own = Credentials::account("root", PASSWORD).with_token("rejected");
    let builder = Explorer::builder(&server.url).graph("127.0.0.1", 9669).credentials(own);
    let secret = other.secret().clone();
    let explorer = builder
        .clone()
        .wrap_sign_in(move |_| {
            let token = Token::new(secret.clone(), other.other_cookies().to_vec());
            Box::pin(async { Ok(token) })
        })
        .build()
        .unwrap();
    explorer.jobs().await.unwrap();
    assert_eq!(server.sign_ins(), 1);

    let wrapped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wrapped);
    let explorer = builder
        .wrap_sign_in(move |sign_in| {
            count.fetch_add(1, SeqCst);
            sign_in
        })
        .build()
        .unwrap();
    explorer.jobs().await.unwrap();
    assert_eq!((server.sign_ins(), wrapped.load(SeqCst)), (2, 1));
}
