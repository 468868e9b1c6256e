//! Responses in every documented form, in undocumented forms that servers use, and malformed: each gives the right value or the
//! right error.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use nebula_explorer::{Error, ErrorCode, Job, JobStatus, Timestamp};
use serde_json::{Value, json};
use support::{MockResponse, Server};

const TRACEPARENT: &str = "00-1c3f55cdbf81e13a2331ed88155ce0bf-2b97474943563f20-00";
const TRACE_ID: &str = "1c3f55cdbf81e13a2331ed88155ce0bf";

async fn get_job(response: MockResponse) -> Result<Job, Error> {
    let server = Server::signed_in(move |_| response.clone()).await;
    server.explorer().job(105).get().await
}

fn job(changes: Value) -> Value {
    let mut job = json!({
        "id": 105, "name": "workflow_q745a_20220715090915", "workflowId": "4216617528", "workflowName": "workflow_q745a",
        "status": 2, "runBeginTime": 1657847358000_i64, "runEndTime": 1657847364000_i64, "createTime": 1657847355000_i64,
    });
    for (name, value) in changes.as_object().unwrap() {
        job[name] = value.clone();
    }
    job
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[tokio::test]
async fn documented_job_is_decoded_into_plain_types() {
    let tasks = json!({ "tasks": [{
        "id": "f93dea90fc3a11ecac7e6da0662c195b", "name": "BFS", "status": 2,
        "runBeginTime": "2022-07-12T10:33:35+08:00", "runEndTime": "2022-07-12T10:33:38+08:00",
    }]});
    let job = get_job(MockResponse::data(job(tasks))).await.unwrap();
    assert_eq!((job.id, job.workflow_id, job.status), (105, 4216617528, JobStatus::Success));
    assert_eq!((job.name.as_str(), job.workflow_name.as_str()), ("workflow_q745a_20220715090915", "workflow_q745a"));
    assert_eq!(job.created_at, at("2022-07-15T01:09:15Z"));
    assert_eq!((job.started_at, job.ended_at), (at("2022-07-15T01:09:18Z"), at("2022-07-15T01:09:24Z")));
    let task = job.task("BFS").unwrap();
    assert_eq!((task.started_at, task.ended_at), (at("2022-07-12T02:33:35Z"), at("2022-07-12T02:33:38Z")));
    assert_eq!(job.task("f93dea90fc3a11ecac7e6da0662c195b"), Some(task));
}

#[tokio::test]
async fn every_form_of_a_job_is_decoded() {
    let unset = [json!(null), json!(0), json!("")];
    for value in &unset {
        let task = json!({ "id": "t", "name": "BFS", "status": 0, "runBeginTime": value, "runEndTime": value });
        let times = json!({ "runBeginTime": value, "runEndTime": value, "tasks": [task] });
        let job = get_job(MockResponse::data(job(times))).await.unwrap();
        assert_eq!((job.started_at, job.ended_at), (None, None), "{value}");
        assert_eq!((job.tasks[0].started_at, job.tasks[0].ended_at), (None, None), "{value}");
    }
    let absent = json!({ "id": 1, "name": "n", "workflowId": "2", "workflowName": "w", "status": 0, "tasks": null });
    let decoded = get_job(MockResponse::data(absent)).await.unwrap();
    assert_eq!((decoded.created_at, decoded.started_at, decoded.ended_at, decoded.tasks.len()), (None, None, None, 0));

    for (form, expected) in [
        (json!({ "id": "105" }), 105),
        (json!({ "id": i64::MAX }), i64::MAX),
        (json!({ "id": i64::MAX.to_string(), "unknown": { "key": [1] } }), i64::MAX),
    ] {
        assert_eq!(get_job(MockResponse::data(job(form.clone()))).await.unwrap().id, expected, "{form}");
    }
    let numeric_workflow = get_job(MockResponse::data(job(json!({ "workflowId": 4216617528_i64 })))).await.unwrap();
    assert_eq!(numeric_workflow.workflow_id, 4216617528);
    let unknown_status = get_job(MockResponse::data(job(json!({ "status": 9 })))).await.unwrap();
    assert_eq!(unknown_status.status.number(), 9);
    assert!(!unknown_status.status.is_terminal());
}

#[tokio::test]
async fn fields_of_an_envelope_may_be_in_any_order() {
    let data = job(json!({}));
    for body in [
        format!(r#"{{"data":{data},"message":"Success","code":0}}"#),
        format!(r#"{{"message":"Success","extra":null,"data":{data},"code":0}}"#),
        format!("  {{\n\"code\" : 0, \"data\" : {data}, \"message\":\"Success\", \"details\": \"\"}}\n"),
    ] {
        assert_eq!(get_job(MockResponse::new(200, "text/plain", body)).await.unwrap().id, 105);
    }
}

#[tokio::test]
async fn lists_with_missing_fields_are_decoded() {
    for (data, jobs, total) in [
        (
            json!({ "items": [job(json!({})), job(json!({ "tasks": null }))], "total": 2, "Page": 1, "PageSize": 10 }),
            2,
            2,
        ),
        (json!({ "items": [], "total": 0, "Page": 1, "PageSize": 10 }), 0, 0),
        (json!({ "items": null, "total": 0 }), 0, 0),
    ] {
        let response = MockResponse::data(data.clone());
        let server = Server::signed_in(move |_| response.clone()).await;
        let page = server.explorer().jobs().await.unwrap();
        assert_eq!((page.jobs.len(), page.total), (jobs, Some(total)), "{data}");
        let page = server.explorer().workflow(4216617528).jobs().await.unwrap();
        assert_eq!((page.jobs.len(), page.total), (jobs, Some(total)), "{data}");
    }
}

#[tokio::test]
async fn new_job_id_may_be_a_number_or_a_string() {
    for id in [json!(107), json!("107")] {
        let response = MockResponse::data(json!({ "id": id }));
        let server = Server::signed_in(move |_| response.clone()).await;
        let job = server.explorer().workflow(1).run().await.unwrap();
        assert_eq!(job.id(), 107);
    }
}

#[tokio::test]
async fn every_error_code_gives_the_same_error_with_its_own_status_and_with_200() {
    let unknown = ErrorCode::from(40904017);
    for code in ErrorCode::ALL.iter().copied().chain([unknown]) {
        let own = code.http_status().as_u16();
        for status in [own, 200] {
            let message = format!("{code}::token is expired");
            let body = json!({ "code": code.number(), "message": message, "details": "more" });
            // Codes that reject the session cause one renewal; the second rejection is returned.
            let error = get_job(MockResponse::json(status, body).header("Traceparent", TRACEPARENT)).await.unwrap_err();
            let Error::Api(api_error) = &error else { panic!("{error:?}") };
            assert_eq!((api_error.code, api_error.http_status), (code, own));
            assert_eq!(
                (api_error.name.as_str(), api_error.detail.as_deref()),
                (code.to_string().as_str(), Some("token is expired (more)"))
            );
            assert_eq!(error.trace_id(), Some(TRACE_ID));
            assert_eq!(api_error.call.operation, "get_job");
            assert!(!error.is_retryable());
        }
    }
    assert_eq!((unknown.number(), unknown.category(), unknown.http_status().as_u16()), (40904017, 409, 409));
    assert_eq!(ErrorCode::ErrUnknown.http_status().as_u16(), 500);
}

#[tokio::test(start_paused = true)]
async fn foreign_responses_are_errors_with_a_hint() {
    let html = "<!doctype html><html><title>Explorer</title></html>";
    for (response, status, hint, retryable) in [
        (MockResponse::new(200, "text/html", html), 200, "Is the address right?", false),
        (MockResponse::new(200, "", ""), 200, "an empty body", false),
        (MockResponse::new(204, "", ""), 204, "an empty body", false),
        (MockResponse::new(405, "", ""), 405, "an empty body", false),
        (MockResponse::new(413, "text/html", html), 413, "requests of this size", false),
        (MockResponse::new(429, "text/plain", "slow down"), 429, "limits the rate", true),
        (MockResponse::new(500, "", ""), 500, "own time limit", true),
        (MockResponse::new(502, "text/html", html), 502, "A proxy", true),
        (MockResponse::new(503, "application/json", r#"{"error":"no upstream"}"#), 503, "A proxy", true),
        (MockResponse::new(504, "text/html", html), 504, "A proxy", true),
        (MockResponse::new(404, "text/html", html), 404, "text/html", false),
        (MockResponse::json(500, json!({ "code": 0, "message": "Success" })), 500, "own time limit", true),
        (MockResponse::new(200, "text/plain", [0xff_u8, 0xfe, 0x00]), 200, "text/plain", false),
    ] {
        let error = get_job(response.clone()).await.unwrap_err();
        let Error::UnexpectedResponse(unexpected) = &error else { panic!("{response:?}: {error:?}") };
        assert_eq!(unexpected.http_status, status);
        assert_eq!(unexpected.content_type.is_some(), !response.headers.is_empty());
        assert!(error.to_string().contains(hint), "{error}");
        assert_eq!(error.is_retryable(), retryable, "{error}");
    }
    let response = MockResponse::new(503, "text/html", html).header("Retry-After", "7");
    let Err(Error::UnexpectedResponse(unexpected)) = get_job(response).await else { panic!() };
    assert_eq!(unexpected.retry_after.unwrap().as_secs(), 7);
}

#[tokio::test]
async fn responses_that_do_not_match_the_contract_are_errors_with_the_place() {
    for (response, place) in [
        (MockResponse::json(200, json!({ "message": "Success" })), "code"),
        (MockResponse::json(200, json!({ "code": "0", "message": "Success" })), "code"),
        (MockResponse::json(200, json!([1, 2])), "code"),
        (MockResponse::new(200, "application/json", r#"{"code":0,"message":"Success","data":{"id":1"#), "data"),
        (MockResponse::json(200, json!({ "code": 0, "message": "Success" })), "data"),
        (MockResponse::data(json!(null)), "data"),
        (MockResponse::data(json!({})), "data"),
        (MockResponse::data(job(json!({ "status": "done" }))), "data.status"),
        (MockResponse::data(job(json!({ "id": "x" }))), "data.id"),
        (MockResponse::data(job(json!({ "id": 9223372036854775808_u64 }))), "data.id"),
        (MockResponse::data(job(json!({ "runBeginTime": "yesterday" }))), "data.runBeginTime"),
        (MockResponse::data(job(json!({ "createTime": i64::MAX }))), "data.createTime"),
        (
            MockResponse::data(job(json!({ "tasks": [{ "id": "t", "name": "BFS", "status": 0 }, { "id": 7 }] }))),
            "data.tasks[1].id",
        ),
    ] {
        let response = response.header("Traceparent", TRACEPARENT);
        let error = get_job(response.clone()).await.unwrap_err();
        let Error::InvalidResponse(invalid) = &error else { panic!("{response:?}: {error:?}") };
        assert_eq!(invalid.place, place, "{error}");
        assert_eq!((invalid.call.operation, error.trace_id()), ("get_job", Some(TRACE_ID)));
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn success_without_data_is_an_error_only_where_data_is_needed() {
    for body in [json!({ "code": 0, "message": "Success" }), json!({ "code": 0, "message": "Success", "data": null })] {
        let server = Server::signed_in(move |_| MockResponse::json(200, body.clone())).await;
        let explorer = server.explorer();
        let job = explorer.job(105);
        assert_eq!(job.cancel().await.unwrap(), nebula_explorer::Cancellation::Requested);
        for (error, place) in [
            (job.get().await.unwrap_err(), "data"),
            (explorer.jobs().await.unwrap_err(), "data"),
            (explorer.workflow(7).jobs().await.unwrap_err(), "data"),
            (job.task("t").rows::<Vec<String>>().await.unwrap_err(), "data.items"),
        ] {
            assert!(matches!(&error, Error::InvalidResponse(invalid) if invalid.place == place), "{error:?}");
        }
        // The job was created, but its id is not known.
        let Error::OutcomeUnknown(unknown) = explorer.workflow(7).run().await.unwrap_err() else { panic!() };
        assert!(
            matches!(&unknown.cause, Some(Error::InvalidResponse(invalid)) if invalid.place == "data"),
            "{unknown:?}"
        );
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_the_error_names_the_target() {
    let elsewhere = Server::start(|_| MockResponse::data(json!({}))).await;
    let to = format!("{}/api-open/v1/jobs/105", elsewhere.url);
    for status in [301, 302, 303, 307, 308] {
        let location = to.clone();
        let response = MockResponse::new(status, "", "").header("Location", &location);
        let error = get_job(response).await.unwrap_err();
        let Error::Redirected { to: Some(target), status: actual, .. } = &error else { panic!("{error:?}") };
        assert_eq!((target, *actual), (&to, status));
    }
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn responses_that_are_too_large_are_rejected_while_they_arrive() {
    let server = Server::signed_in(|_| MockResponse::data(json!("x".repeat(100_000)))).await;
    let explorer = nebula_explorer::Explorer::builder(&server.url)
        .credentials(nebula_explorer::Credentials::token("t"))
        .max_response_bytes(50_000)
        .build()
        .unwrap();
    let error = explorer.job(1).get().await.unwrap_err();
    assert!(matches!(error, Error::ResponseTooLarge { limit: 50_000, .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn unreachable_servers_and_lost_connections_are_distinguished() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let closes_connections = tokio::spawn(async move {
        loop {
            drop(listener.accept().await.unwrap());
        }
    });
    let token = nebula_explorer::Credentials::token("t");
    let explorer = nebula_explorer::Explorer::builder(&url).credentials(token).build().unwrap();
    let error = explorer.job(1).get().await.unwrap_err();
    assert!(matches!(&error, Error::ConnectionLost { call, .. } if call.operation == "get_job"), "{error:?}");
    assert!(error.is_retryable());
    closes_connections.abort();
    let _ = closes_connections.await;
    let error = explorer.job(1).get().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(causes(&error).contains("Connection refused"), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn request_timeout_applies_to_every_http_client() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let builder = nebula_explorer::Explorer::builder(&url)
        .credentials(nebula_explorer::Credentials::token("t"))
        .request_timeout(std::time::Duration::from_secs(5));
    for builder in [builder.clone(), builder.http_client(reqwest::Client::new())] {
        let explorer = builder.build().unwrap();
        let error = explorer.job(1).get().await.unwrap_err();
        assert!(
            matches!(&error, Error::TimedOut { connecting: false, call, .. } if call.operation == "get_job"),
            "{error:?}"
        );
        assert!(error.is_retryable());
    }
    drop(listener);
}

#[tokio::test]
async fn json_is_requested_with_every_http_client() {
    let server = Server::signed_in(|_| MockResponse::data(job(json!({})))).await;
    server.explorer().job(1).get().await.unwrap();
    let builder = nebula_explorer::Explorer::builder(&server.url).credentials(nebula_explorer::Credentials::token("t"));
    builder.http_client(reqwest::Client::new()).build().unwrap().job(1).get().await.unwrap();
    let accepted: Vec<_> = server.requests().iter().map(|request| request.header("accept").map(String::from)).collect();
    assert_eq!(accepted, vec![Some("application/json".to_string()); 3]);
}

#[tokio::test]
async fn requests_match_the_documentation() {
    let server = Server::signed_in(|request| match request.method.as_str() {
        "POST" => MockResponse::data(json!({ "id": 107 })),
        "PUT" => MockResponse::data(json!({ "success": true })),
        _ if request.uri.contains("sample_result") => {
            MockResponse::data(json!({ "items": [["player110", "0.150000"]] }))
        }
        _ if request.uri.contains("jobs/") => MockResponse::data(job(json!({}))),
        _ => MockResponse::data(json!({ "items": [], "total": 0, "Page": 1, "PageSize": 10 })),
    })
    .await;
    let explorer = server.explorer();
    let job = explorer
        .workflow(4216617528)
        .run()
        .param("query_1", "name", "Tim Duncan")
        .param("query_1", "n", 10)
        .await
        .unwrap();
    explorer.workflow(4216617528).run().await.unwrap();
    job.get().await.unwrap();
    assert_eq!(job.cancel().await.unwrap(), nebula_explorer::Cancellation::Requested);
    let rows: Vec<(String, f64)> = job.task("a/b").rows().limit(1000).await.unwrap();
    assert_eq!(rows, [("player110".to_string(), 0.15)]);
    let _: Vec<Vec<String>> = job.task("t").rows().await.unwrap();
    explorer.jobs().await.unwrap();
    explorer.jobs().status(JobStatus::Success).oldest_first().page_size(10).page(1).await.unwrap();
    let from = Timestamp::from_millisecond(1657843200000).unwrap();
    explorer.workflow(7).jobs().name("n").created_from(from).created_to(from).await.unwrap();

    let requests = server.session_requests();
    let lines: Vec<String> =
        requests.iter().map(|request| format!("{} {} {}", request.method, request.uri, request.body)).collect();
    assert_eq!(
        lines,
        [
            r#"POST /api-open/v1/workflows/4216617528/jobs {"input":{"query_1":{"n":10,"name":"Tim Duncan"}}}"#,
            "POST /api-open/v1/workflows/4216617528/jobs {}",
            "GET /api-open/v1/jobs/107 ",
            "PUT /api-open/v1/jobs/107/cancel ",
            "GET /api-open/v1/jobs/107/tasks/a%2Fb/sample_result?limit=1000 ",
            "GET /api-open/v1/jobs/107/tasks/t/sample_result?limit=10 ",
            "GET /api-open/v1/jobs ",
            "GET /api-open/v1/jobs?filter=%7B%22orderByCreateTime%22%3A%22asc%22%2C%22status%22%3A2%7D&page=1&pageSize=10 ",
            "GET /api-open/v1/workflows/7/jobs?filter=%7B%22fromCreateTime%22%3A1657843200000%2C%22name%22%3A%22n%22%2C%22toCreateTime%22%3A1657843200000%7D ",
        ]
    );
    for request in &requests {
        assert_eq!(request.header("cookie"), Some(format!("explorer_token={}", support::TOKEN).as_str()));
        assert_eq!((request.header("authorization"), request.header("api-version")), (None, None));
    }
    let sign_in = &server.requests()[0];
    assert_eq!((sign_in.method.as_str(), sign_in.uri.as_str()), ("POST", "/api-open/v1/connect"));
    assert_eq!(sign_in.body, r#"{"address":"127.0.0.1","port":9669}"#);
    assert_eq!(sign_in.header("content-type"), Some("application/json"));
    assert_eq!(sign_in.header("cookie"), None);
}

#[tokio::test]
async fn invalid_input_is_rejected_before_anything_is_sent() {
    let server = Server::signed_in(|_| MockResponse::data(json!({}))).await;
    let explorer = server.explorer();
    let run = explorer.workflow(1).run();
    for (error, word) in [
        (run.clone().param("t", "p", true).await.unwrap_err(), "t.p"),
        (run.clone().param("t", "p", f64::NAN).await.unwrap_err(), "t.p"),
        (run.param("t", "p", vec![1]).await.unwrap_err(), "t.p"),
        (explorer.jobs().page(0).await.unwrap_err(), "at least 1"),
        (explorer.jobs().page_size(0).await.unwrap_err(), "at least 1"),
        (explorer.job(1).task("..").rows::<Vec<String>>().await.unwrap_err(), ".."),
        (explorer.job(1).task("t").rows::<Vec<String>>().limit(0).await.unwrap_err(), "limit"),
    ] {
        assert!(matches!(error, Error::InvalidInput(_)) && error.to_string().contains(word), "{error:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn invalid_addresses_are_rejected_without_repeating_secrets() {
    for url in [
        "",
        "localhost:7002",
        "ftp://localhost",
        "http://",
        "/api",
        "http://root:pa55word@localhost:7002",
        "http://localhost:7002/?token=pa55word",
        "http://localhost:7002/#pa55word",
    ] {
        let builder = nebula_explorer::Explorer::builder(url).credentials(nebula_explorer::Credentials::token("t"));
        let error = builder.build().unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)) && !error.to_string().contains("pa55word"), "{url}: {error}");
    }
    let account = nebula_explorer::Credentials::account("root", "nebula");
    assert!(nebula_explorer::Explorer::builder("http://localhost").credentials(account).build().is_err());
    assert!(nebula_explorer::Explorer::builder("http://localhost").graph("g", 1).build().is_err());
}

#[tokio::test]
async fn base_paths_are_supported() {
    let server = Server::signed_in(|_| MockResponse::data(job(json!({})))).await;
    support::explorer(&format!("{}/explorer/", server.url)).job(1).get().await.unwrap();
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.uri).collect();
    assert_eq!(paths, ["/explorer/api-open/v1/connect", "/explorer/api-open/v1/jobs/1"]);
}

#[tokio::test(start_paused = true)]
async fn generated_client_is_authenticated() {
    let server = Server::signed_in(|_| MockResponse::data(job(json!({})))).await;
    let client = server.explorer().client();
    let response = client.get_job().job_id(105).send().await.unwrap();
    assert_eq!(response.into_inner().data.unwrap().id.0, 105);

    let server =
        Server::signed_in(|_| MockResponse::json(404, json!({ "code": 40404000, "message": "ErrNotFound" }))).await;
    let client = server.explorer().client();
    let error = client.error(client.get_job().job_id(105).send().await.unwrap_err());
    assert!(matches!(&error, Error::Api(api_error) if api_error.code == ErrorCode::ErrNotFound), "{error:?}");
    let server = Server::signed_in(|_| MockResponse::new(502, "text/html", "bad gateway")).await;
    let client = server.explorer().client();
    let error = client.error(client.get_job().job_id(105).send().await.unwrap_err());
    assert!(matches!(error, Error::UnexpectedResponse(_)), "{error:?}");
}

/// The texts of an error's sources, from the outermost to the root cause.
fn causes(error: &Error) -> String {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |error| error.source()).map(|error| error.to_string()).collect::<Vec<_>>().join(": ")
}
