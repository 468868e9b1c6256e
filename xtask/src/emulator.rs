//! The emulator, as a process of its own.

use std::io::{BufRead, BufReader};

use duct::{ReaderHandle, cmd};

use crate::Outcome;
use crate::process::announce;

/// The graph service of the emulator.
pub const GRAPH: (&str, u16) = ("127.0.0.1", 9669);
/// An account of that graph service.
pub const ACCOUNT: (&str, &str) = ("root", "nebula");

/// A running emulator, killed when this is dropped.
pub struct Emulator {
    /// The process, and its standard output: a program that prints into a closed pipe fails.
    output: BufReader<ReaderHandle>,
    /// Its address.
    pub url: String,
}

impl Emulator {
    /// Builds the emulator and starts it on a free port.
    pub fn start() -> Outcome<Self> {
        Self::start_with(&[])
    }

    /// The same, with more options.
    pub fn start_with(options: &[&str]) -> Outcome<Self> {
        announce("start the emulator");
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let package = ["run", "--quiet", "--package", "nebula-explorer-emulator", "--"];
        let run = cmd(
            cargo,
            package.into_iter().chain(["--listen", "127.0.0.1:0", "--speed", "50"]).chain(options.iter().copied()),
        );
        let mut output = BufReader::new(run.reader()?);
        let mut first = String::new();
        output.read_line(&mut first)?;
        let url = first.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned);
        let url =
            url.ok_or_else(|| format!("the emulator's first line does not name its address: `{}`", first.trim()))?;
        Ok(Self { output, url })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // At worst the process has ended already.
        let _ = self.output.get_ref().kill();
    }
}
