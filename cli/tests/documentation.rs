//! The guides, in each language, against what the program says about itself: what is missing is reported with what to do.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use support::help;

/// A guide, and the pages that it links to for details.
struct Guide {
    path: &'static str,
    text: String,
    linked: String,
}

impl Guide {
    fn all() -> [Self; 2] {
        ["docs/cli.md", "docs/zh-CN/cli.md"].map(|path| {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
            let text = std::fs::read_to_string(&file).unwrap();
            let links = Regex::new(r"\]\(([\w-]+\.md)\)").unwrap();
            let linked = links.captures_iter(&text).map(|link| file.with_file_name(&link[1]));
            let linked = linked.map(|page| std::fs::read_to_string(page).unwrap()).collect();
            Self { path, text, linked }
        })
    }

    /// Whether a line has code spans with all of these words.
    fn has_line(&self, words: &[&str]) -> bool {
        let has_words = |line: &str| {
            let found = code_words(line);
            words.iter().all(|word| found.contains(&(*word).to_string()))
        };
        without_examples(&self.text).lines().chain(without_examples(&self.linked).lines()).any(has_words)
    }

    fn has_command(&self, command: &[String]) -> bool {
        code_spans(&without_examples(&self.text)).iter().any(|span| {
            let span = span.trim_start_matches("nebula-explorer ");
            let words: Vec<&str> = span.split_whitespace().collect();
            words.len() >= command.len() && command.iter().zip(words).all(|(name, word)| name == word)
        })
    }

    fn check(&self, missing: &[String], advice: &str) {
        assert!(missing.is_empty(), "{} lacks {}. {advice}", self.path, missing.join(", "));
    }
}

/// A page without its fenced blocks.
fn without_examples(page: &str) -> String {
    Regex::new(r"(?ms)^```.*?^```$").unwrap().replace_all(page, "").into_owned()
}

/// Inline code and headings.
fn code_spans(text: &str) -> Vec<String> {
    let span = Regex::new(r"`([^`]+)`|(?m)^#+ (.+)$").unwrap();
    span.captures_iter(text).map(|found| found.get(1).or(found.get(2)).unwrap().as_str().to_string()).collect()
}

fn code_words(text: &str) -> Vec<String> {
    let separators = |c: char| c.is_whitespace() || "|=[]`".contains(c);
    code_spans(text).iter().flat_map(|span| span.split(separators)).map(str::to_string).collect()
}

#[test]
fn guides_name_every_command() {
    let commands = help::commands();
    for guide in Guide::all() {
        let missing = commands.iter().filter(|command| !guide.has_command(command));
        let missing: Vec<_> = missing.map(|command| format!("`{}`", command.join(" "))).collect();
        guide.check(&missing, "Add them to the table of commands, as code: `COMMAND ARGUMENTS`");
    }
}

#[test]
fn guides_name_every_option() {
    let options: BTreeSet<String> =
        help::commands().iter().flat_map(|command| help::options(command)).map(|(option, _)| option).collect();
    for guide in Guide::all() {
        let missing = options.iter().filter(|option| !guide.has_line(&[option]));
        let missing: Vec<_> = missing.map(|option| format!("`{option}`")).collect();
        guide.check(&missing, "Describe them in the section of their command, as code");
    }
}

#[test]
fn guides_list_every_setting() {
    let mut settings = BTreeSet::new();
    for command in help::commands() {
        let options = help::options(&command).into_iter();
        settings.extend(options.filter_map(|(option, variable)| Some(vec![option, variable?])));
        settings.extend(help::variables(&help::help(&command)).into_iter().map(|variable| vec![variable]));
    }
    for guide in Guide::all() {
        let missing = settings.iter().filter(|setting| {
            let words: Vec<&str> = setting.iter().map(String::as_str).collect();
            !guide.has_line(&words)
        });
        let missing: Vec<_> = missing.map(|setting| format!("`{}`", setting.join("` with `"))).collect();
        guide.check(&missing, "Add a row to the table of settings: | `--flag` | `VARIABLE` | meaning |");
    }
}

#[test]
fn a_longer_word_does_not_count() {
    let guide = Guide {
        path: "",
        text: "`login --user`, `nebula-explorer jobs list`\n\n```sh\nstatus\n```\n".into(),
        linked: String::new(),
    };
    let has = |command: &str| guide.has_command(&command.split(' ').map(str::to_string).collect::<Vec<_>>());
    assert!(has("login") && has("jobs") && has("jobs list"));
    assert!(!has("log") && !has("list") && !has("status"));
    assert!(guide.has_line(&["--user"]) && !guide.has_line(&["--use"]));
}
