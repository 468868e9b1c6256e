//! Options as Python code gives them.

use std::time::Duration;

use nebula_explorer::{PollIntervals, PollTolerance, RetryPolicy, Timestamp};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;

use crate::error::{ToException as _, invalid_input};

/// An integer. One that is out of range is invalid input, as it is in other places; the binding adds the name of the parameter.
pub struct Integer<T>(pub T);

impl<'a, 'py, T: FromPyObject<'a, 'py>> FromPyObject<'a, 'py> for Integer<T> {
    type Error = PyErr;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        T::extract(value).map(Self).map_err(|error| {
            let (py, error) = (value.py(), error.into());
            match error.is_instance_of::<PyOverflowError>(py) {
                true => invalid_input(py, format!("the number {} is out of range", &*value)),
                false => error,
            }
        })
    }
}

/// Seconds.
pub fn duration(py: Python<'_>, name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| invalid_input(py, format!("{name} must be a number of seconds from 0 on, not {seconds}")))
}

/// Microseconds since 1970.
pub fn time(py: Python<'_>, microseconds: i64) -> PyResult<Timestamp> {
    Timestamp::from_microsecond(microseconds).map_err(|error| invalid_input(py, error.to_string()))
}

/// The fields of Python's `PollIntervals`, where `None` stands for the SDK's default.
#[derive(FromPyObject)]
pub struct Intervals {
    initial_delay: Option<f64>,
    max_delay: Option<f64>,
    factor: Option<f64>,
}

impl Intervals {
    pub fn build(self, py: Python<'_>) -> PyResult<PollIntervals> {
        let mut builder = PollIntervals::builder();
        if let Some(seconds) = self.initial_delay {
            builder = builder.initial_delay(duration(py, "initial_delay", seconds)?);
        }
        if let Some(seconds) = self.max_delay {
            builder = builder.max_delay(duration(py, "max_delay", seconds)?);
        }
        if let Some(factor) = self.factor {
            builder = builder.factor(factor);
        }
        builder.build().map_err(|error| error.to_exception(py))
    }
}

/// The fields of Python's `PollTolerance`.
#[derive(FromPyObject)]
pub struct Tolerance {
    min_failures: Option<u32>,
    max_elapsed: Option<f64>,
}

impl Tolerance {
    pub fn build(self, py: Python<'_>) -> PyResult<PollTolerance> {
        let mut builder = PollTolerance::builder();
        if let Some(failures) = self.min_failures {
            builder = builder.min_failures(failures);
        }
        if let Some(seconds) = self.max_elapsed {
            builder = builder.max_elapsed(duration(py, "max_elapsed", seconds)?);
        }
        Ok(builder.build())
    }
}

/// The fields of Python's `RetryPolicy`.
#[derive(FromPyObject)]
pub struct Retry {
    max_attempts: Option<u32>,
    max_elapsed: Option<f64>,
    initial_delay: Option<f64>,
    max_delay: Option<f64>,
    factor: Option<f64>,
}

impl Retry {
    pub fn build(self, py: Python<'_>) -> PyResult<RetryPolicy> {
        let mut builder = RetryPolicy::builder();
        if let Some(attempts) = self.max_attempts {
            builder = builder.max_attempts(attempts);
        }
        if let Some(seconds) = self.max_elapsed {
            builder = builder.max_elapsed(duration(py, "max_elapsed", seconds)?);
        }
        if let Some(seconds) = self.initial_delay {
            builder = builder.initial_delay(duration(py, "initial_delay", seconds)?);
        }
        if let Some(seconds) = self.max_delay {
            builder = builder.max_delay(duration(py, "max_delay", seconds)?);
        }
        if let Some(factor) = self.factor {
            builder = builder.factor(factor);
        }
        builder.build().map_err(|error| error.to_exception(py))
    }
}

/// The intervals and the tolerance of something that polls; the SDK's defaults where they are not given.
pub struct Polling {
    pub intervals: Option<PollIntervals>,
    pub tolerance: Option<PollTolerance>,
}

impl Polling {
    pub fn new(py: Python<'_>, intervals: Option<Intervals>, tolerance: Option<Tolerance>) -> PyResult<Self> {
        let intervals = intervals.map(|intervals| intervals.build(py)).transpose()?;
        let tolerance = tolerance.map(|tolerance| tolerance.build(py)).transpose()?;
        Ok(Self { intervals, tolerance })
    }
}

/// Applies [`Polling`] to a builder of the SDK.
macro_rules! polled {
    ($builder:expr, $polling:expr) => {{
        let (mut builder, polling): (_, $crate::options::Polling) = ($builder, $polling);
        if let Some(intervals) = polling.intervals {
            builder = builder.intervals(intervals);
        }
        if let Some(tolerance) = polling.tolerance {
            builder = builder.tolerance(tolerance);
        }
        builder
    }};
}
pub(crate) use polled;
