//! The build script: reads a contract and writes what `src/contract/` includes.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use super::guard::guard;

/// Generates from the file `contract`, after `change`. Whatever goes wrong is one line that cargo shows as an error.
pub fn run(contract: &str, change: impl FnOnce(&str) -> String) -> ExitCode {
    println!("cargo::rerun-if-changed={contract}");
    // A panic is reported as an error, and progenitor is run again to find its place: the hook would print each time.
    std::panic::set_hook(Box::new(|_| {}));
    match guard(|| write_generated(contract, change)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("cargo::error={contract}: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn write_generated(contract: &str, change: impl FnOnce(&str) -> String) -> Result<(), Box<dyn Error>> {
    let out_dir = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set: run this through cargo")?;
    let generated = super::generate(&change(&fs::read_to_string(contract)?))?;
    for (file, code) in generated.files() {
        fs::write(Path::new(&out_dir).join(file), code)?;
    }
    Ok(())
}
