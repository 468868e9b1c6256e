//! The table of generators in `clients/README.md`.

use std::fs;

use super::cases::COLUMNS;
use crate::Outcome;

const FILE: &str = "clients/README.md";
const BEGIN: &str = "<!-- The table is written by `cargo xtask generators`. -->\n";
const END: &str = "<!-- End of the table. -->\n";

const PASSED: &str = "✓";
const FAILED: &str = "–";

/// What one generator passed with one edition.
pub struct Row {
    pub tool: String,
    pub version: String,
    pub edition: String,
    /// By column, those for generating and compiling first.
    pub passed: Vec<bool>,
}

/// The rows and the settings of their tools.
pub struct Table(Vec<(Row, String)>);

impl Table {
    pub fn read() -> Outcome<Self> {
        let text = fs::read_to_string(FILE)?;
        let (_, table, _) = parts(&text)?;
        // The first two lines are the headings.
        Ok(Self(table.lines().filter(|line| line.starts_with('|')).skip(2).filter_map(parse).collect()))
    }

    /// Puts a row in the place of the one before, and returns what that one passed and this one does not.
    pub fn replace(&mut self, row: Row, settings: &str) -> Vec<String> {
        let same = |(other, _): &(Row, String)| other.tool == row.tool && other.edition == row.edition;
        let Some(at) = self.0.iter().position(same) else {
            self.0.push((row, settings.into()));
            return Vec::new();
        };
        let lost = |at: &usize| self.0[*at].0.passed.clone();
        let before = lost(&at);
        let regressions = (columns().zip(before).zip(&row.passed)).filter(|((_, before), now)| *before && !**now).map(
            |((column, _), _)| format!("{} with the {} edition no longer passes: {column}", row.tool, row.edition),
        );
        let regressions = regressions.collect();
        self.0[at] = (row, settings.into());
        regressions
    }

    pub fn write(&mut self) -> Outcome {
        // Stable: tools remain in their order.
        self.0.sort_by_key(|(row, _)| row.edition != "portable");
        let cells = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
        let headings: Vec<&str> = ["generator", "version", "edition"].into_iter().chain(columns()).collect();
        let mut table = cells(headings.iter().copied().chain(["settings and workarounds"]).collect());
        table += &format!("|{}\n", "---|".repeat(headings.len() + 1));
        for (row, settings) in &self.0 {
            let passed = row.passed.iter().map(|passed| if *passed { PASSED } else { FAILED });
            let named = [row.tool.as_str(), &row.version, &row.edition];
            table += &cells(named.into_iter().chain(passed).chain([settings.as_str()]).collect());
        }
        // Read again, because the task takes minutes.
        let text = fs::read_to_string(FILE)?;
        let (before, _, after) = parts(&text)?;
        Ok(fs::write(FILE, format!("{before}{BEGIN}\n{table}\n{END}{after}"))?)
    }
}

/// The text before the table, the table, and the text after it.
fn parts(text: &str) -> Outcome<(&str, &str, &str)> {
    let (before, rest) = text.split_once(BEGIN).ok_or_else(|| format!("{FILE} has no place for the table"))?;
    let (table, after) = rest.split_once(END).ok_or_else(|| format!("{FILE}: the table has no end"))?;
    Ok((before, table, after))
}

fn columns() -> impl Iterator<Item = &'static str> {
    ["generates", "compiles"].into_iter().chain(COLUMNS)
}

fn parse(line: &str) -> Option<(Row, String)> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [tool, version, edition, passed @ .., settings] = cells.as_slice() else { return None };
    let passed = passed.iter().map(|cell| *cell == PASSED).collect();
    let row = Row { tool: tool.to_string(), version: version.to_string(), edition: edition.to_string(), passed };
    Some((row, settings.to_string()))
}
