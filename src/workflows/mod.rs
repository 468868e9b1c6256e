//! Running workflows.

mod acquire;
pub(crate) mod batch;
mod digest;
mod lease;
pub(crate) mod memory;
pub(crate) mod request;
mod search;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) mod sql;
pub(crate) mod store;
pub(crate) mod submit;
pub(crate) mod workflow;
