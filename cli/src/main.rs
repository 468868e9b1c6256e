//! The command `nebula-explorer`: run workflows, follow their jobs, read their results.

mod batch_file;
mod commands;
mod error;
mod exit_code;
mod input;
mod interrupt;
mod logging;
mod output;
mod parameters;
mod password_prompt;
mod quantity;
mod report;
mod session;
mod signals;

use std::process::ExitCode;

use clap::FromArgMatches as _;
use tokio::runtime::Builder;

use crate::commands::context::Context;
use crate::commands::{Arguments, Command};
use crate::error::CliError;
use crate::output::output::Output;
use crate::output::stderr::note;

fn main() -> ExitCode {
    let command_line = commands::command_line();
    let matches = command_line.clone().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let Arguments { output, verbose, flags, command } = arguments;
    logging::start(verbose);
    let program = flags.program();
    let context =
        Context { flags, output: Output::new(output), verbose: verbose > 0, command_line, schemas: Command::schemas() };
    match run(command, &context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in report::lines(&error, context.verbose, &program) {
                note(line);
            }
            exit_code::of(&error)
        }
    }
}

fn run(command: Command, context: &Context) -> Result<(), CliError> {
    // A client needs one thread only and starts faster with it; a server uses more.
    let mut runtime = match command {
        Command::Emulator(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| CliError::Other(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(command.run(context))
}
