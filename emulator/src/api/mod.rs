//! The HTTP API: routes requests to handlers and writes responses in the real server's form.

pub(crate) mod circuit_breaker;
mod clean_path;
pub(crate) mod envelope;
mod execute;
mod go_errors;
mod handlers;
mod headers;
pub(crate) mod request;
pub(crate) mod router;
mod sign_in;
pub(crate) mod unknown_parameters;
mod wire_forms;
