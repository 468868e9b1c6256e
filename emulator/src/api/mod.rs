//! The API: from a request to the operation it calls, and the response.

pub(crate) mod envelope;
pub(crate) mod go_errors;
pub(crate) mod handlers;
pub(crate) mod request;
pub(crate) mod router;
pub(crate) mod sign_in;
pub(crate) mod trace;
pub(crate) mod wire_forms;
