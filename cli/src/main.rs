//! The command `nebula-explorer`: run workflows, follow their jobs, read their results.

mod api;
mod arguments;
mod commands;
mod config;
mod connection;
mod demo;
mod explain;
mod failure;
mod files;
mod input;
mod interrupt;
mod jobs;
mod login;
mod notes;
mod output;
mod progress;
mod records;
mod result;
mod run;
mod secrets;
mod settings;
mod timeline;
mod verbosity;
mod watch;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::Builder;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let verbose = arguments.verbose;
    let command = arguments.server.command();
    verbosity::begin(verbose);
    // One thread is enough to ask, and is there sooner; serving takes more.
    let mut runtime = match arguments.command {
        Command::Emulator(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    let outcome = match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(commands::run(arguments)),
        Err(error) => Err(Failure::Other(format!("no runtime can be made: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(verbose > 0, &command),
    }
}
