//! The command `nebula-explorer`: run workflows, follow their jobs, read their results.
//!
//! A library, so that the Python package provides the same command, and finds a server in the same profiles and variables. It is
//! no API for other programs: those use `nebula-explorer`.

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
pub mod settings;
mod signals;

use std::ffi::OsString;
use std::io::Write as _;

use clap::FromArgMatches as _;
use tokio::runtime::Builder;

use crate::commands::context::Context;
use crate::commands::{Arguments, Command};
use crate::error::CliError;
use crate::output::output::Output;
use crate::output::stderr::note;

/// Runs the command with these arguments, the first of which is the name of the program, and returns its exit code. With invalid
/// arguments, and with those that ask for help, it ends the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let code = dispatch(arguments);
    // Only the end of a Rust program does that by itself.
    let _ = std::io::stdout().flush();
    code
}

fn dispatch(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let command_line = commands::command_line();
    let matches = command_line.clone().get_matches_from(arguments);
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let Arguments { output, verbose, flags, command } = arguments;
    logging::start(verbose);
    let program = flags.program();
    let context =
        Context { flags, output: Output::new(output), verbose: verbose > 0, command_line, schemas: Command::schemas() };
    match execute(command, &context) {
        Ok(()) => exit_code::SUCCESS,
        Err(error) => {
            for line in report::lines(&error, context.verbose, &program) {
                note(line);
            }
            exit_code::of(&error)
        }
    }
}

fn execute(command: Command, context: &Context) -> Result<(), CliError> {
    // A client needs one thread only and starts faster with it; a server uses more.
    let mut runtime = match command {
        Command::Emulator(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    let runtime = runtime.enable_all().build();
    let runtime = runtime.map_err(|error| CliError::Other(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(command.run(context))
}
