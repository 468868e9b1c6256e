//! The emulator, as a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use crate::Outcome;
use crate::process::{announce, command, run};

/// The graph service that the emulator knows.
pub const GRAPH: (&str, u16) = ("127.0.0.1", 9669);
/// The account of that graph service.
pub const ACCOUNT: (&str, &str) = ("root", "nebula");

/// A running emulator; it ends when this is dropped.
pub struct Emulator {
    process: Child,
    /// Kept open: a program that prints into a closed pipe fails.
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub url: String,
}

impl Emulator {
    /// Builds the emulator and starts it on a free port.
    pub fn start() -> Outcome<Self> {
        announce("start the emulator");
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let package = ["--quiet", "--package", "nebula-explorer-emulator"];
        // Built first, so that the wait for its first line is not a wait for the compiler.
        run(command(&cargo, "").arg("build").args(package))?;
        let mut process = command(&cargo, "")
            .arg("run")
            .args(package)
            .args(["--", "--listen", "127.0.0.1:0", "--speed", "50"])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdout = BufReader::new(process.stdout.take().ok_or("the emulator has no standard output")?);
        let mut first = String::new();
        stdout.read_line(&mut first)?;
        let url = first.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let url =
            url.ok_or_else(|| format!("the emulator's first line does not name its address: `{}`", first.trim()))?;
        Ok(Self { process, _stdout: stdout, url })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Neither can fail in a way that matters here: at worst the process has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
