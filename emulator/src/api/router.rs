//! The way of a request: the operation that its path and method name, the session, then the operation itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::RequestPartsExt as _;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Query, RawPathParams, Request};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, any};
use nebula_explorer::operations::{OPERATIONS, Operation, SESSION_COOKIE, Security};

use crate::api::envelope::{ApiError, web_page, wrong_method};
use crate::api::handlers;
use crate::api::request::Call;
use crate::api::trace::add_headers;
use crate::docs;
use crate::faults::inject::inject;
use crate::state::State;

/// The largest body that is read, in bytes.
const MAX_BODY: usize = 1 << 20;

/// Every operation of the contract under its path, the reference under `/docs/`; the web page under every other path.
pub(crate) fn router(state: &Arc<State>) -> Router {
    let mut routes: BTreeMap<&str, (MethodRouter, Vec<&str>)> = BTreeMap::new();
    for operation in OPERATIONS {
        let state = Arc::clone(state);
        let handler = move |request: Request| async move { call(&state, operation, request).await };
        let (route, methods) = routes.remove(operation.path).unwrap_or_default();
        let route = match axum::http::Method::from_bytes(operation.method.as_bytes()).map(MethodFilter::try_from) {
            Ok(Ok(method)) => route.on(method, handler),
            _ => route,
        };
        let methods = [methods, vec![operation.method]].concat();
        routes.insert(operation.path, (route, methods));
    }
    let mut router = Router::new().fallback(any(|| async { web_page() }));
    for (path, (route, methods)) in routes {
        let allowed = methods.join(", ");
        let refuse = {
            let allowed = allowed.clone();
            move || async move { wrong_method(&allowed) }
        };
        // GET would answer HEAD too.
        router = router.route(path, route.on(MethodFilter::HEAD, refuse.clone()).fallback(refuse));
    }
    router = router.merge(docs::router(&state.settings));
    router.layer(from_fn_with_state(state.clock, add_headers))
}

async fn call(state: &State, operation: &'static Operation, request: Request) -> Response {
    state.count_call(operation.id);
    match state.faults.draw(operation) {
        None => act(state, operation, request).await,
        Some(rule) => inject(&rule, state, operation, request).await,
    }
}

/// What happens to a call that no fault strikes.
pub(crate) async fn act(state: &State, operation: &'static Operation, request: Request) -> Response {
    match read(state, operation, request).await.and_then(|call| handlers::answer(state, &call)) {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

/// Reads a request. The session is checked before its parameters are.
async fn read(state: &State, operation: &'static Operation, request: Request) -> Result<Call, ApiError> {
    let (mut parts, body) = request.into_parts();
    if operation.security == Security::Session {
        state.sessions.check(token(&parts.headers).as_deref(), state.clock.wall())?;
    }
    let unreadable = |what: &str| ApiError::parameter(format!("the {what} cannot be read"));
    let path = parts.extract::<RawPathParams>().await.map_err(|_| unreadable("path"))?;
    let path = path.iter().map(|(_, value)| value.to_string()).collect();
    let Query(query) = Query::try_from_uri(&parts.uri).map_err(|_| unreadable("query"))?;
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| unreadable("body"))?;
    Ok(Call { operation, path, query, headers: parts.headers, body })
}

/// The token that a request bears.
pub(crate) fn token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| value.to_string())
}
