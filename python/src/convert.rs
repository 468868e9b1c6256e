//! The SDK's data as objects of the package's Python classes.

use nebula_explorer::secrecy::ExposeSecret as _;
use nebula_explorer::{
    BatchedRun, Bytes, Cancellation, Change, Error, ErrorCode, Job, JobStatus, MalformedJob, Page, Submission, Task,
    Timestamp, Token, Watched,
};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyTuple};

use crate::error::exception;

/// A value that Python code gets as an object.
pub trait ToPython {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

/// Looks up a class or function of the package's Python part, once.
macro_rules! python {
    ($py:expr, $module:literal, $name:literal) => {{
        static OBJECT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        OBJECT.import($py, concat!("nebula_explorer.", $module), $name)
    }};
}

impl ToPython for () {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.None())
    }
}

impl ToPython for i64 {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}

impl ToPython for Bytes {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(PyBytes::new(py, &self).into_any().unbind())
    }
}

impl ToPython for Timestamp {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(python!(py, "_times", "from_microseconds")?.call1((self.as_microsecond(),))?.unbind())
    }
}

impl ToPython for JobStatus {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(python!(py, "_codes", "JobStatus")?.call1((self.number(),))?.unbind())
    }
}

impl ToPython for ErrorCode {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(python!(py, "_codes", "ErrorCode")?.call1((self.number(),))?.unbind())
    }
}

impl<T: ToPython> ToPython for Option<T> {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.map_or_else(|| Ok(py.None()), |value| value.to_python(py))
    }
}

/// A tuple, because the objects that contain it cannot be changed.
impl<T: ToPython> ToPython for Vec<T> {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let items = self.into_iter().map(|item| item.to_python(py)).collect::<PyResult<Vec<_>>>()?;
        Ok(PyTuple::new(py, items)?.into_any().unbind())
    }
}

impl<T: ToPython> ToPython for Box<T> {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (*self).to_python(py)
    }
}

impl ToPython for Job {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let fields = (
            self.id,
            self.name,
            self.workflow_id,
            self.workflow_name,
            self.status.to_python(py)?,
            self.created_at.to_python(py)?,
            self.started_at.to_python(py)?,
            self.ended_at.to_python(py)?,
            self.tasks.to_python(py)?,
        );
        Ok(python!(py, "_models", "Job")?.call1(fields)?.unbind())
    }
}

impl ToPython for Task {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (status, started_at, ended_at) =
            (self.status.to_python(py)?, self.started_at.to_python(py)?, self.ended_at.to_python(py)?);
        Ok(python!(py, "_models", "Task")?.call1((self.id, self.name, status, started_at, ended_at))?.unbind())
    }
}

impl ToPython for Page {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (jobs, malformed) = (self.jobs.to_python(py)?, self.malformed.to_python(py)?);
        let fields = (jobs, malformed, self.total, self.page, self.page_size);
        Ok(python!(py, "_models", "Page")?.call1(fields)?.unbind())
    }
}

impl ToPython for MalformedJob {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(python!(py, "_models", "MalformedJob")?.call1((self.id, self.problem))?.unbind())
    }
}

/// The job or the task that has changed.
impl ToPython for Change {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Self::Job(job) => job.to_python(py),
            Self::Task(task) => task.to_python(py),
            _ => Ok(py.None()),
        }
    }
}

impl ToPython for Cancellation {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (outcome, job) = match self {
            Self::Requested => ("requested", None),
            Self::AlreadyEnded(job) => ("already_ended", Some(job)),
            Self::Declined(job) => ("declined", Some(job)),
            _ => ("unknown", None),
        };
        Ok(python!(py, "_models", "Cancellation")?.call1((outcome, job.to_python(py)?))?.unbind())
    }
}

impl ToPython for Watched {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (job, error) = job_or_error(py, self.outcome)?;
        Ok(python!(py, "_models", "Watched")?.call1((self.job_id, job, error))?.unbind())
    }
}

impl ToPython for BatchedRun {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (job, error) = job_or_error(py, self.outcome)?;
        Ok(python!(py, "_models", "BatchedRun")?.call1((self.index, self.job_id, job, error))?.unbind())
    }
}

/// One of the two is `None`.
fn job_or_error(py: Python<'_>, outcome: Result<Job, Error>) -> PyResult<(Py<PyAny>, Py<PyAny>)> {
    match outcome {
        Ok(job) => Ok((job.to_python(py)?, py.None())),
        Err(error) => Ok((py.None(), exception(py, &error)?.unbind())),
    }
}

impl ToPython for Submission {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (started_at, updated_at) = (self.started_at.to_python(py)?, self.updated_at.to_python(py)?);
        let state = self.state.as_str();
        let fields =
            (self.key, self.workflow_id, state, self.job_id, self.attempt, self.server, started_at, updated_at);
        Ok(python!(py, "_models", "Submission")?.call1(fields)?.unbind())
    }
}

impl ToPython for Token {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let cookies = PyTuple::new(py, self.other_cookies())?;
        let remaining = self.remaining().map(|remaining| remaining.as_secs_f64());
        let fields = (self.secret().expose_secret(), cookies, remaining);
        Ok(python!(py, "_models", "Token")?.call1(fields)?.unbind())
    }
}
