//! What the program says about itself: tests take the names of commands, options and variables from here.

use std::collections::BTreeMap;

use regex::Regex;

use super::{Ended, bare};

/// A command by its words, such as `jobs list`; the program itself has none.
pub type CommandPath = Vec<String>;

/// The program and all of its commands, groups before their commands.
pub fn commands() -> Vec<CommandPath> {
    fn collect(path: CommandPath, all: &mut Vec<CommandPath>) {
        let help = help(&path);
        all.push(path.clone());
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        for line in listed {
            // The lines of longer descriptions have a deeper indentation.
            let name = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')).unwrap_or_default();
            match name.split_whitespace().next() {
                Some("help") | None => {}
                Some(name) => collect([&path[..], &[name.to_string()]].concat(), all),
            }
        }
    }
    let mut all = Vec::new();
    collect(Vec::new(), &mut all);
    assert!(all.len() > 10, "no commands in the help: {all:?}");
    all
}

pub fn help(path: &[String]) -> String {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let help = Ended::of(&mut bare(&[&path[..], &["-h"]].concat()));
    assert_eq!(help.code, 0, "{help:?}");
    help.stdout
}

/// The options of a command, with the variable that can be used instead.
pub fn options(path: &[String]) -> Vec<(String, Option<String>)> {
    let option = Regex::new(r"(?m)^ +(?:-\w, +)?(--[a-z][a-z-]*)").unwrap();
    let help = help(path);
    let starts: Vec<_> = option.captures_iter(&help).map(|found| found.get(1).unwrap()).collect();
    let ends = starts.iter().skip(1).map(|next| next.start()).chain([help.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(name, end)| (name.as_str().to_string(), variables(&help[name.start()..end]).into_iter().next()))
        .filter(|(name, _)| !matches!(name.as_str(), "--help" | "--version"))
        .collect()
}

/// The variables in a help text.
pub fn variables(help: &str) -> Vec<String> {
    let variable = Regex::new(r"\[env:\s+([A-Z_]+)\]").unwrap();
    variable.captures_iter(help).map(|found| found[1].to_string()).collect()
}

/// The values that the argument of a command can have.
pub fn possible_values(path: &[&str]) -> Vec<String> {
    let path: Vec<String> = path.iter().map(ToString::to_string).collect();
    let help = help(&path);
    let arguments = help.split_once("Arguments:").unwrap().1.split_once("Options:").unwrap().0;
    let values = Regex::new(r"(?s)\[possible values: ([^\]]+)\]").unwrap();
    values.captures(arguments).unwrap()[1].split(',').map(|value| value.trim().to_string()).collect()
}

/// The exit codes in the help of the program, and their meanings.
pub fn exit_codes() -> BTreeMap<String, String> {
    let help = help(&[]);
    let (_, codes) = help.split_once("Exit codes: ").unwrap();
    let codes = codes.split_once("\n\n").unwrap().0.replace('\n', " ");
    let code = Regex::new(r"([0-9]+) ([a-z -]+)[,.]").unwrap();
    code.captures_iter(&codes).map(|found| (found[1].to_string(), found[2].to_string())).collect()
}
