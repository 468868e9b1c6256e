//! What is asked of every client, and the right output.

use std::ffi::OsString;
use std::time::Duration;

use duct::cmd;
use nebula_explorer::ErrorCode;
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::clients::{environment, output};
use crate::edge_case_server::{self, Case as EdgeCase};
use crate::emulator::Emulator;
use crate::sample::{self, ProgramOutput};

/// How long a program may run: a client that does not know a status could wait forever.
const LIMIT: Duration = Duration::from_secs(30);

/// The columns after those for generating and compiling.
pub const COLUMNS: [&str; 9] = [
    "sign in",
    "filter, one job",
    "filter, no job",
    "run, wait, rows",
    "`ErrNotFound`",
    "unlisted status",
    "unlisted code",
    "error inside 200",
    "text ids, absent times",
];

/// Servers, and what the programs must print for them.
pub struct Cases {
    cases: Vec<Case>,
    _emulator: Emulator,
    _runtime: Runtime,
}

/// Runs of a program for one column.
struct Case {
    column: &'static str,
    url: String,
    arguments: Vec<String>,
    expected: ProgramOutput,
}

impl Cases {
    pub fn start() -> Outcome<Self> {
        let emulator = Emulator::start()?;
        let runtime = Runtime::new()?;
        let url = emulator.url.clone();
        let rows = runtime.block_on(sample::run(&url));
        // A second job, so that a filter that is ignored is noticed.
        runtime.block_on(sample::run(&url))?;
        let explorer = sample::explorer(&url)?;
        let page = runtime.block_on(async { explorer.jobs().oldest_first().page_size(1).await })?;
        let job = page.jobs.first().ok_or("the emulator lists no job")?;
        let found = Ok(format!("{} {}\n", job.id, job.status.number()));
        let not_found = Err(format!("{} {}", ErrorCode::ErrNotFound.number(), ErrorCode::ErrNotFound));
        let filter = |name: &str| serde_json::json!({ "name": name }).to_string();
        let mut cases = Vec::new();
        let mut add = |column: usize, url: &str, arguments: &[&str], expected: ProgramOutput| {
            let arguments = arguments.iter().map(|argument| argument.to_string()).collect();
            cases.push(Case { column: COLUMNS[column], url: url.into(), arguments, expected });
        };
        add(0, &url, &["get", &job.id.to_string()], found.clone());
        add(1, &url, &["list", &filter(&job.name)], found);
        add(2, &url, &["list", &filter("no such job")], Ok(String::new()));
        add(3, &url, &["run"], rows);
        add(4, &url, &["get", "99999999"], not_found);
        for (column, case) in [
            (5, EdgeCase::UnknownStatus),
            (6, EdgeCase::UnknownCode),
            (7, EdgeCase::UnknownCodeInside200),
            (8, EdgeCase::OpenForms),
        ] {
            let url = edge_case_server::start(&runtime, case)?;
            add(column, &url, &["run"], runtime.block_on(sample::run(&url)));
            if matches!(case, EdgeCase::UnknownStatus | EdgeCase::OpenForms) {
                let listed = runtime.block_on(async { sample::explorer(&url)?.jobs().await })?;
                let lines = listed.jobs.iter().map(|job| format!("{} {}\n", job.id, job.status.number()));
                add(column, &url, &["list"], Ok(lines.collect()));
            }
        }
        Ok(Self { cases, _emulator: emulator, _runtime: runtime })
    }

    /// Whether the program passes each column. One that was not built passes none.
    pub fn run(&self, program: impl Fn() -> Vec<OsString>, is_built: bool) -> Vec<bool> {
        let passes =
            |column: &&str| self.cases.iter().filter(|case| case.column == *column).all(|case| case.passes(program()));
        COLUMNS.iter().map(|column| is_built && passes(column)).collect()
    }
}

impl Case {
    fn passes(&self, mut program: Vec<OsString>) -> bool {
        let start = program.remove(0);
        program.extend(self.arguments.iter().map(OsString::from));
        let command = environment(&cmd(start, program), &self.url);
        let printed = output(&command, LIMIT).unwrap_or_else(|error| Err(error.to_string()));
        let passes = match (&printed, &self.expected) {
            // The texts of errors differ, but not the code that they begin with.
            (Err(printed), Err(expected)) => printed.split(' ').next() == expected.split(' ').next(),
            (printed, expected) => printed == expected,
        };
        if !passes {
            eprintln!("{}: expected {:?}, printed {printed:?}", self.column, self.expected);
        }
        passes
    }
}
