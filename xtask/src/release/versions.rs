//! The same version everywhere, and a date.

use std::fs;

use duct::cmd;
use serde_json::Value;

use crate::Outcome;
use crate::contract;
use crate::process::announce;
use crate::release::VERSION;

/// Fails with everything that is not ready.
pub fn check(is_rehearsal: bool) -> Outcome {
    announce("versions");
    let mut problems = packages()?;
    problems.extend(contract::check_released().err().map(|error| error.to_string()));
    let unfinished = [changelog()?, changes()?].into_iter().flatten();
    if is_rehearsal {
        unfinished.for_each(|problem| eprintln!("before the release: {problem}"));
    } else {
        problems.extend(unfinished);
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// The published packages have the version, and require it of each other.
fn packages() -> Outcome<Vec<String>> {
    let metadata = cmd!("cargo", "metadata", "--locked", "--no-deps", "--format-version", "1").read()?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut problems = Vec::new();
    // A list of registries that is empty means that a package is not published.
    for package in list(&metadata["packages"]).iter().filter(|package| package["publish"].is_null()) {
        let name = &package["name"];
        if package["version"] != VERSION {
            problems.push(format!("{name} has the version {}, not {VERSION}", package["version"]));
        }
        // A dependency for tests is taken from the repository.
        let is_published = |dependency: &&Value| dependency["path"].is_string() && dependency["kind"] != "dev";
        for dependency in list(&package["dependencies"]).iter().filter(is_published) {
            if dependency["req"] != format!("^{VERSION}") {
                problems
                    .push(format!("{name} requires {} of {}, not {VERSION}", dependency["req"], dependency["name"]));
            }
        }
    }
    Ok(problems)
}

/// The newest section of the changelog is that of this version, with a date.
fn changelog() -> Outcome<Option<String>> {
    let text = fs::read_to_string("CHANGELOG.md")?;
    let heading = text.lines().find_map(|line| line.strip_prefix("## ")).unwrap_or_default();
    let date = heading.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix(" - "));
    let is_date = |date: &str| date.len() == 10 && date.chars().all(|c| c.is_ascii_digit() || c == '-');
    Ok((!date.is_some_and(is_date))
        .then(|| format!("the first section of CHANGELOG.md is `{heading}`, not `{VERSION} - YYYY-MM-DD`")))
}

/// Everything is committed.
fn changes() -> Outcome<Option<String>> {
    let changes = cmd!("git", "status", "--porcelain").read()?;
    Ok((!changes.is_empty()).then(|| format!("not committed:\n{changes}")))
}
