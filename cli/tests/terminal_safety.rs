//! Texts of the server with control characters: visible in output for people, unchanged in output for programs.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::{Value, json};
use support::stub::{Response, Stub, job};

/// ESC, OSC with BEL, C1, a line break, DEL and a right-to-left override.
const HOSTILE: &str = "a\x1b[31m\x1b]0;title\x07\u{9b}2J\nb\u{7f}\u{202e}c";
const SHOWN: &str = "a\\u{1b}[31m\\u{1b}]0;title\\u{7}\\u{9b}2J\\nb\\u{7f}\\u{202e}c";

/// A server whose names and messages are hostile.
fn server() -> Stub {
    Stub::signed_in(|request| {
        let mut job = job(105, if request.path.contains("/jobs/106") { 3 } else { 2 });
        job["name"] = HOSTILE.into();
        job["workflowName"] = HOSTILE.into();
        job["tasks"][0]["name"] = HOSTILE.into();
        match request.path.split('?').next().unwrap() {
            path if path.ends_with("/sample_result") => Response::success(json!({"items": [[HOSTILE, "1"]]})),
            path if path.ends_with("/cancel") => Response::success(json!({"success": false})),
            path if path.ends_with("/jobs/999") => Response::error(404, 40_404_000, &format!("ErrNotFound::{HOSTILE}")),
            path if path.contains("/jobs/") => Response::success(job),
            path if path.ends_with("/jobs") && request.method == "POST" => Response::success(json!({"id": 105})),
            path if path.ends_with("/jobs") && !request.path.contains("page=1") => {
                Response::success(json!({"items": [], "total": 1}))
            }
            path if path.ends_with("/jobs") => Response::success(json!({"items": [job], "total": 1})),
            _ => Response::new(502, "text/html", format!("<title>{HOSTILE}</title>")),
        }
    })
}

fn is_safe(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control() && c != '\u{202e}')
}

#[test]
fn output_for_people_has_no_control_characters_of_the_server() {
    let server = server();
    for (arguments, shows) in [
        (&["jobs", "list"][..], true),
        (&["jobs", "list", "-o", "table"], true),
        (&["jobs", "get", "105"], true),
        (&["jobs", "get", "105", "-o", "table"], true),
        (&["jobs", "watch", "105"], false),
        (&["jobs", "watch", "999"], true),
        (&["jobs", "cancel", "999"], true),
        (&["jobs", "get", "999"], true),
        (&["jobs", "get", "999", "-v"], true),
        (&["run", "1", "-vvv"], true),
        (&["run", "1", "--result", "nothing"], true),
        (&["result", "105"], true),
        (&["result", "105", "-o", "table"], true),
    ] {
        let ended = server.run(arguments);
        assert!(is_safe(&ended.stdout) && is_safe(&ended.stderr), "{arguments:?}: {ended:?}");
        assert_eq!((ended.stdout.clone() + &ended.stderr).contains(SHOWN), shows, "{arguments:?}: {ended:?}");
    }
}

#[test]
fn output_for_programs_is_unchanged() {
    let server = server();
    let list = server.run(&["jobs", "list", "-o", "json"]).json();
    assert_eq!(list[0]["name"], HOSTILE);
    let lines = server.run(&["jobs", "list", "-o", "ndjson"]).stdout;
    assert_eq!(serde_json::from_str::<Value>(lines.trim()).unwrap()["name"], HOSTILE);
    let rows = server.run(&["result", "105", "-o", "csv"]).stdout;
    let mut csv = csv::ReaderBuilder::new().has_headers(false).from_reader(rows.as_bytes());
    assert_eq!(&csv.records().next().unwrap().unwrap()[0], HOSTILE);
}

#[cfg(unix)]
#[test]
fn progress_and_live_output_do_not_reach_the_terminal_unescaped() {
    use nebula_explorer_emulator::Emulator;
    use support::Server;
    use support::terminal::Terminal;

    let stub = server();
    let directory = Server::start(Emulator::builder());
    let url = stub.url();
    let variables = [
        ("NEBULA_EXPLORER_URL", url.as_str()),
        ("NEBULA_EXPLORER_GRAPH", "127.0.0.1:9669"),
        ("NEBULA_EXPLORER_USER", "root"),
        ("NEBULA_EXPLORER_PASSWORD", "nebula"),
    ];
    for (arguments, code) in [
        (&["run", "1"][..], 0),
        (&["jobs", "watch", "105"], 0),
        (&["jobs", "watch", "999"], 4),
        (&["jobs", "get", "105"], 0),
        (&["status"], 0),
    ] {
        let shown = Terminal::start(&directory, 200, arguments, &variables).end();
        assert_eq!(shown.code, code, "{shown:?}");
        let reached =
            ["\x1b[31m\x1b]", "\x1b]0;", "\u{202e}", "\u{9b}"].iter().any(|part| shown.received.contains(part));
        assert!(!reached, "{arguments:?}: {:?}", shown.received);
    }
}
