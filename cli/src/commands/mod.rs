//! The command line: the commands, each in a file of its own, and the options that all of them have.

mod api;
mod batch;
mod completions;
pub mod context;
mod contract;
mod demo;
mod emulator;
pub mod execute;
mod explain;
mod follow;
mod jobs;
mod login;
mod logout;
mod man;
mod mcp;
mod result;
mod run;
mod schema;
mod status;
mod submissions;

use clap::{CommandFactory as _, Parser};

use crate::commands::execute::commands;
use crate::exit_code;
use crate::output::output::Format;
use crate::session::flags::Flags;
use crate::session::settings::{CACHE_DIR_VARIABLE, CONFIG_DIR_VARIABLE};

// The order is that of the help.
commands!(Command, "", {
    Demo: demo,
    Login: login,
    Logout: logout,
    Status: status,
    Run: run,
    Batch: batch,
    Submissions: submissions,
    Jobs: jobs,
    Result: result,
    Api: api,
    Explain: explain,
    Contract: contract,
    Schema: schema,
    Emulator: emulator,
    Mcp: mcp,
    Completions: completions,
    Man: man,
});

/// Run NebulaGraph Explorer's workflows from a terminal
///
/// Start with `nebula-explorer demo`, which needs no server, or with `nebula-explorer login`.
#[derive(Parser)]
#[command(name = "nebula-explorer", version, max_term_width = 100, after_help = after_help())]
pub struct Arguments {
    /// Output format [default: table on a terminal, tab-separated columns elsewhere]
    #[arg(long, short, global = true, value_enum)]
    pub output: Option<Format>,
    /// Show more on standard error: error causes, sign-ins and retries; -vv every request, -vvv everything
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(flatten)]
    pub flags: Flags,
    #[command(subcommand)]
    pub command: Command,
}

fn after_help() -> String {
    format!(
        "{}\n\nProfiles are stored in the platform's directory for configuration [env: {CONFIG_DIR_VARIABLE}], tokens without a \
         profile in that for caches [env: {CACHE_DIR_VARIABLE}].",
        exit_code::help()
    )
}

/// The command line as clap knows it.
pub fn command_line() -> clap::Command {
    schema::with_names(Arguments::command(), Command::schemas().iter().map(|(name, _)| *name))
}
