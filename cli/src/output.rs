//! Data on standard output: a table for people, columns for scripts, JSON for programs.

use std::io::{IsTerminal as _, Write as _};

use nebula_explorer::{Job, Task, Timestamp};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::arguments::Format;
use crate::failure::Failure;

/// Writes records: as columns, or each as its JSON.
pub fn records(format: Option<Format>, head: &[&str], records: &[(Vec<String>, Value)]) -> Result<(), Failure> {
    let rows = || records.iter().map(|(cells, _)| cells.as_slice());
    let values = || records.iter().map(|(_, value)| value);
    match format {
        Some(Format::Json) => text(&format!("{:#}\n", Value::from_iter(values().cloned()))),
        Some(Format::Ndjson) => text(&values().map(|value| format!("{value}\n")).collect::<String>()),
        Some(Format::Table) => text(&table(head, rows())),
        None if std::io::stdout().is_terminal() => text(&table(head, rows())),
        None => text(&rows().map(separated).collect::<String>()),
    }
}

/// Writes a job and its tasks: two tables for people, a line for each task for scripts.
pub fn job_and_tasks(format: Option<Format>, whole: &Job) -> Result<(), Failure> {
    let tasks: Vec<_> = whole.tasks.iter().map(task).collect();
    match format {
        Some(Format::Json) => text(&format!("{:#}\n", job(whole).1)),
        Some(Format::Ndjson) => records(format, JOB, &[job(whole)]),
        None if !std::io::stdout().is_terminal() => {
            let with_job = |(cells, value): (Vec<String>, Value)| {
                ([vec![whole.id.to_string(), whole.status.to_string()], cells].concat(), value)
            };
            records(format, &[], &tasks.into_iter().map(with_job).collect::<Vec<_>>())
        }
        _ => {
            records(format, JOB, &[job(whole)])?;
            text("\n")?;
            records(format, TASK, &tasks)
        }
    }
}

/// Writes a text as it is.
pub fn text(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

pub const JOB: &[&str] = &["ID", "NAME", "WORKFLOW", "STATUS", "CREATED"];

pub fn job(job: &Job) -> (Vec<String>, Value) {
    let cells = vec![
        job.id.to_string(),
        job.name.clone(),
        job.workflow_name.clone(),
        job.status.to_string(),
        time(job.created_at).unwrap_or_default(),
    ];
    let value = json!({
        "id": job.id, "name": job.name, "workflow_id": job.workflow_id, "workflow_name": job.workflow_name,
        "status": job.status.to_string(), "created_at": time(job.created_at), "began_at": time(job.began_at),
        "ended_at": time(job.ended_at),
        "tasks": job.tasks.iter().map(|each| task(each).1).collect::<Value>(),
    });
    (cells, value)
}

pub const TASK: &[&str] = &["ID", "NAME", "STATUS", "BEGAN", "ENDED"];

pub fn task(task: &Task) -> (Vec<String>, Value) {
    let (began, ended) = (time(task.began_at), time(task.ended_at));
    let value = json!({
        "id": task.id, "name": task.name, "status": task.status.to_string(), "began_at": began, "ended_at": ended,
    });
    let cells = [task.id.clone(), task.name.clone(), task.status.to_string()];
    (cells.into_iter().chain([began.unwrap_or_default(), ended.unwrap_or_default()]).collect(), value)
}

fn time(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}

/// A tab or a line's end inside a cell would make another cell.
fn separated(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace(['\t', '\r', '\n'], " ")).collect();
    cells.join("\t") + "\n"
}

fn table<'a>(head: &[&str], rows: impl Iterator<Item = &'a [String]>) -> String {
    let head: Vec<String> = head.iter().map(ToString::to_string).collect();
    let head = (!head.is_empty()).then_some(head);
    let lines: Vec<Vec<String>> = head.into_iter().chain(rows.map(<[String]>::to_vec)).collect();
    let columns = lines.iter().map(|cells| cells.len()).max().unwrap_or(0);
    let width = |column| {
        lines.iter().filter_map(|cells| cells.get(column)).map(|cell: &String| cell.width()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let pad = |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())));
    let line = |cells: &Vec<String>| cells.iter().zip(&widths).map(pad).collect::<Vec<_>>().join("  ");
    lines.iter().map(|cells| line(cells).trim_end().to_string() + "\n").collect()
}
