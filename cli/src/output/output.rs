//! Data on standard output: a table for people, columns for scripts, JSON and CSV for programs.

use std::io::{IsTerminal as _, Write as _, stdout};

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Row, Table, presets};
use console::Term;
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use nebula_explorer::{Job, JobStatus, Timestamp};
use serde_json::Value;

use crate::arguments::Format;
use crate::error::CliError;
use crate::output::records::{JobRecord, Record, StatusRecord, SubmittedRecord, TaskRecord, Times};
use crate::output::timeline;

/// How data is written.
#[derive(Clone, Copy)]
pub struct Output {
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Table,
    Tabs,
    Json,
    Ndjson,
    Csv,
}

impl Output {
    pub fn new(format: Option<Format>) -> Self {
        let shape = match format {
            Some(Format::Json) => Shape::Json,
            Some(Format::Ndjson) => Shape::Ndjson,
            Some(Format::Csv) => Shape::Csv,
            Some(Format::Table) => Shape::Table,
            None if stdout().is_terminal() => Shape::Table,
            None => Shape::Tabs,
        };
        Self { shape }
    }

    /// Whether people read it while it comes.
    pub fn is_live(self) -> bool {
        self.shape == Shape::Table && stdout().is_terminal() && console::user_attended_stderr()
    }

    /// A list of records, which come one by one.
    pub fn list<R: Record>(self) -> List<R> {
        let csv = (self.shape == Shape::Csv).then(|| csv::WriterBuilder::new().flexible(true).from_writer(stdout()));
        List { shape: self.shape, csv, values: Vec::new(), rows: Vec::new(), record: std::marker::PhantomData }
    }

    /// Several records.
    pub fn all<R: Record>(self, records: impl IntoIterator<Item = R>) -> Result<(), CliError> {
        let mut list = self.list();
        records.into_iter().try_for_each(|record| list.push(&record))?;
        list.finish()
    }

    /// One record, which is no list of one.
    pub fn one<R: Record>(self, record: &R) -> Result<(), CliError> {
        if self.shape == Shape::Json {
            return text(&format!("{:#}\n", json(record)?));
        }
        let mut list = self.list();
        list.push(record)?;
        list.finish()
    }

    /// An id: by itself in columns, which other commands take it from.
    pub fn id(self, submitted: &SubmittedRecord) -> Result<(), CliError> {
        match self.shape {
            Shape::Table | Shape::Tabs => text(&format!("{}\n", submitted.id)),
            _ => self.one(submitted),
        }
    }

    /// A job and its tasks: for people with a timeline, for scripts a line for each task.
    pub fn job_and_tasks(self, job: &Job, now: Timestamp) -> Result<(), CliError> {
        let record = JobRecord::of(job);
        match self.shape {
            Shape::Json | Shape::Ndjson => self.one(&record),
            Shape::Tabs | Shape::Csv => self.all(record.lines()),
            Shape::Table => {
                let shown = |time: Option<Timestamp>| time.map_or_else(|| "-".into(), local);
                text(&details(&[
                    ("Job", format!("{}  {}", job.id, job.name)),
                    ("Workflow", format!("{}  {}", job.workflow_id, job.workflow_name)),
                    ("Status", coloured(job.status)),
                    ("Created", shown(job.created_at)),
                    ("Started", shown(job.started_at)),
                    ("Ended", shown(job.ended_at)),
                ]))?;
                if job.tasks.is_empty() {
                    return Ok(());
                }
                text("\n")?;
                let times = job.started_at.map_or(Times::Local, Times::LocalAround);
                let rows: Vec<_> = record.tasks.iter().map(|task| task.cells(times)).collect();
                text(&table(TaskRecord::HEAD, &rows))?;
                text(&format!("\n{}", timeline::draw(job, now, width().unwrap_or(80))))
            }
        }
    }

    /// Who is signed in where; `sources` tells where each value comes from.
    pub fn status(self, record: &StatusRecord, sources: bool) -> Result<(), CliError> {
        match self.shape {
            Shape::Json | Shape::Ndjson => self.one(record),
            Shape::Csv => self.all(record.lines(Times::Rfc3339, sources)),
            Shape::Tabs => {
                let lines = record.lines(Times::Rfc3339, sources);
                text(&lines.iter().map(|line| separated(&line.cells(Times::Rfc3339))).collect::<String>())
            }
            Shape::Table => {
                let lines = record.lines(Times::Local, sources);
                text(&lines.iter().map(|line| line.for_people()).collect::<String>())
            }
        }
    }
}

/// Records that come one by one. Columns and lines are written at once, a table and a document at the end.
pub struct List<R> {
    shape: Shape,
    csv: Option<csv::Writer<std::io::Stdout>>,
    values: Vec<Value>,
    rows: Vec<Vec<String>>,
    record: std::marker::PhantomData<fn(R)>,
}

impl<R: Record> List<R> {
    pub fn push(&mut self, record: &R) -> Result<(), CliError> {
        match self.shape {
            Shape::Tabs => text(&separated(&record.cells(Times::Rfc3339))),
            Shape::Ndjson => text(&format!("{}\n", json(record)?)),
            Shape::Json => {
                self.values.push(json(record)?);
                Ok(())
            }
            Shape::Table => {
                self.rows.push(record.cells(Times::Local));
                Ok(())
            }
            Shape::Csv => {
                self.head()?;
                if let Some(csv) = &mut self.csv {
                    csv.write_record(record.cells(Times::Rfc3339))?;
                    csv.flush()?;
                }
                Ok(())
            }
        }
    }

    pub fn finish(mut self) -> Result<(), CliError> {
        match self.shape {
            Shape::Tabs | Shape::Ndjson => Ok(()),
            Shape::Json => text(&format!("{:#}\n", Value::Array(self.values))),
            Shape::Table => text(&table(R::HEAD, &self.rows)),
            Shape::Csv => {
                self.head()?;
                Ok(self.csv.take().map_or(Ok(()), |mut csv| csv.flush())?)
            }
        }
    }

    /// The head comes before the first record, and without any too.
    fn head(&mut self) -> Result<(), CliError> {
        if let Some(csv) = &mut self.csv
            && self.rows.is_empty()
            && !R::HEAD.is_empty()
        {
            csv.write_record(R::HEAD.iter().map(|name| name.to_lowercase()))?;
            self.rows.push(Vec::new());
        }
        Ok(())
    }
}

/// Writes a text to standard output as it is.
pub fn text(text: &str) -> Result<(), CliError> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// A time as people here read it.
pub fn local(time: Timestamp) -> String {
    here(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same, without the date on the day of another time.
pub fn local_around(day: Timestamp, time: Timestamp) -> String {
    let time_here = here(time);
    if time_here.date() == here(day).date() { time_here.strftime("%H:%M:%S").to_string() } else { local(time) }
}

fn here(time: Timestamp) -> ZonedDateTime {
    time.to_zoned_datetime(TimeZone::system())
}

/// A status in its colour, where colours are shown.
pub fn coloured(status: JobStatus) -> String {
    let text = console::style(status.to_string());
    match colour(&status.to_string()) {
        Some(Color::DarkGreen) => text.green(),
        Some(Color::DarkRed) => text.red(),
        Some(_) => text.yellow(),
        None => text,
    }
    .to_string()
}

/// The width of the terminal that standard output is, if it is one.
pub fn width() -> Option<usize> {
    Term::stdout().size_checked().filter(|_| stdout().is_terminal()).map(|(_, columns)| columns.into())
}

fn colour(status: &str) -> Option<Color> {
    match JobStatus::ALL.iter().find(|known| known.to_string() == status)? {
        JobStatus::Success => Some(Color::DarkGreen),
        JobStatus::Failed => Some(Color::DarkRed),
        _ => Some(Color::DarkYellow),
    }
}

fn json(record: &impl serde::Serialize) -> Result<Value, CliError> {
    serde_json::to_value(record).map_err(|error| CliError::Other(format!("a record cannot be written: {error}")))
}

/// A tab or a line's end inside a cell would make another cell.
fn separated(cells: &[String]) -> String {
    cells.iter().map(|cell| plain(cell)).collect::<Vec<_>>().join("\t") + "\n"
}

/// What a server sends must not move the cursor.
fn plain(cell: &str) -> String {
    cell.replace(|c: char| c.is_control(), " ")
}

/// Names and values, one a line.
fn details(lines: &[(&str, String)]) -> String {
    lines.iter().map(|(name, value)| format!("{name:<10}{}\n", clipped(value, 10))).collect()
}

/// A value that fits what the terminal leaves.
fn clipped(value: &str, taken: usize) -> String {
    match width() {
        Some(width) => console::truncate_str(value, width.saturating_sub(taken), "…").into_owned(),
        None => value.to_string(),
    }
}

/// Columns that people need whole, and those that they need whole where there is room.
const WHOLE: &[&str] = &["ID", "STATUS", "CODE", "TASK STATUS", "OUTCOME"];
const WHOLE_WITH_ROOM: &[&str] = &["CREATED", "STARTED", "ENDED"];
const ROOM: usize = 60;

fn table(head: &[&str], rows: &[Vec<String>]) -> String {
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
        let cells = cells.iter().enumerate().map(|(column, cell)| {
            let shown = Cell::new(plain(cell));
            let is_status = head.get(column).is_some_and(|name| name.ends_with("STATUS"));
            colour(cell).filter(|_| is_status).map_or(shown.clone(), |colour| shown.fg(colour))
        });
        let mut row = Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    let has_room = width().is_none_or(|width| width >= ROOM);
    let names = head.iter().map(Some).chain(std::iter::repeat(None));
    for (column, name) in table.column_iter_mut().zip(names) {
        column.set_padding((0, 2));
        if name.is_some_and(|name| WHOLE.contains(name) || has_room && WHOLE_WITH_ROOM.contains(name)) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let lines = table.lines().map(|line| line.trim_end().to_string() + "\n");
    lines.filter(|line| rows.len() + head.len() > 0 && line != "\n").collect()
}
