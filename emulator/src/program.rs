//! The emulator as a program, to be had in other commands too.

use std::io::Write as _;

use crate::builder::EmulatorError;
use crate::options::EmulatorOptions;

/// Serves until it is interrupted or terminated.
///
/// The first line on standard output is its address; the workflows and the account follow on standard error.
///
/// # Errors
/// [`EmulatorError`], if it does not start.
pub async fn run(options: &EmulatorOptions) -> Result<(), EmulatorError> {
    let emulator = options.builder()?.start().await?;
    let mut out = std::io::stdout().lock();
    // Nobody may read it; the emulator serves all the same.
    let _ = writeln!(out, "{}", emulator.url()).and_then(|()| out.flush());
    drop(out);
    eprintln!("Workflows:");
    for (id, name) in emulator.workflows() {
        eprintln!("  {id}  {name}");
    }
    if options.accounts.is_none() {
        eprintln!("Account: root with the password nebula");
    }
    eprintln!("API reference, to try calls on: {}/docs/", emulator.url());
    stop_signal().await;
    emulator.shutdown().await;
    Ok(())
}

/// Where a signal cannot be listened to, that way of stopping is not there.
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
