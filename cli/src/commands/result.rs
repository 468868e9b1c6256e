//! The rows of a task's result.

use nebula_explorer::{Job, JobHandle, Task};

use crate::error::CliError;
use crate::output::output::Output;
use crate::output::records::RowRecord;

pub async fn rows(
    handle: &JobHandle,
    job: &Job,
    task: Option<&str>,
    limit: u32,
    output: Output,
) -> Result<(), CliError> {
    let task = task_of(job, task)?;
    let rows: Vec<Vec<String>> = handle.task(&task.id).rows().limit(limit).await?;
    output.all(rows.into_iter().map(RowRecord))
}

/// The task of this name or id, or the only one.
pub fn task_of<'a>(job: &'a Job, task: Option<&str>) -> Result<&'a Task, CliError> {
    let names = || job.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>().join(", ");
    match (task, job.tasks.as_slice()) {
        (Some(name), _) => job
            .task(name)
            .ok_or_else(|| CliError::Usage(format!("job {} has no task `{name}`; it has: {}", job.id, names()))),
        (None, [only]) => Ok(only),
        (None, _) => Err(CliError::Usage(format!("name a task of job {}: {}", job.id, names()))),
    }
}
