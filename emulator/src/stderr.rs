//! Notes on standard error.

use std::fmt::Display;
use std::io::Write as _;

/// Prints a line. That nobody reads it any more is no reason to stop serving.
pub(crate) fn print(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
