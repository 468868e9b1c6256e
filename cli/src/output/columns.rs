//! Columns of fixed widths, for tables whose rows are written one by one.

use std::borrow::Cow;

use console::{Alignment, measure_text_width, pad_str, truncate_str};

use crate::output::escape::escaped;
use crate::output::table;

/// The blanks between two columns.
const GAP: usize = 2;

pub struct Columns {
    widths: Vec<usize>,
    /// The width of the terminal, if the output is one.
    terminal: Option<usize>,
}

impl Columns {
    /// Columns of these widths. If they do not fit the terminal, the widest ones are made narrower.
    pub fn new(widths: Vec<usize>) -> Self {
        let terminal = table::width();
        Self { widths: fitted(widths, terminal), terminal }
    }

    /// A line of the table.
    pub fn line(&self, cells: &[String]) -> String {
        line(cells, &self.widths, self.terminal)
    }
}

/// The width of a cell.
pub fn width(cell: &str) -> usize {
    measure_text_width(&escaped(cell))
}

fn fitted(mut widths: Vec<usize>, terminal: Option<usize>) -> Vec<usize> {
    let gaps = GAP * widths.len().saturating_sub(1);
    let available = terminal.map_or(usize::MAX, |width| width.saturating_sub(gaps));
    while widths.iter().sum::<usize>() > available {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 1 => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// Cells and lines are truncated for a terminal only; integers are not, because a part of one is another number.
fn line(cells: &[String], widths: &[usize], terminal: Option<usize>) -> String {
    let cells = cells.iter().enumerate().map(|(column, cell)| {
        let (cell, width) = (escaped(cell), widths.get(column).copied());
        let cell = match width.filter(|_| terminal.is_some() && !is_integer(&cell)) {
            Some(width) => Cow::Owned(truncate_str(&cell, width, "…").into_owned()),
            None => cell,
        };
        pad_str(&cell, width.unwrap_or(0), Alignment::Left, None).into_owned()
    });
    let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
    truncate_str(line.trim_end(), terminal.unwrap_or(usize::MAX), "…").into_owned()
}

fn is_integer(cell: &str) -> bool {
    !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_fit_the_terminal() {
        assert_eq!(fitted(vec![9, 8, 1], None), [9, 8, 1]);
        assert_eq!(fitted(vec![9, 8, 1], Some(80)), [9, 8, 1]);
        assert_eq!(fitted(vec![9, 8, 1], Some(14)).iter().sum::<usize>(), 10);
        assert_eq!(fitted(vec![9, 8, 1], Some(1)), [1, 1, 1]);
        assert_eq!(fitted(vec![], Some(80)), [0; 0]);
        assert_eq!(width("查询"), 4);
    }

    #[test]
    fn lines_are_aligned_and_truncated_for_a_terminal_only() {
        for (cells, terminal, expected) in [
            (&["a", "b"][..], Some(20), "a     b"),
            (&["查询", "b"], Some(20), "查询  b"),
            (&["abcdefgh", "b", "more"], Some(20), "abc…  b    more"),
            (&["abcdefgh", "b", "much more"], Some(15), "abc…  b    muc…"),
            (&["12345678", "b"], Some(20), "12345678  b"),
            (&["abcdefgh", "b"], None, "abcdefgh  b"),
        ] {
            let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_string()).collect();
            assert_eq!(line(&cells, &[4, 3], terminal), expected);
        }
    }
}
