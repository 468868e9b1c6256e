//! Signals while a command waits or asks for a password.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use nebula_explorer_emulator::Emulator;
use support::terminal::Terminal;
use support::{SLOW, Server, program};

/// Sends a signal to a process, or to a group of processes by its negative number.
fn send(signal: &str, process: i64) {
    let sent = Command::new("kill").args(["-s", signal, "--", &process.to_string()]).status().unwrap();
    assert!(sent.success());
}

/// The same command, which no signal is ignored for: a shell without job control starts the tests in the background with SIGINT ignored,
/// and what they start inherits that.
fn with_default_signals(command: &Command) -> Command {
    let mut env = Command::new("env");
    // Others than GNU's `env` cannot do that.
    env.args(cfg!(target_os = "linux").then_some("--default-signal"));
    env.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => env.env(name, value),
            None => env.env_remove(name),
        };
    }
    env
}

/// Starts `run` of a long job, and waits until it polls. Returns its process and the rest of its standard error.
fn waiting(mut command: Command) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("Running") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it has ended");
    }
    (running, stderr)
}

#[test]
fn signals_leave_the_job_running_and_print_how_to_follow_it() {
    let server = Server::start(Emulator::builder());
    for (number, signal) in (105..).zip(["INT", "TERM", "HUP"]) {
        let (mut running, mut stderr) = waiting(with_default_signals(&server.command(&["run", SLOW])));
        send(signal, running.id().into());
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(running.wait().unwrap().code(), Some(1), "{signal}: {rest}");
        assert!(rest.contains(&format!("nebula-explorer jobs watch {number}")), "{signal}: {rest}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_ignored_signal_stays_ignored() {
    let server = Server::start(Emulator::builder());
    for (job, signal) in ["105", "106"].into_iter().zip(["INT", "HUP"]) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("trap '' {signal}; exec \"$@\""), "sh", program(), "run", SLOW]);
        shell.envs(server.variables()).env(support::CONFIG_DIR, server.directory.path()).env(support::NO_CACHE, "1");
        let (mut running, mut stderr) = waiting(shell);
        send(signal, running.id().into());
        assert_eq!(server.run(&["jobs", "cancel", job]).code, 0);
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        assert_eq!(running.wait().unwrap().code(), Some(7), "it has waited for the end of the job: {signal}: {rest}");
    }
}

#[test]
fn signals_at_the_password_prompt_restore_the_terminal() {
    let server = Server::start(Emulator::builder());
    let url = server.emulator.url();
    let login = ["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root"];
    for (signal, code) in [("key", 130), ("INT", 130), ("TERM", 143)] {
        let mut terminal = Terminal::start(&server, 100, &login, &[]);
        terminal.wait_for("Password of root: ");
        terminal.wait_for_echo(false);
        match signal {
            "key" => terminal.interrupt(),
            signal => send(signal, -i64::from(terminal.foreground())),
        }
        terminal.wait_for_echo(true);
        let shown = terminal.end();
        assert_eq!(shown.code, code, "{signal}: {shown:?}");
    }
}
