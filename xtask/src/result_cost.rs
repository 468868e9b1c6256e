//! What the command `result` costs for a million rows: its memory by the size of the response, and its time by curl and jq.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use duct::cmd;
use nebula_explorer::operations::{Operation, SESSION_COOKIE};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::Outcome;
use crate::emulator::{ACCOUNT, GRAPH};
use crate::process::root;
use crate::sample::TASK;

pub const ROWS: usize = 1_000_000;

/// The formats, with jq's way to write the same.
const FORMATS: &[(&str, &str)] = &[("json", ".data.items"), ("ndjson", ".data.items[]"), ("csv", ".data.items[]|@csv")];

/// Prints rows of the table of `cargo xtask bench`.
pub fn print() -> Outcome {
    cmd!("cargo", "build", "--quiet", "--release", "--package", "nebula-explorer-cli").run()?;
    let program = root().join("target/release/nebula-explorer");
    let runtime = Runtime::new()?;
    let body = body();
    let size = body.len() as f64;
    let url = start(&runtime, body)?;
    let formats = FORMATS.iter().map(|(format, _)| *format).chain(["table"]);
    let peaks = formats.map(|format| peak(result(&program, &url, format))).collect::<Outcome<Vec<usize>>>()?;
    let peak = peaks.into_iter().max().unwrap_or_default() as f64;
    println!("| `result` of 1,000,000 rows in the worst format, peak memory by the body | {:.2} | 1.5 |", peak / size);
    let ratios = FORMATS.iter().map(|(format, jq)| time_ratio(&program, &url, format, jq));
    let worst = ratios.collect::<Outcome<Vec<f64>>>()?.into_iter().fold(0.0, f64::max);
    println!("| `result` of 1,000,000 rows in the worst format, time by curl and jq | {worst:.2} | 0.25 |");
    Ok(())
}

/// The result.
pub fn body() -> Bytes {
    let rows: Vec<String> = (0..ROWS).map(|row| format!(r#"["player{row}","0.{:06}"]"#, row % 1_000_000)).collect();
    format!(r#"{{"code":0,"data":{{"items":[{}]}},"message":"Success"}}"#, rows.join(",")).into()
}

/// Serves the rows as the result of the only task of every job, until the runtime is dropped. Returns the address.
pub fn start(runtime: &Runtime, rows: Bytes) -> Outcome<String> {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let url = format!("http://{}", listener.local_addr()?);
    let router = Router::new().fallback(move |uri: Uri| {
        let response = respond(uri.path(), &rows);
        async move { response }
    });
    runtime.spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

fn respond(path: &str, rows: &Bytes) -> Response {
    let is = |id: &str| Operation::find(id).is_some_and(|operation| path.ends_with(last_segment(operation.path)));
    let json = [(header::CONTENT_TYPE, "application/json")];
    if is("connect") {
        let cookie = [(header::SET_COOKIE, format!("{SESSION_COOKIE}=token; Max-Age=3600"))];
        return (json, cookie, json!({"code": 0, "data": {"success": true}, "message": "Success"}).to_string())
            .into_response();
    }
    if is("get_task_result") {
        return (json, rows.clone()).into_response();
    }
    let task = json!({"id": TASK, "name": TASK, "status": 2});
    let job =
        json!({"id": 1, "name": "job", "workflowId": "1", "workflowName": "workflow", "status": 2, "tasks": [task]});
    (json, json!({"code": 0, "data": job, "message": "Success"}).to_string()).into_response()
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn result(program: &Path, url: &str, format: &str) -> Command {
    let mut command = Command::new(program);
    command.args(["result", "1", "--output", format, "--limit"]).arg((ROWS + 1).to_string());
    command.env("NEBULA_EXPLORER_URL", url).env("NEBULA_EXPLORER_GRAPH", format!("{}:{}", GRAPH.0, GRAPH.1));
    command.env("NEBULA_EXPLORER_USER", ACCOUNT.0).env("NEBULA_EXPLORER_PASSWORD", ACCOUNT.1);
    command.env("NEBULA_EXPLORER_NO_CACHE", "1").env("NEBULA_EXPLORER_CONFIG_DIR", root().join("target/no-profiles"));
    command
}

/// The largest resident memory of a program in bytes, read for the last time when it has almost nothing left to write.
fn peak(mut command: Command) -> Outcome<usize> {
    let mut running = command.stdout(Stdio::piped()).spawn()?;
    let mut output = running.stdout.take().ok_or("no standard output")?;
    let mut buffer = vec![0; 64 << 10];
    let mut kilobytes = 0;
    while output.read(&mut buffer)? > 0 {
        kilobytes = resident(&running).unwrap_or(kilobytes);
    }
    if !running.wait()?.success() || kilobytes == 0 {
        return Err("the memory of `result` cannot be measured".into());
    }
    Ok(kilobytes * 1024)
}

/// The largest resident memory so far, in kilobytes, as Linux shows it.
fn resident(process: &Child) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

/// The median time as a multiple of that of curl and jq, in alternating runs.
fn time_ratio(program: &Path, url: &str, format: &str, jq: &str) -> Outcome<f64> {
    const RUNS: usize = 5;
    let path = Operation::find("get_task_result").ok_or("the contract has no results")?.path;
    let path = path.replace("{job_id}", "1").replace("{task_id}", TASK);
    let by_hand = cmd!("curl", "--silent", "--fail", format!("{url}{path}")).pipe(cmd!("jq", "--raw-output", jq));
    let by_hand = by_hand.stdout_null();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(time(|| Ok(result(program, url, format).stdout(Stdio::null()).status().map(|_| ())?))?);
        theirs.push(time(|| Ok(by_hand.run().map(|_| ())?))?);
    }
    ours.sort();
    theirs.sort();
    Ok(ours[RUNS / 2].as_secs_f64() / theirs[RUNS / 2].as_secs_f64())
}

fn time(run: impl FnOnce() -> Outcome) -> Outcome<Duration> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed())
}
