//! An emulator, and a client that knows nothing of the SDK: only HTTP.

#![allow(dead_code, missing_docs, clippy::unwrap_used)]

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

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Server {
    pub async fn start(builder: EmulatorBuilder) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { emulator: builder.start().await.unwrap(), client }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.emulator.url()))
    }

    pub async fn sign_in(&self) -> Session<'_> {
        let body = json!({ "address": "127.0.0.1", "port": 9669 });
        let request = self.request(Method::POST, "/api-open/v1/connect").header(AUTHORIZATION, ACCOUNT).json(&body);
        let answer = Answer::of(request).await;
        assert_eq!(answer.json()["code"], 0, "{answer:?}");
        Session { server: self, token: answer.token() }
    }
}

/// A server that one is signed in to.
pub struct Session<'a> {
    pub server: &'a Server,
    pub token: String,
}

impl Session<'_> {
    /// A call with the cookie; the path is what follows `/api-open/v1`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookie = format!("explorer_token={}", self.token);
        self.server.request(method, &format!("/api-open/v1{path}")).header(COOKIE, cookie)
    }

    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    /// Runs a workflow and gives the job's id.
    pub async fn run(&self, workflow: i64, input: Value) -> i64 {
        let request =
            self.request(Method::POST, &format!("/workflows/{workflow}/jobs")).json(&json!({ "input": input }));
        Answer::of(request).await.data()["id"].as_i64().unwrap()
    }

    /// The job's status and those of its tasks.
    pub async fn statuses(&self, job: i64) -> (i64, Vec<i64>) {
        let job = self.get(&format!("/jobs/{job}")).await.data();
        let tasks = job["tasks"].as_array().unwrap().iter();
        (job["status"].as_i64().unwrap(), tasks.map(|task| task["status"].as_i64().unwrap()).collect())
    }
}

impl Answer {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

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

    pub fn token(&self) -> String {
        let cookie = self.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
        cookie.strip_prefix("explorer_token=").unwrap().split(';').next().unwrap().to_string()
    }
}
