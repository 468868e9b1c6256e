//! `cargo xtask mcp`: the official client of the Model Context Protocol uses `nebula-explorer mcp`, against the emulator.

use std::time::Duration;

use duct::cmd;

use crate::Outcome;
use crate::emulator::{ACCOUNT, Emulator, GRAPH};
use crate::process::{announce, capture, root, text};
use crate::tools::{self, PYTHON};

/// The program waits for jobs that take seconds.
const LIMIT: Duration = Duration::from_secs(300);

/// Builds the command and runs the client's program.
pub fn check() -> Outcome {
    tools::require(&[&PYTHON])?;
    let python = tools::python("mcp", "clients/mcp/requirements.txt")?;
    announce("build the command");
    cmd!("cargo", "build", "--quiet", "--locked", "--package", "nebula-explorer-cli").run()?;
    let emulator = Emulator::start()?;
    announce("clients/mcp/check.py");
    let command = root().join("target/debug/nebula-explorer");
    let client = cmd!(python.join("python"), "clients/mcp/check.py", command)
        .env("NEBULA_EXPLORER_URL", &emulator.url)
        .env("NEBULA_EXPLORER_GRAPH", format!("{}:{}", GRAPH.0, GRAPH.1))
        .env("NEBULA_EXPLORER_USER", ACCOUNT.0)
        .env("NEBULA_EXPLORER_PASSWORD", ACCOUNT.1);
    let output = capture(&client, LIMIT)?;
    eprint!("{}", text(&output.stdout));
    if output.status.success() { Ok(()) } else { Err(text(&output.stderr).into()) }
}
