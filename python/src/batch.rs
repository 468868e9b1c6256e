//! Runs as Python code describes them, alone and in a batch.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, StreamExt as _};
use nebula_explorer::serde_json::{Number, Value};
use nebula_explorer::{Explorer, JobStatus, OnUnknownOutcome, Run};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyIterator, PyList, PyMapping, PyString};

use crate::call::Stream;
use crate::error::invalid_input;
use crate::options::{Integer, Polling, duration, polled};

/// The request that an object of Python's class `Run` describes.
pub fn request(explorer: &Explorer, described: &Bound<'_, PyAny>) -> PyResult<Run> {
    let py = described.py();
    let Integer(workflow_id) = described.getattr("workflow_id")?.extract()?;
    let mut run = explorer.workflow(workflow_id).run();
    if let Some(tasks) = described.getattr("input")?.extract::<Option<Bound<'_, PyAny>>>()? {
        for task in items(&tasks, "the input")? {
            let (task, parameters): (String, Bound<'_, PyAny>) = task.extract()?;
            for parameter in items(&parameters, &format!("the input of {task}"))? {
                let (name, value): (String, Bound<'_, PyAny>) = parameter.extract()?;
                run = run.param(task.clone(), name, parameter_value(&value));
            }
        }
    }
    if let Some(key) = described.getattr("idempotency_key")?.extract::<Option<String>>()? {
        run = run.idempotency_key(key);
    }
    let rerun: Vec<i64> = described.getattr("rerun")?.extract()?;
    if !rerun.is_empty() {
        run = run.rerun(rerun.into_iter().map(JobStatus::from));
    }
    let action: Option<String> = described.getattr("on_unknown_outcome")?.extract()?;
    let grace: Option<f64> = described.getattr("grace_period")?.extract()?;
    let action = match (action.as_deref(), grace) {
        (None, None) => None,
        (Some("fail"), None) => Some(OnUnknownOutcome::Fail),
        (Some("reconcile"), None) => Some(OnUnknownOutcome::RECONCILE),
        (None | Some("reconcile"), Some(seconds)) => {
            Some(OnUnknownOutcome::Reconcile { grace_period: duration(py, "grace_period", seconds)? })
        }
        (Some("fail"), Some(_)) => {
            return Err(invalid_input(py, "a grace_period has no effect if an unknown outcome is only reported"));
        }
        (Some(other), _) => {
            return Err(invalid_input(py, format!("on_unknown_outcome is `fail` or `reconcile`, not `{other}`")));
        }
    };
    Ok(match action {
        Some(action) => run.on_unknown_outcome(action),
        None => run,
    })
}

/// The items of a mapping.
fn items<'py>(mapping: &Bound<'py, PyAny>, what: &str) -> PyResult<Bound<'py, PyList>> {
    match mapping.cast::<PyMapping>() {
        Ok(mapping) => mapping.items(),
        Err(_) => Err(invalid_input(
            mapping.py(),
            format!("{what} is not a mapping: give one such as {{\"query_1\": {{\"name\": \"Tim Duncan\"}}}}"),
        )),
    }
}

/// A string or a number; anything else becomes a value that the SDK rejects with the name of the parameter.
fn parameter_value(value: &Bound<'_, PyAny>) -> Value {
    if let Ok(text) = value.cast::<PyString>() {
        return text.extract::<String>().map_or(Value::Null, Value::from);
    }
    if value.is_instance_of::<PyBool>() {
        return Value::Bool(true);
    }
    if value.is_instance_of::<PyFloat>() {
        return value.extract().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number);
    }
    let integer = value.extract::<i64>().map(Value::from).or_else(|_| value.extract::<u64>().map(Value::from));
    integer.unwrap_or(Value::Null)
}

/// Runs what the iterator yields. An exception that it raises ends the batch, after the runs before it.
pub fn batch(
    explorer: &Explorer,
    runs: &Bound<'_, PyAny>,
    parallel: Option<usize>,
    polling: Polling,
) -> PyResult<Stream> {
    let failure = Failure::default();
    let iterator = runs.try_iter()?.unbind();
    let runs = Runs { explorer: explorer.clone(), iterator, failure: Arc::clone(&failure) };
    let mut batch = polled!(explorer.batch(runs), polling);
    if let Some(parallel) = parallel {
        batch = batch.parallel(parallel);
    }
    let failed = stream::once(async move { failure.lock().unwrap_or_else(PoisonError::into_inner).take() });
    Ok(Stream::new(batch.stream().map(Ok).chain(failed.filter_map(async |failure| failure.map(Err::<_, PyErr>)))))
}

type Failure = Arc<Mutex<Option<PyErr>>>;

struct Runs {
    explorer: Explorer,
    iterator: Py<PyIterator>,
    failure: Failure,
}

impl Iterator for Runs {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let described =
            |py: Python<'_>| self.iterator.bind(py).clone().next().map(|run| request(&self.explorer, &run?));
        match Python::attach(described)? {
            Ok(run) => Some(run),
            Err(failure) => {
                self.failure.lock().unwrap_or_else(PoisonError::into_inner).replace(failure);
                None
            }
        }
    }
}
