//! Error codes of the server.

use crate::contract::code::ErrorCode;
use crate::contract::generated::types;
use crate::error::transport::CallContext;

/// An error code of the server, with its reason.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) {
/// if let Err(nebula_explorer::Error::Api(error)) = explorer.job(107).get().await {
///     println!("{} {}: {}", error.code.number(), error.name, error.detail.unwrap_or_default());
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The code; one that the contract does not list keeps its number.
    pub code: ErrorCode,
    /// The name, as the server gave it: `ErrSession`.
    pub name: String,
    /// What the server says beyond the name: `token is expired`.
    pub detail: Option<String>,
    /// The HTTP status that belongs to the code: the response's own, or the code's category if the response had 200.
    pub http_status: u16,
    /// The call that failed.
    pub call: CallContext,
}

impl ApiError {
    /// A message is the name, or the name, two colons and a detail; `details` may say more.
    pub(crate) fn new(envelope: types::ErrorResponse, http_status: u16, call: CallContext) -> Self {
        let (name, detail) = match envelope.message.split_once("::") {
            Some((name, detail)) => (name.to_string(), Some(detail.to_string())),
            None => (envelope.message, None),
        };
        let parts = [detail, envelope.details].into_iter().flatten().filter(|text| !text.is_empty());
        let detail = parts.reduce(|detail, more| format!("{detail} ({more})"));
        Self { code: envelope.code, name, detail, http_status, call }
    }
}
