//! Injects a fault into a request: what each fault does.

use std::future::pending;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use nebula_explorer::ErrorCode;
use nebula_explorer::operations::{SESSION_COOKIE, fields};
use serde_json::Value;
use tokio::time::sleep;

use crate::api::envelope::{ApiError, web_page};
use crate::api::request::session_token;
use crate::faults::listener::Connection;
use crate::faults::rules::{Fault, FaultRule};
use crate::state::State;

/// What a fault can act on besides the response: the connection and the session of a request.
pub(crate) struct Target {
    connection: Option<Connection>,
    token: Option<String>,
}

impl Target {
    pub(crate) fn of(request: &Request) -> Self {
        let connection = request.extensions().get::<ConnectInfo<Connection>>();
        Self {
            connection: connection.map(|ConnectInfo(connection)| connection.clone()),
            token: session_token(request.headers()),
        }
    }
}

/// Responds to a request with a fault. The request is executed only by faults that await `execute`.
pub(crate) async fn inject(
    rule: &FaultRule,
    state: &State,
    target: Target,
    execute: impl Future<Output = Response>,
) -> Response {
    match rule.fault {
        Fault::Refuse => {
            state.connections.refuse(rule.duration);
            pending().await
        }
        Fault::DropBefore => drop_connection(target).await,
        Fault::DropAfter => {
            execute.await;
            drop_connection(target).await
        }
        Fault::Delay => {
            let response = execute.await;
            sleep(rule.duration).await;
            response
        }
        Fault::CutBody => cut(execute.await).await,
        Fault::DripBody => drip(execute.await, rule.duration).await,
        Fault::BadGateway => proxy_page(StatusCode::BAD_GATEWAY),
        Fault::Unavailable => proxy_page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::GatewayTimeout => {
            execute.await;
            proxy_page(StatusCode::GATEWAY_TIMEOUT)
        }
        Fault::TooManyRequests => with_header(proxy_page(StatusCode::TOO_MANY_REQUESTS), RETRY_AFTER, "1"),
        Fault::EmptyError => {
            execute.await;
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Fault::InternalError => {
            execute.await;
            ApiError::plain(ErrorCode::ErrInternalServer).into_response()
        }
        Fault::WebPage => web_page(),
        Fault::ErrorInSuccess => {
            let mut response = ApiError::plain(ErrorCode::ErrInternalServer).into_response();
            *response.status_mut() = StatusCode::OK;
            response
        }
        Fault::UnknownCode => ApiError::plain(ErrorCode::from(UNKNOWN_CODE)).into_response(),
        Fault::UnknownStatus => with_unknown_status(execute.await).await,
        Fault::MissingCookie => {
            let mut response = execute.await;
            response.headers_mut().remove(SET_COOKIE);
            response
        }
        Fault::MalformedCookie => with_header(execute.await, SET_COOKIE, &format!("{SESSION_COOKIE}; Max-Age=soon")),
        Fault::RevokedToken => {
            if let Some(token) = target.token {
                state.sessions.close(&token);
            }
            execute.await
        }
        Fault::Restart => {
            state.sessions.close_all();
            execute.await
        }
        Fault::Redirect => with_header(StatusCode::FOUND.into_response(), LOCATION, ELSEWHERE),
    }
}

/// A code of category 400 that is not in the contract.
const UNKNOWN_CODE: i64 = 40_099_999;

/// A status that is not in the contract.
const UNKNOWN_STATUS: i64 = 99;

/// A host name that never resolves (RFC 6761).
const ELSEWHERE: &str = "http://elsewhere.invalid/";

/// Breaks the connection. This future never completes: the server drops it together with the connection.
async fn drop_connection(target: Target) -> Response {
    if let Some(connection) = target.connection {
        connection.break_off();
    }
    pending().await
}

/// Sends the first half of the body, then breaks the connection.
async fn cut(response: Response) -> Response {
    let (response, body) = split(response).await;
    let half = body.slice(..body.len() / 2);
    let error = async {
        // Gives the first half time to be sent.
        sleep(Duration::from_millis(10)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    };
    let chunks = stream::StreamExt::chain(stream::iter([Ok(half)]), stream::once(error));
    join(response, body.len(), Body::from_stream(chunks))
}

/// Sends the body in small chunks, the last of them after `duration`.
async fn drip(response: Response, duration: Duration) -> Response {
    const CHUNKS: usize = 10;
    let (response, body) = split(response).await;
    let chunks: Vec<Bytes> =
        body.chunks(body.len().div_ceil(CHUNKS).max(1)).map(|chunk| body.slice_ref(chunk)).collect();
    let pause = duration / u32::try_from(chunks.len().max(1)).unwrap_or(u32::MAX);
    let chunks = stream::unfold(chunks.into_iter(), move |mut chunks| async move {
        let chunk = chunks.next()?;
        sleep(pause).await;
        Some((Ok::<_, std::io::Error>(chunk), chunks))
    });
    join(response, body.len(), Body::from_stream(chunks))
}

async fn with_unknown_status(response: Response) -> Response {
    let (response, body) = split(response).await;
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(mut json) => {
            replace_status(&mut json);
            json.to_string().into()
        }
        Err(_) => body,
    };
    join(response, body.len(), body.into())
}

fn replace_status(json: &mut Value) {
    match json {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match name.as_str() {
            fields::STATUS => *value = UNKNOWN_STATUS.into(),
            _ => replace_status(value),
        }),
        Value::Array(items) => items.iter_mut().for_each(replace_status),
        _ => {}
    }
}

/// The error page of a reverse proxy.
fn proxy_page(status: StatusCode) -> Response {
    let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\r\n");
    (status, [(CONTENT_TYPE, "text/html")], page).into_response()
}

fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Splits a response into head and body.
async fn split(response: Response) -> (Response<()>, Bytes) {
    let (parts, body) = response.into_parts();
    // The emulator's responses are in memory, so reading them does not fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    (Response::from_parts(parts, ()), body)
}

/// Joins head and body; `length` is announced in `Content-Length`, even if the body breaks off before.
fn join(response: Response<()>, length: usize, body: Body) -> Response {
    let mut response = response.map(|()| body);
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}
