//! Running other programs, on top of `duct`. The working directory is the root of the repository, see `main`.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use duct::Expression;

use crate::Outcome;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap_or_else(|_| PathBuf::from("."))
}

/// Prints what is about to run.
pub fn announce(what: &str) {
    eprintln!("\n== {what}");
}

/// Runs a program that may fail, and returns its status and what it printed. One that exceeds the time limit is killed.
pub fn capture(command: &Expression, limit: Duration) -> Outcome<Output> {
    let process = command.unchecked().stdout_capture().stderr_capture().start()?;
    if process.wait_timeout(limit)?.is_none() {
        process.kill()?;
        return Err(format!("{command:?} did not finish within {} s", limit.as_secs()).into());
    }
    Ok(process.into_output()?)
}

/// Text that a program printed.
pub fn text(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed).into_owned()
}
