//! The command, with an emulator to ask and a terminal to run in.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::panic)]

pub mod terminal;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use nebula_explorer_emulator::{Emulator, EmulatorBuilder};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub const PASSWORD: &str = "nebula";
pub const PAGERANK: &str = "4216617528";
pub const BFS: &str = "4216617529";
pub const FAILING: &str = "4216617530";
pub const SLOW: &str = "4216617531";

/// What tells the command where to go.
const VARIABLES: [&str; 8] = ["URL", "GRAPH", "USER", "PASSWORD", "PROFILE", "CA_CERT", "ACCOUNT_ENCODING", "SECRETS"];

/// An emulator on threads of its own, and a folder for the profiles.
pub struct Server {
    pub emulator: Emulator,
    pub folder: TempDir,
    pub runtime: Runtime,
}

impl Server {
    pub fn start(builder: EmulatorBuilder) -> Self {
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(builder.speed(50.0).start()).unwrap();
        Self { emulator, folder: TempDir::new().unwrap(), runtime }
    }

    /// What a command must be told to use this emulator.
    pub fn variables(&self) -> Vec<(String, String)> {
        let values = [
            ("URL", self.emulator.url()),
            ("GRAPH", "127.0.0.1:9669".into()),
            ("USER", "root".into()),
            ("PASSWORD", PASSWORD.into()),
        ];
        values.map(|(name, value)| (format!("NEBULA_EXPLORER_{name}"), value)).into()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.unconfigured(arguments);
        command.envs(self.variables());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.command(arguments))
    }

    /// The command with nothing but the profiles.
    pub fn unconfigured(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.env("NEBULA_EXPLORER_CONFIG_DIR", self.folder.path()).env("NEBULA_EXPLORER_SECRETS", "file");
        command
    }

    /// Signs in, and with a profile.
    pub fn log_in(&self, arguments: &[&str]) -> Ended {
        let url = self.emulator.url();
        let account = ["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root"];
        let mut command = self.unconfigured(&[&account, arguments].concat());
        Ended::of(command.env("NEBULA_EXPLORER_PASSWORD", PASSWORD))
    }

    /// With nothing but the profiles.
    pub fn run_with_profile(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.unconfigured(arguments))
    }
}

/// The command without anything set, not even the profiles of whoever runs the tests.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(program());
    for variable in VARIABLES {
        command.env_remove(format!("NEBULA_EXPLORER_{variable}"));
    }
    command.env("NEBULA_EXPLORER_CONFIG_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-profiles"));
    command.args(arguments).stdin(Stdio::null());
    command
}

pub fn program() -> &'static str {
    env!("CARGO_BIN_EXE_nebula-explorer")
}

#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
    }

    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}
