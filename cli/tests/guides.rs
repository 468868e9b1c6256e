//! The examples of the guides and the help texts, compared with what the program shows in a terminal.
//!
//! With the variable REGENERATE set, the files are updated instead. Output that differs in run-dependent values only is kept.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};

use nebula_explorer_emulator::Emulator;
use portable_pty::CommandBuilder;
use regex::Regex;
use support::terminal::{Shown, Terminal};
use support::{Server, help, program};

/// The width of the terminal: wide enough for the lines of a guide.
const COLUMNS: u16 = 100;

#[test]
fn examples_in_the_guides_are_current() {
    for guide in ["../docs/cli.md", "../docs/zh-CN/cli.md"] {
        let server = Server::start(Emulator::builder());
        assert_eq!(server.log_in(&[]).code, 0);
        compare(guide, |written| replay(&server, written));
    }
}

#[test]
fn picture_of_the_demo_is_current() {
    compare("../docs/images/cli.svg", |_| {
        let server = Server::start(Emulator::builder());
        let shown = Terminal::start(&server, 84, &["demo"], &[]).end();
        assert_eq!(shown.code, 0, "{shown:?}");
        Regex::new(r"127\.0\.0\.1:[0-9]+").unwrap().replace_all(&picture(&shown), "127.0.0.1:7002").into_owned()
    });
}

#[test]
fn help_texts_are_as_in_the_snapshot() {
    let server = Server::start(Emulator::builder());
    compare("tests/help.md", |_| {
        let mut snapshot =
            "# Help texts\n\nSnapshots of every command's help, written by `cli/tests/guides.rs`.\n".to_string();
        for command in help::commands() {
            let command = [&["nebula-explorer".to_string()], &command[..], &["-h".to_string()]].concat().join(" ");
            snapshot += &format!("\n```console\n$ {command}\n{}```\n", run(&server, &command));
        }
        snapshot
    });
}

/// Compares a file with what it should be, or updates it.
fn compare(file: &str, expected: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let written = std::fs::read_to_string(&path).unwrap();
    let expected = expected(&written);
    if std::env::var_os("REGENERATE").is_some() {
        return std::fs::write(&path, expected).unwrap();
    }
    let lines = written.lines().map(Some).chain([None]).zip(expected.lines().map(Some).chain([None]));
    if let Some((before, now)) = lines.into_iter().find(|(before, now)| before != now) {
        panic!(
            "{file} has the first line, the program shows the second:\n{before:?}\n{now:?}\nTo update the file: REGENERATE=1 cargo test -p nebula-explorer-cli --test guides"
        );
    }
}

/// The text of a guide, with the current output of every command in its `console` blocks.
fn replay(server: &Server, guide: &str) -> String {
    let mut replayed = String::new();
    let mut lines = guide.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        in_block = if in_block { line != "```" } else { line == "```console" };
        replayed += &format!("{line}\n");
        if let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) {
            let mut before = String::new();
            while let Some(line) = lines.next_if(|line| *line != "```" && !line.starts_with("$ ")) {
                before += &format!("{line}\n");
            }
            let now = run(server, command);
            replayed += if without_run_dependent_values(&before) == without_run_dependent_values(&now) {
                &before
            } else {
                &now
            };
        }
    }
    assert!(replayed.contains("\n$ "), "the guide has no example");
    replayed
}

fn run(server: &Server, command: &str) -> String {
    let mut shell = CommandBuilder::new("sh");
    shell.args(["-c", command]);
    let programs = PathBuf::from(program()).parent().unwrap().display().to_string();
    let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
    let shown = Terminal::start_command(shell, server, COLUMNS, &[("PATH", &path)]).end();
    shown.text.trim_start_matches('\n').replace(&server.emulator.address().to_string(), "127.0.0.1:7002")
}

/// A terminal as an SVG: a line of text for each row, in the colours of its cells.
fn picture(shown: &Shown) -> String {
    const CHARACTER: f64 = 8.4;
    const ROW: usize = 20;
    const MARGIN: usize = 16;
    let columns = shown.screen.size().1.get();
    let rows = shown.text.lines().count() + 1;
    let (width, height) = (f64::from(columns) * CHARACTER + 32.0, rows * ROW + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\" fill=\"#d0d0d0\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1e1e1e\"/>\n<text x=\"{MARGIN}\" y=\"32\" xml:space=\"preserve\">$ nebula-explorer demo</text>\n"
    );
    for row in 0..rows - 1 {
        let mut line = String::new();
        for column in 0..columns {
            let Some(cell) = shown.screen.cell(u16::try_from(row).unwrap(), column) else { continue };
            let text = match cell.contents() {
                "" => " ",
                "<" => "&lt;",
                "&" => "&amp;",
                text => text,
            };
            match cell.fgcolor() {
                vt100::Color::Idx(number) => {
                    let colour = ["#000", "#e06c75", "#98c379", "#e5c07b"].get(usize::from(number)).unwrap_or(&"#fff");
                    line += &format!("<tspan fill=\"{colour}\">{text}</tspan>");
                }
                _ => line += text,
            }
        }
        let y = 32 + (row + 1) * ROW;
        svg += &format!("<text x=\"{MARGIN}\" y=\"{y}\" xml:space=\"preserve\">{}</text>\n", line.trim_end());
    }
    svg + "</svg>\n"
}

fn without_run_dependent_values(text: &str) -> String {
    let values = [
        (r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T])?[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?", "TIME"),
        (r"[0-9a-f]{32}", "ID"),
        // The end of a job's name: its time of creation.
        (r"_[0-9]{14}", "_CREATED"),
    ];
    values.into_iter().fold(text.to_string(), |text, (pattern, name)| {
        Regex::new(pattern).unwrap().replace_all(&text, name).into_owned()
    })
}

#[test]
fn only_run_dependent_values_are_ignored() {
    let example = |id: &str, name: &str| {
        format!("{id}  bfs_20261125035658  {name}  2026-11-25 03:56:58  abcd0123abcd0123abcd0123abcd0123")
    };
    let other = "105  bfs_20270101000000  Success  2027-01-01 00:00:00  0123abcd0123abcd0123abcd0123abcd";
    assert_eq!(without_run_dependent_values(&example("105", "Success")), without_run_dependent_values(other));
    assert_ne!(without_run_dependent_values(&example("106", "Success")), without_run_dependent_values(other));
    assert_ne!(without_run_dependent_values(&example("105", "Failed")), without_run_dependent_values(other));
}
