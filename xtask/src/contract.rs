//! `cargo xtask contract`: the contract is valid and breaks no client of the last release, and the emulator conforms to it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use duct::{Expression, cmd};
use nebula_explorer::operations::CONTRACT as TEXT;
use serde_json::Value;

use crate::Outcome;
use crate::arazzo;
use crate::emulator::Emulator;
use crate::mock_server;
use crate::portable::{self, PORTABLE};
use crate::process::{announce, capture, text};
use crate::sample;
use crate::tools::{self, GO, NODE, PYTHON};

/// The contract.
pub const CONTRACT: &str = "openapi/explorer-workflow.yaml";
/// Both are checked.
const EDITIONS: [&str; 2] = [CONTRACT, PORTABLE];
/// The contracts of the releases.
const RELEASED: &str = "openapi/released";

/// oasdiff's rule for an operation whose id is gone.
const RENAMED: &str = "api-operation-id-removed";

/// Makes oasdiff fail if it finds a breaking change.
const FAIL_IF_BREAKING: &[&str] = &["--fail-on", "ERR"];

/// The rules for which oasdiff's own level does not fit.
const LEVELS: &[(&str, &str)] = &[
    // Generated clients name their functions after it.
    (RENAMED, "err"),
    // Codes and statuses: the contract says that a client keeps a number that it does not know.
    ("response-property-enum-value-added", "info"),
];

/// Writes the portable edition. The text is read anew: this program contains the contract as it was when it was built.
pub fn write_portable() -> Outcome {
    portable::write(&fs::read_to_string(CONTRACT)?)
}

/// Runs all checks, up to the first that fails.
pub fn check() -> Outcome {
    tools::require(&[&NODE, &PYTHON, &GO])?;
    let node = tools::node()?;
    let python = tools::python("python", "xtask/tools/requirements.txt")?;
    let go = tools::go()?;

    portable::check(TEXT, Path::new(PORTABLE))?;
    for edition in EDITIONS {
        lint(&node, &python, edition)?;
    }
    rehearse_breaking_change(&go)?;
    announce("oasdiff breaking, against the last release");
    compare_with_release(&go, Path::new(CONTRACT))?;
    for edition in EDITIONS {
        mock_server::check(&node, edition)?;
        test_emulator(&python, edition)?;
    }
    arazzo::check(&node)
}

fn lint(node: &Path, python: &Path, contract: &str) -> Outcome {
    announce(&format!("redocly lint {contract}"));
    // The recommended rules, with warnings as errors.
    cmd!(node.join("redocly"), "lint", "--extends", "recommended-strict", contract)
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .run()?;

    announce(&format!("spectral lint {contract}"));
    let rules = "xtask/tools/spectral.yaml";
    cmd!(node.join("spectral"), "lint", "--ruleset", rules, "--fail-severity", "hint", contract).run()?;

    announce(&format!("openapi-spec-validator {contract}"));
    cmd!(python.join("openapi-spec-validator"), contract).run()?;
    Ok(())
}

/// Shows that a breaking change is found and named, with a copy of the last release in which an operation is renamed.
fn rehearse_breaking_change(go: &Path) -> Outcome {
    const ID: &str = "operationId: ";
    announce("oasdiff breaking, with a copy of the last release with an operation renamed");
    let (_, path) = newest_release()?;
    let renamed = go.join("renamed.yaml");
    fs::write(&renamed, fs::read_to_string(path)?.replacen(ID, &format!("{ID}renamed_"), 1))?;
    match compare_with_release(go, &renamed) {
        Err(error) if error.to_string().contains(RENAMED) => {
            eprintln!("reported: {RENAMED}");
            Ok(())
        }
        Err(error) => Err(format!("oasdiff reported something else than `{RENAMED}`: {error}").into()),
        Ok(()) => Err(format!("oasdiff did not report the change `{RENAMED}`").into()),
    }
}

/// `oasdiff breaking` from one contract to another, with the levels of this project.
fn oasdiff(go: &Path, options: &[&str], from: &Path, to: &Path) -> Outcome<Expression> {
    // oasdiff reads the levels from a file only, and that file has no room for the reasons.
    let levels = go.join("oasdiff-levels.txt");
    fs::write(&levels, LEVELS.iter().map(|(rule, level)| format!("{rule} {level}\n")).collect::<String>())?;
    let mut arguments = vec![OsString::from("breaking"), "--severity-levels".into(), levels.into()];
    arguments.extend(options.iter().map(OsString::from));
    arguments.extend([from.into(), to.into()]);
    Ok(cmd(go.join("oasdiff"), arguments))
}

/// Fails if a contract breaks clients of the last release, unless its major version is higher.
fn compare_with_release(go: &Path, contract: &Path) -> Outcome {
    let current = version(contract)?;
    let (released, path) = newest_release()?;
    let options = if current[0] > released[0] { &[] } else { FAIL_IF_BREAKING };
    let output = capture(&oasdiff(go, options, &path, contract)?, Duration::from_secs(60))?;
    let (found, messages) = (text(&output.stdout), text(&output.stderr));
    if !output.status.success() {
        let [major, minor, patch] = released;
        let advice = format!("what breaks clients of {major}.{minor}.{patch} needs the version {}.0.0", major + 1);
        return Err(format!("{found}{messages}{advice}").into());
    }
    eprint!("{found}");
    Ok(())
}

/// Fails unless the contract is among the released ones, as it is.
pub fn check_released() -> Outcome {
    let current = version(Path::new(CONTRACT))?;
    let (released, path) = newest_release()?;
    if current == released && fs::read(CONTRACT)? == fs::read(&path)? {
        return Ok(());
    }
    let [major, minor, patch] = current;
    let copy = format!("{RELEASED}/explorer-workflow-{major}.{minor}.{patch}.yaml");
    Err(format!("{CONTRACT} is not {}: copy it to {copy}, after its version was raised if that exists", path.display())
        .into())
}

/// The newest of the released contracts, by the version that it states.
fn newest_release() -> Outcome<([u64; 3], PathBuf)> {
    let mut releases = Vec::new();
    for entry in fs::read_dir(RELEASED)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            releases.push((version(&path)?, path));
        }
    }
    releases.into_iter().max().ok_or_else(|| format!("{RELEASED} contains no contract").into())
}

/// The version that a contract states.
fn version(contract: &Path) -> Outcome<[u64; 3]> {
    let document: Value = serde_saphyr::from_str(&fs::read_to_string(contract)?)?;
    let text = document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default();
    let numbers: Option<Vec<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
    let numbers: Option<[u64; 3]> = numbers.and_then(|numbers| numbers.try_into().ok());
    numbers.ok_or_else(|| format!("{}: info.version is `{text}`, not three numbers", contract.display()).into())
}

fn test_emulator(python: &Path, contract: &str) -> Outcome {
    let emulator = Emulator::start()?;
    let token = tokio::runtime::Runtime::new()?.block_on(sample::token(&emulator.url))?;
    announce(&format!("schemathesis with {contract}, against the emulator"));
    cmd!(python.join("schemathesis"), "--config-file", "xtask/tools/schemathesis.toml", "run", contract)
        .env("EXPLORER_URL", &emulator.url)
        .env("EXPLORER_TOKEN", token)
        .env("EXPLORER_ACCOUNT", sample::account())
        .run()?;
    Ok(())
}
