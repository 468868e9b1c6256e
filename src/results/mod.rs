//! The results of tasks: rows, decoded into the caller's types.

#[cfg(feature = "arrow")]
pub(crate) mod arrow;
pub(crate) mod decode;
#[cfg(feature = "arrow")]
mod number;
pub(crate) mod rows;
