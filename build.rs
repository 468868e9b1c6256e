//! Generates the code that `src/contract/` includes from the contract.

#[path = "build/mod.rs"]
mod build;

use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    build::script::run("openapi/explorer-workflow.yaml", str::to_string)
}
