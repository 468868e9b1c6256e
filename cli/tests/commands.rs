//! The commands against an emulator: their output and their exit codes.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use serde_json::Value;
use support::{BFS, Ended, FAILING, PAGERANK, SLOW, Server, bare, operation};

#[test]
fn run_prints_the_rows_of_a_task() {
    let server = Server::start(Emulator::builder());
    let ended = server.run(&["run", PAGERANK, "-p", "query_1.name=Tim Duncan", "--result", "PageRank"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let rows: Vec<Vec<&str>> = ended.stdout.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 6, "{ended:?}");
    assert!(rows.iter().all(|row| row.len() == 2 && row[1].parse::<f64>().is_ok()), "{rows:?}");
    assert!(ended.stderr.contains("Job 105"), "{ended:?}");

    let read = server.run(&["result", "105", "PageRank", "--limit", "3", "--output", "json"]).json();
    assert_eq!(read.as_array().unwrap().len(), 3);
    let job = server.run(&["jobs", "get", "105", "--output", "json"]).json();
    assert_eq!((&job["id"], job["tasks"].as_array().unwrap().len()), (&Value::from(105), 2));
    let lines = server.run(&["jobs", "get", "105"]).stdout;
    let columns: Vec<usize> = lines.lines().map(|line| line.split('\t').count()).collect();
    assert_eq!(columns, [7, 7], "one line for each task, all with the same columns: {lines}");

    let mut input = tempfile::NamedTempFile::new().unwrap();
    input.write_all(br#"{"query_1": {"name": "Tony Parker"}}"#).unwrap();
    let detached = server.run(&["run", PAGERANK, "--input", input.path().to_str().unwrap(), "--detach"]);
    assert_eq!((detached.code, detached.stdout.as_str()), (0, "106\n"), "{detached:?}");
}

#[test]
fn jobs_list_filters_and_sorts() {
    let server = Server::start(Emulator::builder());
    for _ in 0..3 {
        server.run(&["run", BFS]);
    }
    server.run(&["run", FAILING]);
    let ids = |arguments: &[&str]| -> Vec<i64> {
        let jobs = server.run(&[&["jobs", "list", "--output", "json"], arguments].concat()).json();
        jobs.as_array().unwrap().iter().map(|job| job["id"].as_i64().unwrap()).collect()
    };
    for (arguments, expected) in [
        (&[][..], &[108, 107, 106, 105][..]),
        (&["--order", "oldest", "--limit", "2"], &[105, 106]),
        (&["--workflow", BFS], &[107, 106, 105]),
        (&["--status", "failed"], &[108]),
        (&["--status", "2", "--all"], &[107, 106, 105]),
        (&["--since", "1h", "--limit", "1"], &[108]),
        (&["--until", "2001-01-01T00:00:00Z"], &[]),
        (&["--name", "nobody"], &[]),
    ] {
        assert_eq!(ids(arguments), expected, "{arguments:?}");
    }
    let lines = server.run(&["jobs", "list", "--output", "ndjson"]).stdout;
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()) && lines.lines().count() == 4);
    let table = server.run(&["jobs", "list", "--output", "table"]).stdout;
    assert!(table.starts_with("ID ") && table.lines().count() == 5, "{table}");
}

#[test]
fn errors_have_exit_codes() {
    let server = Server::start(Emulator::builder());
    let expect = |code: i32, arguments: &[&str]| {
        let ended = server.run(arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        assert!(ended.code == 0 || ended.stderr.lines().any(|line| line.starts_with("error: ")), "{ended:?}");
        ended
    };
    expect(0, &["jobs", "list"]);
    expect(2, &["jobs", "list", "--status", "great"]);
    expect(2, &["run", PAGERANK, "-p", "nonsense"]);
    expect(2, &["explain", "7777"]);
    expect(4, &["jobs", "get", "999"]);
    expect(4, &["run", "1"]);
    expect(6, &["run", FAILING]);
    expect(6, &["jobs", "watch", "105"]);
    expect(8, &["run", SLOW, "--timeout", "0"]);
    expect(0, &["jobs", "cancel", "106", "--wait"]);
    expect(7, &["jobs", "watch", "106"]);
    let unknown = expect(2, &["run", PAGERANK, "--result", "Rank"]);
    assert!(unknown.stderr.contains("PageRank") && unknown.stderr.contains("continues to run"), "{unknown:?}");

    let with_fault = |fault: Fault, id: &str, arguments: &[&str]| {
        let rule = FaultRule::new(fault).operation(operation(id).id);
        Server::start(Emulator::builder().fault(rule)).run(arguments)
    };
    assert_eq!(with_fault(Fault::InternalError, "list_jobs", &["jobs", "list"]).code, 1);
    let lost = with_fault(Fault::DropAfter, "run_workflow", &["run", BFS]);
    assert!(lost.code == 9 && lost.stderr.contains("may or may not"), "{lost:?}");
    let not_followed = with_fault(Fault::UnknownCode, "get_job", &["run", BFS, "--user", "root"]);
    assert!(
        not_followed.stderr.contains("To follow it: nebula-explorer --user root jobs watch 105"),
        "{not_followed:?}"
    );
    let traced = expect(4, &["jobs", "get", "999"]);
    assert!(traced.stderr.lines().any(|line| line.starts_with("trace id: ")), "{traced:?}");

    let wrong = Ended::of(server.command(&["jobs", "list"]).env("NEBULA_EXPLORER_PASSWORD", "s3cret-and-wrong"));
    assert_eq!(wrong.code, 3, "{wrong:?}");
    assert!(!wrong.stderr.contains("s3cret"), "{wrong:?}");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreachable = Ended::of(server.command(&["jobs", "list"]).env("NEBULA_EXPLORER_URL", format!("http://{port}")));
    assert_eq!(unreachable.code, 5, "{unreachable:?}");
    let unset = Ended::of(&mut bare(&["jobs", "list"]));
    assert!(unset.code == 3 && unset.stderr.contains("NEBULA_EXPLORER_URL"), "{unset:?}");
}

#[test]
fn password_is_read_from_standard_input() {
    let server = Server::start(Emulator::builder());
    let mut command = server.command(&["jobs", "list", "--password-stdin"]);
    command.env_remove("NEBULA_EXPLORER_PASSWORD").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().unwrap();
    running.stdin.take().unwrap().write_all(b"nebula\n").unwrap();
    assert!(running.wait().unwrap().success());
}

#[test]
fn some_commands_need_no_server() {
    let demo = Ended::of(&mut bare(&["demo"]));
    assert!(demo.code == 0 && demo.stdout.lines().count() == 6, "{demo:?}");
    let explained = Ended::of(&mut bare(&["explain", "40104001"]));
    assert!(explained.code == 0 && explained.stdout.contains("ErrSession"), "{explained:?}");
    let contract = Ended::of(&mut bare(&["contract"]));
    assert_eq!(contract.stdout, include_str!("../../openapi/explorer-workflow.yaml"));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(Ended::of(&mut bare(&["completions", shell])).stdout.contains("nebula-explorer"), "{shell}");
    }
}

#[test]
#[cfg(unix)]
fn endless_input_is_rejected() {
    let server = Server::start(Emulator::builder());
    for arguments in
        [["run", PAGERANK, "--input", "/dev/zero"], ["api", operation("list_jobs").path, "-d", "@/dev/zero"]]
    {
        let rejected = server.run(&arguments);
        assert!(rejected.code == 2 && rejected.stderr.contains("/dev/zero: file too large"), "{rejected:?}");
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let mut running = bare(&["contract"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, running.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ended = running.wait_with_output().unwrap();
    assert!(line.starts_with("openapi:") && ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn emulator_has_options_with_the_names_of_settings() {
    // The file does not exist, so the emulator does not start to serve.
    let ended = Ended::of(&mut bare(&["emulator", "--listen", "127.0.0.1:0", "--graph", "no-such-graph.json"]));
    assert!(ended.code == 1 && ended.stderr.contains("no-such-graph.json"), "{ended:?}");
}
