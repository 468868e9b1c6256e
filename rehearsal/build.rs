//! Generates the client of the changed contract, as the SDK's build script does for the contract itself.

#![allow(clippy::panic)]

#[path = "../build/mod.rs"]
mod build;
mod changes;

use std::process::ExitCode;

fn main() -> ExitCode {
    for input in ["build.rs", "changes.rs", "../build"] {
        println!("cargo::rerun-if-changed={input}");
    }
    build::script::run("../openapi/explorer-workflow.yaml", changes::change)
}
