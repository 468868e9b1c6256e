//! Settings of the connection, and errors in terms of the command.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};

use nebula_explorer_emulator::{Emulator, Fault, FaultRule, ServerVersion};
use serde_json::json;
use support::stub::{Response, Stub};
use support::{BFS, Ended, Server, operation};

fn jobs() -> Response {
    Response::success(json!({"items": [], "total": 0}))
}

/// A gateway that requires two headers, and the headers that it has received.
fn gateway() -> (Stub, Arc<Mutex<Vec<String>>>) {
    let received = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&received);
    let stub = Stub::start(move |request| {
        let found = ["x-first", "x-second"].map(|name| request.header(name).unwrap_or_default().to_string());
        log.lock().unwrap().extend(found.clone());
        match (found.iter().all(|value| !value.is_empty()), request.is_sign_in()) {
            (false, _) => Response::html(403),
            (true, true) => Response::sign_in("token"),
            (true, false) => jobs(),
        }
    });
    (stub, received)
}

#[test]
fn headers_come_from_flags_variables_and_files_and_are_never_shown() {
    const SECRET: &str = "s3cret-of-the-gateway";
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("headers");
    std::fs::write(&file, format!("\u{feff}# For the gateway\r\n\r\nX-First: {SECRET}-1\r\nX-Second:{SECRET}:2\r\n"))
        .unwrap();
    let file = file.to_str().unwrap();
    let (first, second) = (format!("X-First: {SECRET}-1"), format!("X-Second: {SECRET}:2"));
    let lines = format!("{first}\n{second}");
    for (arguments, variables) in [
        (&["--header", first.as_str(), "--header", second.as_str()][..], &[][..]),
        (&["--header-file", file], &[]),
        (&[], &[("NEBULA_EXPLORER_HEADER", lines.as_str())]),
        (&[], &[("NEBULA_EXPLORER_HEADER_FILE", file)]),
    ] {
        let (stub, received) = gateway();
        for command in [&["jobs", "list", "-vvv"][..], &["status", "-v"]] {
            let mut command = stub.command(&[command, arguments].concat());
            let ended = Ended::of(command.envs(variables.iter().copied()));
            assert_eq!(ended.code, 0, "{ended:?}");
            assert!(!ended.stdout.contains(SECRET) && !ended.stderr.contains(SECRET), "{ended:?}");
        }
        let expected = [format!("{SECRET}-1"), format!("{SECRET}:2")];
        assert_eq!(received.lock().unwrap()[..2], expected, "{arguments:?}");
    }
    let (stub, _) = gateway();
    let without = stub.run(&["jobs", "list"]);
    assert!(without.code == 3 && without.stderr.contains("Pass what it requires with --header"), "{without:?}");
    let invalid = stub.run(&["jobs", "list", "--header", SECRET]);
    assert!(
        invalid.code == 2 && invalid.stderr.contains("NAME: VALUE") && !invalid.stderr.contains(SECRET),
        "{invalid:?}"
    );
}

#[test]
fn a_header_file_is_stored_in_the_profile_and_a_header_is_not() {
    let server = Server::start(Emulator::builder());
    let file = server.directory.path().join("headers");
    std::fs::write(&file, "X-First: s3cret-1\n").unwrap();
    let login = server.log_in(&["--header-file", file.to_str().unwrap(), "--header", "X-Second: s3cret-2"]);
    assert_eq!(login.code, 0, "{login:?}");
    let config = std::fs::read_to_string(server.directory.path().join("config.toml")).unwrap();
    assert!(config.contains("header_file = \"/") && !config.contains("s3cret"), "{config}");
}

#[test]
fn the_size_of_responses_is_limited() {
    let stub = Stub::signed_in(|_| Response::success(json!({"items": [["x".repeat(100_000)]]})));
    let api = ["api", operation("list_jobs").path, "--max-response"];
    let limited = stub.run(&[&api[..], &["64K"]].concat());
    assert!(limited.code == 1 && limited.stderr.contains("raise --max-response"), "{limited:?}");
    assert_eq!(stub.run(&[&api[..], &["1M"]].concat()).code, 0);
    let invalid = stub.run(&[&api[..], &["much"]].concat());
    assert!(invalid.code == 2 && invalid.stderr.contains("--max-response"), "{invalid:?}");
}

#[test]
fn unencrypted_credentials_give_one_warning() {
    const WARNING: &str = "travel unencrypted";
    // No server listens on a port of this network, which is reserved for documentation.
    for (url, warnings) in [
        ("http://192.0.2.1:1", 1),
        ("https://192.0.2.1:1", 0),
        ("http://localhost:1", 0),
        ("http://127.0.0.2:1", 0),
        ("http://[::1]:1", 0),
    ] {
        let server = Server::start(Emulator::builder());
        let mut command = server.command(&["jobs", "list", "--url", url, "--ca-cert", "nowhere.pem"]);
        let ended = Ended::of(&mut command);
        assert_eq!(ended.stderr.matches(WARNING).count(), warnings, "{url}: {ended:?}");
    }
}

#[test]
fn errors_advise_in_terms_of_the_command() {
    let server = Server::start(Emulator::builder());
    let directory = server.directory.path();
    let file = |name: &str, text: &str| {
        std::fs::write(directory.join(name), text).unwrap();
        directory.join(name).display().to_string()
    };
    let broken = file("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n!!!!\n-----END CERTIFICATE-----\n");
    let cut = file("cut.pem", "\n-----BEGIN CERTIFICATE-----\nAAAA\n");
    let empty = file("empty.pem", "hello\n");
    for (arguments, code, parts) in [
        (
            &["--url", "http://u:pw-s3cret@127.0.0.1:1"][..],
            2,
            &["address from --url must not contain an account", "--user"][..],
        ),
        (&["--ca-cert", &broken], 2, &["broken.pem: line 3"]),
        (&["--ca-cert", &cut], 2, &["cut.pem", "line 2"]),
        (&["--ca-cert", &empty], 2, &["empty.pem", "BEGIN"]),
        (&["--client-cert", &empty], 2, &["empty.pem"]),
        (&["--client-key", &empty], 2, &["--client-key requires --client-cert"]),
        (&["--request-timeout", "0s"], 2, &["--request-timeout", "longer than 0"]),
        (&["--request-timeout", "soon"], 2, &["--request-timeout", "`soon`"]),
        (&["--user", "a:b", "--account-encoding", "colon"], 2, &["colon"]),
    ] {
        let ended = server.run(&[&["jobs", "list"], arguments].concat());
        assert_eq!(ended.code, code, "{arguments:?}: {ended:?}");
        assert!(parts.iter().all(|part| ended.stderr.contains(part)), "{arguments:?}: {ended:?}");
        assert!(!ended.stderr.contains("s3cret") && !ended.stderr.contains("credentials("), "{ended:?}");
    }
    let status = server.run(&["status", "-v", "--url", "http://u:pw-s3cret@127.0.0.1:1"]);
    assert!(status.code == 2 && !(status.stdout + &status.stderr).contains("s3cret"));
}

#[test]
fn a_rejected_sign_in_has_advice_for_its_reason() {
    let newer = Server::start(Emulator::builder());
    let older = Server::start(Emulator::builder().version(ServerVersion::V3_2));
    for (server, encoding, advice) in
        [(&older, "json-array", "--account-encoding colon"), (&newer, "colon", "--account-encoding json-array")]
    {
        let ended = server.run(&["jobs", "list", "--account-encoding", encoding]);
        assert!(ended.code == 3 && ended.stderr.contains(advice), "{ended:?}");
        assert_eq!(server.log_in(&["--account-encoding", encoding]).stderr.matches(advice).count(), 1);
    }
    for (message, advice) in [
        (
            "ErrBadRequest::failed to open connection, error: dial tcp 127.0.0.1:1: connect: connection refused",
            "--graph",
        ),
        ("ErrBadRequest::failed to create session: Too many sessions created from 127.0.0.1", "no further sessions"),
    ] {
        let ended = Stub::start(move |_| Response::error(400, 40_004_000, message)).run(&["jobs", "list"]);
        assert!(ended.stderr.contains(advice) && !ended.stderr.contains("Check the user"), "{ended:?}");
    }
}

#[test]
fn a_redirect_names_the_address_to_use() {
    let redirect = |to: &'static str| {
        Stub::start(move |_| Response::html(302).header("Location", to)).run(&["jobs", "list"]).stderr
    };
    let moved = redirect("https://graph.example.com/explorer/api-open/v1/connect");
    assert!(moved.contains("use its address: --url https://graph.example.com/explorer\n"), "{moved}");
    let gateway = redirect("https://login.example.com/");
    assert!(gateway.contains("--header"), "{gateway}");
}

#[test]
fn a_silent_server_names_the_time_limit() {
    let silent = Stub::start(|_| jobs().after(std::time::Duration::from_secs(20)));
    let ended = silent.run(&["jobs", "list", "--request-timeout", "500ms"]);
    assert!(ended.stderr.contains("within 0.5 s. If it needs longer, raise --request-timeout"), "{ended:?}");
}

#[test]
fn an_unknown_outcome_names_the_jobs_to_look_at() {
    let lost = FaultRule::new(Fault::DropAfter).operation(operation("run_workflow").id);
    let server = Server::start(Emulator::builder().fault(lost));
    let ended = server.run(&["run", BFS]);
    let advice = format!("nebula-explorer jobs list --workflow {BFS} --since 20");
    assert!(ended.code == 9 && ended.stderr.contains(&advice), "{ended:?}");
}
