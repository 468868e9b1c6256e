//! The HTTP API: routes requests to handlers and writes responses in the real server's form.

mod clean_path;
mod count_requests;
pub(crate) mod envelope;
mod execute;
mod go_errors;
mod handlers;
mod headers;
pub(crate) mod request;
pub(crate) mod router;
mod sign_in;
mod wire_forms;
