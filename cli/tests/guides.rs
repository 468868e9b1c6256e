//! The examples of the guides and the help texts, run in a terminal: what stands there is what is shown.
//!
//! With the variable REGENERATE set, it is written anew instead.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::{Path, PathBuf};

use nebula_explorer_emulator::Emulator;
use portable_pty::CommandBuilder;
use regex::Regex;
use support::terminal::{Shown, Terminal};
use support::{Server, program};

/// Wide enough for the lines of a guide.
const COLUMNS: u16 = 100;

#[test]
fn examples_show_what_they_say() {
    for guide in ["../docs/cli.md", "../docs/zh-CN/cli.md"] {
        let server = Server::start(Emulator::builder());
        assert_eq!(server.log_in(&[]).code, 0);
        check(&server, guide);
    }
}

#[test]
fn the_picture_shows_the_demo() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images/cli.svg");
    let server = Server::start(Emulator::builder());
    let shown = Terminal::start(&server, 84, &["demo"], &[]).end();
    assert_eq!(shown.code, 0, "{shown:?}");
    let drawn =
        Regex::new(r"127\.0\.0\.1:[0-9]+").unwrap().replace_all(&picture(&shown), "127.0.0.1:7002").into_owned();
    if std::env::var_os("REGENERATE").is_some() {
        return std::fs::write(&path, drawn).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, drawn, "to draw it anew: REGENERATE=1 cargo test -p nebula-explorer-cli --test guides");
}

#[test]
fn help_is_as_it_was() {
    check(&Server::start(Emulator::builder()), "tests/help.md");
}

/// Runs every `console` block of a file, one command after another.
fn check(server: &Server, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let written = std::fs::read_to_string(&path).unwrap();
    let mut shown = String::new();
    let mut commands = 0;
    let mut in_block = false;
    for line in written.lines() {
        let ends = in_block && line == "```";
        in_block = (in_block && !ends) || line == "```console";
        match line.strip_prefix("$ ") {
            Some(command) if in_block => {
                shown += &format!("{line}\n{}", run(server, command));
                commands += 1;
            }
            // What the command showed last time.
            None if in_block && line != "```console" => {}
            _ => shown += &format!("{line}\n"),
        }
    }
    assert!(commands > 0, "{file} has no example");
    if std::env::var_os("REGENERATE").is_some() {
        return std::fs::write(&path, shown).unwrap();
    }
    let again = "REGENERATE=1 cargo test -p nebula-explorer-cli --test guides";
    for (before, now) in same_each_time(&written).lines().zip(same_each_time(&shown).lines()) {
        assert_eq!(before, now, "{file} says the first and the command the second. To write it anew: {again}");
    }
    assert_eq!(same_each_time(&written), same_each_time(&shown), "{file}. To write it anew: {again}");
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

/// Times, ids of tasks and traces, and ports are others in every run.
fn same_each_time(text: &str) -> String {
    let differs = [
        (r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T])?[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z?", "TIME"),
        (r"[0-9a-f]{32}", "ID"),
        (r"_[0-9]{14}", "_MADE"),
        (r"127\.0\.0\.1:[0-9]+", "ADDRESS"),
    ];
    differs.into_iter().fold(text.to_string(), |text, (pattern, name)| {
        Regex::new(pattern).unwrap().replace_all(&text, name).into_owned()
    })
}
