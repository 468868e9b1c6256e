//! Containers, cron and other places without a home directory, a keyring or zone data.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nebula_explorer_emulator::Emulator;
use support::{BFS, CACHE_DIR, CONFIG_DIR, Ended, NO_CACHE, PASSWORD, Server};

const PASSWORD_VARIABLE: &str = "NEBULA_EXPLORER_PASSWORD";

/// Takes the directories of the platform from a command.
fn homeless(mut command: Command) -> Command {
    for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", CONFIG_DIR, CACHE_DIR] {
        command.env_remove(variable);
    }
    command
}

#[test]
fn no_home_directory_is_needed_when_variables_set_everything() {
    let server = Server::start(Emulator::builder());
    let command = || homeless(server.command(&["run", BFS]));
    // The home directory of the tests' own user is still known from passwd.
    let ended = Ended::of(command().env(NO_CACHE, "1"));
    assert_eq!(ended.code, 0, "{ended:?}");
    // Only root may become a user without an entry in passwd, who may not be able to reach the program.
    if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
        && let Ok(output) = command().uid(54_321).gid(54_321).output()
    {
        let ended = Ended::from(output);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    let mut login = homeless(server.command(&["login"]));
    login.env("HOME", "/dev/null");
    let login = Ended::of(&mut login);
    assert!(login.code == 1 && login.stderr.contains("/dev/null"), "what cannot be stored is an error: {login:?}");
}

#[test]
fn an_unreadable_profile_is_a_warning_when_variables_set_everything() {
    let server = Server::start(Emulator::builder());
    std::fs::create_dir(server.directory.path().join("config.toml")).unwrap();
    let ended = server.run(&["jobs", "list"]);
    assert!(ended.code == 0 && ended.stderr.contains("warning: ") && ended.stderr.contains("config.toml"), "{ended:?}");
    assert_eq!(server.run_with_profile(&["jobs", "list"]).code, 1);
}

/// A server with a profile whose secrets are in a keyring, and no keyring.
fn with_missing_keyring() -> (Server, impl Fn(&[&str]) -> Command) {
    let server = Server::start(Emulator::builder());
    assert_eq!(server.log_in(&[]).code, 0);
    let path = server.directory.path().join("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, config.replace("\"file\"", "\"keyring\"")).unwrap();
    let directory = server.directory.path().to_path_buf();
    let command = move |arguments: &[&str]| {
        let mut command = support::bare(arguments);
        command.env(CONFIG_DIR, &directory).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        command
    };
    (server, command)
}

#[test]
#[cfg(target_os = "linux")]
fn a_missing_keyring_is_a_warning_when_a_password_is_given() {
    let (_server, command) = with_missing_keyring();
    let without = Ended::of(&mut command(&["jobs", "list"]));
    assert!(without.code == 1 && without.stderr.contains("keyring"), "{without:?}");
    let with = Ended::of(command(&["jobs", "list"]).env(PASSWORD_VARIABLE, PASSWORD));
    assert!(with.code == 0 && with.stderr.contains("warning: cannot use the keyring"), "{with:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn login_and_logout_recover_from_a_missing_keyring() {
    let (_server, command) = with_missing_keyring();
    let login = Ended::of(command(&["login", "--secrets", "file"]).env(PASSWORD_VARIABLE, PASSWORD));
    assert!(login.code == 0 && login.stderr.contains("warning: the previous token is not deleted"), "{login:?}");
    assert_eq!(Ended::of(&mut command(&["jobs", "list"])).code, 0);

    let (_server, command) = with_missing_keyring();
    let logout = Ended::of(&mut command(&["logout"]));
    assert!(logout.code == 0 && logout.stderr.contains("warning: the token is not deleted"), "{logout:?}");
    assert_eq!(Ended::of(&mut command(&["jobs", "list"])).code, 3, "the profile is gone");
}

#[test]
fn time_zones_need_no_zone_data_of_the_system() {
    let server = Server::start(Emulator::builder());
    assert_eq!(server.run(&["run", BFS]).code, 0);
    // Without any zone but one, which the program would otherwise look for in other places.
    let zones = tempfile::tempdir().unwrap();
    let _ = std::fs::copy("/usr/share/zoneinfo/UTC", zones.path().join("UTC"));
    let created = |zone: &str| {
        let mut command = server.command(&["jobs", "list", "-o", "table"]);
        let ended = Ended::of(command.env("TZ", zone).env("TZDIR", zones.path()));
        let time = ended.stdout.lines().nth(1).unwrap().split_whitespace().rev().take(2).collect::<Vec<_>>();
        let time: jiff::civil::DateTime = format!("{}T{}", time[1], time[0]).parse().unwrap();
        time
    };
    let ahead = created("Asia/Shanghai").duration_since(created("UTC"));
    assert_eq!(ahead, jiff::SignedDuration::from_hours(8));
}

#[test]
fn login_keeps_what_users_wrote_into_the_configuration() {
    let server = Server::start(Emulator::builder());
    let own = server.directory.path().join("dotfiles.toml");
    let linked = server.directory.path().join("config.toml");
    std::fs::write(
        &own,
        "# My servers\n\n[profiles.default] # the one at work\nurl = \"http://old\" # moved\ncolour = 7\nsecrets = \"file\"\n\n[other]\nkey = 1\n",
    )
    .unwrap();
    std::os::unix::fs::symlink(&own, &linked).unwrap();
    assert_eq!(server.log_in(&[]).code, 0);
    assert_eq!(server.log_in(&["--profile", "night"]).code, 0);
    assert!(std::fs::symlink_metadata(&linked).unwrap().is_symlink());
    let text = std::fs::read_to_string(&own).unwrap();
    let url = format!("url = \"{}\" # moved\n", server.emulator.url());
    for part in ["# My servers\n", "[profiles.default] # the one at work\n", &url, "colour = 7\n", "[other]\nkey = 1\n"]
    {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert_eq!(server.run_with_profile(&["jobs", "list"]).code, 0);
    assert_eq!(server.run_with_profile(&["logout", "--profile", "night"]).code, 0);
    let text = std::fs::read_to_string(&own).unwrap();
    assert!(text.contains("# the one at work") && !text.contains("night"), "{text}");
}
