//! The guides list every option with its default, every fault, algorithm and built-in workflow.

#![allow(missing_docs, clippy::unwrap_used)]

use clap::{Args as _, Command, ValueEnum as _};
use nebula_explorer_emulator::algorithms::Algorithm;
use nebula_explorer_emulator::{EmulatorOptions, Fault, workflows};

const GUIDES: [(&str, &str); 2] = [
    ("docs/emulator.md", include_str!("../../docs/emulator.md")),
    ("docs/zh-CN/emulator.md", include_str!("../../docs/zh-CN/emulator.md")),
];

/// The table rows whose first cell contains `name` in backticks, alone or followed by a value.
fn rows<'a>(guide: &'a str, name: &str) -> Vec<&'a str> {
    let names = [format!("`{name}`"), format!("`{name} ")];
    let first_cell = |line: &'a str| line.strip_prefix("| ").and_then(|line| line.split(" | ").next());
    guide
        .lines()
        .filter(|line| first_cell(line).is_some_and(|cell| names.iter().any(|name| cell.contains(name))))
        .collect()
}

#[test]
fn guides_list_every_option_with_its_default_and_values() {
    let command = EmulatorOptions::augment_args(Command::new("emulator"));
    for (path, guide) in GUIDES {
        for option in command.get_arguments() {
            let name = format!("--{}", option.get_long().unwrap());
            let rows = rows(guide, &name);
            assert_eq!(rows.len(), 1, "{path} needs one table row for {name}");
            if !option.get_action().takes_values() {
                continue;
            }
            let defaults = option.get_default_values().iter().map(|value| value.to_str().unwrap().to_string());
            let values = option.get_possible_values().into_iter().map(|value| value.get_name().to_string());
            for value in defaults.chain(values) {
                assert!(rows[0].contains(&value), "{path}: the row of {name} needs {value}");
            }
            let help = option.get_help().unwrap().to_string();
            let in_help = help.split_once("[default: ").and_then(|(_, default)| default.strip_suffix(']'));
            for default in in_help.iter().flat_map(|list| list.split(", ")).filter(|text| text.contains(':')) {
                assert!(rows[0].contains(default), "{path}: the row of {name} needs the default {default}");
            }
        }
    }
}

#[test]
fn guides_list_every_fault() {
    for (path, guide) in GUIDES {
        for fault in Fault::value_variants() {
            assert_eq!(rows(guide, &fault.to_string()).len(), 1, "{path} needs one table row for {fault}");
        }
    }
}

#[test]
fn guides_list_every_algorithm_and_built_in_workflow() {
    for (path, guide) in GUIDES {
        for algorithm in Algorithm::ALL {
            assert!(guide.contains(&format!("`{algorithm}`")), "{path} needs {algorithm}");
        }
        for workflow in workflows::built_in() {
            let row = format!("| {} | `{}` |", workflow.id, workflow.name);
            assert!(guide.contains(&row), "{path} needs a table row for {}", workflow.name);
        }
    }
}
