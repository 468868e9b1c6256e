//! Error codes and job statuses, generated from the contract's tables, and what the number of a code implies.

use http::StatusCode;

include!(concat!(env!("OUT_DIR"), "/codes.rs"));

impl ErrorCode {
    /// The category: the first three digits of the code.
    pub const fn category(self) -> i64 {
        self.number() / 100_000
    }

    /// The HTTP status that belongs to the code: its category, or 500 for a category that is not an HTTP error status.
    pub fn http_status(self) -> StatusCode {
        u16::try_from(self.category())
            .ok()
            .filter(|category| (400..600).contains(category))
            .and_then(|category| StatusCode::from_u16(category).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Whether the server rejects the session's token, so that signing in again may help.
    pub(crate) fn rejects_session(self) -> bool {
        matches!(self, Self::ErrSession | Self::ErrUnauthorized)
    }
}
