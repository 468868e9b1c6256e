//! `cargo xtask first-result`: how long the README's first two commands take on a fresh clone.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use duct::cmd;
use serde_json::Value;

use crate::Outcome;
use crate::files::remove;
use crate::process::{announce, root, text};

/// The commands, as the README gives them.
const COMMANDS: [&[&str]; 2] = [&["run", "-p", "quickstart"], &["test", "--workspace"]];

/// Clones the last commit, downloads its dependencies, and prints for each command the time, how many crates it compiled, and how many
/// crates of the commands before it could not use.
pub fn print() -> Outcome {
    let clone = root().join("target/first-result");
    remove(&clone)?;
    cmd!("git", "clone", "--quiet", root(), &clone).run()?;
    cmd!("cargo", "fetch", "--quiet", "--locked").dir(&clone).run()?;
    let mut rows = Vec::new();
    let mut before = BTreeSet::new();
    for command in COMMANDS {
        let Measured { time, compiled, reused } = measure(&clone, command)?;
        let unused: Vec<_> = before.difference(&reused).map(|artifact: &Artifact| artifact.name.as_str()).collect();
        let readable = command.join(" ");
        rows.push(format!("| `cargo {readable}` | {} | {} | {} |", time.as_secs(), compiled.len(), unused.len()));
        eprintln!("not used by `cargo {readable}`: {}", unused.join(", "));
        before.extend(compiled);
    }
    remove(&clone)?;
    println!(
        "| command | seconds | crates compiled | crates of the command before that it cannot use |\n|---|---|---|---|"
    );
    println!("{}", rows.join("\n"));
    Ok(())
}

struct Measured {
    time: Duration,
    compiled: BTreeSet<Artifact>,
    /// Compiled before.
    reused: BTreeSet<Artifact>,
}

/// A crate, as it is compiled with these features.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Artifact {
    name: String,
    package: String,
    features: String,
}

/// Runs a cargo command.
fn measure(clone: &Path, command: &[&str]) -> Outcome<Measured> {
    announce(&format!("cargo {}", command.join(" ")));
    let start = Instant::now();
    let output = cmd("cargo", command.iter().chain(&["--message-format=json"]))
        .dir(clone)
        .env("CARGO_TARGET_DIR", clone.join("target"))
        .env("CARGO_NET_OFFLINE", "true")
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .run()?;
    let time = start.elapsed();
    if !output.status.success() {
        return Err(text(&output.stderr).into());
    }
    let (mut compiled, mut reused) = (BTreeSet::new(), BTreeSet::new());
    // Between the messages of cargo is the output of the programs.
    for message in text(&output.stdout).lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if message["reason"] == "compiler-artifact" {
            let (package, features) = (message["package_id"].to_string(), message["features"].to_string());
            let name = message["target"]["name"].as_str().unwrap_or_default().to_owned();
            let artifact = Artifact { name, package, features };
            if message["fresh"] == true {
                reused.insert(artifact)
            } else {
                compiled.insert(artifact)
            };
        }
    }
    Ok(Measured { time, compiled, reused })
}
