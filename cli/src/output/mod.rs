//! Data on standard output, messages and progress on standard error.

pub mod columns;
pub mod escape;
#[allow(clippy::module_inception)]
pub mod output;
pub mod progress;
pub mod records;
pub mod rows;
pub mod stderr;
pub mod table;
pub mod time;
pub mod timeline;
