//! Profiles: what `login` stores, and which commands use it.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::process::Stdio;
use std::time::Duration;

use nebula_explorer_emulator::{Emulator, ServerVersion};
use serde_json::Value;
use support::{BFS, Ended, PASSWORD, Server, operation};

fn secrets(server: &Server) -> Value {
    serde_json::from_str(&std::fs::read_to_string(server.directory.path().join("secrets.json")).unwrap()).unwrap()
}

#[test]
fn one_sign_in_serves_later_commands() {
    let server = Server::start(Emulator::builder());
    let login = server.log_in(&[]);
    assert!(login.code == 0 && login.stdout.is_empty(), "{login:?}");
    assert!(login.stderr.contains("Signed in to") && login.stderr.contains("expires at"), "{login:?}");
    for arguments in [&["run", BFS][..], &["jobs", "list"], &["jobs", "get", "105"], &["status"]] {
        let ended = server.run_with_profile(arguments);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    assert_eq!(server.emulator.sign_ins(), 1);

    let status = server.run_with_profile(&["status", "--output", "json"]).json();
    assert_eq!((&status["signed_in"], &status["secrets"]), (&Value::from(true), &Value::from("file")));
    assert!(status["expires_at"].is_string());
    let sources = server.run_with_profile(&["status", "-v", "--user", "root"]).stdout;
    assert!(sources.contains("url\thttp") && sources.contains("profile default"), "{sources}");
    assert!(sources.lines().any(|line| line == "user\troot\t--user"), "{sources}");

    assert_eq!(server.run_with_profile(&["logout"]).code, 0);
    assert_eq!(secrets(&server), serde_json::json!({}));
    let after = server.run_with_profile(&["jobs", "list"]);
    assert!(after.code == 3 && after.stderr.contains("nebula-explorer login"), "{after:?}");
    assert_eq!(server.run_with_profile(&["status"]).code, 3);
}

#[test]
fn older_servers_get_the_account_in_their_encoding() {
    let server = Server::start(Emulator::builder().version(ServerVersion::V3_2));
    let rejected = server.log_in(&[]);
    assert!(rejected.code == 3 && rejected.stderr.contains("--account-encoding colon"), "{rejected:?}");
    assert_eq!(server.log_in(&["--account-encoding", "colon", "--keep-password"]).code, 0);
    // The encoding is stored: the session is renewed with it.
    server.emulator.forget_sessions();
    assert_eq!(server.run_with_profile(&["jobs", "list"]).code, 0);
    let mut command = server.command(&["jobs", "list"]);
    assert_eq!(Ended::of(command.env("NEBULA_EXPLORER_ACCOUNT_ENCODING", "colon")).code, 0);
    let wrong = Ended::of(command.env("NEBULA_EXPLORER_ACCOUNT_ENCODING", "xml"));
    assert!(wrong.code == 2 && wrong.stderr.contains("`xml`"), "{wrong:?}");
}

#[test]
fn a_failed_sign_in_stores_nothing() {
    let server = Server::start(Emulator::builder());
    let url = server.emulator.url();
    let mut command = server.unconfigured(&["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root"]);
    let ended = Ended::of(command.env("NEBULA_EXPLORER_PASSWORD", "s3cret-and-wrong"));
    assert!(ended.code == 3 && !ended.stderr.contains("s3cret"), "{ended:?}");
    assert!(std::fs::read_dir(server.directory.path()).unwrap().next().is_none());
    let unasked = Ended::of(&mut server.unconfigured(&["login"]));
    assert!(unasked.code == 2 && unasked.stderr.contains("--url"), "{unasked:?}");
}

#[test]
fn an_expired_session_is_renewed_with_a_stored_password_only() {
    let server = Server::start(Emulator::builder());
    server.log_in(&[]);
    server.emulator.forget_sessions();
    let ended = server.run_with_profile(&["jobs", "list"]);
    assert!(ended.code == 3 && ended.stderr.contains("nebula-explorer login"), "{ended:?}");
    assert!(secrets(&server)["default"]["password"].is_null());

    server.log_in(&["--keep-password"]);
    let before = secrets(&server)["default"]["token"].clone();
    server.emulator.forget_sessions();
    let ended = server.run_with_profile(&["jobs", "list"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_ne!(secrets(&server)["default"]["token"], before, "the new token is stored");
    let sign_ins = server.emulator.sign_ins();
    assert_eq!(server.run_with_profile(&["jobs", "list"]).code, 0);
    assert_eq!(server.emulator.sign_ins(), sign_ins);
}

#[test]
fn an_expired_token_is_not_sent() {
    let server = Server::start(Emulator::builder().token_life(Duration::from_secs(1)));
    server.log_in(&[]);
    let mut all = secrets(&server);
    all["default"]["expires_at"] = "2001-01-01T00:00:00Z".into();
    std::fs::write(server.directory.path().join("secrets.json"), all.to_string()).unwrap();
    let ended = server.run_with_profile(&["jobs", "list"]);
    assert!(ended.code == 3 && ended.stderr.contains("the session has expired"), "{ended:?}");
    assert_eq!(server.emulator.calls(operation("list_jobs").id), 0);
}

#[test]
fn secrets_are_sent_to_their_own_server_and_account_only() {
    let server = Server::start(Emulator::builder());
    server.log_in(&["--keep-password"]);
    let other = Server::start(Emulator::builder());
    let url = other.emulator.url();
    for arguments in [
        &["jobs", "list", "--url", &url][..],
        &["jobs", "list", "--user", "somebody"],
        &["jobs", "list", "--graph", "127.0.0.1:1"],
    ] {
        let ended = server.run_with_profile(arguments);
        assert_eq!(ended.code, 3, "{ended:?}");
    }
    assert_eq!((other.emulator.sign_ins(), other.emulator.calls(operation("list_jobs").id)), (0, 0));
    assert_eq!(server.emulator.calls(operation("list_jobs").id), 0);
}

#[test]
fn errors_list_the_existing_profiles() {
    let server = Server::start(Emulator::builder());
    server.log_in(&["--profile", "night"]);
    assert_eq!(server.run_with_profile(&["jobs", "list", "--profile", "night"]).code, 0);
    assert_eq!(Ended::of(server.unconfigured(&["status"]).env("NEBULA_EXPLORER_PROFILE", "night")).code, 0);
    let unknown = server.run_with_profile(&["jobs", "list", "--profile", "day"]);
    assert!(unknown.code == 3 && unknown.stderr.contains("`day`") && unknown.stderr.contains("night"), "{unknown:?}");
    assert_eq!(server.run_with_profile(&["jobs", "list"]).code, 3);
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start(Emulator::builder());
    server.log_in(&[]);
    for file in ["secrets.json", "config.toml"] {
        let mode = std::fs::metadata(server.directory.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }
}

#[test]
fn concurrent_commands_keep_the_files_consistent() {
    const COMMANDS: usize = 12;
    let server = Server::start(Emulator::builder());
    let url = server.emulator.url();
    let running: Vec<_> = (0..COMMANDS)
        .map(|number| {
            let profile = format!("p{number}");
            let account =
                ["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root", "--profile", &profile];
            let mut command = server.unconfigured(&account);
            command.env("NEBULA_EXPLORER_PASSWORD", PASSWORD).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut command in running {
        assert!(command.wait().unwrap().success());
    }
    assert_eq!(secrets(&server).as_object().unwrap().len(), COMMANDS);
    for number in 0..COMMANDS {
        assert_eq!(server.run_with_profile(&["jobs", "list", "--profile", &format!("p{number}")]).code, 0);
    }
}

#[test]
fn errors_name_invalid_files_without_their_secrets() {
    let server = Server::start(Emulator::builder());
    server.log_in(&[]);
    std::fs::write(server.directory.path().join("secrets.json"), "{\"default\": {\"token\": 77}, s3cret").unwrap();
    let ended = server.run_with_profile(&["jobs", "list", "-vvv"]);
    assert!(ended.code == 1 && ended.stderr.contains("secrets.json") && !ended.stderr.contains("s3cret"), "{ended:?}");
    std::fs::write(server.directory.path().join("config.toml"), "profiles = 3").unwrap();
    let ended = server.run_with_profile(&["jobs", "list"]);
    assert!(ended.code == 1 && ended.stderr.contains("config.toml"), "{ended:?}");
}

#[test]
fn no_output_contains_a_secret() {
    let server = Server::start(Emulator::builder().account("root", "pa55-w0rd-Secret"));
    let mut command = server.command(&["run", BFS, "-vvv", "--output", "json"]);
    let ended = Ended::of(command.env("NEBULA_EXPLORER_PASSWORD", "pa55-w0rd-Secret"));
    assert!(ended.code == 0 && ended.stderr.contains(operation("run_workflow").id), "{ended:?}");
    let url = server.emulator.url();
    let login = ["login", "--url", &url, "--graph", "127.0.0.1:9669", "--user", "root", "--keep-password", "-vvv"];
    let login = Ended::of(server.unconfigured(&login).env("NEBULA_EXPLORER_PASSWORD", "pa55-w0rd-Secret"));
    let token = secrets(&server)["default"]["token"].as_str().unwrap().to_string();
    let status = server.run_with_profile(&["status", "-vvv"]);
    let help = Ended::of(server.unconfigured(&["login", "--help"]).env("NEBULA_EXPLORER_PASSWORD", "pa55-w0rd-Secret"));
    for output in [ended, login, status, help] {
        for secret in ["pa55-w0rd-Secret", token.as_str()] {
            assert!(!output.stderr.contains(secret) && !output.stdout.contains(secret), "{output:?}");
        }
    }
}
