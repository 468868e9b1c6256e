//! The emulator, inside the Python process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::{Parser, ValueEnum as _};
use nebula_explorer::serde_json;
use nebula_explorer_emulator::{EmulatorBuilder, EmulatorError, EmulatorOptions, Fault, FaultRule, Workflow, defaults};
use pyo3::prelude::*;

use crate::call::Call;
use crate::convert::ToPython;
use crate::error::plain;

/// A running emulator, until it is stopped.
#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct Emulator(Mutex<Option<nebula_explorer_emulator::Emulator>>);

impl ToPython for nebula_explorer_emulator::Emulator {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Emulator(Mutex::new(Some(self))))?.into_any())
    }
}

/// The options of the program, so that they are not stated again here.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(flatten)]
    options: EmulatorOptions,
}

/// Starts an emulator with options of its command line, and with what that reads from files.
#[pyfunction]
#[pyo3(signature = (arguments, accounts, workflows))]
pub fn start_emulator(
    py: Python<'_>,
    arguments: Vec<String>,
    accounts: Vec<(String, String)>,
    workflows: Option<String>,
) -> PyResult<Call> {
    let builder = builder(&arguments, accounts, workflows).map_err(|problem| invalid(py, problem))?;
    Ok(Call::new(async { builder.start().await }))
}

/// The default account.
#[pyfunction]
pub fn emulator_account() -> (&'static str, &'static str) {
    defaults::ACCOUNT
}

/// The first of the default graph services.
#[pyfunction]
pub fn emulator_graph_service() -> String {
    let [(address, port), ..] = defaults::GRAPH_SERVICES;
    format!("{address}:{port}")
}

fn builder(
    arguments: &[String],
    accounts: Vec<(String, String)>,
    workflows: Option<String>,
) -> Result<EmulatorBuilder, String> {
    let line = Line::try_parse_from(arguments).map_err(|error| {
        let text = error.to_string();
        let problem = text.lines().next().unwrap_or_default();
        problem.strip_prefix("error: ").unwrap_or(problem).to_string()
    })?;
    let mut builder = line.options.builder().map_err(|error| error.to_string())?;
    for (user, password) in accounts {
        builder = builder.account(user, password);
    }
    let workflows: Option<Vec<Workflow>> = workflows
        .map(|json| serde_json::from_str(&json).map_err(|error| format!("the workflows are invalid: {error}")))
        .transpose()?;
    for workflow in workflows.into_iter().flatten() {
        builder = builder.workflow(workflow);
    }
    Ok(builder)
}

fn invalid(py: Python<'_>, problem: String) -> PyErr {
    plain(py, "EmulatorError", problem)
}

impl Emulator {
    fn with<T>(&self, py: Python<'_>, work: impl FnOnce(&nebula_explorer_emulator::Emulator) -> T) -> PyResult<T> {
        self.lock().as_ref().map(work).ok_or_else(|| invalid(py, "the emulator is stopped".into()))
    }

    fn lock(&self) -> MutexGuard<'_, Option<nebula_explorer_emulator::Emulator>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Emulator {
    fn url(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |emulator| emulator.url())
    }

    fn workflows(&self, py: Python<'_>) -> PyResult<Vec<(i64, String)>> {
        self.with(py, |emulator| emulator.workflows().map(|(id, name)| (id, name.to_string())).collect())
    }

    fn behaviour(&self, py: Python<'_>) -> PyResult<String> {
        self.with(py, |emulator| emulator.behaviour().to_string())
    }

    fn now(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.with(py, |emulator| emulator.now())?.to_python(py)
    }

    fn sign_ins(&self, py: Python<'_>) -> PyResult<u64> {
        self.with(py, |emulator| emulator.sign_ins())
    }

    fn calls(&self, py: Python<'_>, operation: &str) -> PyResult<u64> {
        self.with(py, |emulator| emulator.calls(operation))
    }

    fn jobs(&self, py: Python<'_>) -> PyResult<usize> {
        self.with(py, |emulator| emulator.jobs())
    }

    /// The ids of the jobs, and their inputs as JSON.
    fn inputs(&self, py: Python<'_>) -> PyResult<Vec<(i64, String)>> {
        let inputs = self.with(py, |emulator| emulator.inputs())?;
        let json = |(id, input)| serde_json::to_string(&input).map(|input| (id, input));
        inputs.into_iter().map(json).collect::<Result<_, _>>().map_err(|error| invalid(py, error.to_string()))
    }

    fn forget_sessions(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |emulator| emulator.forget_sessions())
    }

    fn set_faults(&self, py: Python<'_>, rules: Vec<String>) -> PyResult<()> {
        let rules = rules.iter().map(|rule| rule.parse()).collect::<Result<Vec<FaultRule>, String>>();
        let set = |rules| self.with(py, |emulator| emulator.set_faults(rules));
        set(rules.map_err(|problem| invalid(py, problem))?)?
            .map_err(|error: EmulatorError| invalid(py, error.to_string()))
    }

    fn injected(&self, py: Python<'_>, fault: &str) -> PyResult<u64> {
        let fault = Fault::from_str(fault, false).map_err(|_| invalid(py, format!("there is no fault `{fault}`")))?;
        self.with(py, |emulator| emulator.injected(fault))
    }

    /// Stops at once: connections break.
    fn stop(&self) {
        drop(self.lock().take());
    }

    /// Stops once the requests in progress are finished.
    fn shutdown(&self) -> Call {
        let emulator = self.lock().take();
        Call::new(async {
            if let Some(emulator) = emulator {
                emulator.shutdown().await;
            }
            Ok::<_, EmulatorError>(())
        })
    }
}
