//! Rows of a result: possibly millions, so each one is written when it is decoded, and none is kept.

use std::io::{BufWriter, Stdout, Write as _, stdout};

use crate::error::CliError;
use crate::output::columns::{Columns, width};
use crate::output::escape::escaped;
use crate::output::output::{Output, Shape};

/// A row, as the strings that the server sends.
pub type Row = Vec<String>;

pub struct RowWriter {
    shape: Shape,
    out: Out,
    written: usize,
    /// The rows of a table before the widths of its columns are known.
    waiting: Vec<Row>,
    columns: Option<Columns>,
}

enum Out {
    Csv(Box<csv::Writer<Stdout>>),
    Text(BufWriter<Stdout>),
}

/// So many rows decide on the widths of a table.
const ROWS_FOR_WIDTHS: usize = 1000;

impl RowWriter {
    pub fn new(output: Output) -> Self {
        const BUFFER: usize = 64 << 10;
        let out = match output.shape() {
            Shape::Csv => Out::Csv(Box::new(csv::WriterBuilder::new().flexible(true).from_writer(stdout()))),
            _ => Out::Text(BufWriter::with_capacity(BUFFER, stdout())),
        };
        Self { shape: output.shape(), out, written: 0, waiting: Vec::new(), columns: None }
    }

    pub fn push(&mut self, row: Row) -> Result<(), CliError> {
        if self.shape == Shape::Table && self.columns.is_none() {
            self.waiting.push(row);
            return if self.waiting.len() < ROWS_FOR_WIDTHS { Ok(()) } else { self.write_waiting() };
        }
        self.write(&row)
    }

    /// Writes what is left, and the end of a JSON document.
    pub fn finish(mut self) -> Result<(), CliError> {
        if self.shape == Shape::Table {
            self.write_waiting()?;
        }
        match (&mut self.out, self.shape, self.written) {
            (Out::Csv(csv), ..) => return Ok(csv.flush()?),
            (Out::Text(out), Shape::Json, 0) => out.write_all(b"[]\n")?,
            (Out::Text(out), Shape::Json, _) => out.write_all(b"\n]\n")?,
            (Out::Text(_), ..) => {}
        }
        match self.out {
            Out::Text(mut out) => Ok(out.flush()?),
            Out::Csv(_) => Ok(()),
        }
    }

    fn write(&mut self, row: &Row) -> Result<(), CliError> {
        let is_first = self.written == 0;
        self.written += 1;
        let out = match &mut self.out {
            Out::Csv(csv) => return Ok(csv.write_record(row)?),
            Out::Text(out) => out,
        };
        match self.shape {
            Shape::Json => {
                out.write_all(if is_first { b"[\n  " } else { b",\n  " })?;
                out.write_all(json(row, true)?.replace('\n', "\n  ").as_bytes())?;
            }
            Shape::Ndjson => writeln!(out, "{}", json(row, false)?)?,
            Shape::Table => {
                if let Some(columns) = &self.columns {
                    writeln!(out, "{}", columns.line(row))?;
                }
            }
            Shape::Tabs | Shape::Csv => {
                for (column, cell) in row.iter().enumerate() {
                    if column > 0 {
                        out.write_all(b"\t")?;
                    }
                    out.write_all(escaped(cell).as_bytes())?;
                }
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// Writes the first rows of a table.
    fn write_waiting(&mut self) -> Result<(), CliError> {
        let rows = std::mem::take(&mut self.waiting);
        self.columns.get_or_insert_with(|| Columns::new(widths(&rows)));
        rows.iter().try_for_each(|row| self.write(row))
    }
}

fn json(row: &Row, is_pretty: bool) -> Result<String, CliError> {
    let json = if is_pretty { serde_json::to_string_pretty(row) } else { serde_json::to_string(row) };
    json.map_err(|error| CliError::Other(format!("cannot convert the output to JSON: {error}")))
}

/// The widths of the columns: those of their widest cells.
fn widths(rows: &[Row]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    (0..columns).map(|index| column(index).map(|cell| width(cell)).max().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_widest_cells() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_string()).collect::<Row>();
        assert_eq!(widths(&[row(&["player100", "0.1"]), row(&["查询", "0.123456", "x"])]), [9, 8, 1]);
        assert_eq!(widths(&[]), [0; 0]);
    }
}
