//! The results of tasks: rows, decoded into the caller's types.

pub(crate) mod decode;
pub(crate) mod rows;
