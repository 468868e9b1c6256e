//! Routes each request to its operation and decides whether a fault is injected.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, any};
use nebula_explorer::operations::{OPERATIONS, Operation};

use crate::api::clean_path::clean_path;
use crate::api::count_requests::count_requests;
use crate::api::envelope::{web_page, wrong_method};
use crate::api::execute::execute;
use crate::api::handlers::{Handler, handler};
use crate::api::headers::add_headers;
use crate::docs;
use crate::faults::inject::{Target, inject};
use crate::state::State;

/// Every operation of the contract and the API reference. All other paths return the web page, as the real server does.
pub(crate) fn router(state: &Arc<State>) -> Router {
    let mut routes: BTreeMap<&str, (MethodRouter, Vec<&str>)> = BTreeMap::new();
    for operation in OPERATIONS {
        let state = Arc::clone(state);
        let handler = handler(operation.id);
        let respond = move |request: Request| async move { respond(&state, operation, handler, request).await };
        let (route, methods) = routes.remove(operation.path).unwrap_or_default();
        let route = match Method::from_bytes(operation.method.as_bytes()).map(MethodFilter::try_from) {
            Ok(Ok(method)) => route.on(method, respond),
            _ => route,
        };
        let methods = [methods, vec![operation.method]].concat();
        routes.insert(operation.path, (route, methods));
    }
    let mut router = Router::new().fallback(any(|| async { web_page() }));
    for (path, (route, methods)) in routes {
        let allowed = methods.join(", ");
        let reject = move || async move { wrong_method(&allowed) };
        // Without a route for HEAD, axum would use the one for GET.
        router = router.route(path, route.on(MethodFilter::HEAD, reject.clone()).fallback(reject));
    }
    router = router.merge(docs::router(&state.settings));
    let router = router.layer(from_fn_with_state((state.clock, state.settings.behaviour.date), add_headers));
    // A layer runs after routing, except around a fallback.
    Router::new().fallback_service(router).layer(from_fn(clean_path)).layer(from_fn(count_requests))
}

async fn respond(state: &State, operation: &'static Operation, handler: Handler, request: Request) -> Response {
    state.count_call(operation.id);
    if !state.settings.behaviour.circuit_breaker {
        return execute_or_inject(state, operation, handler, request).await;
    }
    if state.circuit_breaker.rejects(operation.id) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let response = execute_or_inject(state, operation, handler, request).await;
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        state.circuit_breaker.record_failure(operation.id);
    }
    response
}

async fn execute_or_inject(
    state: &State,
    operation: &'static Operation,
    handler: Handler,
    request: Request,
) -> Response {
    let Some(rule) = state.faults.draw(operation) else { return execute(state, operation, handler, request).await };
    let target = Target::of(&request);
    inject(&rule, state, target, execute(state, operation, handler, request)).await
}
