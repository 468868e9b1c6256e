//! What the contract states, in Rust: the generated client and its types, the operations as data, and the values that the
//! documentation leaves open.

pub mod code;
pub mod generated;
pub mod job;
pub mod operations;
pub mod wire;
