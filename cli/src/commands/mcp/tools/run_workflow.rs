//! `run_workflow`: submit a workflow.

use std::collections::BTreeMap;

use nebula_explorer::JobStatus;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::commands::run::{Rerun, Submitted};
use crate::error::CliError;
use crate::output::stderr::note;
use crate::parameters;

/// Run a workflow: creates a job and returns its id without waiting for it. Each call creates another job, except with an
/// idempotency_key. A workflow may write its results into the graph.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunWorkflow {
    workflow: i64,
    /// Parameters by task, whose values are strings or numbers: {"query_1": {"name": "Tim Duncan"}}
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, BTreeMap<String, ParameterValue>>")]
    input: Map<String, Value>,
    idempotency_key: Option<String>,
    #[serde(default)]
    rerun: Vec<Rerun>,
}

/// A string or a number.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "used for its schema only")]
enum ParameterValue {
    Text(String),
    Number(f64),
}

impl Tool for RunWorkflow {
    const NAME: &'static str = "run_workflow";
    const COMMAND: &'static [&'static str] = &["run"];
    const EFFECT: Effect = Effect::Creates;
    type Output = Submitted;

    async fn call(self, call: &Call) -> Result<Submitted, CliError> {
        let Self { workflow, input, idempotency_key, rerun } = self;
        if idempotency_key.is_none() && !rerun.is_empty() {
            return Err(CliError::Usage("rerun requires idempotency_key".into()));
        }
        let parameters = parameters::from_tasks("input", input)?;
        let client = call.session.client(idempotency_key.is_some())?;
        let mut run = client.explorer.workflow(workflow).run();
        if let Some(key) = idempotency_key {
            run = run.idempotency_key(key).rerun(rerun.into_iter().map(JobStatus::from));
        }
        let run = parameters.into_iter().fold(run, |run, it| run.param(it.task, it.name, it.value));
        let submitting = call.submitting.start();
        // A task of its own: a request that the client gives up is completed all the same, because the response has the job's id.
        let submission = tokio::spawn(async move {
            let outcome = run.await;
            if let Ok(job) = &outcome {
                note(format!("Workflow {workflow} runs as job {}", job.id()));
            }
            drop(submitting);
            outcome
        });
        let outcome = submission.await.map_err(|error| CliError::Other(format!("the submission ended: {error}")))?;
        Ok(Submitted { id: outcome.map_err(|error| client.error(error))?.id() })
    }
}
