//! Runs the emulator as a program, for its own binary and for others that include it.

use std::io::Write as _;

use crate::defaults;
use crate::docs;
use crate::error::EmulatorError;
use crate::options::EmulatorOptions;
use crate::signals::Signals;
use crate::stderr;

/// Serves until the process receives an interrupt or SIGTERM, and finishes the requests in progress unless it receives another.
///
/// The first line of standard output is the URL; standard error lists the workflows and the account.
///
/// # Errors
/// [`EmulatorError`] if the emulator cannot be started.
pub async fn run(options: &EmulatorOptions) -> Result<(), EmulatorError> {
    let emulator = options.builder()?.start().await?;
    let mut signals = Signals::new();
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(out, "{}", emulator.url()).and_then(|()| out.flush());
    drop(out);
    stderr::print("Workflows:");
    for (id, name) in emulator.workflows() {
        stderr::print(format_args!("  {id}  {name}"));
    }
    if options.accounts.is_none() {
        let (user, password) = defaults::ACCOUNT;
        stderr::print(format_args!("Account: user {user}, password {password}"));
    }
    if options.behaviour_profile.is_some() {
        stderr::print(format_args!("Behaviour: {}", emulator.behaviour()));
    }
    stderr::print(format_args!("API reference: {}{}", emulator.url(), docs::PATH));
    signals.next().await;
    tokio::select! {
        () = emulator.shutdown() => {}
        () = signals.next() => {}
    }
    Ok(())
}
