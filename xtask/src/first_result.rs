//! `cargo xtask first-result`: how long the README's first two commands take on a fresh clone.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use duct::cmd;

use crate::Outcome;
use crate::files::remove;
use crate::process::{announce, root, text};

/// The commands, as the README gives them.
const COMMANDS: [&[&str]; 2] = [&["run", "-p", "quickstart"], &["test", "--workspace"]];

/// Clones the last commit, downloads its dependencies, and prints for each command the time and the crates it compiled.
pub fn print() -> Outcome {
    let clone = root().join("target/first-result");
    remove(&clone)?;
    cmd!("git", "clone", "--quiet", root(), &clone).run()?;
    cmd!("cargo", "fetch", "--quiet", "--locked").dir(&clone).run()?;
    let mut rows = Vec::new();
    let mut before = BTreeSet::new();
    for command in COMMANDS {
        let (time, compiled) = measure(&clone, command)?;
        let again: Vec<_> = compiled.intersection(&before).cloned().collect();
        let readable = command.join(" ");
        rows.push(format!("| `cargo {readable}` | {} | {} | {} |", time.as_secs(), compiled.len(), again.len()));
        eprintln!("compiled again by `cargo {readable}`: {}", again.join(", "));
        before.extend(compiled);
    }
    remove(&clone)?;
    println!("| command | seconds | crates compiled | of these, compiled before |\n|---|---|---|---|");
    println!("{}", rows.join("\n"));
    Ok(())
}

/// Runs a cargo command, and returns its time and the crates it compiled.
fn measure(clone: &Path, command: &[&str]) -> Outcome<(Duration, BTreeSet<String>)> {
    announce(&format!("cargo {}", command.join(" ")));
    let start = Instant::now();
    let output = cmd("cargo", command)
        .dir(clone)
        .env("CARGO_TARGET_DIR", clone.join("target"))
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TERM_COLOR", "never")
        .stdout_null()
        .stderr_capture()
        .unchecked()
        .run()?;
    let time = start.elapsed();
    let messages = text(&output.stderr);
    if !output.status.success() {
        return Err(messages.into());
    }
    let compiled = messages.lines().filter_map(|line| line.trim_start().strip_prefix("Compiling "));
    // Behind the name and the version, cargo puts the folder of a package that is not from a registry.
    let compiled = compiled.map(|package| package.split(" (").next().unwrap_or(package).to_owned());
    Ok((time, compiled.collect()))
}
