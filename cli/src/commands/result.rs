//! `result`: the rows of a task's result.

use nebula_explorer::operations::defaults::GET_TASK_RESULT_LIMIT;
use nebula_explorer::{Job, JobHandle, Task};

use crate::commands::context::{Context, Schemas};
use crate::commands::execute::{self, Execute};
use crate::error::CliError;
use crate::output::output::Output;
use crate::output::rows::{Row, RowWriter};
use crate::output::stderr::note;

/// Print the rows of a task's result
#[derive(clap::Args)]
pub struct Arguments {
    /// Job id
    job: i64,
    /// Name or id of the task; optional if the job has only one
    task: Option<String>,
    /// Maximum number of rows
    #[arg(long, default_value_t = DEFAULT_LIMIT)]
    limit: u32,
}

/// The server's own default.
pub const DEFAULT_LIMIT: u32 = GET_TASK_RESULT_LIMIT as u32;

impl Execute for Arguments {
    fn schemas(name: &'static str) -> Schemas {
        execute::json::<Rows>(name)
    }

    async fn run(self, context: &Context) -> Result<(), CliError> {
        context
            .with_explorer(async |explorer| {
                let job = explorer.job(self.job);
                print_rows(&job, &job.get().await?, self.task.as_deref(), self.limit, context.output).await
            })
            .await
    }
}

/// All rows.
pub type Rows = Vec<Row>;

pub async fn print_rows(
    handle: &JobHandle,
    job: &Job,
    task: Option<&str>,
    limit: u32,
    output: Output,
) -> Result<(), CliError> {
    let task = find_task(job, task)?;
    let rows = handle.task(&task.id).rows::<Row>().limit(limit).raw().await?;
    let mut writer = RowWriter::new(output);
    let (mut count, mut written) = (0_u32, Ok(()));
    rows.for_each(|row: Row| {
        count = count.saturating_add(1);
        if written.is_ok() {
            written = writer.push(row);
        }
    })?;
    written?;
    writer.finish()?;
    if count >= limit {
        note(format!("{limit} rows, which is the limit: there may be more, --limit N shows them"));
    }
    Ok(())
}

/// The task with this name or id, or the only one.
pub fn find_task<'a>(job: &'a Job, task: Option<&str>) -> Result<&'a Task, CliError> {
    let names = || job.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>().join(", ");
    match (task, job.tasks.as_slice()) {
        (Some(name), _) => job
            .task(name)
            .ok_or_else(|| CliError::Usage(format!("job {} has no task `{name}`; its tasks: {}", job.id, names()))),
        (None, [only]) => Ok(only),
        (None, _) => Err(CliError::Usage(format!("name a task of job {}: {}", job.id, names()))),
    }
}
