//! Generates the client of the changed contract, as the SDK's build script does that of the contract.

#![allow(clippy::panic)]

#[path = "../build/mod.rs"]
mod build;
mod changes;

use std::error::Error;
use std::path::Path;

const CONTRACT: &str = "../openapi/explorer-workflow.yaml";

fn main() -> Result<(), Box<dyn Error>> {
    for input in ["build.rs", "changes.rs", "../build", CONTRACT] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out_dir = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?;
    let generated = build::generate(&changes::change(&std::fs::read_to_string(CONTRACT)?))?;
    for (file, code) in generated.files() {
        std::fs::write(Path::new(&out_dir).join(file), code)?;
    }
    Ok(())
}
