//! A server with responses that the contract allows but the emulator never sends: unlisted numbers, an error inside HTTP 200, an
//! id as a string, and all forms of a time that is not set yet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::sample::{TASK, WORKFLOW};

/// What is unusual about the responses.
#[derive(Clone, Copy, PartialEq)]
pub enum Case {
    /// The first polls find the job in a status that the contract does not list, and the list contains it too.
    UnknownStatus,
    /// Running the workflow fails with a code that the contract does not list.
    UnknownCode,
    /// The same, with the HTTP status 200.
    UnknownCodeInside200,
    /// Ids are strings, and times that are not set yet have all forms.
    OpenForms,
}

impl Case {
    /// All cases.
    pub const ALL: [Self; 4] = [Self::UnknownStatus, Self::UnknownCode, Self::UnknownCodeInside200, Self::OpenForms];

    /// The name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownStatus => "unknown status",
            Self::UnknownCode => "unknown error code",
            Self::UnknownCodeInside200 => "unknown error code inside HTTP 200",
            Self::OpenForms => "ids as strings, times that are not set",
        }
    }
}

/// How many polls find the job before it ends.
const FIRST_POLLS: u32 = 2;

/// Serves on a free port until the runtime is dropped, and returns the address.
pub fn start(runtime: &Runtime, case: Case) -> Outcome<String> {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let url = format!("http://{}", listener.local_addr()?);
    let polls = Arc::new(AtomicU32::new(0));
    let router = Router::new().fallback(move |method: Method, uri: Uri| {
        let response = respond(case, &method, uri.path(), &polls);
        async move { response }
    });
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

fn respond(case: Case, method: &Method, path: &str, polls: &AtomicU32) -> Response {
    let run = format!("/workflows/{WORKFLOW}/jobs");
    let path = path.strip_prefix("/api-open/v1").unwrap_or_default();
    let refusal = json!({ "message": "ErrWorkflowGone::drawn anew", "code": 40404999 });
    match (method, path) {
        (&Method::POST, "/connect") => {
            let cookie = [(header::SET_COOKIE, "explorer_token=strange; Path=/; Max-Age=259200; HttpOnly")];
            (cookie, axum::Json(json!({ "code": 0, "message": "Success" }))).into_response()
        }
        (&Method::POST, path) if path == run => match case {
            Case::UnknownCode => (StatusCode::NOT_FOUND, axum::Json(refusal)).into_response(),
            Case::UnknownCodeInside200 => axum::Json(refusal).into_response(),
            Case::UnknownStatus => {
                polls.store(0, Ordering::Relaxed);
                success(json!({ "id": 107 }))
            }
            Case::OpenForms => {
                polls.store(0, Ordering::Relaxed);
                success(json!({ "id": "107" }))
            }
        },
        (&Method::GET, "/jobs") => {
            let (listed, unset) = match case {
                Case::OpenForms => (0, [json!(0), json!(null), json!(""), json!("missing")].to_vec()),
                _ => (9, vec![json!(0)]),
            };
            let jobs = unset.into_iter().zip(100..).map(|(unset, id)| job(case, id, listed, &unset));
            success(json!({ "items": jobs.collect::<Vec<_>>(), "total": 4, "Page": 1, "PageSize": 10 }))
        }
        (&Method::GET, "/jobs/107") => {
            let is_first = polls.fetch_add(1, Ordering::Relaxed) < FIRST_POLLS;
            let first = if case == Case::UnknownStatus { 9 } else { 0 };
            success(job(case, 107, if is_first { first } else { 2 }, &json!(0)))
        }
        (&Method::GET, "/jobs/107/tasks/t1/sample_result") => {
            success(json!({ "items": [["player100", "0.250000"], ["team204", "0.150000"]] }))
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn job(case: Case, id: i64, status: i64, unset: &Value) -> Value {
    let id = if case == Case::OpenForms { json!(id.to_string()) } else { json!(id) };
    let mut job = json!({
        "id": id, "name": "strange", "workflowId": WORKFLOW.to_string(), "workflowName": "strange", "status": status,
        "createTime": 1657847358000_i64, "runBeginTime": 1657847359000_i64, "runEndTime": unset,
        "tasks": [
            { "id": "t0", "name": "query_1", "status": status, "runBeginTime": "2022-07-12T10:33:35+08:00", "unheardOf": 1 },
            { "id": "t1", "name": TASK, "status": status, "runBeginTime": "2022-07-12T10:33:35+08:00" },
        ],
        "unheardOf": true,
    });
    if case == Case::OpenForms {
        job["runBeginTime"] = unset.clone();
        job["tasks"][0]["runBeginTime"] = json!(0);
        job["tasks"][0]["runEndTime"] = json!("");
        job["tasks"][1]["runEndTime"] = json!(null);
    }
    if unset == "missing"
        && let Some(job) = job.as_object_mut()
    {
        job.retain(|_, value| value != unset);
    }
    job
}

fn success(data: Value) -> Response {
    axum::Json(json!({ "code": 0, "data": data, "message": "Success", "unheardOf": true })).into_response()
}
