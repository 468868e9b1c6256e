//! Runs the program against an emulator, with or without a terminal.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic)]

pub mod help;
pub mod stub;
pub mod terminal;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use nebula_explorer::operations::Operation;
use nebula_explorer_emulator::{Emulator, EmulatorBuilder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub const PASSWORD: &str = "nebula";
/// Workflows of the emulator.
pub const PAGERANK: &str = "4216617528";
pub const BFS: &str = "4216617529";
pub const FAILING: &str = "4216617530";
pub const SLOW: &str = "4216617531";

/// An emulator on its own threads, and a directory for the profiles.
pub struct Server {
    pub emulator: Emulator,
    pub directory: TempDir,
    pub runtime: Runtime,
}

impl Server {
    pub fn start(builder: EmulatorBuilder) -> Self {
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(builder.speed(50.0).start()).unwrap();
        Self { emulator, directory: TempDir::new().unwrap(), runtime }
    }

    /// The variables with which a command uses this emulator.
    pub fn variables(&self) -> Vec<(String, String)> {
        let values = [
            ("URL", self.emulator.url()),
            ("GRAPH", "127.0.0.1:9669".into()),
            ("USER", "root".into()),
            ("PASSWORD", PASSWORD.into()),
        ];
        values.map(|(name, value)| (format!("{PREFIX}{name}"), value)).into()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.unconfigured(arguments);
        command.envs(self.variables());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.command(arguments))
    }

    /// The command with the stored profiles only.
    pub fn unconfigured(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.env(CONFIG_DIR, self.directory.path()).env(SECRETS.0, SECRETS.1);
        command.env_remove(NO_CACHE).env(CACHE_DIR, self.directory.path().join("cache"));
        command.env(STATE_DIR, self.directory.path().join("state"));
        command
    }

    /// Runs `login` with these arguments.
    pub fn log_in(&self, arguments: &[&str]) -> Ended {
        let url = self.emulator.url();
        let account = ["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root"];
        let mut command = self.unconfigured(&[&account, arguments].concat());
        Ended::of(command.env("NEBULA_EXPLORER_PASSWORD", PASSWORD))
    }

    /// Runs a command with the stored profiles only.
    pub fn run_with_profile(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.unconfigured(arguments))
    }
}

const PREFIX: &str = "NEBULA_EXPLORER_";
pub const CONFIG_DIR: &str = "NEBULA_EXPLORER_CONFIG_DIR";
pub const CACHE_DIR: &str = "NEBULA_EXPLORER_CACHE_DIR";
pub const STATE_DIR: &str = "NEBULA_EXPLORER_STATE_DIR";
pub const STORE: &str = "NEBULA_EXPLORER_STORE";
pub const NO_CACHE: &str = "NEBULA_EXPLORER_NO_CACHE";
/// Tests must not write to the keyring of whoever runs them.
pub const SECRETS: (&str, &str) = ("NEBULA_EXPLORER_SECRETS", "file");

/// The variables of the program that are set where the tests run.
pub fn inherited_variables() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX))
        .collect()
}

/// The command without any setting or profile.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    for variable in inherited_variables() {
        command.env_remove(variable);
    }
    command.env(CONFIG_DIR, Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-profiles"));
    // The ports of servers are used again, by servers that do not know the tokens of earlier ones.
    command.env(NO_CACHE, "1");
    command.args(arguments).stdin(Stdio::null());
    command
}

pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_nebula-explorer")
}

/// An operation of the contract.
pub fn operation(id: &str) -> &'static Operation {
    Operation::find(id).unwrap_or_else(|| panic!("the contract has no operation `{id}`"))
}

#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(command: &mut Command) -> Self {
        command.output().unwrap().into()
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let Output { status, stdout, stderr } = output;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
    }
}
