//! Rows of a result: possibly millions, so each one is written when it is decoded, and none is kept.

use std::borrow::Cow;
use std::io::{BufWriter, Stdout, Write as _, stdout};

use console::{Alignment, measure_text_width, pad_str, truncate_str};

use crate::error::CliError;
use crate::output::escape::escaped;
use crate::output::output::{Output, Shape};
use crate::output::table::width;

/// A row, as the strings that the server sends.
pub type Row = Vec<String>;

pub struct RowWriter {
    shape: Shape,
    out: Out,
    written: usize,
    /// The rows of a table before its widths are known.
    waiting: Vec<Row>,
    /// The widths of the columns of a table.
    widths: Option<Vec<usize>>,
    /// The width of the terminal, if the output is one.
    terminal: Option<usize>,
}

enum Out {
    Csv(Box<csv::Writer<Stdout>>),
    Text(BufWriter<Stdout>),
}

/// So many rows decide on the widths of a table.
const ROWS_FOR_WIDTHS: usize = 1000;

/// The blanks between two columns of a table.
const GAP: usize = 2;

impl RowWriter {
    pub fn new(output: Output) -> Self {
        const BUFFER: usize = 64 << 10;
        let out = match output.shape() {
            Shape::Csv => Out::Csv(Box::new(csv::WriterBuilder::new().flexible(true).from_writer(stdout()))),
            _ => Out::Text(BufWriter::with_capacity(BUFFER, stdout())),
        };
        Self { shape: output.shape(), out, written: 0, waiting: Vec::new(), widths: None, terminal: width() }
    }

    pub fn push(&mut self, row: Row) -> Result<(), CliError> {
        if self.shape == Shape::Table && self.widths.is_none() {
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
                let line = line(row, self.widths.as_deref().unwrap_or_default(), self.terminal.is_some());
                writeln!(out, "{}", line.trim_end())?;
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
        self.widths.get_or_insert_with(|| widths(&rows, self.terminal));
        rows.iter().try_for_each(|row| self.write(row))
    }
}

fn json(row: &Row, is_pretty: bool) -> Result<String, CliError> {
    let json = if is_pretty { serde_json::to_string_pretty(row) } else { serde_json::to_string(row) };
    json.map_err(|error| CliError::Other(format!("cannot convert the output to JSON: {error}")))
}

/// The widths of the columns. If they do not fit the terminal, the widest ones are made narrower.
fn widths(rows: &[Row], terminal: Option<usize>) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |column: usize| rows.iter().filter_map(move |row| row.get(column));
    let mut widths: Vec<usize> = (0..columns)
        .map(|index| column(index).map(|cell| measure_text_width(&escaped(cell))).max().unwrap_or(0))
        .collect();
    let available = terminal.map_or(usize::MAX, |width| width.saturating_sub(GAP * columns.saturating_sub(1)));
    while widths.iter().sum::<usize>() > available {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 1 => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// A line of a table. Cells are truncated for a terminal only.
fn line(row: &Row, widths: &[usize], is_terminal: bool) -> String {
    let gap = " ".repeat(GAP);
    let cells = row.iter().enumerate().map(|(column, cell)| {
        let (cell, width) = (escaped(cell), widths.get(column).copied());
        let cell = match width.filter(|_| is_terminal) {
            Some(width) => Cow::Owned(truncate_str(&cell, width, "…").into_owned()),
            None => cell,
        };
        pad_str(&cell, width.unwrap_or(0), Alignment::Left, None).into_owned()
    });
    cells.collect::<Vec<_>>().join(&gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Row {
        cells.iter().map(|cell| (*cell).to_string()).collect()
    }

    #[test]
    fn widths_are_those_of_the_contents_and_fit_the_terminal() {
        let rows = [row(&["player100", "0.1"]), row(&["查询", "0.123456", "x"])];
        assert_eq!(widths(&rows, None), [9, 8, 1]);
        assert_eq!(widths(&rows, Some(80)), [9, 8, 1]);
        assert_eq!(widths(&rows, Some(14)).iter().sum::<usize>(), 10);
        assert_eq!(widths(&rows, Some(1)), [1, 1, 1]);
        assert_eq!(widths(&[], Some(80)), [0; 0]);
    }

    #[test]
    fn lines_are_aligned_and_truncated_for_a_terminal_only() {
        for (cells, is_terminal, expected) in [
            (&["a", "b"][..], true, "a     b  "),
            (&["查询", "b"], true, "查询  b  "),
            (&["abcdefgh", "b", "more"], true, "abc…  b    more"),
            (&["abcdefgh", "b"], false, "abcdefgh  b  "),
        ] {
            assert_eq!(line(&row(cells), &[4, 3], is_terminal), expected);
        }
    }
}
