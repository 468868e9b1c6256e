//! Running workflows.

mod acquire;
mod digest;
mod lease;
pub(crate) mod memory;
mod search;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(crate) mod sql;
pub(crate) mod store;
pub(crate) mod submit;
pub(crate) mod workflow;
