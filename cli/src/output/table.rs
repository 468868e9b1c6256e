//! Tables for people, fitted to the terminal.

use std::io::{IsTerminal as _, stdout};

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Row, Table, presets};
use console::Term;
use nebula_explorer::JobStatus;

use crate::output::escape::escaped;

/// Columns that are never truncated, and those that are not truncated on a terminal of at least `WIDE` columns.
const NEVER_TRUNCATED: &[&str] = &["ID", "STATUS", "CODE", "TASK STATUS", "OUTCOME"];
const TRUNCATED_IF_NARROW: &[&str] = &["CREATED", "STARTED", "ENDED"];
const WIDE: usize = 60;

pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_truncation_indicator("…");
    if !console::colors_enabled() || !stdout().is_terminal() {
        table.force_no_tty();
    }
    match width().and_then(|width| u16::try_from(width).ok()) {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    if !head.is_empty() {
        let mut names = Row::from(head.iter().map(Cell::new));
        names.max_height(1);
        table.set_header(names);
    }
    for cells in rows {
        let cells = cells.iter().enumerate().map(|(column, text)| {
            let cell = Cell::new(escaped(text));
            colour(text)
                .filter(|_| head.get(column).is_some_and(|name| is_status(name)))
                .map_or(cell.clone(), |colour| cell.fg(colour))
        });
        let mut row = Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    let is_wide = width().is_none_or(|width| width >= WIDE);
    let names = head.iter().map(Some).chain(std::iter::repeat(None));
    for (column, name) in table.column_iter_mut().zip(names) {
        column.set_padding((0, 2));
        if name.is_some_and(|name| NEVER_TRUNCATED.contains(name) || is_wide && TRUNCATED_IF_NARROW.contains(name)) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let lines = table.lines().map(|line| line.trim_end().to_string() + "\n");
    lines.filter(|line| rows.len() + head.len() > 0 && line != "\n").collect()
}

/// Names and values, one per line.
pub fn details(lines: &[(&str, String)]) -> String {
    let line = |(name, value): &(&str, String)| {
        let value = truncated(&escaped(value), 10);
        format!("{name:<10}{}\n", if is_status(name) { painted(&value) } else { value })
    };
    lines.iter().map(line).collect()
}

fn is_status(name: &str) -> bool {
    name.to_uppercase().ends_with("STATUS")
}

/// A status in its colour, if colours are enabled.
pub fn coloured(status: JobStatus) -> String {
    painted(&status.to_string())
}

fn painted(status: &str) -> String {
    let text = console::style(status);
    match colour(status) {
        Some(Color::DarkGreen) => text.green(),
        Some(Color::DarkRed) => text.red(),
        Some(_) => text.yellow(),
        None => text,
    }
    .to_string()
}

/// The width of the terminal, if standard output is one.
pub fn width() -> Option<usize> {
    Term::stdout().size_checked().filter(|_| stdout().is_terminal()).map(|(_, columns)| columns.into())
}

fn colour(status: &str) -> Option<Color> {
    match JobStatus::ALL.iter().find(|listed| listed.to_string() == status)? {
        JobStatus::Success => Some(Color::DarkGreen),
        JobStatus::Failed => Some(Color::DarkRed),
        _ => Some(Color::DarkYellow),
    }
}

/// A value that fits into the terminal after an indentation.
fn truncated(value: &str, indentation: usize) -> String {
    match width() {
        Some(width) => console::truncate_str(value, width.saturating_sub(indentation), "…").into_owned(),
        None => value.to_string(),
    }
}
