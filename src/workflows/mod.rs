//! Running workflows.

pub(crate) mod store;
pub(crate) mod submit;
pub(crate) mod workflow;
