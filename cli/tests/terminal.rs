//! The program in a terminal.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::time::Duration;

use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use support::terminal::{Shown, Terminal};
use support::{FAILING, PAGERANK, SLOW, Server, operation};

fn run(server: &Server, columns: u16, arguments: &[&str], more: &[(&str, &str)]) -> Shown {
    start(server, columns, arguments, more).end()
}

fn start(server: &Server, columns: u16, arguments: &[&str], more: &[(&str, &str)]) -> Terminal {
    let variables = server.variables();
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain(more.iter().copied()).collect();
    Terminal::start(server, columns, arguments, &variables)
}

#[test]
fn tables_fit_the_terminal() {
    const NAME: &str = "夜间图计算流水线与社区发现算法";
    let workflow = format!(
        r#"{{"id": 1, "name": "{NAME}", "tasks": [{{"id": "q", "component": "Query", "params": {{"name": "Tim Duncan"}}}}]}}"#
    );
    let server = Server::start(Emulator::builder().workflow(serde_json::from_str(&workflow).unwrap()));
    assert_eq!(server.run(&["run", "1"]).code, 0);
    let narrow = run(&server, 60, &["jobs", "list"], &[]);
    let lines: Vec<&str> = narrow.text.lines().collect();
    assert_eq!(lines.len(), 2, "no line is broken: {narrow:?}");
    assert!(lines[1].starts_with("105") && lines[1].contains("Success") && lines[1].contains('…'), "{narrow:?}");
    let wide = run(&server, 140, &["jobs", "list"], &[]);
    assert!(wide.text.contains(NAME), "{wide:?}");
    let times = |line: &str| line.split(' ').filter(|word| word.len() == 8 && word.matches(':').count() == 2).count();
    assert_eq!(times(lines[1]), 1, "{narrow:?}");
    let got = run(&server, 60, &["jobs", "get", "105"], &[]);
    assert!(got.text.contains('█') && got.text.contains("Status    Success"), "{got:?}");
    let task = got.text.lines().find(|line| line.starts_with("Query  Success")).unwrap();
    assert_eq!(times(task), 2, "{got:?}");
}

#[test]
fn progress_is_shown_and_colours_can_be_turned_off() {
    let server = Server::start(Emulator::builder());
    let arguments = ["run", PAGERANK, "-p", "query_1.name=Tim Duncan", "--result", "PageRank"];
    let shown = run(&server, 60, &arguments, &[]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for part in
        ["Job 105 [====================] 2/2 tasks  Success", "✓ Query  Success after", "✓ PageRank", "player100"]
    {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    assert!(shown.formatted.contains("\x1b[32m"), "{shown:?}");
    let plain = run(&server, 60, &["jobs", "get", "105"], &[("NO_COLOR", "1")]);
    assert!(plain.text.contains("Success") && !plain.formatted.contains("\x1b[3"), "{plain:?}");
    let failed = run(&server, 60, &["run", FAILING], &[]);
    assert!(failed.code == 6 && failed.text.contains('✗'), "{failed:?}");
}

#[test]
fn an_interrupt_leaves_the_job_running_and_prints_how_to_follow_it() {
    let server = Server::start(Emulator::builder());
    let mut running = start(&server, 100, &["run", SLOW], &[]);
    running.wait_for("Running");
    running.interrupt();
    let shown = running.end();
    assert!(shown.code == 1 && shown.text.contains("nebula-explorer jobs watch 105"), "{shown:?}");
    assert_eq!(server.emulator.calls(operation("cancel_job").id), 0);

    assert_eq!(server.log_in(&["--profile", "staging"]).code, 0);
    assert_eq!(server.run(&["run", SLOW, "--detach"]).code, 0);
    let ids = ["--profile", "staging", "jobs", "watch", "105", "106"];
    let mut watching = Terminal::start(&server, 60, &ids, &[]);
    watching.wait_for("Job 106  Running");
    watching.interrupt();
    let shown = watching.end();
    let text = shown.text.replace('\n', "");
    assert!(text.contains("interrupted; 2 jobs continue to run"), "{shown:?}");
    assert!(text.contains("nebula-explorer --profile staging jobs watch 105 106"), "{shown:?}");
}

#[test]
fn an_interrupt_stops_cancelling() {
    let slow = FaultRule::new(Fault::Delay).operation(operation("cancel_job").id).duration(Duration::from_secs(20));
    let server = Server::start(Emulator::builder());
    for _ in 0..12 {
        server.run(&["run", SLOW, "--detach"]);
    }
    server.emulator.set_faults(vec![slow]).unwrap();
    let mut cancelling = start(&server, 100, &["jobs", "cancel", "--workflow", SLOW, "--yes", "-vv"], &[]);
    cancelling.wait_for("list_workflow_jobs");
    let calls = || server.emulator.calls(operation("cancel_job").id);
    while calls() == 0 {
        std::thread::yield_now();
    }
    cancelling.interrupt();
    let shown = cancelling.end();
    assert!(shown.code == 1 && shown.text.contains("interrupted; 12 jobs continue to run"), "{shown:?}");
    assert!(calls() < 12, "{shown:?}");
}

#[test]
fn cancelling_asks_on_a_terminal() {
    let server = Server::start(Emulator::builder());
    for _ in 0..2 {
        server.run(&["run", SLOW, "--detach"]);
    }
    let answer = |arguments: &[&str], question: &str, answer: &str| {
        let mut cancelling = start(&server, 100, &[&["jobs", "cancel"], arguments].concat(), &[]);
        cancelling.wait_for(question);
        cancelling.type_in(answer);
        cancelling.end()
    };
    let declined = answer(&["105", "106"], "Cancel 2 jobs: 105, 106? [y/N]", "\r");
    assert!(declined.code == 1 && declined.text.contains("nothing was cancelled"), "{declined:?}");
    assert_eq!(server.emulator.calls(operation("cancel_job").id), 0);
    let cancelled = answer(&["--workflow", SLOW], "Cancel 2 jobs: 105, 106? [y/N]", "y\r");
    assert!(cancelled.code == 0 && cancelled.text.contains("requested"), "{cancelled:?}");
    assert_eq!(server.emulator.calls(operation("cancel_job").id), 2);
    assert_eq!(run(&server, 100, &["jobs", "cancel", "105", "--yes"], &[]).code, 0);
}

#[test]
fn failed_polls_are_reported_above_the_bars() {
    let server = Server::start(Emulator::builder());
    let outage = FaultRule::new(Fault::Unavailable).operation(operation("get_job").id).times(4);
    server.emulator.set_faults(vec![outage]).unwrap();
    let shown = run(&server, 100, &["run", PAGERANK], &[]);
    assert_eq!(shown.code, 0, "{shown:?}");
    let failures = shown.text.lines().filter(|line| line.contains("HTTP 503")).count();
    let bars = shown.text.lines().filter(|line| line.starts_with("Job 105 [")).count();
    assert_eq!((failures, bars), (1, 1), "{shown:?}");
}

#[test]
fn the_first_interrupt_while_submitting_waits_for_the_response() {
    let delay = FaultRule::new(Fault::Delay).operation(operation("run_workflow").id).duration(Duration::from_secs(3));
    let server = Server::start(Emulator::builder().fault(delay.times(1)));
    let mut running = start(&server, 100, &["run", SLOW, "-vv"], &[]);
    running.wait_for("signed in");
    running.interrupt();
    running.wait_for("waiting for the response");
    let shown = running.end();
    assert!(shown.code == 1 && shown.text.contains("job 105 continues to run"), "{shown:?}");

    let endless =
        FaultRule::new(Fault::Delay).operation(operation("run_workflow").id).duration(Duration::from_secs(25));
    server.emulator.set_faults(vec![endless]).unwrap();
    let mut running = start(&server, 100, &["run", SLOW, "-vv"], &[]);
    running.wait_for("signed in");
    running.interrupt();
    running.wait_for("waiting for the response");
    running.interrupt();
    assert_eq!(running.end().code, 130);
}

#[test]
fn jobs_watch_is_live() {
    let server = Server::start(Emulator::builder());
    for _ in 0..5 {
        server.run(&["run", PAGERANK, "--detach"]);
    }
    let ids = ["105", "106", "107", "108", "109"];
    let shown = run(&server, 60, &[&["jobs", "watch"], &ids[..]].concat(), &[]);
    assert!(shown.code == 0 && shown.text.contains("5/5 have ended"), "{shown:?}");
    assert!(ids.iter().all(|id| shown.text.contains(&format!("Job {id}  Success"))), "{shown:?}");
}

#[test]
fn login_asks_for_what_is_missing_and_hides_the_password() {
    let server = Server::start(Emulator::builder());
    let mut login = Terminal::start(&server, 100, &["login"], &[]);
    for (question, answer) in [
        ("Address of Explorer, such as http://localhost:7002", server.emulator.url()),
        ("Address and port of the graph service, as Explorer reaches it", "127.0.0.1:9669".into()),
        ("User name", "root".into()),
        ("Password of root", "nebula".into()),
    ] {
        login.wait_for(&format!("{question}: "));
        if question.starts_with("Password") {
            login.wait_for_no_echo();
        }
        login.type_in(&format!("{answer}\r"));
    }
    let shown = login.end();
    assert!(shown.code == 0 && shown.text.contains("Signed in to"), "{shown:?}");
    assert!(!shown.text.contains(" nebula\n") && !shown.text.contains("root: nebula"), "{shown:?}");
    assert_eq!(server.run_with_profile(&["jobs", "list"]).code, 0);
}
