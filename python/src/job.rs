//! Waiting for a job, with a condition that is a Python function.

use std::future::IntoFuture as _;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream;
use nebula_explorer::conditions::Condition;
use nebula_explorer::{BoxFuture, Error, Job, JobHandle, JobStatus, Wait};
use pyo3::prelude::*;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::convert::ToPython;
use crate::error::ToException;

/// Why a wait ended without its condition.
pub enum WaitError {
    Sdk(Error),
    /// The condition raised an exception.
    Condition(PyErr),
}

impl ToException for WaitError {
    fn to_exception(self, py: Python<'_>) -> PyErr {
        match self {
            Self::Sdk(error) => error.to_exception(py),
            Self::Condition(error) => error,
        }
    }
}

/// A function of Python that gets a job; success if there is none.
pub struct JobCondition {
    function: Option<Py<PyAny>>,
    failure: Failure,
    polled: Option<UnboundedSender<Job>>,
}

type Failure = Arc<Mutex<Option<PyErr>>>;

impl Condition for JobCondition {
    fn is_met(&self, job: &Job) -> bool {
        if let Some(polled) = &self.polled {
            // Fails only if nobody listens any more.
            let _ = polled.send(job.clone());
        }
        let Some(function) = &self.function else { return job.status == JobStatus::Success };
        let met = Python::attach(|py| function.call1(py, (job.clone().to_python(py)?,))?.is_truthy(py));
        // An exception ends the wait, too.
        met.unwrap_or_else(|failure| {
            self.failure.lock().unwrap_or_else(PoisonError::into_inner).replace(failure);
            true
        })
    }
}

type Waiting = BoxFuture<'static, Result<Job, WaitError>>;

/// Waits for a job. `configure` sets the options of the wait.
pub fn wait(
    job: &JobHandle,
    function: Option<Py<PyAny>>,
    configure: impl FnOnce(Wait<JobCondition>) -> Wait<JobCondition>,
) -> Waiting {
    waiting(job, function, None, configure)
}

fn waiting(
    job: &JobHandle,
    function: Option<Py<PyAny>>,
    polled: Option<UnboundedSender<Job>>,
    configure: impl FnOnce(Wait<JobCondition>) -> Wait<JobCondition>,
) -> Waiting {
    let failure = Failure::default();
    let condition = JobCondition { function, failure: Arc::clone(&failure), polled };
    let wait = configure(job.wait_until(condition)).into_future();
    Box::pin(async move {
        let outcome = wait.await;
        match failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(failure) => Err(WaitError::Condition(failure)),
            None => outcome.map_err(WaitError::Sdk),
        }
    })
}

/// A job as it was polled, and whether the wait is over.
pub struct Polled {
    job: Job,
    is_last: bool,
}

impl ToPython for Polled {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok((self.job.to_python(py)?, self.is_last).into_pyobject(py)?.into_any().unbind())
    }
}

/// Waits for a job, as a sequence of what the polls returned.
pub fn wait_with_updates(
    job: &JobHandle,
    function: Option<Py<PyAny>>,
    configure: impl FnOnce(Wait<JobCondition>) -> Wait<JobCondition>,
) -> impl futures_util::Stream<Item = Result<Polled, WaitError>> + Send + 'static {
    let (sender, polled) = unbounded_channel();
    let wait = waiting(job, function, Some(sender), configure);
    stream::unfold(Updates { wait: Some(wait), polled, outcome: None }, |mut updates| async {
        Some((updates.next().await?, updates))
    })
}

struct Updates {
    /// `None` once it is over.
    wait: Option<Waiting>,
    polled: UnboundedReceiver<Job>,
    outcome: Option<Result<Job, WaitError>>,
}

impl Updates {
    async fn next(&mut self) -> Option<Result<Polled, WaitError>> {
        let update = |job| Some(Ok(Polled { job, is_last: false }));
        if let Some(wait) = &mut self.wait {
            tokio::select! {
                biased;
                Some(job) = self.polled.recv() => return update(job),
                outcome = wait => {
                    self.outcome = Some(outcome);
                    self.wait = None;
                }
            }
        }
        // Every poll comes before the end.
        match self.polled.try_recv() {
            Ok(job) => update(job),
            Err(_) => Some(self.outcome.take()?.map(|job| Polled { job, is_last: true })),
        }
    }
}
