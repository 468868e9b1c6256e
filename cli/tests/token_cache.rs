//! Tokens that are kept between commands, with and without a profile.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use nebula_explorer_emulator::Emulator;
use serde_json::json;
use support::stub::{Response, Stub};
use support::{CACHE_DIR, Ended, NO_CACHE, PASSWORD, Server};

fn cached(server: &Server) -> Vec<PathBuf> {
    let files = std::fs::read_dir(server.directory.path().join("cache")).into_iter().flatten();
    let files = files.map(|file| file.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

#[test]
fn commands_with_variables_only_share_one_session() {
    let server = Server::start(Emulator::builder());
    for _ in 0..3 {
        assert_eq!(server.run(&["jobs", "list"]).code, 0);
    }
    assert_eq!((server.emulator.sign_ins(), cached(&server).len()), (1, 1));
    let status = server.run(&["status", "-o", "json"]).json();
    assert_eq!(status["secrets"], "cache");
    assert!(status["expires_at"].is_string(), "{status}");

    // The server has lost the session.
    server.emulator.forget_sessions();
    for _ in 0..2 {
        assert_eq!(server.run(&["jobs", "list"]).code, 0);
    }
    assert_eq!(server.emulator.sign_ins(), 2);

    for _ in 0..2 {
        assert_eq!(server.run(&["jobs", "list", "--no-cache"]).code, 0);
    }
    assert_eq!(Ended::of(server.command(&["jobs", "list"]).env(NO_CACHE, "1")).code, 0);
    assert_eq!(server.emulator.sign_ins(), 5);

    let deleted = server.run(&["logout"]);
    assert!(deleted.code == 0 && cached(&server).is_empty(), "{deleted:?}");
}

#[test]
fn a_kept_token_is_used_with_its_own_password_server_and_account_only() {
    let server = Server::start(Emulator::builder());
    assert_eq!(server.run(&["jobs", "list"]).code, 0);
    let wrong = Ended::of(server.command(&["jobs", "list"]).env("NEBULA_EXPLORER_PASSWORD", "another"));
    assert_eq!(wrong.code, 3, "{wrong:?}");
    let without = Ended::of(server.command(&["jobs", "list"]).env_remove("NEBULA_EXPLORER_PASSWORD"));
    assert_eq!(without.code, 3, "{without:?}");
    for arguments in [["--user", "somebody"], ["--graph", "127.0.0.1:1"]] {
        let other = server.run(&[&["jobs", "list"], &arguments[..]].concat());
        assert_eq!(other.code, 3, "{other:?}");
    }
    let text = std::fs::read_to_string(&cached(&server)[0]).unwrap();
    assert!(!text.contains(&format!("\"{PASSWORD}\"")), "the password itself is not kept: {text}");
}

#[test]
fn an_unusable_cache_does_not_stop_a_command() {
    let server = Server::start(Emulator::builder());
    assert_eq!(server.run(&["jobs", "list"]).code, 0);
    std::fs::write(&cached(&server)[0], "{").unwrap();
    assert_eq!(server.run(&["jobs", "list"]).code, 0);
    let file = server.directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let ended = Ended::of(server.command(&["jobs", "list"]).env(CACHE_DIR, file.join("cache")));
    assert!(ended.code == 0 && ended.stderr.contains("warning: the token is not stored"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_cache() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(Emulator::builder());
    server.run(&["jobs", "list"]);
    let file = &cached(&server)[0];
    for path in [file, file.parent().unwrap()] {
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

/// Runs commands at the same time, all of which must succeed.
fn run_many(command: impl Fn() -> std::process::Command) {
    const COMMANDS: usize = 50;
    let running: Vec<_> =
        (0..COMMANDS).map(|_| command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()).collect();
    for command in running {
        let ended = command.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    }
}

#[test]
fn concurrent_commands_renew_an_expired_token_once() {
    let server = Server::start(Emulator::builder());
    let with_variables = || server.command(&["jobs", "list"]);
    let with_profile = || server.unconfigured(&["jobs", "list"]);

    run_many(with_variables);
    assert_eq!(server.emulator.sign_ins(), 1, "no token yet");
    server.emulator.forget_sessions();
    run_many(with_variables);
    assert_eq!(server.emulator.sign_ins(), 2, "the server has lost the session");

    assert_eq!(server.log_in(&["--keep-password"]).code, 0);
    server.emulator.forget_sessions();
    run_many(with_profile);
    assert_eq!(server.emulator.sign_ins(), 4, "the token of a profile");

    let secrets = server.directory.path().join("secrets.json");
    let mut all: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&secrets).unwrap()).unwrap();
    all["default"]["expires_at"] = "2001-01-01T00:00:00Z".into();
    std::fs::write(&secrets, all.to_string()).unwrap();
    run_many(with_profile);
    assert_eq!(server.emulator.sign_ins(), 5, "expired by its own time");
}

/// Two servers behind a balancer, each of which knows its own tokens only. Without a cookie of the balancer the requests alternate.
fn balanced() -> (Stub, Arc<Mutex<Vec<String>>>) {
    let next = AtomicUsize::new(0);
    let sign_ins = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&sign_ins);
    let stub = Stub::start(move |request| {
        let cookies = request.header("cookie").unwrap_or_default().to_string();
        let sticky = ["one", "two"].into_iter().find(|name| cookies.contains(&format!("SRV={name}")));
        let server = sticky.unwrap_or(["one", "two"][next.fetch_add(1, SeqCst) % 2]);
        if request.is_sign_in() {
            log.lock().unwrap().push(server.to_string());
            return Response::sign_in(&format!("token-of-{server}"))
                .header("Set-Cookie", format!("SRV={server}; path=/"));
        }
        match cookies.contains(&format!("token-of-{server}")) {
            true => Response::success(json!({"items": [], "total": 0})),
            false => Response::error(401, 40_104_001, "ErrSession::couldn't handle this token"),
        }
    });
    (stub, sign_ins)
}

#[test]
fn cookies_of_a_load_balancer_are_kept_with_the_token() {
    let (stub, sign_ins) = balanced();
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], more: &[(&str, &str)]| {
        let mut command = stub.command(arguments);
        command.env_remove(NO_CACHE).env(CACHE_DIR, directory.path().join("cache"));
        command.env(support::CONFIG_DIR, directory.path()).env(support::SECRETS.0, support::SECRETS.1);
        for (name, value) in more {
            command.env(name, value);
        }
        let ended = Ended::of(&mut command);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
    };
    for _ in 0..4 {
        run(&["jobs", "list"], &[]);
    }
    assert_eq!(sign_ins.lock().unwrap().len(), 1, "with variables only");
    run(&["login"], &[]);
    for _ in 0..4 {
        run(&["jobs", "list"], &[("NEBULA_EXPLORER_PASSWORD", "")]);
    }
    assert_eq!(sign_ins.lock().unwrap().len(), 2, "with a profile");
}
