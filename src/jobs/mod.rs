//! Jobs: one, lists of them, waiting for them, and following many at once.

pub mod conditions;
pub(crate) mod get;
pub(crate) mod handle;
pub(crate) mod lenient;
pub(crate) mod list;
pub(crate) mod page;
pub(crate) mod paging;
pub(crate) mod poll;
pub(crate) mod progress;
pub(crate) mod wait;
pub(crate) mod watch;
