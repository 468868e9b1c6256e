//! The program `nebula-explorer-emulator`.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use nebula_explorer_emulator::{EmulatorOptions, program};

/// An emulator of NebulaGraph Explorer's workflow API that computes real results
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    options: EmulatorOptions,
}

#[tokio::main]
async fn main() -> ExitCode {
    match program::run(&Arguments::parse().options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing else is left to do if standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
