//! Data on standard output: a table for people, columns for scripts, JSON and CSV for programs.

use std::io::{IsTerminal as _, Write as _, stdout};
use std::marker::PhantomData;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use crate::error::CliError;
use crate::output::columns::Columns;
use crate::output::escape::escaped;
use crate::output::records::Record;
use crate::output::stderr::without_progress;
use crate::output::table::table;
use crate::output::time::Times;

/// What `--output` can be.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns with a header, truncated to fit the terminal
    Table,
    /// One document
    Json,
    /// One line per record
    Ndjson,
    /// Comma-separated values with a header (RFC 4180)
    Csv,
}

/// How data is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Table,
    /// Tab-separated columns without a header: the default if standard output is not a terminal.
    Tabs,
    Json,
    Ndjson,
    Csv,
}

#[derive(Clone, Copy)]
pub struct Output {
    shape: Shape,
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

    pub fn shape(self) -> Shape {
        self.shape
    }

    /// Whether people see the output while the command runs.
    pub fn is_live(self) -> bool {
        self.shape == Shape::Table && stdout().is_terminal() && console::user_attended_stderr()
    }

    /// A list of records that are added one by one.
    pub fn list<R: Record>(self) -> List<R> {
        let csv = (self.shape == Shape::Csv).then(|| csv::WriterBuilder::new().flexible(true).from_writer(stdout()));
        List {
            shape: self.shape,
            csv,
            values: Vec::new(),
            rows: Vec::new(),
            columns: None,
            has_header: false,
            record: PhantomData,
        }
    }

    /// A list of records that are added as they happen: also a table is written line by line, with columns of these widths.
    pub fn live_list<R: Record>(self, widths: Vec<usize>) -> List<R> {
        List { columns: Some(Columns::new(widths)), ..self.list() }
    }

    /// Writes a list of records.
    pub fn all<R: Record>(self, records: impl IntoIterator<Item = R>) -> Result<(), CliError> {
        let mut list = self.list();
        records.into_iter().try_for_each(|record| list.push(&record))?;
        list.finish()
    }

    /// Writes one record, which is not a list of one in JSON.
    pub fn one<R: Record>(self, record: &R) -> Result<(), CliError> {
        match self.shape {
            Shape::Json | Shape::Ndjson => self.json(record),
            Shape::Table | Shape::Tabs | Shape::Csv => self.all([record]),
        }
    }

    /// Writes a value as JSON.
    pub fn json(self, value: &impl Serialize) -> Result<(), CliError> {
        let value = to_json(value)?;
        text(&if self.shape == Shape::Ndjson { format!("{value}\n") } else { format!("{value:#}\n") })
    }
}

/// Records that are added one by one. Lines are written immediately; a JSON document and a table without given widths when it is
/// finished.
pub struct List<R> {
    shape: Shape,
    csv: Option<csv::Writer<std::io::Stdout>>,
    values: Vec<Value>,
    rows: Vec<Vec<String>>,
    /// The columns of a table that is written line by line.
    columns: Option<Columns>,
    has_header: bool,
    record: PhantomData<fn(R)>,
}

impl<R: Record> List<R> {
    pub fn push(&mut self, record: &R) -> Result<(), CliError> {
        match self.shape {
            Shape::Tabs => text(&tab_separated(&record.cells(Times::Rfc3339))),
            Shape::Ndjson => text(&format!("{}\n", to_json(record)?)),
            Shape::Json => {
                self.values.push(to_json(record)?);
                Ok(())
            }
            Shape::Table => self.push_row(record.cells(Times::Local)),
            Shape::Csv => {
                self.write_header()?;
                self.write_csv(&record.cells(Times::Rfc3339))
            }
        }
    }

    pub fn finish(mut self) -> Result<(), CliError> {
        match self.shape {
            Shape::Tabs | Shape::Ndjson => Ok(()),
            Shape::Json => text(&format!("{:#}\n", Value::Array(self.values))),
            Shape::Table if self.columns.is_none() => text(&table(R::HEAD, &self.rows)),
            Shape::Table | Shape::Csv => self.write_header(),
        }
    }

    fn push_row(&mut self, cells: Vec<String>) -> Result<(), CliError> {
        self.write_header()?;
        match &self.columns {
            Some(columns) => text(&(columns.line(&cells) + "\n")),
            None => {
                self.rows.push(cells);
                Ok(())
            }
        }
    }

    /// Writes the header of what is written line by line once, also if there is no record.
    fn write_header(&mut self) -> Result<(), CliError> {
        if R::HEAD.is_empty() || std::mem::replace(&mut self.has_header, true) {
            return Ok(());
        }
        let names = R::HEAD.iter();
        match (self.shape, &self.columns) {
            (Shape::Csv, _) => self.write_csv(&names.map(|name| name.to_lowercase()).collect::<Vec<_>>()),
            (Shape::Table, Some(columns)) => {
                text(&(columns.line(&names.map(ToString::to_string).collect::<Vec<_>>()) + "\n"))
            }
            _ => Ok(()),
        }
    }

    fn write_csv(&mut self, cells: &[String]) -> Result<(), CliError> {
        let Some(csv) = &mut self.csv else { return Ok(()) };
        without_progress(|| {
            csv.write_record(cells)?;
            Ok(csv.flush()?)
        })
    }
}

/// Writes a text to standard output as it is.
pub fn text(text: &str) -> Result<(), CliError> {
    without_progress(|| {
        let mut out = stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    })
}

fn to_json(value: &impl Serialize) -> Result<Value, CliError> {
    serde_json::to_value(value).map_err(|error| CliError::Other(format!("cannot convert the output to JSON: {error}")))
}

fn tab_separated(cells: &[String]) -> String {
    cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join("\t") + "\n"
}
