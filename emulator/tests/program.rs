//! The program: output, signals, options and files.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nebula_explorer::operations::Operation;

fn emulator(options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nebula-explorer-emulator"));
    command.args(options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Kills the program when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    fn start(options: &[&str]) -> Self {
        Self(emulator(&[&["--listen", "127.0.0.1:0"], options].concat()).spawn().unwrap())
    }

    /// The URL of the operation `list_jobs`, from the first line of standard output.
    fn list_jobs(&mut self) -> String {
        let mut url = String::new();
        BufReader::new(self.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        format!("{}{}", url.trim(), Operation::find("list_jobs").unwrap().path)
    }

    fn signal(&self, signal: &str) {
        Command::new("kill").args(["-s", signal, &self.0.id().to_string()]).status().unwrap();
    }
}

#[tokio::test]
async fn prints_its_url_and_stops_on_sigterm() {
    let mut running = Running::start(&[]);
    let list_jobs = running.list_jobs();
    assert_eq!(reqwest::get(list_jobs).await.unwrap().status().as_u16(), 401);
    running.signal("TERM");
    assert!(running.0.wait().unwrap().success());
}

#[tokio::test]
async fn the_second_signal_does_not_wait_for_requests_in_progress() {
    for signals in [["INT", "INT"], ["INT", "TERM"], ["TERM", "INT"]] {
        let mut running = Running::start(&["--fault", "any=drip-body,seconds=600"]);
        let list_jobs = running.list_jobs();
        // Its head arrives at once, so it is in progress.
        let response = reqwest::get(list_jobs).await.unwrap();
        running.signal(signals[0]);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(running.0.try_wait().unwrap().is_none(), "waits for the request in progress");
        running.signal(signals[1]);
        assert!(running.0.wait().unwrap().success(), "{signals:?}");
        drop(response);
    }
}

#[tokio::test]
async fn unknown_query_parameters_are_reported_once_on_standard_error() {
    let mut running = Running::start(&[]);
    let list_jobs = running.list_jobs();
    let session = sign_in(&list_jobs).await;
    for _ in 0..3 {
        let query = [("page", "1"), ("page_size", "5"), ("\u{1b}[2J", "")];
        let request = reqwest::Client::new().get(&list_jobs).query(&query).header("Cookie", &session);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    }
    running.signal("TERM");
    let mut text = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    let warnings: Vec<&str> = text.lines().filter(|line| line.starts_with("warning: ")).collect();
    let expected = ["page_size", r"\u{1b}[2J"].map(|name| {
        format!("warning: list_jobs has no query parameter \"{name}\", it is ignored; known: filter, pageSize, page")
    });
    assert_eq!(warnings, expected);
}

#[tokio::test]
async fn a_closed_standard_error_is_no_reason_to_stop() {
    let mut running = Running::start(&[]);
    drop(running.0.stderr.take());
    let list_jobs = running.list_jobs();
    let session = sign_in(&list_jobs).await;
    let request = reqwest::Client::new().get(&list_jobs).query(&[("unknown", "")]).header("Cookie", session);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    running.signal("TERM");
    assert!(running.0.wait().unwrap().success());
}

/// Signs in with the default account and returns the session cookie.
async fn sign_in(list_jobs: &str) -> String {
    let path = |id: &str| Operation::find(id).unwrap().path;
    let connect = list_jobs.replace(path("list_jobs"), path("connect"));
    let request = reqwest::Client::new().post(connect).header("Authorization", support::ACCOUNT);
    let response = request.json(&serde_json::json!({ "address": "127.0.0.1", "port": 9669 })).send().await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_string()
}

#[test]
fn accounts_and_workflows_are_read_from_files() {
    let file = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    };
    let accounts = file("ann:secret\n\nbob:with:colon\n");
    let workflows = file(r#"[{ "id": 7, "name": "mine", "tasks": [{ "id": "k", "component": "KCore" }] }]"#);
    let path = |file: &tempfile::NamedTempFile| file.path().to_str().unwrap().to_string();
    let (accounts, workflows) = (path(&accounts), path(&workflows));
    let options = ["--listen", "127.0.0.1:0", "--accounts", &accounts, "--workflows", &workflows];
    let mut running = Running(emulator(&options).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "Workflows:");
    assert_eq!(lines.next().unwrap().unwrap().trim(), "7  mine");
}

#[test]
fn invalid_options_are_rejected_without_showing_passwords() {
    let mut accounts = tempfile::NamedTempFile::new().unwrap();
    writeln!(accounts, "ann-without-colon-s3cret").unwrap();
    let accounts = accounts.path().to_str().unwrap().to_string();
    for (options, problem) in [
        (vec!["--speed", "0"], "the speed must be a number greater than 0, not 0"),
        (vec!["--graph-service", "nowhere"], "not of the form HOST:PORT"),
        (vec!["--workflows", "/no/such/file"], "/no/such/file: "),
        (vec!["--accounts", &accounts], "line 1 is not user:password"),
    ] {
        let output = emulator(&[vec!["--listen", "127.0.0.1:0"], options].concat()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && text.starts_with("error: ") && text.contains(problem), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}
