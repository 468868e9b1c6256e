//! The command against an emulator: what it writes where, and how it ends.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use serde_json::Value;
use support::{BFS, Ended, FAILING, PAGERANK, SLOW, Server, bare};

#[test]
fn a_workflow_is_run_and_its_rows_are_written() {
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
fn jobs_are_listed_by_what_is_asked_for() {
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
fn each_way_of_ending_has_its_code() {
    let server = Server::start(Emulator::builder());
    let ends = |code: i32, arguments: &[&str]| {
        let ended = server.run(arguments);
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        assert!(ended.code == 0 || ended.stderr.lines().any(|line| line.starts_with("error: ")), "{ended:?}");
        ended
    };
    ends(0, &["jobs", "list"]);
    ends(2, &["jobs", "list", "--status", "great"]);
    ends(2, &["run", PAGERANK, "-p", "nonsense"]);
    ends(2, &["explain", "7777"]);
    ends(4, &["jobs", "get", "999"]);
    ends(4, &["run", "1"]);
    ends(6, &["run", FAILING]);
    ends(6, &["jobs", "watch", "105"]);
    ends(8, &["run", SLOW, "--timeout", "0"]);
    ends(0, &["jobs", "cancel", "106", "--wait"]);
    ends(7, &["jobs", "watch", "106"]);
    let unknown = ends(2, &["run", PAGERANK, "--result", "Rank"]);
    assert!(unknown.stderr.contains("PageRank") && unknown.stderr.contains("goes on running"), "{unknown:?}");

    let with_fault = |fault: Fault, operation: &str, arguments: &[&str]| {
        let rule = FaultRule::new(fault).operation(operation);
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
    let traced = ends(4, &["jobs", "get", "999"]);
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
fn a_password_comes_by_standard_input_too() {
    let server = Server::start(Emulator::builder());
    let mut command = server.command(&["jobs", "list", "--password-stdin"]);
    command.env_remove("NEBULA_EXPLORER_PASSWORD").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().unwrap();
    running.stdin.take().unwrap().write_all(b"nebula\n").unwrap();
    assert!(running.wait().unwrap().success());
}

#[test]
fn what_needs_no_server_needs_none() {
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
fn what_has_no_end_is_not_read_to_it() {
    let server = Server::start(Emulator::builder());
    for arguments in [["run", PAGERANK, "--input", "/dev/zero"], ["api", "/api-open/v1/jobs", "-d", "@/dev/zero"]] {
        let refused = server.run(&arguments);
        assert!(refused.code == 2 && refused.stderr.contains("/dev/zero: file too large"), "{refused:?}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let mut running = bare(&["contract"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, running.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ended = running.wait_with_output().unwrap();
    assert!(line.starts_with("openapi:") && ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}

#[test]
fn the_guides_name_every_command_and_option() {
    let help = |arguments: &[&str]| Ended::of(&mut bare(&[arguments, &["--help"]].concat())).stdout;
    let guides = [include_str!("../../docs/cli.md"), include_str!("../../docs/zh-CN/cli.md")];
    for arguments in [
        &[][..],
        &["login"],
        &["run"],
        &["jobs"],
        &["jobs", "list"],
        &["jobs", "cancel"],
        &["result"],
        &["api"],
        &["contract"],
        &["man"],
    ] {
        for word in help(arguments).split_whitespace().filter(|word| word.starts_with("--")) {
            let option = word.trim_end_matches(|c: char| !c.is_alphanumeric());
            for guide in guides {
                assert!(
                    matches!(option, "--help" | "--version") || guide.contains(option),
                    "{option} of {arguments:?}"
                );
            }
        }
    }
    for command in [
        "demo",
        "login",
        "logout",
        "status",
        "api",
        "schema",
        "man",
        "run",
        "jobs list",
        "jobs get",
        "jobs watch",
        "jobs cancel",
        "result",
        "explain",
        "contract",
        "emulator",
        "completions",
    ] {
        assert!(guides.iter().all(|guide| guide.contains(&format!("`{command}"))), "{command}");
    }
}
