//! The project's own tasks: `cargo xtask NAME`.

mod airflow;
mod arazzo;
mod authority;
mod bench;
mod browser;
mod clients;
mod contract;
mod deny;
mod docs_site;
mod edge_case_server;
mod emulator;
mod files;
mod first_result;
mod fuzz;
mod generators;
mod kill;
mod mcp;
mod mock_server;
mod model;
mod modules;
mod portable;
mod postgres;
mod process;
mod proxies;
mod python;
mod release;
mod result_cost;
mod sample;
mod soak;
mod startup;
mod stores;
mod submissions;
mod tools;
mod yaml;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// What a task returns.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(about = "The project's own tasks")]
enum Task {
    /// Check the contract: linters, breaking changes, and whether the emulator conforms to it
    Contract {
        /// Only write the portable edition, derived from the contract
        #[arg(long)]
        write: bool,
    },
    /// Generate, build and run the clients in other languages, and compare them with the Rust SDK
    Clients {
        /// Only these languages: python, typescript, go, java
        languages: Vec<String>,
    },
    /// Take the clients of many generators from generation to the rows of a job, and update the table in clients/README.md
    Generators {
        /// Only these generators, as the table names them
        names: Vec<String>,
    },
    /// Use the server of the Model Context Protocol with the official client
    Mcp,
    /// Build the guides, the API reference and the Rust documentation as a static site, and check its links
    DocsSite,
    /// Test the API reference and the site in headless Chromium
    Browser {
        /// Keep the screenshot among the guides
        #[arg(long)]
        keep: bool,
    },
    /// Check the licenses, bans and sources of all dependencies
    Deny,
    /// Check that no two modules of a crate import each other, directly or through others
    Modules,
    /// Measure how long the README's first two commands take on a fresh clone of the last commit
    FirstResult,
    /// Measure how long the command takes to start, compared with curl
    Startup,
    /// Measure what the SDK costs, as ratios; needs valgrind
    Bench,
    /// Submit workflows while faults are injected, and account for every submission
    Soak {
        /// How many submissions [default: 20000, and 200 for each random behaviour]
        #[arg(long)]
        submissions: Option<u32>,
        /// The seed of the faults, and of the first random behaviour
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Try the most hostile behaviour of the emulator, and so many random ones with the seeds that follow
        #[arg(long)]
        behaviours: Option<u64>,
        /// Submit with idempotency keys instead, in processes that are killed at random [default: 2000 keys]
        #[arg(long, conflicts_with = "behaviours")]
        kill: bool,
        /// Record the keys on a PostgreSQL server
        #[arg(long, requires = "kill")]
        postgres: bool,
    },
    /// Submit workflows through nginx, HAProxy, Squid and Toxiproxy, and account for every submission
    Proxies {
        /// Only what goes through the forward proxy of the environment
        #[arg(long, hide = true)]
        behind_forward_proxy: bool,
    },
    /// Build all artefacts of a release and try each outside of the source tree; only the upload is left
    Release {
        /// Before the changelog is dated and everything is committed
        #[arg(long)]
        rehearse: bool,
    },
    /// Check every course of events of idempotency keys in a model, and show what the guarantee depends on
    Model,
    /// Test idempotency keys on a PostgreSQL server, which is started, stopped and filled
    Stores,
    /// Test the Airflow provider of the Python package in a real Airflow, whose processes are killed
    Airflow {
        /// Leave out the tests that start Airflow's processes
        #[arg(long)]
        quick: bool,
        /// Use this wheel of the Python package instead of building one
        #[arg(long)]
        wheel: Option<PathBuf>,
    },
    /// Build the Python package, and test and type-check it where it is installed, outside the source tree
    Python {
        /// Build it without optimizations, which is faster
        #[arg(long)]
        debug: bool,
        /// Only measure what it costs
        #[arg(long, conflicts_with = "debug")]
        bench: bool,
    },
    /// Build the fuzz targets and let each run for a while
    Fuzz {
        /// How many seconds each runs
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
}

fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Outcome {
    // Every task may use paths relative to the root.
    std::env::set_current_dir(process::root())?;
    match task {
        Task::Contract { write: true } => contract::write_portable(),
        Task::Contract { write: false } => contract::check(),
        Task::Clients { languages } => clients::compare(&languages),
        Task::Generators { names } => generators::check(&names),
        Task::Mcp => mcp::check(),
        Task::DocsSite => docs_site::build().map(|_| ()),
        Task::Browser { keep } => browser::check(keep),
        Task::Deny => deny::check(),
        Task::Modules => modules::check(),
        Task::FirstResult => first_result::print(),
        Task::Startup => startup::print(),
        Task::Bench => bench::print(),
        Task::Release { rehearse } => release::prepare(rehearse),
        Task::Model => model::check(),
        Task::Stores => stores::check(),
        Task::Airflow { quick, wheel } => airflow::check(quick, wheel),
        Task::Python { bench: true, .. } => python::bench(),
        Task::Python { debug, .. } => python::check(debug),
        Task::Fuzz { seconds } => fuzz::all(seconds),
        Task::Proxies { behind_forward_proxy: false } => proxies::check(),
        Task::Proxies { behind_forward_proxy: true } => proxies::check_behind_forward_proxy(),
        Task::Soak { submissions, seed, kill: true, postgres, .. } => kill::run(submissions, seed, postgres),
        Task::Soak { submissions, seed, behaviours: None, .. } => soak::standard(submissions, seed),
        Task::Soak { submissions, seed, behaviours: Some(count), .. } => soak::random(submissions, seed, count),
    }
}
