//! `batch`: many runs from a file, which can be continued.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::ValueHint;
use futures_util::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use nebula_explorer::{BatchedRun, Error, Explorer, Job, JobStatus, OnUnknownOutcome, Run};
use schemars::JsonSchema;
use serde::Serialize;

use crate::batch_file::{BatchFile, Line};
use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::commands::follow::error_of;
use crate::commands::result::{DEFAULT_LIMIT, find_task};
use crate::commands::run::Rerun;
use crate::error::CliError;
use crate::exit_code;
use crate::interrupt::Interrupts;
use crate::output::columns::width;
use crate::output::output::Output;
use crate::output::records::Record;
use crate::output::stderr::{ProgressArea, note};
use crate::output::time::Times;
use crate::quantity::duration;
use crate::session::submissions::Store;

/// Run workflows, one per line of a file, a limited number at a time
///
/// Each line is a run: {"key": "a", "workflow": 1, "input": {"query_1": {"name": "Tim Duncan"}}} in NDJSON, or in a file named
/// *.csv with the columns key, workflow and query_1.name, or query_1.age:= for a number. A line without a key has one that follows
/// from its content. `-` reads NDJSON from standard input. The same command again continues where it was interrupted: no line is
/// run twice.
#[derive(clap::Args)]
pub struct Arguments {
    /// File with one run per line
    #[arg(value_hint = ValueHint::FilePath)]
    file: String,
    /// Workflow of the lines that do not have one
    #[arg(long, value_name = "ID")]
    workflow: Option<i64>,
    /// How many jobs are unfinished at the same time at most
    #[arg(long, value_name = "JOBS", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..))]
    parallel: u16,
    /// Run a line again if its job ended in one of these statuses
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STATUS")]
    rerun: Vec<Rerun>,
    /// How long to look for the job of a lost response before the workflow is submitted again [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    grace: Option<Duration>,
    /// Write the rows of this task, given by its name or id, into one file for each job
    #[arg(long, value_name = "TASK", requires = "results_dir")]
    result: Option<String>,
    /// Directory of these files, which are named after the ids of the jobs
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "result")]
    results_dir: Option<PathBuf>,
    /// Maximum number of rows of each job
    #[arg(long, value_name = "ROWS", default_value_t = DEFAULT_LIMIT, requires = "result")]
    limit: u32,
    #[command(flatten)]
    store: Store,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Vec<Ended>>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        let file = BatchFile::copy(&self.file, self.workflow)?;
        let extent = Extent::of(&file)?;
        if let Some(directory) = &self.results_dir {
            std::fs::create_dir_all(directory)
                .map_err(|error| CliError::Usage(format!("{}: {error}", directory.display())))?;
        }
        let submissions = Some(self.store.open()?);
        context
            .with_submissions(submissions, async |explorer| run(explorer, self, &file, extent, context.output).await)
            .await
    }
}

/// How many lines there are, and how long their contents are.
struct Extent {
    lines: u64,
    last_line: u64,
    longest_key: usize,
    longest_workflow: usize,
}

impl Extent {
    /// Reads all lines, so that nothing is sent if any of them is invalid.
    fn of(file: &BatchFile) -> Result<Self, CliError> {
        let mut extent = Self { lines: 0, last_line: 0, longest_key: 0, longest_workflow: 0 };
        for line in file.lines()? {
            let Line { number, key, workflow, .. } = line?;
            extent.lines += 1;
            extent.last_line = number;
            extent.longest_key = extent.longest_key.max(width(&key));
            extent.longest_workflow = extent.longest_workflow.max(width(&workflow.to_string()));
        }
        Ok(extent)
    }

    /// The widths of the columns of a table. What is known only later has the width of its usual values.
    fn widths(&self) -> Vec<usize> {
        const JOB: usize = 8;
        let status = JobStatus::ALL.iter().map(|status| status.to_string().len()).max().unwrap_or(0);
        let contents = [width(&self.last_line.to_string()), self.longest_key, self.longest_workflow, JOB, status];
        contents.into_iter().zip(Ended::HEAD).map(|(contents, name)| contents.max(name.len())).collect()
    }
}

/// A run that has ended.
#[derive(Serialize, JsonSchema)]
struct Ended {
    /// The number of the line
    line: u64,
    key: String,
    workflow: i64,
    /// The job, if there is one
    job: Option<i64>,
    /// The name of the job's status as it ended; null with an error
    status: Option<String>,
    /// Why there is no job, or why it is no longer followed
    error: Option<String>,
}

impl Record for Ended {
    const HEAD: &'static [&'static str] = &["LINE", "KEY", "WORKFLOW", "JOB", "STATUS", "ERROR"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![
            self.line.to_string(),
            self.key.clone(),
            self.workflow.to_string(),
            self.job.map(|id| id.to_string()).unwrap_or_default(),
            self.status.clone().unwrap_or_default(),
            self.error.clone().unwrap_or_default(),
        ]
    }
}

/// What is known of the lines whose runs have not ended: their numbers, keys and workflows.
type Started = Arc<Mutex<HashMap<usize, (u64, String, i64)>>>;

async fn run(
    explorer: &Explorer,
    arguments: Arguments,
    file: &BatchFile,
    extent: Extent,
    output: Output,
) -> Result<(), CliError> {
    let mut interrupts = Interrupts::listen();
    let started = Started::default();
    let runs = runs(explorer, &arguments, file, &started)?;
    let mut ended = explorer.batch(runs).parallel(arguments.parallel.into()).stream();
    let mut list = output.live_list(extent.widths());
    let mut summary = Summary::new(extent.lines);
    loop {
        let run = tokio::select! {
            run = ended.next() => run,
            () = interrupts.first() => {
                summary.finish();
                list.finish()?;
                note("interrupted; running jobs continue. The same command again continues the batch");
                return Err(CliError::Interrupted(Vec::new()));
            }
        };
        let Some(BatchedRun { index, job_id, outcome, .. }) = run else { break };
        let known = started.lock().unwrap_or_else(PoisonError::into_inner).remove(&index);
        let (line, key, workflow) = known.unwrap_or_default();
        let outcome = match outcome {
            Ok(job) => write_result(explorer, &arguments, job).await,
            Err(error) => Err(error.into()),
        };
        let (status, error) = match &outcome {
            Ok(job) => (Some(job.status.to_string()), None),
            Err(error) => (None, Some(error.to_string())),
        };
        list.push(&Ended { line, key, workflow, job: job_id, status, error })?;
        summary.add(outcome);
    }
    summary.finish();
    list.finish()?;
    summary.into_result()
}

/// The runs of the file, which is read as there is room for them.
fn runs(
    explorer: &Explorer,
    arguments: &Arguments,
    file: &BatchFile,
    started: &Started,
) -> Result<impl Iterator<Item = Run> + Send + use<>, CliError> {
    let lines = file.lines()?;
    let (explorer, started) = (explorer.clone(), Arc::clone(started));
    let rerun: Vec<JobStatus> = arguments.rerun.iter().copied().map(JobStatus::from).collect();
    let grace = arguments.grace;
    // All lines were valid when they were counted.
    let runs = lines.map_while(Result::ok).enumerate().map(move |(index, line)| {
        let Line { number, key, workflow, parameters } = line;
        let mut run = explorer.workflow(workflow).run().idempotency_key(&key).rerun(rerun.iter().copied());
        if let Some(grace_period) = grace {
            run = run.on_unknown_outcome(OnUnknownOutcome::Reconcile { grace_period });
        }
        let run = parameters.into_iter().fold(run, |run, it| run.param(it.task, it.name, it.value));
        started.lock().unwrap_or_else(PoisonError::into_inner).insert(index, (number, key, workflow));
        run
    });
    Ok(runs)
}

/// Writes the rows of a job that has succeeded, if they are wanted.
async fn write_result(explorer: &Explorer, arguments: &Arguments, job: Job) -> Result<Job, CliError> {
    let (Some(task), Some(directory), JobStatus::Success) = (&arguments.result, &arguments.results_dir, job.status)
    else {
        return Ok(job);
    };
    let handle = explorer.job(job.id);
    let with_tasks = handle.get().await?;
    let task = find_task(&with_tasks, Some(task))?;
    let rows: Vec<Vec<String>> = handle.task(&task.id).rows().limit(arguments.limit).await?;
    let path = directory.join(format!("{}.csv", job.id));
    write_rows(&path, &rows).map_err(|error| CliError::Other(format!("{}: {error}", path.display())))?;
    Ok(job)
}

/// Writes all rows, or no file: what is there is complete.
fn write_rows(path: &Path, rows: &[Vec<String>]) -> Result<(), Box<dyn std::error::Error>> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(&mut file);
    for row in rows {
        writer.write_record(row)?;
    }
    writer.flush()?;
    drop(writer);
    file.persist(path)?;
    Ok(())
}

/// What has become of the runs so far.
struct Summary {
    bar: ProgressBar,
    /// Messages are written above the bar.
    area: Option<ProgressArea>,
    by_kind: [u64; 3],
    worst: Option<CliError>,
}

const KINDS: [&str; 3] = ["succeeded", "did not succeed", "without a known outcome or job"];

impl Summary {
    fn new(total: u64) -> Self {
        let area = console::user_attended_stderr().then(ProgressArea::start);
        let style = ProgressStyle::with_template("[{bar:30}] {pos}/{len} runs  {eta} left");
        let bar = ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let bar = match &area {
            Some(area) => area.add(bar),
            None => ProgressBar::hidden(),
        };
        Self { bar, area, by_kind: [0; 3], worst: None }
    }

    fn add(&mut self, outcome: Result<Job, CliError>) {
        self.bar.inc(1);
        let error = match outcome {
            Ok(job) => error_of(&job).map(CliError::from),
            Err(error) => Some(error),
        };
        let kind = match &error {
            None => 0,
            Some(CliError::Sdk(Error::JobFailed(_) | Error::JobInterrupted(_))) => 1,
            Some(_) => 2,
        };
        if let Some(count) = self.by_kind.get_mut(kind) {
            *count += 1;
        }
        let severity = |error: &Option<CliError>| error.as_ref().map_or(0, exit_code::severity);
        if severity(&error) > severity(&self.worst) {
            self.worst = error;
        }
    }

    fn finish(&mut self) {
        self.bar.finish_and_clear();
        self.area = None;
        let counts: Vec<String> =
            self.by_kind.iter().zip(KINDS).map(|(count, kind)| format!("{count} {kind}")).collect();
        note(counts.join(", "));
    }

    fn into_result(self) -> Result<(), CliError> {
        self.worst.map_or(Ok(()), Err)
    }
}
