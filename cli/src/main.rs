//! The command `nebula-explorer`: run workflows, follow their jobs, read their results.

mod arguments;
mod commands;
mod error;
mod input;
mod interrupt;
mod logging;
mod output;
mod session;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Builder;

use crate::arguments::{Arguments, Command};
use crate::error::CliError;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let verbose = arguments.verbose;
    let command = arguments.server.command();
    logging::begin(verbose);
    // One thread is enough to ask, and is there sooner; serving takes more.
    let mut runtime = match arguments.command {
        Command::Emulator(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    let outcome = match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(commands::run(arguments)),
        Err(error) => Err(CliError::Other(format!("no runtime can be made: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(verbose > 0, &command),
    }
}
