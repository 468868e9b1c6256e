//! `cargo xtask soak --kill`: runs workflows with idempotency keys in processes that are killed at random, two at a time for each key,
//! until one of them has ended by itself, and accounts for every key.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use duct::cmd;
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use tempfile::TempDir;

use crate::Outcome;
use crate::emulator::{ACCOUNT, GRAPH};
use crate::postgres::Postgres;
use crate::process::announce;
use crate::submissions::{CLIENTS, End, NOT_AMONG_THE_CANDIDATES, WORKFLOWS, account, with_workflows};

/// How many keys a full run uses.
const KEYS: u32 = 2000;

/// How many keys are used at the same time. Most processes wait.
const AT_ONCE: usize = 24;

/// The longest time after which a process is killed: longer than one needs if nothing is in its way.
const LONGEST: Duration = Duration::from_millis(400);

/// The exit code of a run whose outcome is unknown.
const UNKNOWN_OUTCOME: i32 = 9;

/// With a file of SQLite, or with a PostgreSQL server.
pub fn run(keys: Option<u32>, seed: u64, on_postgres: bool) -> Outcome {
    let keys = keys.unwrap_or(KEYS);
    let postgres = on_postgres.then(Postgres::start).transpose()?;
    let directory = tempfile::tempdir()?;
    let program = program()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let emulator = runtime.block_on(emulator(seed))?;
    println!("{keys} keys, seed {seed}, {}", if on_postgres { "PostgreSQL" } else { "SQLite" });
    let setting = Setting { program, url: emulator.url(), directory, store: postgres.as_ref().map(Postgres::url) };
    let (next, killed) = (AtomicU32::new(0), AtomicU32::new(0));
    let ends = Mutex::new((0..keys).map(|_| None).collect::<Vec<Option<Result<End, String>>>>());
    thread::scope(|scope| {
        for thread in 0..AT_ONCE as u64 {
            let (setting, next, killed, ends) = (&setting, &next, &killed, &ends);
            scope.spawn(move || {
                fastrand::seed(seed + thread);
                while let Some(key) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|key| *key < keys) {
                    let end = setting.run_until_it_ends(key, killed).map_err(|error| error.to_string());
                    if let (Ok(mut ends), Ok(index)) = (ends.lock(), usize::try_from(key)) {
                        ends[index] = Some(end);
                    }
                }
            });
        }
    });
    let ends = ends.into_inner().map_err(|_| "a thread has panicked")?;
    let ends: Vec<End> = ends.into_iter().flatten().collect::<Result<_, _>>()?;
    println!("{:>8}  processes killed", killed.into_inner());
    let counts = account(&[&emulator], &ends)?;
    if counts.contains_key(NOT_AMONG_THE_CANDIDATES) {
        return Err("an unknown outcome does not name the job".into());
    }
    if ends.len() == keys as usize { Ok(()) } else { Err(format!("{} of {keys} keys have ended", ends.len()).into()) }
}

/// Some responses are late, so that there is time to kill a process while it waits, and some are lost.
async fn emulator(seed: u64) -> Outcome<Emulator> {
    let on_run = |fault| FaultRule::new(fault).operation("run_workflow");
    let late = on_run(Fault::Delay).duration(LONGEST / 2).probability(0.3);
    let lost = [Fault::DropBefore, Fault::DropAfter].map(|fault| on_run(fault).probability(0.05));
    let builder =
        lost.into_iter().fold(Emulator::builder().seed(seed).fault(late), |builder, rule| builder.fault(rule));
    Ok(with_workflows(builder)?.start().await?)
}

fn program() -> Outcome<PathBuf> {
    announce("build the command");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    cmd!(cargo, "build", "--quiet", "--package", "nebula-explorer-cli").run()?;
    Ok(Path::new("target/debug/nebula-explorer").canonicalize()?)
}

struct Setting {
    program: PathBuf,
    url: String,
    directory: TempDir,
    /// The address of the store; the command's own default if not set.
    store: Option<String>,
}

impl Setting {
    /// Starts two processes for a key, and kills them after a random time, until one has ended by itself.
    fn run_until_it_ends(&self, key: u32, killed: &AtomicU32) -> Outcome<End> {
        loop {
            let mut processes = [self.start(key)?, self.start(key)?];
            thread::sleep(LONGEST.mul_f64(fastrand::f64()));
            // Now and then they may go on: otherwise a process that waits for the lease of another one never ends.
            if fastrand::f64() < 0.5 {
                for process in &mut processes {
                    process.kill()?;
                    process.wait()?;
                    killed.fetch_add(1, Ordering::Relaxed);
                }
                continue;
            }
            let ends = processes.map(end);
            let mut ends = ends.into_iter().collect::<Outcome<Vec<End>>>()?;
            let last = ends.pop().ok_or("no process was started")?;
            if let (End::Job(one), Some(End::Job(other))) = (&last, ends.first())
                && one != other
            {
                return Err(format!("key {key}: two processes report the jobs {one} and {other}").into());
            }
            return Ok(last);
        }
    }

    fn start(&self, key: u32) -> Outcome<Child> {
        let workflow = i64::from(key) % (CLIENTS * WORKFLOWS) + 1;
        let mut command = Command::new(&self.program);
        command.args(["run", &workflow.to_string(), "--detach", "--grace", "2s"]);
        command.args(["--idempotency-key", &format!("key {key}"), "--param", &format!("bfs_1.submission:={key}")]);
        let (user, password) = ACCOUNT;
        command.env("NEBULA_EXPLORER_URL", &self.url).env("NEBULA_EXPLORER_GRAPH", format!("{}:{}", GRAPH.0, GRAPH.1));
        command.env("NEBULA_EXPLORER_USER", user).env("NEBULA_EXPLORER_PASSWORD", password);
        for name in ["CONFIG", "CACHE", "STATE"] {
            command.env(format!("NEBULA_EXPLORER_{name}_DIR"), self.directory.path());
        }
        if let Some(store) = &self.store {
            command.env("NEBULA_EXPLORER_STORE", store);
        }
        Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
    }
}

fn end(process: Child) -> Outcome<End> {
    let output = process.wait_with_output()?;
    match output.status.code() {
        Some(0) => Ok(End::Job(String::from_utf8_lossy(&output.stdout).trim().parse()?)),
        Some(UNKNOWN_OUTCOME) => Ok(End::Unknown(candidates(&String::from_utf8_lossy(&output.stderr)))),
        code => Err(format!("exit code {code:?}: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// The jobs that the error of an unknown outcome names.
fn candidates(error: &str) -> Vec<i64> {
    let listed = error.split_once("one of these jobs: ").map_or("", |(_, listed)| listed);
    listed.split(", ").map_while(|id| id.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).collect()
}
