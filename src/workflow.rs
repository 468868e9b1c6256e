//! Running a workflow.

use std::collections::BTreeMap;
use std::future::IntoFuture;

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;

use crate::call;
use crate::error::Error;
use crate::explorer::Explorer;
use crate::generated::types::{ParameterValue, RunInput, RunWorkflowRequest, TaskInput};
use crate::job::JobHandle;
use crate::list::ListJobs;
use crate::submit::{self, OnLostAnswer};

/// A workflow, by its id. Made by [`Explorer::workflow`].
#[derive(Clone, Debug)]
pub struct WorkflowHandle {
    explorer: Explorer,
    id: i64,
}

impl WorkflowHandle {
    pub(crate) fn new(explorer: Explorer, id: i64) -> Self {
        Self { explorer, id }
    }

    /// The workflow's id.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Runs the workflow: makes a job and starts it. Awaiting the [`Run`] sends the request.
    pub fn run(&self) -> Run {
        Run { workflow: self.clone(), input: Ok(RunInput(BTreeMap::new())), on_lost_answer: OnLostAnswer::default() }
    }

    /// One page of the jobs of this workflow.
    pub fn jobs(&self) -> ListJobs {
        ListJobs::new(self.explorer.clone(), Some(self.id))
    }

    pub(crate) fn explorer(&self) -> &Explorer {
        &self.explorer
    }
}

/// A request to run a workflow. Nothing is sent until it is awaited; then a [`JobHandle`] comes back.
///
/// It is never sent again once any byte of it may have reached the server, unless [`on_lost_answer`](Self::on_lost_answer) says
/// so: the API has no idempotency key, and a second request makes a second job.
///
/// # Errors
/// [`Error::Refused`] when the server refuses it, and then there is no job; [`Error::AnswerLost`] when the job may or may not
/// exist; and the errors of every call that has not reached the server.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
/// use nebula_explorer::{Error, OnLostAnswer};
///
/// let run = explorer.workflow(4216617528).run().param("query_1", "name", "Tim Duncan");
/// match run.on_lost_answer(OnLostAnswer::FIND_OUT).await {
///     Ok(job) => println!("job {}", job.id()),
///     Err(Error::AnswerLost(lost)) => println!("one of {:?}, or none", lost.candidates),
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
    on_lost_answer: OnLostAnswer,
}

impl Run {
    /// Sets a parameter of a task, by the task's id in the workflow (`query_1`) and the parameter's name. The value is a string
    /// or a number; anything else is an [`Error::Usage`] when the request is awaited. The server does not check parameters:
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
                    self.input = Err(Error::Usage(problem));
                }
            }
        }
        self
    }

    /// What to do when the answer is lost: report it, unless set.
    pub fn on_lost_answer(mut self, action: OnLostAnswer) -> Self {
        self.on_lost_answer = action;
        self
    }

    async fn send(self) -> Result<JobHandle, Error> {
        let input = self.input?;
        let body = RunWorkflowRequest { input: (!input.0.is_empty()).then_some(input) };
        let workflow = &self.workflow;
        submit::submit(workflow, self.on_lost_answer, || async {
            let client = workflow.explorer.client();
            let answer = client.run_workflow().workflow_id(workflow.id).body(body.clone()).send().await;
            Ok(call::finish(&client, answer)?.into_inner().data.id.0)
        })
        .await
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
