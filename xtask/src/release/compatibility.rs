//! The libraries break no program that was written for the last release. Because the crates may not be on crates.io, they are compared
//! with the sources at the tag of the last release.

use std::fs;
use std::path::Path;
use std::time::Duration;

use duct::cmd;

use crate::Outcome;
use crate::docs_site;
use crate::process::{announce, capture, root, text};
use crate::tools::{self, CARGO_SEMVER_CHECKS};

const LIBRARIES: [&str; 2] = ["nebula-explorer", "nebula-explorer-emulator"];

/// What is renamed in the rehearsal, and the rule that finds it.
const METHOD: &str = "server_time";
const RULE: &str = "inherent_method_missing";

/// Compares the libraries with the last release, after showing that a breaking change would be found.
pub fn check() -> Outcome {
    let program = tools::cargo(&CARGO_SEMVER_CHECKS)?;
    rehearse(&program)?;
    let tags = cmd!("git", "tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname").read()?;
    let Some(tag) = tags.lines().next() else {
        eprintln!("NOT COMPARED: there is no tag `v…`, because nothing has been released yet");
        return Ok(());
    };
    for library in LIBRARIES {
        announce(&format!("cargo semver-checks: {library} since {tag}"));
        cmd!(&program, "semver-checks", "--package", library, "--all-features", "--baseline-rev", tag).run()?;
    }
    Ok(())
}

fn rehearse(program: &Path) -> Outcome {
    announce(&format!("cargo semver-checks, with `{METHOD}` renamed"));
    let folder = root().join("target/semver-checks");
    fs::create_dir_all(&folder)?;
    let before = fs::read_to_string(docs_site::rustdoc_json("nebula-explorer")?)?;
    let after = before.replace(&format!("\"name\":\"{METHOD}\""), &format!("\"name\":\"{METHOD}_renamed\""));
    let [baseline, current] = ["baseline.json", "current.json"].map(|name| folder.join(name));
    fs::write(&baseline, before)?;
    fs::write(&current, after)?;
    let compare = cmd!(program, "semver-checks", "--baseline-rustdoc", &baseline, "--current-rustdoc", &current);
    let output = capture(&compare, Duration::from_secs(300))?;
    let (found, messages) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() || !found.contains(RULE) || !found.contains(METHOD) {
        return Err(format!("cargo semver-checks did not report `{RULE}`:\n{found}{messages}").into());
    }
    eprintln!("reported: {RULE}");
    Ok(())
}
