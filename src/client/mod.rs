//! The generated client, authenticated: what its requests go through, and how its results become data or an error.

pub(crate) mod context;
pub(crate) mod hooks;
pub(crate) mod outcome;
pub(crate) mod raw_request;
pub(crate) mod setup;
