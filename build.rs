//! The contract in, Rust out: reads `openapi/explorer-workflow.yaml` and writes what `src/generated.rs` includes.

#[path = "build/mod.rs"]
mod build;

use std::path::Path;
use std::process::ExitCode;

const CONTRACT: &str = "openapi/explorer-workflow.yaml";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed={CONTRACT}");
    // progenitor panics on some documents. `build` makes an error of it, and the error is all that is to be seen.
    std::panic::set_hook(Box::new(|_| {}));
    match write_generated() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={CONTRACT}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_generated() -> Result<(), Box<dyn std::error::Error>> {
    let out_dir = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?;
    let generated = build::generate(&std::fs::read_to_string(CONTRACT)?)?;
    for (file, code) in generated.files() {
        std::fs::write(Path::new(&out_dir).join(file), code)?;
    }
    Ok(())
}
