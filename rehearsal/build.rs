//! Generates the client of the changed contract, as the SDK's build script does for the contract itself.

#![allow(clippy::panic)]

#[path = "../build/mod.rs"]
mod build;
mod changes;

use std::process::ExitCode;

/// The sections of the SDK's manifest that this package's manifest repeats, because cargo cannot share them.
const SECTIONS: [&str; 3] = ["features", "dependencies", "build-dependencies"];

fn main() -> ExitCode {
    for input in ["build.rs", "changes.rs", "Cargo.toml", "../build", "../Cargo.toml"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let differing = SECTIONS.into_iter().find(|name| section("Cargo.toml", name) != section("../Cargo.toml", name));
    if let Some(name) = differing {
        println!("cargo::error=rehearsal/Cargo.toml: [{name}] differs from [{name}] of Cargo.toml: copy it from there");
        return ExitCode::FAILURE;
    }
    build::script::run("../openapi/explorer-workflow.yaml", changes::change)
}

/// The lines of a section of a manifest, without comments.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let lines = text.lines().skip_while(|line| *line != format!("[{name}]")).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(String::from).collect()
}
