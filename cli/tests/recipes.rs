//! The recipes for schedulers in the guides, executed as the schedulers execute them: twice, and then there is one job.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use nebula_explorer_emulator::Emulator;
use serde::Deserialize;
use support::{Ended, STATE_DIR, STORE, Server, program};

/// The code of the section with the recipes, in their order.
struct Recipes {
    cron: String,
    systemd: String,
    shell: String,
    kubernetes: String,
}

/// The code of a guide after these headings, which is the same in both languages.
fn code(guide: &str, headings: [&str; 2]) -> Vec<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let files = [docs.join(guide), docs.join("zh-CN").join(guide)];
    let [english, chinese] = [0, 1].map(|language| {
        let guide = std::fs::read_to_string(&files[language]).unwrap();
        let (_, section) = guide.split_once(headings[language]).unwrap();
        section.split("```").skip(1).step_by(2).map(String::from).collect::<Vec<_>>()
    });
    assert_eq!(english, chinese, "{guide}: both languages have the same code");
    english
}

fn recipes() -> Recipes {
    let english = code("idempotent-runs.md", ["## Recipes", "## 示例"]);
    let [cron, systemd, shell, kubernetes] = ["text", "ini", "sh", "yaml"].map(|language| {
        let block = english.iter().find_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
        block.unwrap_or_else(|| panic!("there is no recipe in {language}")).to_owned()
    });
    Recipes { cron, systemd, shell, kubernetes }
}

/// The server of a recipe, and the environment that a scheduler gives to commands.
struct Scheduler(Server);

impl Scheduler {
    fn new() -> Self {
        Self(Server::start(Emulator::builder()))
    }

    /// Runs what a scheduler executes. The program is found in the path.
    fn run(&self, executable: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let mut command = self.command(executable, arguments);
        Ended::of(command.envs(self.0.variables()).envs(variables.iter().copied()))
    }

    /// The same without the variables of the server.
    fn command(&self, executable: &str, arguments: &[&str]) -> Command {
        let folder = Path::new(program()).parent().unwrap().to_str().unwrap();
        let mut command = Command::new(executable);
        command.env_clear().args(arguments);
        command.env("PATH", format!("{folder}:/usr/bin:/bin")).env("HOME", self.0.directory.path());
        command
    }

    /// A store in the directory of the server, in place of the one in a recipe.
    fn store(&self) -> String {
        format!("sqlite://{}", self.0.directory.path().join("submissions.db").display())
    }

    /// Runs a recipe twice, and returns its key.
    fn check(&self, run: impl Fn() -> Ended) -> String {
        for _ in 0..2 {
            let ended = run();
            assert_eq!(ended.code, 0, "{ended:?}");
        }
        assert_eq!(self.0.emulator.jobs(), 1);
        let listed = self.run(program(), &["submissions", "list", "-o", "json", "--store", &self.store()], &[]);
        listed.json()[0]["key"].as_str().unwrap().to_owned()
    }
}

fn nightly() -> String {
    format!("nightly-{}", jiff::Timestamp::now().strftime("%F"))
}

#[test]
fn cron_runs_once_a_day() {
    let line = recipes().cron;
    let (_, command) = line.trim().split_once("  ").unwrap();
    assert_eq!(line.split_whitespace().take_while(|field| *field != "nebula-explorer").count(), 5, "{line}");
    // A percent sign ends the command, unless it is escaped.
    let command = command.replace("\\%", "\0");
    assert!(!command.contains('%'), "{line}");
    let command = command.replace('\0', "%");
    let scheduler = Scheduler::new();
    let store = scheduler.store();
    let key = scheduler.check(|| scheduler.run("/bin/sh", &["-c", &command], &[(STORE, &store)]));
    assert_eq!(key, nightly());
}

#[test]
fn systemd_unit_runs_once_a_day() {
    let unit = recipes().systemd;
    let value = |name: &str| unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap();
    let directory = format!("{STATE_DIR}=/var/lib/{}", value("StateDirectory"));
    assert_eq!(value("Environment"), directory, "systemd creates the directory of the store");
    let arguments = shlex::split(value("ExecStart")).unwrap();
    // Specifiers of systemd begin with a percent sign.
    let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace("%%", "%")).collect();
    let (executable, arguments) = arguments.split_first().unwrap();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let scheduler = Scheduler::new();
    let state = scheduler.0.directory.path().to_str().unwrap();
    let key = scheduler.check(|| scheduler.run(executable, &arguments, &[(STATE_DIR, state)]));
    assert_eq!(key, nightly());
}

#[test]
fn shell_task_of_dolphinscheduler_runs_once() {
    let script = recipes().shell;
    let scheduler = Scheduler::new();
    let variable = format!("export {STORE}=");
    let lines = script.lines().map(|line| match line.strip_prefix(&variable) {
        Some(url) => {
            assert!(url.starts_with("postgres://"), "{url}");
            variable.clone() + &scheduler.store()
        }
        None => line.into(),
    });
    let script: Vec<String> = lines.collect();
    let script = with_parameters(&script.join("\n"));
    let key = scheduler.check(|| scheduler.run("bash", &["-c", &script], &[]));
    assert_eq!(key, "17-4711");
}

/// DolphinScheduler replaces its parameters before it starts the shell.
fn with_parameters(script: &str) -> String {
    script.replace("${system.workflow.instance.id}", "17").replace("${system.task.definition.code}", "4711")
}

#[test]
fn scripts_of_the_guide_to_dolphinscheduler_run_as_printed() {
    let scripts = code("dolphinscheduler.md", ["", ""]);
    let [environment, run, rows] = [0, 1, 2].map(|number: usize| scripts[number].strip_prefix("sh\n").unwrap());
    assert_eq!(scripts.len(), 3);
    let scheduler = Scheduler::new();
    let directory = scheduler.0.directory.path().to_str().unwrap();
    // Of the environment in the guide only the values are replaced.
    let mut values: BTreeMap<String, String> = scheduler.0.variables().into_iter().collect();
    values.insert(STORE.into(), scheduler.store());
    let environment = environment.lines().map(|line| {
        let (name, _) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        format!("export {name}='{}'\n", values[name])
    });
    let environment: String = environment.collect();
    for (script, jobs) in [(run, 1), (rows, 1), (run, 1)] {
        let script = environment.clone() + &with_parameters(script).replace("/data", directory);
        let ended = Ended::of(&mut scheduler.command("bash", &["-c", &script]));
        assert_eq!((ended.code, scheduler.0.emulator.jobs()), (0, jobs), "{ended:?}");
    }
    let rows = std::fs::read_to_string(scheduler.0.directory.path().join("ranks.csv")).unwrap();
    assert!(rows.starts_with("player"), "{rows}");
}

#[derive(Deserialize)]
struct Container {
    command: Vec<String>,
    env: Vec<Variable>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variable {
    name: String,
    value_from: BTreeMap<String, BTreeMap<String, String>>,
}

#[test]
fn kubernetes_job_runs_once() {
    let container: Container = serde_saphyr::from_str(&recipes().kubernetes).unwrap();
    let scheduler = Scheduler::new();
    let store = scheduler.store();
    let variables: Vec<(&str, &str)> = container
        .env
        .iter()
        .map(|variable| {
            let (source, fields) = variable.value_from.first_key_value().unwrap();
            match source.as_str() {
                "fieldRef" if fields["fieldPath"] == "metadata.labels['job-name']" => {
                    (variable.name.as_str(), "nightly-29401")
                }
                "secretKeyRef" if fields.contains_key("name") && fields.contains_key("key") => {
                    (variable.name.as_str(), store.as_str())
                }
                _ => panic!("{source}: {fields:?}"),
            }
        })
        .collect();
    assert!(variables.iter().any(|(name, _)| *name == STORE), "{variables:?}");
    let substituted = |argument: &String| {
        let variables = variables
            .iter()
            .fold(argument.clone(), |argument, (name, value)| argument.replace(&format!("$({name})"), value));
        assert!(!variables.contains("$("), "{argument}");
        variables
    };
    let command: Vec<String> = container.command.iter().map(substituted).collect();
    let (executable, arguments) = command.split_first().unwrap();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let key = scheduler.check(|| scheduler.run(executable, &arguments, &variables));
    assert_eq!(key, "nightly-29401");
}
