//! An emulator and a plain HTTP client, which shares nothing with the SDK except the list of operations.

#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::fmt::Display;

use nebula_explorer::operations::{Operation, SESSION_COOKIE};
use nebula_explorer_emulator::{Emulator, EmulatorBuilder};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

/// `["root","nebula"]` in base64.
pub const ACCOUNT: &str = "Bearer WyJyb290IiwibmVidWxhIl0=";

pub struct Server {
    pub emulator: Emulator,
    client: Client,
}

/// A complete response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Server {
    pub async fn start(builder: EmulatorBuilder) -> Self {
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { emulator: builder.start().await.unwrap(), client }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.emulator.url()))
    }

    /// A request to an operation, with these values for its path parameters.
    pub fn call(&self, operation_id: &str, values: &[&dyn Display]) -> RequestBuilder {
        let operation = Operation::find(operation_id).unwrap();
        self.request(operation.method.parse().unwrap(), &path(operation, values))
    }

    pub async fn sign_in(&self) -> Session<'_> {
        let body = json!({ "address": "127.0.0.1", "port": 9669 });
        let response = Response::of(self.call("connect", &[]).header(AUTHORIZATION, ACCOUNT).json(&body)).await;
        assert_eq!(response.json()["code"], 0, "{response:?}");
        Session { server: self, token: response.token() }
    }
}

fn path(operation: &Operation, values: &[&dyn Display]) -> String {
    let mut values = values.iter();
    let part = |part: &str| match part.starts_with('{') {
        true => values.next().unwrap().to_string(),
        false => part.to_string(),
    };
    operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A session on a server.
pub struct Session<'a> {
    pub server: &'a Server,
    pub token: String,
}

impl Session<'_> {
    /// A request to an operation with the session cookie.
    pub fn call(&self, operation_id: &str, values: &[&dyn Display]) -> RequestBuilder {
        self.server.call(operation_id, values).header(COOKIE, format!("{SESSION_COOKIE}={}", self.token))
    }

    /// Runs a workflow and returns the id of the job.
    pub async fn run(&self, workflow: i64, input: Value) -> i64 {
        let request = self.call("run_workflow", &[&workflow]).json(&json!({ "input": input }));
        Response::of(request).await.data()["id"].as_i64().unwrap()
    }

    pub async fn job(&self, id: i64) -> Value {
        Response::of(self.call("get_job", &[&id])).await.data()
    }

    /// The status of a job and those of its tasks.
    pub async fn statuses(&self, job: i64) -> (i64, Vec<i64>) {
        let job = self.job(job).await;
        let tasks = job["tasks"].as_array().unwrap().iter();
        (job["status"].as_i64().unwrap(), tasks.map(|task| task["status"].as_i64().unwrap()).collect())
    }
}

impl Response {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The data of a success envelope.
    pub fn data(&self) -> Value {
        let json = self.json();
        assert_eq!((self.status, &json["code"], &json["message"]), (200, &json!(0), &json!("Success")), "{self:?}");
        json["data"].clone()
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_string()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap().to_str().unwrap()
    }

    /// The session token in the cookie.
    pub fn token(&self) -> String {
        let cookie = self.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        assert_eq!(name, SESSION_COOKIE);
        value.to_string()
    }
}
