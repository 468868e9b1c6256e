//! The project's own chores: `cargo xtask NAME`.

mod bench;
mod browser;
mod clients;
mod contract;
mod docs_site;
mod edge_case_server;
mod emulator;
mod fuzz;
mod mock_server;
mod process;
mod sample;
mod soak;
mod startup;
mod tools;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

/// What a chore answers with.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[derive(Parser)]
#[command(about = "The project's own chores")]
enum Task {
    /// Check the contract: linters, breaking changes, and the emulator held against it
    Contract,
    /// Generate, build and run the clients in other languages, and compare them with the Rust SDK
    Clients {
        /// Only these languages: python, typescript, go, java
        languages: Vec<String>,
    },
    /// Write the API reference, the guides and the Rust documentation as static files
    DocsSite,
    /// Open the API reference and the site in headless Chromium, and try them
    Browser {
        /// Put the screenshot among the guides
        #[arg(long)]
        keep: bool,
    },
    /// Measure how long the command takes to start, beside curl
    Startup,
    /// Measure what the SDK costs, as ratios; needs valgrind
    Bench,
    /// Submit workflows through faults, and account for every submission
    Soak {
        /// How many
        #[arg(long, default_value_t = SUBMISSIONS)]
        submissions: u32,
        /// The seed of the faults
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Build the fuzz targets and let each run for a while
    Fuzz {
        /// How many seconds each runs
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
}

/// The submissions of a whole campaign.
const SUBMISSIONS: u32 = 20_000;

fn main() -> ExitCode {
    let outcome = match Task::parse() {
        Task::Contract => contract::check(),
        Task::Clients { languages } => clients::compare(&languages),
        Task::DocsSite => docs_site::build().map(|_| ()),
        Task::Browser { keep } => browser::check(keep),
        Task::Startup => startup::print(),
        Task::Bench => bench::print(),
        Task::Fuzz { seconds } => fuzz::all(seconds),
        Task::Soak { submissions, seed } => soak::run(submissions, seed),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
