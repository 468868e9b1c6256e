//! The contract in Rust: the generated client and its types, the operations as data, and types for values that servers send in
//! several forms.

pub mod code;
pub mod generated;
pub mod job;
pub mod operations;
pub mod wire;
