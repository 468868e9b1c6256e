//! `cargo xtask contract`: the contract is sound, breaks no client of the last release, and the emulator keeps to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nebula_explorer::operations::{CONTRACT as TEXT, OPERATIONS};
use serde_json::Value;

use crate::Outcome;
use crate::emulator::Emulator;
use crate::mock_server;
use crate::process::{announce, capture, command, root, run};
use crate::sample;
use crate::tools::{self, GO, NODE, PYTHON};

const CONTRACT: &str = "openapi/explorer-workflow.yaml";
/// Where the contracts of the releases are kept.
const RELEASED: &str = "openapi/released";

/// What oasdiff calls an operation whose id is gone.
const RENAMED: &str = "api-operation-id-removed";

/// Where oasdiff's own judgement of what breaks a client does not fit.
const LEVELS: &[(&str, &str)] = &[
    // Generated clients name their functions after it.
    (RENAMED, "err"),
    // Codes and statuses: the contract says that a client keeps a number that it does not know.
    ("response-property-enum-value-added", "info"),
];

/// Runs all checks; the first that fails ends it.
pub fn check() -> Outcome {
    tools::require(&[&NODE, &PYTHON, &GO])?;
    let node = tools::node()?;
    let python = tools::python("python", "xtask/tools/requirements.txt")?;
    let go = tools::go()?;

    lint(&node, &python)?;
    rehearse_breaking_change(&go)?;
    compare_with_release(&go)?;
    mock_server::check(&node, CONTRACT)?;
    hold_emulator_against_it(&python)
}

fn lint(node: &Path, python: &Path) -> Outcome {
    announce("redocly lint");
    run(command(node.join("redocly"), "")
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        // The recommended rules, their warnings as errors.
        .args(["lint", "--extends", "recommended-strict", CONTRACT]))?;

    announce("spectral lint");
    run(command(node.join("spectral"), "").args([
        "lint",
        "--ruleset",
        "xtask/tools/spectral.yaml",
        "--fail-severity",
        "hint",
        CONTRACT,
    ]))?;

    announce("openapi-spec-validator");
    run(command(python.join("openapi-spec-validator"), "").arg(CONTRACT))
}

/// Shows that a breaking change would be found: renames an operation in a copy of the contract, which must be named.
fn rehearse_breaking_change(go: &Path) -> Outcome {
    announce("oasdiff breaking, against a copy with an operation renamed");
    let operation = OPERATIONS.first().ok_or("the contract has no operation")?;
    let id = format!("operationId: {}\n", operation.id);
    let renamed = go.join("renamed.yaml");
    fs::write(&renamed, TEXT.replace(&id, &format!("operationId: {}_renamed\n", operation.id)))?;
    let ended = capture(oasdiff(go)?.args(["--fail-on", "ERR", CONTRACT]).arg(renamed), Duration::from_secs(60))?;
    if ended.success || !ended.stdout.contains(RENAMED) {
        return Err(format!("oasdiff did not name the change `{RENAMED}`:\n{}{}", ended.stdout, ended.stderr).into());
    }
    eprintln!("it was named: {RENAMED}");
    Ok(())
}

/// `oasdiff breaking`, with the levels of this project.
fn oasdiff(go: &Path) -> Outcome<Command> {
    // A file, since oasdiff takes nothing else; written anew, since the file has no room for the reasons.
    let levels = go.join("oasdiff-levels.txt");
    fs::write(&levels, LEVELS.iter().map(|(rule, level)| format!("{rule} {level}\n")).collect::<String>())?;
    let mut oasdiff = command(go.join("oasdiff"), "");
    oasdiff.arg("breaking").arg("--severity-levels").arg(levels);
    Ok(oasdiff)
}

fn compare_with_release(go: &Path) -> Outcome {
    announce("oasdiff breaking, against the last release");
    let current = version(&root().join(CONTRACT))?;
    let Some((released, path)) = newest_release()? else {
        eprintln!("NOT COMPARED: {RELEASED} holds no contract, since nothing has been released yet");
        return Ok(());
    };
    let mut oasdiff = oasdiff(go)?;
    let major_raised = current[0] > released[0];
    if !major_raised {
        oasdiff.args(["--fail-on", "ERR"]);
    }
    run(oasdiff.arg(path).arg(CONTRACT)).map_err(|error| {
        let [major, minor, patch] = released;
        format!("{error}: what breaks clients of {major}.{minor}.{patch} needs the version {}.0.0", major + 1).into()
    })
}

/// The newest of the released contracts, by the version that it states.
fn newest_release() -> Outcome<Option<([u64; 3], PathBuf)>> {
    let folder = root().join(RELEASED);
    if !folder.exists() {
        return Ok(None);
    }
    let mut releases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            releases.push((version(&path)?, path));
        }
    }
    Ok(releases.into_iter().max())
}

/// The version that a contract states.
fn version(contract: &Path) -> Outcome<[u64; 3]> {
    let document: Value = serde_saphyr::from_str(&fs::read_to_string(contract)?)?;
    let text = document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default();
    let numbers: Option<Vec<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
    let numbers: Option<[u64; 3]> = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| format!("{}: info.version is `{text}`, not three numbers", contract.display()).into())
}

fn hold_emulator_against_it(python: &Path) -> Outcome {
    let emulator = Emulator::start()?;
    let token = tokio::runtime::Runtime::new()?.block_on(sample::token(&emulator.url))?;
    announce("schemathesis against the emulator");
    run(command(python.join("schemathesis"), "")
        .env("EXPLORER_URL", &emulator.url)
        .env("EXPLORER_TOKEN", token)
        .env("EXPLORER_ACCOUNT", sample::account())
        .args(["--config-file", "xtask/tools/schemathesis.toml", "run", CONTRACT]))
}
