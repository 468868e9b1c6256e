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
    /// The HTTP status.
    pub http_status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The first characters of the body.
    pub start: String,
    /// What the header `Retry-After` asks for.
    pub retry_after: Option<Duration>,
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
