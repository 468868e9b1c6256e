//! Responses that cannot be used.

use std::time::Duration;

use crate::error::transport::CallContext;

/// A response that is not of this API.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// if let Err(nebula_explorer::Error::UnexpectedResponse(response)) = explorer.jobs().await {
///     println!("HTTP {} {:?}: {}", response.http_status, response.content_type, response.start);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnexpectedResponse {
    /// The call that failed.
    pub call: CallContext,
    /// The HTTP status; that of a gateway's own JSON if it responded with a success.
    pub http_status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The header `Server`, which often names the proxy or gateway that responded.
    pub server: Option<String>,
    /// Why a Squid proxy could not serve the request: `ERR_CONNECT_FAIL 111`.
    pub proxy_error: Option<String>,
    /// The title of the page, if it is one.
    pub title: Option<String>,
    /// The first characters of the body.
    pub start: String,
    /// Whether the body is a page for people.
    pub is_page: bool,
    /// What the header `Retry-After` asks for.
    pub retry_after: Option<Duration>,
}

impl UnexpectedResponse {
    /// Whether it is an empty 503 of Explorer's own framework, which rejects requests for a while after many errors. A proxy's
    /// 503 has no trace id.
    pub(crate) fn is_circuit_breaker(&self) -> bool {
        self.http_status == 503 && self.start.is_empty() && self.call.trace_id.is_some()
    }

    /// Whether the request was rejected before anything acted on it.
    pub(crate) fn was_not_acted_upon(&self) -> bool {
        matches!(self.http_status, 421 | 425 | 429) || self.is_circuit_breaker()
    }
}

/// Where a response does not match the contract, and how.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// if let Err(nebula_explorer::Error::InvalidResponse(response)) = explorer.jobs().await {
///     println!("{}: {}", response.place, response.problem);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidResponse {
    /// The call that failed.
    pub call: CallContext,
    /// The place in the JSON, such as `data.items[3].status`; for headers, their name.
    pub place: String,
    /// What is wrong there.
    pub problem: String,
}
