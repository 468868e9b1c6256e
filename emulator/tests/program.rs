//! The program: output, signals, options and files.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

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

#[tokio::test]
async fn prints_its_url_and_stops_on_sigterm() {
    let mut running = Running(emulator(&["--listen", "127.0.0.1:0"]).spawn().unwrap());
    let mut url = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let list_jobs = Operation::find("list_jobs").unwrap().path;
    let response = reqwest::get(format!("{}{list_jobs}", url.trim())).await.unwrap();
    assert_eq!(response.status().as_u16(), 401);
    Command::new("kill").arg(running.0.id().to_string()).status().unwrap();
    assert!(running.0.wait().unwrap().success());
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
