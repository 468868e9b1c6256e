//! The HTTP API: routes requests to handlers and writes responses in the real server's form.

pub(crate) mod envelope;
mod execute;
mod go_errors;
mod handlers;
mod headers;
pub(crate) mod request;
pub(crate) mod router;
mod sign_in;
mod wire_forms;
