//! The command `nebula-explorer`: run workflows, follow their jobs, read their results.

mod arguments;
mod commands;
mod connection;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    match commands::run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
