//! Error codes of the server.

use crate::contract::code::ErrorCode;
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
    /// Whether it is of a sign-in that renews a session: the account has been accepted before.
    pub(crate) is_renewal: bool,
}

impl ApiError {
    /// A message is the name, or the name, two colons and a detail; `details` may say more. An error without a message has the
    /// name of its code.
    pub(crate) fn new(
        code: ErrorCode,
        message: Option<String>,
        details: Option<String>,
        http_status: u16,
        call: CallContext,
    ) -> Self {
        let message = message.filter(|message| !message.is_empty()).unwrap_or_else(|| code.to_string());
        let (name, detail) = match message.split_once("::") {
            Some((name, detail)) => (name.to_string(), Some(detail.trim().to_string())),
            None => (message, None),
        };
        let parts = [detail, details].into_iter().flatten().filter(|text| !text.is_empty());
        let detail = parts.reduce(|detail, more| format!("{detail} ({more})"));
        Self { code, name, detail, http_status, call, is_renewal: false }
    }

    /// Whether the account itself was rejected. A graph service that cannot be reached has the same code as a wrong password.
    pub(crate) fn rejects_account(&self) -> bool {
        let detail = self.detail.as_deref().unwrap_or_default();
        matches!(self.http_status, 401 | 403) || detail.contains("failed to authenticate")
    }
}
