//! Running a workflow.

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use crate::client::context::Context;
use crate::client::outcome;
use crate::contract::code::JobStatus;
use crate::contract::generated::types::{ParameterValue, RunInput, RunWorkflowRequest, TaskInput};
use crate::error::Error;
use crate::jobs::handle::JobHandle;
use crate::jobs::list::ListJobs;
use crate::workflows::digest::digest;
use crate::workflows::request::{OnUnknownOutcome, Request};
use crate::workflows::store::SubmissionStore;
use crate::workflows::submit;

/// A workflow, by its id. Returned by [`Explorer::workflow`](crate::Explorer::workflow).
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let workflow = explorer.workflow(4216617528);
/// let job = workflow.run().await?;
/// println!("workflow {} runs as job {}", workflow.id(), job.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WorkflowHandle {
    context: Context,
    store: Arc<dyn SubmissionStore>,
    id: i64,
}

impl WorkflowHandle {
    pub(crate) fn new(context: Context, store: Arc<dyn SubmissionStore>, id: i64) -> Self {
        Self { context, store, id }
    }

    /// The workflow's id.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Runs the workflow: creates a job and starts it. Awaiting the [`Run`] sends the request.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let job = explorer.workflow(4216617528).run().param("query_1", "name", "Tim Duncan").await?;
    /// println!("job {}", job.id());
    /// # Ok(())
    /// # }
    /// ```
    pub fn run(&self) -> Run {
        Run {
            workflow: self.clone(),
            input: Ok(RunInput(BTreeMap::new())),
            key: None,
            rerun: Vec::new(),
            on_unknown_outcome: None,
        }
    }

    /// One page of the jobs of this workflow.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let page = explorer.workflow(4216617528).jobs().page_size(5).await?;
    /// println!("{:?} jobs in total", page.total);
    /// # Ok(())
    /// # }
    /// ```
    pub fn jobs(&self) -> ListJobs {
        ListJobs::new(self.context.clone(), Some(self.id))
    }
}

impl std::fmt::Debug for WorkflowHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkflowHandle").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A request to run a workflow. Nothing is sent until it is awaited; the result is a [`JobHandle`].
///
/// It is never sent again once any byte of it may have reached the server, unless
/// [`on_unknown_outcome`](Self::on_unknown_outcome) says so: the API has no idempotency key, and a second request creates a
/// second job.
///
/// # Errors
/// [`Error::Api`] if the server rejects it, and then there is no job; [`Error::OutcomeUnknown`] if the job may or may not exist;
/// and the [errors of every call](Error#errors-of-every-call) if the request has not reached the server.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use nebula_explorer::{Error, OnUnknownOutcome};
///
/// let run = explorer.workflow(4216617528).run().param("query_1", "name", "Tim Duncan");
/// match run.on_unknown_outcome(OnUnknownOutcome::RECONCILE).await {
///     Ok(job) => println!("job {}", job.id()),
///     Err(Error::OutcomeUnknown(unknown)) => println!("one of {:?}, or none", unknown.candidates),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Run {
    workflow: WorkflowHandle,
    input: Result<RunInput, Error>,
    key: Option<String>,
    rerun: Vec<JobStatus>,
    on_unknown_outcome: Option<OnUnknownOutcome>,
}

impl Run {
    /// Sets a parameter of a task, by the task's id in the workflow (`query_1`) and the parameter's name. The value is a string
    /// or a number; anything else is an [`Error::InvalidInput`] when the request is awaited. The server does not check parameters:
    /// a wrong one makes the job fail.
    pub fn param(mut self, task: impl Into<String>, name: impl Into<String>, value: impl Serialize) -> Self {
        let (task, name) = (task.into(), name.into());
        if let Ok(input) = &mut self.input {
            match parameter(&value) {
                Some(value) => {
                    let parameters = input.0.entry(task).or_insert_with(|| TaskInput(BTreeMap::new()));
                    parameters.0.insert(name, value);
                }
                None => {
                    let problem = format!("the parameter {task}.{name} is neither a string nor a number");
                    self.input = Err(Error::InvalidInput(problem));
                }
            }
        }
        self
    }

    /// Identifies this request: the same key never creates a second job, as long as all who use it share a
    /// [store](crate::ExplorerBuilder::submission_store). With a job recorded for the key, nothing is sent, and the result is that
    /// job, however it ended. A key belongs to one server, workflow and input.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the key belongs to another request or is empty; [`Error::SubmissionStore`] if the store fails,
    /// before the request is sent or, and then with the id of the job, after the response.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let job = explorer.workflow(4216617528).run().idempotency_key("nightly-2026-11-25").await?;
    /// let same_job = explorer.workflow(4216617528).run().idempotency_key("nightly-2026-11-25").await?;
    /// assert_eq!(job.id(), same_job.id());
    /// # Ok(())
    /// # }
    /// ```
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// With a job that ended in one of these statuses, [`JobStatus::Failed`] or [`JobStatus::Interrupted`], the key runs the
    /// workflow again. Without, a job is the outcome of its key however it ended.
    pub fn rerun(mut self, statuses: impl IntoIterator<Item = JobStatus>) -> Self {
        self.rerun = statuses.into_iter().collect();
        self
    }

    /// What to do when the response is lost. By default, a request with an idempotency key is reconciled, and one without fails.
    pub fn on_unknown_outcome(mut self, action: OnUnknownOutcome) -> Self {
        self.on_unknown_outcome = Some(action);
        self
    }

    fn check(&self) -> Result<(), Error> {
        if self.key.as_deref().is_some_and(|key| key.trim().is_empty()) {
            return Err(Error::InvalidInput("an idempotency key must not be empty".into()));
        }
        let is_rerun = |status: &JobStatus| matches!(status, JobStatus::Failed | JobStatus::Interrupted);
        match self.rerun.iter().find(|status| !is_rerun(status)) {
            Some(status) => {
                Err(Error::InvalidInput(format!("a job with the status {status} is not a reason to run it again")))
            }
            None => Ok(()),
        }
    }

    async fn send(self) -> Result<JobHandle, Error> {
        self.check()?;
        let input = self.input?;
        // It is compared for keys only.
        let input_digest = self.key.as_ref().map(|_| digest(&input)).transpose();
        let input_digest = input_digest
            .map_err(|error| Error::InvalidInput(format!("the input cannot be written as JSON: {error}")))?
            .unwrap_or_default();
        let body = RunWorkflowRequest { input: (!input.0.is_empty()).then_some(input) };
        let WorkflowHandle { context, store, id } = &self.workflow;
        let send = |before_send| async {
            let client = context.before_send(before_send).client();
            let response = client.run_workflow().workflow_id(*id).body(body.clone()).send().await;
            let job = outcome::finish(&client, response)?.into_inner().data;
            Ok(outcome::data(&client, job)?.id.0)
        };
        let request = Request {
            workflow_id: *id,
            input_digest,
            key: self.key.as_deref(),
            rerun: &self.rerun,
            on_unknown_outcome: self.on_unknown_outcome,
        };
        let job_id = submit::submit(context, store, request, send).await?;
        Ok(JobHandle::new(context.clone(), job_id))
    }
}

impl IntoFuture for Run {
    type Output = Result<JobHandle, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

fn parameter(value: &impl Serialize) -> Option<ParameterValue> {
    match serde_json::to_value(value).ok()? {
        Value::String(text) => Some(ParameterValue::String(text)),
        Value::Number(number) => Some(ParameterValue::Number(number)),
        _ => None,
    }
}
