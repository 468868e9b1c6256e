//! `cargo xtask startup`: how long the command takes, beside curl doing the same.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::emulator::{ACCOUNT, Emulator, GRAPH};
use crate::process::{command, output, root, run};
use crate::{Outcome, sample};

/// Prints ratios of the median times of many runs, taken in turn.
pub fn print() -> Outcome {
    run(command("cargo", "").args(["build", "--quiet", "--release", "--package", "nebula-explorer-cli"]))?;
    let program = root().join("target/release/nebula-explorer");
    let emulator = Emulator::start()?;
    let token = tokio::runtime::Runtime::new()?.block_on(sample::token(&emulator.url))?;
    let folder = root().join("target/startup");
    std::fs::create_dir_all(&folder)?;
    let ours = |arguments: &[&str]| {
        let mut ours = command(&program, "");
        ours.args(arguments).env("NEBULA_EXPLORER_CONFIG_DIR", &folder).env("NEBULA_EXPLORER_SECRETS", "file");
        ours
    };
    let (address, port) = GRAPH;
    let graph = format!("{address}:{port}");
    let login = ["login", "--url", &emulator.url, "--graph", &graph, "--user", ACCOUNT.0];
    output(ours(&login).env("NEBULA_EXPLORER_PASSWORD", ACCOUNT.1))?;
    // Curl reads the cookie from a file, because everybody can see its arguments.
    let cookie = folder.join("curl");
    std::fs::write(&cookie, format!("header = \"Cookie: {}={token}\"\n", nebula_explorer::operations::SESSION_COOKIE))?;
    let list = nebula_explorer::operations::Operation::find("list_jobs").ok_or("the contract has no list of jobs")?;
    let mut curl_list = command("curl", "");
    curl_list.args(["--silent", "--fail", "--config"]).arg(&cookie).arg(format!("{}{}", emulator.url, list.path));
    let mut curl_version = command("curl", "");
    curl_version.arg("--version");
    println!("| what | by curl | measured | goal |\n|---|---|---|---|");
    for (name, mut ours, mut curl) in
        [("`--version`", ours(&["--version"]), curl_version), ("`jobs list`", ours(&["jobs", "list"]), curl_list)]
    {
        let (by_curl, by_us) = medians(&mut curl, &mut ours)?;
        let ratio = by_us.as_secs_f64() / by_curl.as_secs_f64();
        println!("| {name} | {:.1} ms | {ratio:.2} | 1.5 |", by_curl.as_secs_f64() * 1000.0);
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn medians(one: &mut Command, other: &mut Command) -> Outcome<(Duration, Duration)> {
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

fn time(program: &mut Command) -> Outcome<Duration> {
    let begin = Instant::now();
    run(program.stdout(Stdio::null()))?;
    Ok(begin.elapsed())
}
