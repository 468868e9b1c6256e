//! How a fault looks on the wire.

use std::future::pending;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use nebula_explorer::ErrorCode;
use nebula_explorer::operations::fields;
use nebula_explorer::operations::{Operation, SESSION_COOKIE};
use serde_json::Value;
use tokio::time::sleep;

use crate::api::envelope::{ApiError, web_page};
use crate::api::router::{act, token};
use crate::faults::listener::Connection;
use crate::faults::rules::{Fault, FaultRule};
use crate::state::State;

/// Answers a call that a fault strikes.
pub(crate) async fn inject(
    rule: &FaultRule,
    state: &State,
    operation: &'static Operation,
    request: Request,
) -> Response {
    let connection = request.extensions().get::<ConnectInfo<Connection>>().cloned();
    let session = token(request.headers());
    let act = act(state, operation, request);
    match rule.fault {
        Fault::Refuse => {
            state.connections.refuse(rule.duration);
            pending().await
        }
        Fault::DropBefore => lose(connection).await,
        Fault::DropAfter => {
            act.await;
            lose(connection).await
        }
        Fault::Delay => {
            let answer = act.await;
            sleep(rule.duration).await;
            answer
        }
        Fault::CutBody => cut(act.await).await,
        Fault::DripBody => drip(act.await, rule.duration).await,
        Fault::BadGateway => proxy_page(StatusCode::BAD_GATEWAY),
        Fault::Unavailable => proxy_page(StatusCode::SERVICE_UNAVAILABLE),
        Fault::GatewayTimeout => {
            act.await;
            proxy_page(StatusCode::GATEWAY_TIMEOUT)
        }
        Fault::TooManyRequests => with_header(proxy_page(StatusCode::TOO_MANY_REQUESTS), RETRY_AFTER, "1"),
        Fault::EmptyError => {
            act.await;
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Fault::InternalError => {
            act.await;
            ApiError::plain(ErrorCode::ErrInternalServer).into_response()
        }
        Fault::WebPage => web_page(),
        Fault::ErrorInSuccess => {
            let mut answer = ApiError::plain(ErrorCode::ErrInternalServer).into_response();
            *answer.status_mut() = StatusCode::OK;
            answer
        }
        Fault::UnknownCode => ApiError::plain(ErrorCode::from(UNKNOWN_CODE)).into_response(),
        Fault::UnknownStatus => with_unknown_status(act.await).await,
        Fault::MissingCookie => {
            let mut answer = act.await;
            answer.headers_mut().remove(SET_COOKIE);
            answer
        }
        Fault::MalformedCookie => with_header(act.await, SET_COOKIE, &format!("{SESSION_COOKIE}; Max-Age=soon")),
        Fault::RevokedToken => {
            if let Some(session) = session {
                state.sessions.revoke(&session);
            }
            act.await
        }
        Fault::Restart => {
            state.sessions.forget();
            act.await
        }
        Fault::Redirect => with_header(StatusCode::FOUND.into_response(), LOCATION, ELSEWHERE),
    }
}

/// Of category 400, and not in the contract.
const UNKNOWN_CODE: i64 = 40_099_999;

/// Not in the contract.
const UNKNOWN_STATUS: i64 = 99;

/// A name that nobody can own (RFC 6761).
const ELSEWHERE: &str = "http://elsewhere.invalid/";

/// Breaks the connection. The answer is never waited for: the server drops it with the connection.
async fn lose(connection: Option<ConnectInfo<Connection>>) -> Response {
    if let Some(ConnectInfo(connection)) = connection {
        connection.break_off();
    }
    pending().await
}

/// Half of the answer, then the connection breaks.
async fn cut(answer: Response) -> Response {
    let (answer, body) = taken_apart(answer).await;
    let half = body.slice(..body.len() / 2);
    // After a moment in which the half goes out.
    let rest = async {
        sleep(Duration::from_millis(10)).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    };
    let bits = stream::StreamExt::chain(stream::iter([Ok(half)]), stream::once(rest));
    announcing(answer, body.len(), Body::from_stream(bits))
}

/// The answer in bits, the last of them at the end of `duration`.
async fn drip(answer: Response, duration: Duration) -> Response {
    const BITS: usize = 10;
    let (answer, body) = taken_apart(answer).await;
    let bits: Vec<Bytes> = body.chunks(body.len().div_ceil(BITS).max(1)).map(|bit| body.slice_ref(bit)).collect();
    let pause = duration / u32::try_from(bits.len().max(1)).unwrap_or(u32::MAX);
    let bits = stream::unfold(bits.into_iter(), move |mut bits| async move {
        let bit = bits.next()?;
        sleep(pause).await;
        Some((Ok::<_, std::io::Error>(bit), bits))
    });
    announcing(answer, body.len(), Body::from_stream(bits))
}

async fn with_unknown_status(answer: Response) -> Response {
    let (answer, body) = taken_apart(answer).await;
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(mut json) => {
            replace_status(&mut json);
            json.to_string().into()
        }
        Err(_) => body,
    };
    announcing(answer, body.len(), body.into())
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

fn proxy_page(status: StatusCode) -> Response {
    let page = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\r\n");
    (status, [(CONTENT_TYPE, "text/html")], page).into_response()
}

fn with_header(mut answer: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
    answer
}

/// The answer without its body, and the body.
async fn taken_apart(answer: Response) -> (Response<()>, Bytes) {
    let (parts, body) = answer.into_parts();
    // The emulator's own answers are in memory already: reading them does not fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    (Response::from_parts(parts, ()), body)
}

/// The answer with this body, of which the length is said beforehand.
fn announcing(answer: Response<()>, length: usize, body: Body) -> Response {
    let mut answer = answer.map(|()| body);
    answer.headers_mut().insert(CONTENT_LENGTH, length.into());
    answer
}
