//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use nebula_explorer::{JobStatus, Timestamp};
use nebula_explorer_emulator::EmulatorOptions;

/// Run NebulaGraph Explorer's workflows from a terminal
///
/// Exit codes: 0 done, 1 other, 2 usage, 3 not signed in or refused, 4 not found, 5 not reachable, 6 job failed,
/// 7 job interrupted, 8 timeout, 9 the job may or may not exist.
#[derive(Parser)]
#[command(name = "nebula-explorer", version, about)]
pub struct Arguments {
    #[command(flatten)]
    pub server: Server,
    /// How data is written; a table on a terminal and tab-separated columns elsewhere without it
    #[arg(long, global = true, value_enum)]
    pub output: Option<Format>,
    #[command(subcommand)]
    pub command: Command,
}

/// The server, and who signs in there. The password is in NEBULA_EXPLORER_PASSWORD, or comes by --password-stdin
#[derive(Args)]
pub struct Server {
    /// The address of Explorer, such as http://localhost:7002
    #[arg(long, global = true, env = "NEBULA_EXPLORER_URL")]
    pub url: Option<String>,
    /// The graph service, as Explorer reaches it
    #[arg(long, global = true, env = "NEBULA_EXPLORER_GRAPH", value_name = "ADDRESS:PORT")]
    pub graph: Option<String>,
    /// The account's name
    #[arg(long, global = true, env = "NEBULA_EXPLORER_USER")]
    pub user: Option<String>,
    /// Read the password from standard input
    #[arg(long, global = true)]
    pub password_stdin: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Table,
    Json,
    Ndjson,
}

#[derive(Subcommand)]
pub enum Command {
    /// The whole story against an emulator inside the process
    Demo,
    /// Run a workflow and wait for its job
    Run(Run),
    /// List, show and cancel jobs
    #[command(subcommand)]
    Jobs(Jobs),
    /// Print the rows of a task's result
    Result {
        job: i64,
        /// The task's name or id; may be left out where there is only one
        task: Option<String>,
        /// How many rows at most
        #[arg(long, default_value_t = 10)]
        limit: u32,
    },
    /// What an error or status code means, in English and Chinese
    Explain { code: i64 },
    /// Print the OpenAPI document
    Contract,
    /// Run the emulator until it is interrupted
    Emulator(Box<EmulatorOptions>),
    /// Print the completions for a shell
    Completions { shell: Shell },
}

#[derive(Args)]
pub struct Run {
    /// The workflow's id
    pub workflow: i64,
    /// A parameter of a task; may be given more than once
    #[arg(short, long = "param", value_name = "TASK.PARAM=VALUE")]
    pub params: Vec<String>,
    /// A JSON file of parameters by task: {"query_1": {"name": "Tim Duncan"}}
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Print the job's id and do not wait
    #[arg(long)]
    pub detach: bool,
    /// How many seconds to wait at most
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Print the rows of this task at the end, by its name or id
    #[arg(long, value_name = "TASK", conflicts_with = "detach")]
    pub result: Option<String>,
}

#[derive(Subcommand)]
pub enum Jobs {
    /// The newest jobs
    List {
        /// Only of this workflow, by its id
        #[arg(long)]
        workflow: Option<i64>,
        /// Only of this name
        #[arg(long)]
        name: Option<String>,
        /// Only in this status: its name, such as `success`, or its number
        #[arg(long, value_parser = status)]
        status: Option<JobStatus>,
        /// Only jobs made at this time or later: `2h` ago, or 2026-11-24T08:00:00Z
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<Timestamp>,
        /// Only jobs made at this time or earlier
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<Timestamp>,
        /// The oldest first
        #[arg(long)]
        oldest_first: bool,
        /// How many at most
        #[arg(long, default_value_t = 20, conflicts_with = "all")]
        limit: usize,
        /// All of them
        #[arg(long)]
        all: bool,
    },
    /// One job and its tasks, one line each where the output is not for a terminal
    Get { id: i64 },
    /// Follow jobs until they have ended, a line for each change
    Watch {
        #[arg(required = true)]
        ids: Vec<i64>,
    },
    /// Ask the server to stop jobs
    Cancel {
        #[arg(required = true)]
        ids: Vec<i64>,
        /// Wait until they have ended
        #[arg(long)]
        wait: bool,
    },
}

fn status(text: &str) -> Result<JobStatus, String> {
    if let Ok(number) = text.parse::<i64>() {
        return Ok(JobStatus::from(number));
    }
    let named = |status: &&JobStatus| status.name().is_some_and(|name| name.eq_ignore_ascii_case(text));
    JobStatus::ALL.iter().find(named).copied().ok_or_else(|| {
        let names: Vec<_> = JobStatus::ALL.iter().filter_map(|status| status.name()).collect();
        format!("it is one of {}", names.join(", ").to_lowercase())
    })
}

/// A time, or how long ago it was.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let ago: jiff::SignedDuration =
        text.parse().map_err(|_| "give a time such as 2026-11-24T08:00:00Z, or 2h for two hours ago".to_string())?;
    Timestamp::now().checked_sub(ago).map_err(|error| error.to_string())
}
