//! A server that answers whatever a test wants, and remembers what it was asked.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use nebula_explorer::{Credentials, Explorer};
use serde_json::{Value, json};

pub const PASSWORD: &str = "pa55-w0rd-Secret";
pub const TOKEN: &str = "eyJhbGciOi.token-of-the-session.Secret";

/// What a server answers.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What a server was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub uri: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Asked {
    pub fn is_sign_in(&self) -> bool {
        self.uri.ends_with("/connect")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub struct Server {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// A server that answers every request with `answer`.
    pub async fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (log, answer) = (asked.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request<Body>| {
            let (log, answer) = (log.clone(), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, 1 << 20).await.unwrap();
                let asked = Asked {
                    method: parts.method.to_string(),
                    uri: parts.uri.to_string(),
                    headers: parts.headers,
                    body: String::from_utf8(body.to_vec()).unwrap(),
                };
                log.lock().unwrap().push(asked.clone());
                answer(&asked).into_response()
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, asked, task }
    }

    /// A server that signs everybody in and answers every other request with `answer`.
    pub async fn signed_in(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::start(move |asked| if asked.is_sign_in() { Answer::signed_in(TOKEN) } else { answer(asked) }).await
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn sign_ins(&self) -> usize {
        self.asked().iter().filter(|asked| asked.is_sign_in()).count()
    }

    /// The requests other than signing in.
    pub fn calls(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| !asked.is_sign_in()).collect()
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

impl Answer {
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
