//! `jobs get`: one job with its tasks.

use nebula_explorer::{Job, JobStatus, Task, Timestamp};
use serde::Serialize;

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::output::{Output, Shape, text};
use crate::output::records::Record;
use crate::output::table::{details, table, width};
use crate::output::time::{Times, local};
use crate::output::timeline;

/// Show a job and a timeline of its tasks; one line per task if the output is not a terminal
#[derive(clap::Args)]
pub struct Arguments {
    /// Job id
    id: i64,
}

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Job>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context
            .with_explorer(async |explorer| {
                let job = explorer.job(self.id).get().await?;
                print(&job, explorer.server_time().unwrap_or_else(Timestamp::now), context.output)
            })
            .await
    }
}

fn print(job: &Job, now: Timestamp, output: Output) -> Result<(), CliError> {
    match output.shape() {
        Shape::Json | Shape::Ndjson => output.one(job),
        Shape::Tabs | Shape::Csv => {
            let (id, status) = (job.id, job.status);
            output.all(job.tasks.iter().map(|task| TaskOfJob { id, status, task }))
        }
        Shape::Table => {
            let time = |time: Option<Timestamp>| time.map_or_else(|| "-".into(), local);
            text(&details(&[
                ("Job", format!("{}  {}", job.id, job.name)),
                ("Workflow", format!("{}  {}", job.workflow_id, job.workflow_name)),
                ("Status", job.status.to_string()),
                ("Created", time(job.created_at)),
                ("Started", time(job.started_at)),
                ("Ended", time(job.ended_at)),
            ]))?;
            if job.tasks.is_empty() {
                return Ok(());
            }
            let times = job.started_at.map_or(Times::Local, Times::LocalAround);
            let rows: Vec<_> = job.tasks.iter().map(|task| task.cells(times)).collect();
            let timeline = timeline::draw(job, now, width().unwrap_or(80));
            text(&format!("\n{}\n{timeline}", table(Task::HEAD, &rows)))
        }
    }
}

/// A task with its job.
#[derive(Serialize)]
struct TaskOfJob<'a> {
    id: i64,
    #[serde(skip)]
    status: JobStatus,
    task: &'a Task,
}

impl Record for TaskOfJob<'_> {
    const HEAD: &'static [&'static str] =
        &["JOB", "JOB STATUS", "TASK ID", "TASK NAME", "TASK STATUS", "TASK STARTED", "TASK ENDED"];

    fn cells(&self, times: Times) -> Vec<String> {
        let Task { id, name, status, started_at, ended_at, .. } = self.task;
        let job = [self.id.to_string(), self.status.to_string()];
        let task = [id.clone(), name.clone(), status.to_string(), times.show(*started_at), times.show(*ended_at)];
        [&job[..], &task[..]].concat()
    }
}
