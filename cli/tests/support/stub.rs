//! A server whose responses a test chooses, for what the emulator does not do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Ended, PASSWORD, bare};

pub struct Stub {
    address: SocketAddr,
}

pub struct Request {
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
}

pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The time before the response begins.
    pub delay: Duration,
}

impl Stub {
    /// Responds on threads that end with the test.
    pub fn start(respond: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let respond = Arc::new(respond);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let respond = Arc::clone(&respond);
                // Clients may close their connections at any time.
                std::thread::spawn(move || serve(connection, &*respond));
            }
        });
        Self { address }
    }

    /// Accepts every sign-in; `respond` responds to all other requests.
    pub fn signed_in(respond: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        Self::start(
            move |request| if request.is_sign_in() { Response::sign_in("token-of-the-stub") } else { respond(request) },
        )
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Runs a command against this server.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.command(arguments))
    }

    pub fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = bare(arguments);
        command.env("NEBULA_EXPLORER_URL", self.url()).env("NEBULA_EXPLORER_GRAPH", "127.0.0.1:9669");
        command.env("NEBULA_EXPLORER_USER", "root").env("NEBULA_EXPLORER_PASSWORD", PASSWORD);
        command
    }
}

impl Request {
    pub fn is_sign_in(&self) -> bool {
        self.path.ends_with(super::operation("connect").path)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

impl Response {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type", content_type.to_string())];
        Self { status, headers, body: body.into(), delay: Duration::ZERO }
    }

    pub fn html(status: u16) -> Self {
        Self::new(status, "text/html", format!("<html><head><title>{status}</title></head></html>"))
    }

    /// An error of the API.
    pub fn error(status: u16, code: i64, message: &str) -> Self {
        Self::new(status, "application/json", json!({"code": code, "message": message}).to_string())
    }

    pub fn success(data: Value) -> Self {
        Self::new(200, "application/json", json!({"code": 0, "message": "Success", "data": data}).to_string())
    }

    pub fn sign_in(token: &str) -> Self {
        let cookie = format!("explorer_token={token}; Path=/; Max-Age=259200; HttpOnly");
        Self::success(json!({"success": true})).header("Set-Cookie", cookie)
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A job as the API describes it.
pub fn job(id: i64, status: i64) -> Value {
    json!({
        "id": id, "name": format!("job_{id}"), "workflowId": "1", "workflowName": "workflow", "status": status,
        "createTime": 1_657_847_355_906_i64, "runBeginTime": 1_657_847_356_000_i64,
        "runEndTime": if status == 1 { 0 } else { 1_657_847_358_000_i64 },
        "tasks": [{"id": "t1", "name": "PageRank", "status": status,
            "runBeginTime": "2022-07-12T10:33:35+08:00", "runEndTime": "2022-07-12T10:33:38+08:00"}],
    })
}

fn serve(connection: TcpStream, respond: &dyn Fn(&Request) -> Response) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_string);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_string()));
    }
    let request = Request { method, path, headers };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).ok()?;
    let response = respond(&request);
    std::thread::sleep(response.delay);
    let mut head = format!("HTTP/1.1 {} Stub\r\nConnection: close\r\n", response.status);
    for (name, value) in &response.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", response.body.len());
    let mut connection = connection;
    connection.write_all(head.as_bytes()).ok()?;
    connection.write_all(&response.body).ok()
}
