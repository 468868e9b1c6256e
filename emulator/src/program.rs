//! Runs the emulator as a program, for its own binary and for others that include it.

use std::io::Write as _;

use crate::defaults;
use crate::docs;
use crate::error::EmulatorError;
use crate::options::EmulatorOptions;

/// Serves until the process receives an interrupt or SIGTERM.
///
/// The first line of standard output is the URL; standard error lists the workflows and the account.
///
/// # Errors
/// [`EmulatorError`] if the emulator cannot be started.
pub async fn run(options: &EmulatorOptions) -> Result<(), EmulatorError> {
    let emulator = options.builder()?.start().await?;
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(out, "{}", emulator.url()).and_then(|()| out.flush());
    drop(out);
    eprintln!("Workflows:");
    for (id, name) in emulator.workflows() {
        eprintln!("  {id}  {name}");
    }
    if options.accounts.is_none() {
        let (user, password) = defaults::ACCOUNT;
        eprintln!("Account: user {user}, password {password}");
    }
    eprintln!("API reference: {}{}", emulator.url(), docs::PATH);
    stop_signal().await;
    emulator.shutdown().await;
    Ok(())
}

/// Waits for an interrupt or SIGTERM. A signal that cannot be handled is ignored.
async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
