//! Emulates the Dag Controller and the analytics engine: workflows, jobs, and the results of their tasks.

pub mod algorithms;
pub mod graph;
pub(crate) mod jobs;
pub(crate) mod results;
pub(crate) mod timeline;
pub mod workflows;
