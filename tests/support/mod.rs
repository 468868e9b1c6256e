//! A mock server that responds as a test defines and records the requests it receives.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use nebula_explorer::{Credentials, Explorer};
use serde_json::{Value, json};

pub const PASSWORD: &str = "pa55-w0rd-Secret";
pub const TOKEN: &str = "eyJhbGciOi.token-of-the-session.Secret";

/// A response of the mock server.
#[derive(Clone, Debug)]
pub struct MockResponse {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A request as the mock server received it.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    pub method: String,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl ReceivedRequest {
    pub fn is_sign_in(&self) -> bool {
        self.uri.ends_with("/connect")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// A server that responds to every request with the result of `respond`.
    pub async fn start(respond: impl Fn(&ReceivedRequest) -> MockResponse + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<ReceivedRequest>>> = Arc::default();
        let (log, respond) = (requests.clone(), Arc::new(respond));
        let app = Router::new().fallback(move |request: Request<Body>| {
            let (log, respond) = (log.clone(), respond.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let request = ReceivedRequest {
                    method: parts.method.to_string(),
                    uri: parts.uri.to_string(),
                    headers: parts.headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                };
                log.lock().unwrap().push(request.clone());
                respond(&request).into_response()
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, requests, task }
    }

    /// A server that accepts every sign-in and responds to every other request with the result of `respond`.
    pub async fn signed_in(respond: impl Fn(&ReceivedRequest) -> MockResponse + Send + Sync + 'static) -> Self {
        Self::start(move |request| if request.is_sign_in() { MockResponse::signed_in(TOKEN) } else { respond(request) })
            .await
    }

    /// All requests received so far.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().unwrap().clone()
    }

    pub fn sign_ins(&self) -> usize {
        self.requests().iter().filter(|request| request.is_sign_in()).count()
    }

    /// All requests received so far, except sign-ins.
    pub fn session_requests(&self) -> Vec<ReceivedRequest> {
        self.requests().into_iter().filter(|request| !request.is_sign_in()).collect()
    }

    /// A client of this server.
    pub fn explorer(&self) -> Explorer {
        explorer(&self.url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub fn explorer(url: &str) -> Explorer {
    let account = Credentials::account("root", PASSWORD);
    Explorer::builder(url).graph("127.0.0.1", 9669).credentials(account).build().unwrap()
}

impl MockResponse {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = match content_type {
            "" => vec![],
            content_type => vec![("content-type".into(), content_type.into())],
        };
        Self { status, headers, body: body.into() }
    }

    pub fn json(status: u16, body: Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// A success.
    pub fn data(data: Value) -> Self {
        Self::json(200, json!({ "code": 0, "message": "Success", "data": data }))
    }

    pub fn signed_in(token: &str) -> Self {
        Self::data(json!({ "success": true }))
            .header("set-cookie", &format!("explorer_token={token}; Path=/; Max-Age=259200; HttpOnly"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(name, value.as_bytes());
        }
        response.body(self.body.into()).unwrap()
    }
}
