//! `run`: submit a workflow, and wait for its job.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;
use std::pin::pin;
use std::time::Duration;

use clap::ValueHint;
use nebula_explorer::{Explorer, Job, JobHandle};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::follow::follow;
use crate::commands::result::{DEFAULT_LIMIT, Rows, find_task, print_rows};
use crate::error::CliError;
use crate::input;
use crate::interrupt::Interrupts;
use crate::output::output::{Output, Shape, text};
use crate::output::records::Record;
use crate::output::stderr::note;
use crate::output::time::Times;

/// Run a workflow and wait for its job
#[derive(clap::Args)]
pub struct Arguments {
    /// Workflow id
    workflow: i64,
    /// Parameter of a task; can be repeated
    #[arg(short, long = "param", value_name = "TASK.PARAM=VALUE")]
    params: Vec<String>,
    /// JSON file with parameters by task: {"query_1": {"name": "Tim Duncan"}}; `-` for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    input: Option<String>,
    /// Print the job id and do not wait
    #[arg(long)]
    detach: bool,
    /// Maximum time to wait; the job continues to run afterwards
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// When the job has succeeded, print the rows of this task, given by its name or id
    #[arg(long, value_name = "TASK", conflicts_with = "detach")]
    result: Option<String>,
    /// Maximum number of rows
    #[arg(long, value_name = "ROWS", default_value_t = DEFAULT_LIMIT, requires = "result")]
    limit: u32,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<RunOutput>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context.with_explorer(async |explorer| run(explorer, self, context.output).await).await
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
struct Submitted {
    id: i64,
}

impl Record for Submitted {
    const HEAD: &'static [&'static str] = &["ID"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.id.to_string()]
    }
}

async fn run(explorer: &Explorer, arguments: Arguments, output: Output) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let job = submit(explorer, &arguments, &mut interrupts).await?;
    if arguments.detach {
        return match output.shape() {
            // The id alone, for other commands to use.
            Shape::Table | Shape::Tabs => text(&format!("{}\n", job.id())),
            Shape::Json | Shape::Ndjson | Shape::Csv => output.one(&Submitted { id: job.id() }),
        };
    }
    note(format!("Created job {}", job.id()));
    if let Some(task) = &arguments.result {
        // Reports a wrong name before waiting for the job.
        let created = job.get().await.map_err(|error| CliError::NotFollowed(job.id(), error))?;
        find_task(&created, Some(task)).map_err(|error| error.with_detail("the job continues to run"))?;
    }
    let limit = arguments.timeout.map(Duration::from_secs);
    let ended = follow(&job, limit, &mut interrupts).await?;
    match &arguments.result {
        Some(task) => print_rows(&job, &ended, Some(task), arguments.limit, output).await,
        None => output.one(&ended),
    }
}

/// Submits the workflow. The first interrupt does not cancel the request, because the response contains the job's id.
async fn submit(
    explorer: &Explorer,
    arguments: &Arguments,
    interrupts: &mut Interrupts,
) -> Result<JobHandle, CliError> {
    let mut run = explorer.workflow(arguments.workflow).run();
    for (task, name, value) in parameters(arguments)? {
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

fn parameters(arguments: &Arguments) -> Result<Vec<(String, String, Value)>, CliError> {
    let mut all = Vec::new();
    if let Some(path) = &arguments.input {
        let by_task: BTreeMap<String, Map<String, Value>> = input::json(path)?;
        for (task, parameters) in by_task {
            all.extend(parameters.into_iter().map(|(name, value)| (task.clone(), name, value)));
        }
    }
    for param in &arguments.params {
        let parsed = param.split_once('=').and_then(|(place, value)| {
            let (task, name) = place.split_once('.')?;
            Some((task.to_string(), name.to_string(), Value::from(value)))
        });
        all.push(parsed.ok_or_else(|| CliError::Usage(format!("`{param}` is not TASK.PARAM=VALUE")))?);
    }
    Ok(all)
}
