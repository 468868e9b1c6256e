//! Data on standard output: a table for people, columns for scripts, JSON and CSV for programs.

use std::io::{IsTerminal as _, Write as _, stdout};
use std::marker::PhantomData;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use crate::error::CliError;
use crate::output::escape::escaped;
use crate::output::records::Record;
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
        List { shape: self.shape, csv, values: Vec::new(), rows: Vec::new(), record: PhantomData }
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

/// Records that are added one by one. Lines are written immediately, a table and a JSON document when it is finished.
pub struct List<R> {
    shape: Shape,
    csv: Option<csv::Writer<std::io::Stdout>>,
    values: Vec<Value>,
    rows: Vec<Vec<String>>,
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
            Shape::Table => {
                self.rows.push(record.cells(Times::Local));
                Ok(())
            }
            Shape::Csv => {
                self.write_csv_header()?;
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
                self.write_csv_header()?;
                Ok(self.csv.take().map_or(Ok(()), |mut csv| csv.flush())?)
            }
        }
    }

    /// Writes the header once, also if there is no record.
    fn write_csv_header(&mut self) -> Result<(), CliError> {
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

fn to_json(value: &impl Serialize) -> Result<Value, CliError> {
    serde_json::to_value(value).map_err(|error| CliError::Other(format!("cannot convert the output to JSON: {error}")))
}

fn tab_separated(cells: &[String]) -> String {
    cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>().join("\t") + "\n"
}
