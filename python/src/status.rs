//! The tables of job statuses and error codes, which come from the contract.

use nebula_explorer::{ErrorCode, JobStatus};
use pyo3::prelude::*;

type Name = Option<&'static str>;

/// The numbers and names of the statuses that the contract lists.
#[pyfunction]
pub fn job_statuses() -> Vec<(i64, Name)> {
    JobStatus::ALL.iter().map(|status| (status.number(), status.name())).collect()
}

/// The name and description of a status, and whether it is terminal.
#[pyfunction]
pub fn job_status(number: i64) -> (Name, Name, bool) {
    let status = JobStatus::from(number);
    (status.name(), status.description(), status.is_terminal())
}

/// The numbers and names of the error codes that the contract lists.
#[pyfunction]
pub fn error_codes() -> Vec<(i64, Name)> {
    ErrorCode::ALL.iter().map(|code| (code.number(), code.name())).collect()
}

/// The name and description of an error code.
#[pyfunction]
pub fn error_code(number: i64) -> (Name, Name) {
    let code = ErrorCode::from(number);
    (code.name(), code.description())
}
