//! The client that `build.rs` generates from the contract with progenitor. Nothing here is written by hand.

#![allow(missing_docs, clippy::all, clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, rustdoc::all)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));

/// Typed mocks for `httpmock`.
#[cfg(feature = "mock")]
pub mod mocks {
    include!(concat!(env!("OUT_DIR"), "/mocks.rs"));
}
