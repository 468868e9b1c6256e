//! The emulator as a program.

use std::process::ExitCode;

use clap::Parser;
use nebula_explorer_emulator::{EmulatorError, EmulatorOptions};

/// A stand-in for NebulaGraph Explorer's workflow API that computes real results
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    options: EmulatorOptions,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until it is interrupted or terminated.
async fn run(options: EmulatorOptions) -> Result<(), EmulatorError> {
    let emulator = options.builder()?.start().await?;
    println!("{}", emulator.url());
    eprintln!("Workflows:");
    for (id, name) in emulator.workflows() {
        eprintln!("  {id}  {name}");
    }
    if options.accounts.is_none() {
        eprintln!("Account: root with the password nebula");
    }
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
