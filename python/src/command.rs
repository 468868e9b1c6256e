//! The command `nebula-explorer`, which is that of the Rust program.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command with these arguments, the first of which is the name of the program. Returns its exit code.
#[pyfunction]
pub fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| nebula_explorer_cli::run(arguments))
}
