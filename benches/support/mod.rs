//! The baseline of the measurements: the same work by hand, with reqwest and serde_json, and a server that costs little itself.

#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{Uri, header};
use nebula_explorer::{Credentials, Explorer};
use serde::{Deserialize, Deserializer};

pub const TOKEN: &str = "eyJhbGciOi.token-of-the-session.signature";

const JOB: &str = r#"{"code":0,"data":{"id":107,"name":"workflow_q745a_20220715090915","workflowId":"4216617528","workflowName":"workflow_q745a","status":2,"createTime":1657847358000,"runBeginTime":1657847358100,"runEndTime":1657847360100,"tasks":[{"id":"f93dea90fc3a11ecac7e6da0662c195b","name":"BFS","runBeginTime":"2022-07-12T10:33:35+08:00","runEndTime":"2022-07-12T10:33:38+08:00","status":2}]},"message":"Success"}"#;

/// A server on its own thread, so that it does not slow down the measured runtime.
pub struct Server {
    pub url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Responds to every request with the same bytes.
    pub fn start(body: String) -> Self {
        let requests = Arc::new(AtomicUsize::new(0));
        let (counted, body) = (Arc::clone(&requests), bytes::Bytes::from(body));
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
                let router = Router::new().fallback(move |_: Uri| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let body = body.clone();
                    async move { ([(header::CONTENT_TYPE, "application/json")], body) }
                });
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { url: told.recv().unwrap(), requests }
    }

    /// Responds with one job.
    pub fn with_job() -> Self {
        Self::start(JOB.into())
    }

    /// Responds with this number of rows of a string and a number.
    pub fn with_rows(rows: usize) -> Self {
        Self::start(rows_body(rows))
    }

    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// The response body with this number of rows.
pub fn rows_body(rows: usize) -> String {
    let rows: Vec<String> = (0..rows).map(|row| format!(r#"["player{row}","0.{:06}"]"#, row % 1_000_000)).collect();
    format!(r#"{{"code":0,"data":{{"items":[{}]}},"message":"Success"}}"#, rows.join(","))
}

pub fn explorer(url: &str) -> Explorer {
    Explorer::builder(url).credentials(Credentials::token(TOKEN)).build().unwrap()
}

/// A hand-written client: one request, one type, and a check of the code.
pub struct ByHand {
    http: reqwest::Client,
    url: String,
    token: String,
}

#[derive(Deserialize)]
pub struct Envelope<T> {
    pub code: i64,
    pub data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub id: i64,
    pub name: String,
    pub workflow_id: String,
    pub workflow_name: String,
    pub status: i64,
    pub create_time: i64,
    pub run_begin_time: i64,
    pub run_end_time: i64,
    pub tasks: Vec<Task>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    pub id: String,
    pub name: String,
    #[serde(deserialize_with = "parsed")]
    pub run_begin_time: jiff::Timestamp,
    #[serde(deserialize_with = "parsed")]
    pub run_end_time: jiff::Timestamp,
    pub status: i64,
}

#[derive(Deserialize)]
pub struct Items<R> {
    pub items: Vec<R>,
}

/// A row of a string and a number in a string.
#[derive(Deserialize)]
pub struct Row(pub String, #[serde(deserialize_with = "parsed")] pub f64);

fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<T, D::Error> {
    <&str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl ByHand {
    pub fn new(url: &str, token: &str) -> Self {
        let http = reqwest::Client::builder().connect_timeout(Duration::from_secs(10)).build().unwrap();
        Self { http, url: url.into(), token: token.into() }
    }

    pub async fn job(&self, id: i64) -> Job {
        let request = self.http.get(format!("{}/api-open/v1/jobs/{id}", self.url)).timeout(Duration::from_secs(60));
        let request = request.header(header::COOKIE, format!("explorer_token={}", self.token));
        let body = request.send().await.unwrap().bytes().await.unwrap();
        let envelope: Envelope<Job> = serde_json::from_slice(&body).unwrap();
        assert_eq!(envelope.code, 0);
        envelope.data
    }
}
