//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use nebula_explorer::operations::defaults::GET_TASK_RESULT_LIMIT;
use nebula_explorer::{JobStatus, Timestamp};
use nebula_explorer_emulator::EmulatorOptions;

/// Run NebulaGraph Explorer's workflows from a terminal
///
/// Begin with `nebula-explorer demo`, which needs no server, or with `nebula-explorer login`.
#[derive(Parser)]
#[command(name = "nebula-explorer", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Arguments {
    /// How data is written. Without it: a table on a terminal, tab-separated columns elsewhere
    #[arg(long, short, global = true, value_enum)]
    pub output: Option<Format>,
    /// Tell more on standard error: causes of errors and retries; -vv every call, -vvv all there is
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(flatten)]
    pub server: Server,
    #[command(subcommand)]
    pub command: Command,
}

const ROWS: u32 = GET_TASK_RESULT_LIMIT as u32;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 other, 2 usage, 3 not signed in or refused, 4 not found, 5 not reachable, \
6 job failed, 7 job interrupted, 8 timeout, 9 the job may or may not exist.";

/// The server, and who signs in there. Flags go before variables, variables before the profile.
#[derive(Args)]
#[command(next_help_heading = "Server")]
pub struct Server {
    /// The profile to use, `default` without it [env: NEBULA_EXPLORER_PROFILE]
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// The address of Explorer, such as http://localhost:7002 [env: NEBULA_EXPLORER_URL]
    #[arg(long, global = true, value_name = "URL", value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// The graph service, as Explorer reaches it [env: NEBULA_EXPLORER_GRAPH]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub graph: Option<String>,
    /// The account's name [env: NEBULA_EXPLORER_USER]
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// Read the password from standard input. Without it: [env: NEBULA_EXPLORER_PASSWORD]
    #[arg(long, global = true)]
    pub password_stdin: bool,
    /// Trust the certificate authorities in this file too, in PEM [env: NEBULA_EXPLORER_CA_CERT]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_cert: Option<String>,
    /// How the account is sent; Explorer 3.1 and 3.2 need `colon`, later ones `json-array`, as without it
    /// [env: NEBULA_EXPLORER_ACCOUNT_ENCODING]
    #[arg(long, global = true, value_name = "FORM", value_parser = [JSON_ARRAY, COLON])]
    pub account_encoding: Option<String>,
}

pub const JSON_ARRAY: &str = "json-array";
pub const COLON: &str = "colon";

impl Server {
    /// How to call this program again for the same server and account.
    pub fn command(&self) -> String {
        let mut command = "nebula-explorer".to_string();
        let flags = [
            ("--profile", &self.profile),
            ("--url", &self.url),
            ("--graph", &self.graph),
            ("--user", &self.user),
            ("--ca-cert", &self.ca_cert),
            ("--account-encoding", &self.account_encoding),
        ];
        for (flag, value) in flags {
            if let Some(value) = value {
                // A value that no shell can hold came from none.
                let quoted = shlex::try_quote(value).unwrap_or_default();
                command += &format!(" {flag} {quoted}");
            }
        }
        if self.password_stdin {
            command += " --password-stdin";
        }
        command
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns with a head, cut to fit a terminal
    Table,
    /// One document
    Json,
    /// A line for each record
    Ndjson,
    /// Comma-separated values with a head (RFC 4180)
    Csv,
}

#[derive(Subcommand)]
pub enum Command {
    /// The whole story against an emulator inside the process: sign in, run, progress, result
    Demo,
    /// Sign in, and keep where, who and the token in a profile
    Login(Login),
    /// Forget a profile with its token and password
    Logout,
    /// Show where and who you are, and how long the token lives; -v also where each value comes from
    Status,
    /// Run a workflow and wait for its job
    Run(Run),
    /// List, show, watch and cancel jobs
    #[command(subcommand)]
    Jobs(Jobs),
    /// Print the rows of a task's result
    Result {
        /// The job's id
        job: i64,
        /// The task's name or id; may be left out where there is only one
        task: Option<String>,
        /// How many rows at most
        #[arg(long, default_value_t = ROWS)]
        limit: u32,
    },
    /// Make any call, signed in, and print the server's whole answer
    Api(Api),
    /// What an error or status code means, in English and Chinese
    Explain {
        /// Such as 40104001, or the number of a job's status
        #[arg(allow_negative_numbers = true)]
        code: i64,
    },
    /// Print the OpenAPI document
    Contract {
        /// In which language
        #[arg(long, value_enum, default_value_t = ContractFormat::Yaml)]
        format: ContractFormat,
    },
    /// Print the JSON Schema of what a command writes with --output json
    Schema {
        /// The command
        #[arg(value_enum)]
        command: DataCommand,
    },
    /// Run the emulator until it is interrupted
    Emulator(Box<EmulatorOptions>),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands into a folder
    Man {
        /// The folder; it must exist
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}

#[derive(Args)]
pub struct Login {
    /// Keep the password too, so that the session is renewed when it ends
    #[arg(long)]
    pub keep_password: bool,
    /// Where the token is kept; without it the keyring, or the file where there is none [env: NEBULA_EXPLORER_SECRETS]
    #[arg(long, value_enum, value_name = "PLACE")]
    pub secrets: Option<Place>,
}

/// Where secrets are kept between commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The keyring of the operating system
    Keyring,
    /// A file that only the user can read
    File,
}

#[derive(Args)]
pub struct Run {
    /// The workflow's id
    pub workflow: i64,
    /// A parameter of a task; may be given more than once
    #[arg(short, long = "param", value_name = "TASK.PARAM=VALUE")]
    pub params: Vec<String>,
    /// A JSON file of parameters by task: {"query_1": {"name": "Tim Duncan"}}; `-` for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub input: Option<String>,
    /// Print the job's id and do not wait
    #[arg(long)]
    pub detach: bool,
    /// How many seconds to wait at most
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Print the rows of this task at the end, by its name or id
    #[arg(long, value_name = "TASK", conflicts_with = "detach")]
    pub result: Option<String>,
    /// How many rows at most
    #[arg(long, value_name = "ROWS", default_value_t = ROWS, requires = "result")]
    pub limit: u32,
}

#[derive(Subcommand)]
pub enum Jobs {
    /// The newest jobs
    List(ListJobs),
    /// One job, and when its tasks ran; one line for each task where the output is not for a terminal
    Get {
        /// The job's id
        id: i64,
    },
    /// Follow jobs until they have ended; a line for each change where the output is not for a terminal
    Watch {
        /// The jobs' ids
        #[arg(required = true)]
        ids: Vec<i64>,
    },
    /// Ask the server to stop jobs
    Cancel {
        /// The jobs' ids
        #[arg(required = true)]
        ids: Vec<i64>,
        /// Wait until they have ended
        #[arg(long)]
        wait: bool,
    },
}

#[derive(Args)]
pub struct ListJobs {
    /// Only of this workflow, by its id
    #[arg(long, value_name = "ID")]
    pub workflow: Option<i64>,
    /// Only of this name
    #[arg(long)]
    pub name: Option<String>,
    /// Only in this status: its name, such as `success`, or its number
    #[arg(long, value_parser = status)]
    pub status: Option<JobStatus>,
    /// Only jobs made at this time or later: `2h` ago, a date, or a time such as 2026-11-24T08:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<Timestamp>,
    /// Only jobs made at this time or earlier
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Timestamp>,
    /// Which come first
    #[arg(long, value_enum, default_value_t = Order::Newest)]
    pub order: Order,
    /// How many at most
    #[arg(long, default_value_t = 20, conflicts_with = "all")]
    pub limit: usize,
    /// All of them
    #[arg(long)]
    pub all: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    Newest,
    Oldest,
}

#[derive(Args)]
pub struct Api {
    /// The HTTP method; GET, or POST with a body, without it
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub method: Option<String>,
    /// The path from the root of the server, such as /api-open/v1/jobs
    pub path: String,
    /// A parameter of the query; may be given more than once
    #[arg(short, long = "query", value_name = "KEY=VALUE")]
    pub query: Vec<String>,
    /// The body, as JSON; `@FILE` reads it from a file, `@-` from standard input
    #[arg(short, long, value_name = "JSON")]
    pub data: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ContractFormat {
    Yaml,
    Json,
}

/// The commands that write data.
#[derive(Clone, Copy, ValueEnum)]
pub enum DataCommand {
    Run,
    JobsList,
    JobsGet,
    JobsWatch,
    JobsCancel,
    Result,
    Status,
    Explain,
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

/// A time, the beginning of a day here, or how long ago it was.
fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    if let Ok(local) = text.parse::<jiff::civil::DateTime>() {
        return local
            .to_zoned_datetime(jiff::tz::TimeZone::system())
            .map(|time| time.timestamp())
            .map_err(|e| e.to_string());
    }
    let ago: jiff::Span =
        text.parse().map_err(|_| "give 2h for two hours ago, 2026-11-24, or 2026-11-24T08:00:00Z".to_string())?;
    let ago = jiff::ZonedDateTime::now().checked_sub(ago.abs()).map_err(|error| error.to_string())?;
    Ok(ago.timestamp())
}
