//! `cargo xtask startup`: how long the command takes, compared with curl for the same request.

use std::time::{Duration, Instant};

use duct::{Expression, cmd};

use crate::emulator::{ACCOUNT, Emulator, GRAPH};
use crate::process::root;
use crate::tools::{self, CURL};
use crate::{Outcome, sample};

/// Prints the ratios of the median times of many alternating runs.
pub fn print() -> Outcome {
    tools::require(&[&CURL])?;
    cmd!("cargo", "build", "--quiet", "--release", "--package", "nebula-explorer-cli").run()?;
    let program = root().join("target/release/nebula-explorer");
    let emulator = Emulator::start()?;
    let token = tokio::runtime::Runtime::new()?.block_on(sample::token(&emulator.url))?;
    let folder = root().join("target/startup");
    std::fs::create_dir_all(&folder)?;
    let ours = |arguments: &[&str]| {
        let command = cmd(&program, arguments).env("NEBULA_EXPLORER_CONFIG_DIR", &folder);
        command.env("NEBULA_EXPLORER_SECRETS", "file").stdout_null()
    };
    let (address, port) = GRAPH;
    let graph = format!("{address}:{port}");
    let login = ["login", "--url", &emulator.url, "--graph", &graph, "--user", ACCOUNT.0];
    ours(&login).env("NEBULA_EXPLORER_PASSWORD", ACCOUNT.1).stderr_null().run()?;
    // curl reads the cookie from a file, because arguments are visible to every user of the machine.
    let cookie = folder.join("curl");
    std::fs::write(&cookie, format!("header = \"Cookie: {}={token}\"\n", nebula_explorer::operations::SESSION_COOKIE))?;
    let list = nebula_explorer::operations::Operation::find("list_jobs").ok_or("the contract has no list of jobs")?;
    let list_url = format!("{}{}", emulator.url, list.path);
    let curl_list = cmd!("curl", "--silent", "--fail", "--config", &cookie, list_url).stdout_null();
    let curl_version = cmd!("curl", "--version").stdout_null();
    println!("| command | curl | ratio | goal |\n|---|---|---|---|");
    for (name, ours, curl) in
        [("`--version`", ours(&["--version"]), curl_version), ("`jobs list`", ours(&["jobs", "list"]), curl_list)]
    {
        let (by_curl, by_us) = medians(&curl, &ours)?;
        let ratio = by_us.as_secs_f64() / by_curl.as_secs_f64();
        println!("| {name} | {:.1} ms | {ratio:.2} | 1.5 |", by_curl.as_secs_f64() * 1000.0);
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn medians(one: &Expression, other: &Expression) -> Outcome<(Duration, Duration)> {
    const RUNS: usize = 101;
    let (mut of_one, mut of_other) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        of_one.push(time(one)?);
        of_other.push(time(other)?);
    }
    of_one.sort();
    of_other.sort();
    Ok((of_one[RUNS / 2], of_other[RUNS / 2]))
}

fn time(program: &Expression) -> Outcome<Duration> {
    let start = Instant::now();
    program.run()?;
    Ok(start.elapsed())
}
