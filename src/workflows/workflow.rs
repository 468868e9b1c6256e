//! Running a workflow.

use std::collections::BTreeMap;
use std::future::IntoFuture;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use crate::client::context::Context;
use crate::client::outcome;
use crate::contract::generated::types::{ParameterValue, RunInput, RunWorkflowRequest, TaskInput};
use crate::error::Error;
use crate::jobs::handle::JobHandle;
use crate::jobs::list::ListJobs;
use crate::workflows::store::Submissions;
use crate::workflows::submit::{self, OnUnknownOutcome};

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
    submissions: Arc<Submissions>,
    id: i64,
}

impl WorkflowHandle {
    pub(crate) fn new(context: Context, submissions: Arc<Submissions>, id: i64) -> Self {
        Self { context, submissions, id }
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
            on_unknown_outcome: OnUnknownOutcome::default(),
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
    on_unknown_outcome: OnUnknownOutcome,
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

    /// What to do when the response is lost: fail by default.
    pub fn on_unknown_outcome(mut self, action: OnUnknownOutcome) -> Self {
        self.on_unknown_outcome = action;
        self
    }

    async fn send(self) -> Result<JobHandle, Error> {
        let input = self.input?;
        let body = RunWorkflowRequest { input: (!input.0.is_empty()).then_some(input) };
        let WorkflowHandle { context, submissions, id } = &self.workflow;
        let send = || async {
            let client = context.client();
            let response = client.run_workflow().workflow_id(*id).body(body.clone()).send().await;
            let job = outcome::finish(&client, response)?.into_inner().data;
            Ok(outcome::data(&client, job)?.id.0)
        };
        let job_id = submit::submit(context, submissions, *id, self.on_unknown_outcome, send).await?;
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
