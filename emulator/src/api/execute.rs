//! Executes a request: checks the session, reads the parameters and calls the handler.

use axum::RequestPartsExt as _;
use axum::body::to_bytes;
use axum::extract::{Query, RawPathParams, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use nebula_explorer::ErrorCode;
use nebula_explorer::operations::{Operation, Security};

use crate::api::envelope::ApiError;
use crate::api::handlers::Handler;
use crate::api::request::{ApiRequest, is_balanced_here, session_token};
use crate::behaviour::Cookies;
use crate::sessions::TokenError;
use crate::state::State;

/// The largest accepted request body, in bytes.
const MAX_BODY: usize = 1 << 20;

pub(crate) async fn execute(
    state: &State,
    operation: &'static Operation,
    handler: Handler,
    request: Request,
) -> Response {
    let request = read(state, operation, request).await;
    request.and_then(|request| handler(state, &request)).unwrap_or_else(|error| {
        let mut response = error.into_response();
        if state.settings.behaviour.errors_in_success {
            *response.status_mut() = StatusCode::OK;
        }
        response
    })
}

/// Reads a request. Like the real server, it checks the session first.
async fn read(state: &State, operation: &'static Operation, request: Request) -> Result<ApiRequest, ApiError> {
    let (mut parts, body) = request.into_parts();
    if operation.security == Security::Session {
        let token = session_token(&parts.headers);
        // Another server has another key.
        let checked = match state.settings.behaviour.cookies == Cookies::Several && !is_balanced_here(&parts.headers) {
            true => Err(TokenError::Signature),
            false => state.sessions.check(token.as_deref(), state.clock.wall()),
        };
        checked.map_err(|error| ApiError::new(ErrorCode::ErrSession, error.to_string()))?;
    }
    let unreadable = |part: &str| ApiError::parameter(format!("the {part} cannot be read"));
    let path = parts.extract::<RawPathParams>().await.map_err(|_| unreadable("path"))?;
    let path = path.iter().map(|(_, value)| value.to_string()).collect();
    let Query::<Vec<(String, String)>>(query) = Query::try_from_uri(&parts.uri).map_err(|_| unreadable("query"))?;
    state.unknown_parameters.warn(operation, &query);
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| unreadable("body"))?;
    Ok(ApiRequest { operation, path, query, headers: parts.headers, body })
}
