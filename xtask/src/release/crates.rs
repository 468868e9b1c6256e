//! The crates, as they are published.

use std::fs;
use std::path::Path;

use duct::cmd;

use crate::Outcome;
use crate::process::{announce, root};
use crate::release::VERSION;

/// In the order of their upload.
const CRATES: [&str; 3] = ["nebula-explorer", "nebula-explorer-emulator", COMMAND];
const COMMAND: &str = "nebula-explorer-cli";

/// The program that is compiled with the crates, and what it prints at the end.
const PROGRAM: &str = "examples/quickstart/src/main.rs";
const PRINTED: &str = "The top rows of PageRank";

/// Packages the crates, and compiles and runs programs with them outside of the workspace.
pub fn package(artefacts: &Path) -> Outcome {
    announce("the crates");
    let options = ["package", "--quiet", "--locked", "--allow-dirty", "--no-verify"];
    let packages = CRATES.iter().flat_map(|name| ["--package", name]);
    cmd("cargo", options.into_iter().chain(packages)).run()?;
    let outside = tempfile::tempdir()?;
    for name in CRATES {
        let file = artefacts.join(format!("{name}-{VERSION}.crate"));
        fs::copy(root().join("target/package").join(format!("{name}-{VERSION}.crate")), &file)?;
        cmd!("tar", "--extract", "--gzip", "--file", file, "--directory", outside.path()).run()?;
    }
    compile(outside.path())
}

fn compile(folder: &Path) -> Outcome {
    announce("a project with the crates, outside of the workspace");
    write_project(folder)?;
    let target = root().join("target");
    let cargo = |arguments: &[&str]| cmd("cargo", arguments).dir(folder).env("CARGO_TARGET_DIR", &target);
    let printed = cargo(&["run", "--quiet", "--package", "outside"]).read()?;
    if !printed.contains(PRINTED) {
        return Err(format!("the program printed no `{PRINTED}`:\n{printed}").into());
    }
    let version = cargo(&["run", "--quiet", "--package", COMMAND, "--", "--version"]).read()?;
    if version.ends_with(VERSION) { Ok(()) } else { Err(format!("the command says that it is `{version}`").into()) }
}

/// A workspace of the crates and a program, which depends on them as if they were on crates.io.
fn write_project(folder: &Path) -> Outcome {
    let members = CRATES.map(|name| format!("\"{name}-{VERSION}\"")).join(", ");
    let patches: String = CRATES.iter().map(|name| format!("{name} = {{ path = \"{name}-{VERSION}\" }}\n")).collect();
    let workspace =
        format!("[workspace]\nresolver = \"3\"\nmembers = [\"outside\", {members}]\n\n[patch.crates-io]\n{patches}");
    fs::write(folder.join("Cargo.toml"), workspace)?;
    // The versions that were tested.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let program = folder.join("outside");
    fs::create_dir_all(program.join("src"))?;
    fs::copy(root().join(PROGRAM), program.join("src/main.rs"))?;
    let manifest = format!(
        "[package]\nname = \"outside\"\nedition = \"2024\"\n\n[dependencies]\nfutures-util = \"0.3\"\n\
         nebula-explorer = \"{VERSION}\"\nnebula-explorer-emulator = \"{VERSION}\"\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n"
    );
    Ok(fs::write(program.join("Cargo.toml"), manifest)?)
}
