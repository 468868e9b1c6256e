//! `run`: submit a workflow, and wait for its job.

use std::future::IntoFuture as _;
use std::pin::pin;
use std::time::Duration;

use clap::{ValueEnum, ValueHint};
use nebula_explorer::{Explorer, Job, JobHandle, JobStatus, OnUnknownOutcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::follow::follow;
use crate::commands::result::{DEFAULT_LIMIT, Rows, find_task, print_rows};
use crate::error::CliError;
use crate::interrupt::Interrupts;
use crate::output::output::{Output, Shape, text};
use crate::output::records::Record;
use crate::output::stderr::note;
use crate::output::time::Times;
use crate::parameters::{self, Parameter};
use crate::quantity::duration;
use crate::session::submissions::Store;

/// Run a workflow and wait for its job
#[derive(clap::Args)]
pub struct Arguments {
    /// Workflow id
    workflow: i64,
    /// Parameter of a task; `TASK.PARAM:=JSON` for a number; can be repeated
    #[arg(short, long = "param", value_name = "TASK.PARAM=VALUE")]
    params: Vec<String>,
    /// JSON file with parameters by task: {"query_1": {"name": "Tim Duncan"}}; `-` for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Option<String>,
    /// Print the job id and do not wait
    #[arg(long)]
    detach: bool,
    /// Maximum time to wait, such as 90s or 2h; the job continues to run afterwards
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// Run the workflow once for this key: with a job recorded for it, follow that job instead
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Run it again if the job of the key ended in one of these statuses
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STATUS", requires = "idempotency_key")]
    rerun: Vec<Rerun>,
    #[command(flatten)]
    store: Store,
    /// When interrupted, cancel the job and wait for its end, at most 30 s
    #[arg(long, conflicts_with = "detach")]
    cancel_on_interrupt: bool,
    /// What to do when the response is lost, so that the job may or may not exist [default: fail, with a key reconcile]
    #[arg(long, value_enum, value_name = "ACTION")]
    on_unknown_outcome: Option<UnknownOutcomeAction>,
    /// How long to look for the job before the workflow is submitted again, when a lost response is reconciled [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    grace: Option<Duration>,
    /// When the job has succeeded, print the rows of this task, given by its name or id
    #[arg(long, value_name = "TASK", conflicts_with = "detach")]
    result: Option<String>,
    /// Maximum number of rows
    #[arg(long, value_name = "ROWS", default_value_t = DEFAULT_LIMIT, requires = "result")]
    limit: u32,
}

/// The statuses in which a job can be replaced.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rerun {
    Failed,
    Interrupted,
}

impl From<Rerun> for JobStatus {
    fn from(rerun: Rerun) -> Self {
        match rerun {
            Rerun::Failed => Self::Failed,
            Rerun::Interrupted => Self::Interrupted,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UnknownOutcomeAction {
    /// End with exit code 9
    Fail,
    /// Find the job among the new jobs of the workflow, or submit it again if there is none
    Reconcile,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<RunOutput>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let submissions = self.idempotency_key.as_ref().map(|_| self.store.open()).transpose()?;
        context.with_submissions(submissions, async |explorer| run(explorer, self, context.output).await).await
    }
}

/// What `run` writes: the ended job, with --detach its id only, with --result rows.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "used for its schema only")]
enum RunOutput {
    Job(Job),
    Submitted(Submitted),
    Rows(Rows),
}

/// A job that was created and is not waited for.
#[derive(Serialize, JsonSchema)]
pub struct Submitted {
    pub id: i64,
}

impl Record for Submitted {
    const HEAD: &'static [&'static str] = &["ID"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.id.to_string()]
    }
}

async fn run(explorer: &Explorer, arguments: Arguments, output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let outcome = run_until_interrupted(explorer, &arguments, &mut interrupts, output).await;
    match outcome {
        Err(CliError::Interrupted(jobs)) if arguments.cancel_on_interrupt => Err(cancelled(explorer, jobs).await?),
        outcome => outcome,
    }
}

/// Cancels jobs after an interrupt, and waits for their end. A second interrupt exits immediately.
async fn cancelled(explorer: &Explorer, jobs: Vec<i64>) -> Result<CliError, CliError> {
    const LIMIT: Duration = Duration::from_secs(30);
    for id in &jobs {
        note(format!("interrupted; cancelling job {id}"));
        let job = explorer.job(*id);
        job.cancel().await?;
        // Its end is an error, because it does not succeed.
        let ended = job.wait().timeout(LIMIT).await?;
        note(format!("job {id} ended as {} before it could be cancelled", ended.status));
    }
    Ok(CliError::Interrupted(Vec::new()))
}

async fn run_until_interrupted(
    explorer: &Explorer,
    arguments: &Arguments,
    interrupts: &mut Interrupts,
    output: Output,
) -> Result<(), CliError> {
    let job = submit(explorer, arguments, interrupts).await?;
    if arguments.detach {
        return print_id(job.id(), output);
    }
    let created = if arguments.idempotency_key.is_some() { "Job of the key is" } else { "Created job" };
    note(format!("{created} {}", job.id()));
    // Reports a wrong name without waiting for the end of the job.
    let check = |job: &Job| match &arguments.result {
        Some(task) => {
            find_task(job, Some(task)).map(|_| ()).map_err(|error| error.with_detail("the job continues to run"))
        }
        None => Ok(()),
    };
    let ended = follow(&job, arguments.timeout, interrupts, check).await?;
    match &arguments.result {
        Some(task) => print_rows(&job, &ended, Some(task), arguments.limit, output).await,
        None => output.one(&ended),
    }
}

/// The id is known from nowhere else: if it cannot be written, it is part of the error.
fn print_id(id: i64, output: Output) -> Result<(), CliError> {
    let printed = match output.shape() {
        // The id alone, for other commands to use.
        Shape::Table | Shape::Tabs => text(&format!("{id}\n")),
        Shape::Json | Shape::Ndjson | Shape::Csv => output.one(&Submitted { id }),
    };
    printed.map_err(|error| CliError::Other(format!("created job {id}, but {}", error.text())))
}

/// Submits the workflow. The first interrupt does not cancel the request, because the response contains the job's id.
async fn submit(
    explorer: &Explorer,
    arguments: &Arguments,
    interrupts: &mut Interrupts,
) -> Result<JobHandle, CliError> {
    let mut run = explorer.workflow(arguments.workflow).run();
    if let Some(action) = on_unknown_outcome(arguments)? {
        run = run.on_unknown_outcome(action);
    }
    if let Some(key) = &arguments.idempotency_key {
        run = run.idempotency_key(key).rerun(arguments.rerun.iter().copied().map(JobStatus::from));
    }
    for Parameter { task, name, value } in all_parameters(arguments)? {
        run = run.param(task, name, value);
    }
    let mut submission = pin!(run.into_future());
    tokio::select! {
        job = &mut submission => return Ok(job?),
        () = interrupts.first() => {}
    }
    note(
        "interrupted; waiting for the response, which contains the job id. Interrupt again to exit immediately; the job may or may not exist then",
    );
    Err(CliError::Interrupted(vec![submission.await?.id()]))
}

fn on_unknown_outcome(arguments: &Arguments) -> Result<Option<OnUnknownOutcome>, CliError> {
    let has_key = arguments.idempotency_key.is_some();
    match (arguments.on_unknown_outcome, arguments.grace) {
        (None, None) => Ok(None),
        (Some(UnknownOutcomeAction::Fail), None) => Ok(Some(OnUnknownOutcome::Fail)),
        (Some(UnknownOutcomeAction::Reconcile), None) => Ok(Some(OnUnknownOutcome::RECONCILE)),
        (None, Some(grace_period)) if has_key => Ok(Some(OnUnknownOutcome::Reconcile { grace_period })),
        (Some(UnknownOutcomeAction::Reconcile), Some(grace_period)) => {
            Ok(Some(OnUnknownOutcome::Reconcile { grace_period }))
        }
        (None | Some(UnknownOutcomeAction::Fail), Some(_)) => {
            Err(CliError::Usage("--grace requires --on-unknown-outcome reconcile".into()))
        }
    }
}

/// The parameters of the file first, so that arguments replace them.
fn all_parameters(arguments: &Arguments) -> Result<Vec<Parameter>, CliError> {
    let mut all = arguments.input.as_deref().map(parameters::from_file).transpose()?.unwrap_or_default();
    for argument in &arguments.params {
        all.push(parameters::from_argument(argument)?);
    }
    Ok(all)
}
