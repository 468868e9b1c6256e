//! Starting other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap_or_else(|_| PathBuf::from("."))
}

/// A program, started in a folder of the repository.
pub fn command(program: impl AsRef<Path>, folder: &str) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(root().join(folder)).stdin(Stdio::null());
    command
}

/// Says what is about to run.
pub fn announce(what: &str) {
    eprintln!("\n== {what}");
}

/// Runs a program to its end and shows what it prints. Fails if it does.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| format!("cannot start {}: {error}", name(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", name(command)).into()) }
}

/// What a program prints on standard output and standard error, if it ends well.
pub fn output(command: &mut Command) -> Outcome<(String, String)> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot start {program}: {error}. Is it installed?"))?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    if output.status.success() { Ok((stdout, stderr)) } else { Err(format!("{program} failed: {stderr}").into()) }
}

/// What a program printed, and how it ended.
pub struct Ended {
    /// Whether it ended well.
    pub success: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Runs a program to its end, for which it has this long, and keeps what it prints. Meant for programs that print little: one
/// that fills a pipe waits for its reader.
pub fn capture(command: &mut Command, limit: Duration) -> Outcome<Ended> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(|error| format!("cannot start {}: {error}", name(command)))?;
    let deadline = Instant::now() + limit;
    while process.try_wait()?.is_none() {
        if Instant::now() > deadline {
            process.kill()?;
            process.wait()?;
            return Err(format!("{} has not ended within {} s", name(command), limit.as_secs()).into());
        }
        sleep(Duration::from_millis(20));
    }
    let output = process.wait_with_output()?;
    Ok(Ended {
        success: output.status.success(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn name(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args().take(2))
        .map(|word| Path::new(word).file_name().unwrap_or(word).to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}
