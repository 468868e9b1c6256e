//! `read_rows`: the first rows of a task's result.

use nebula_explorer::{Error, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::commands::result::{Rows, find_task};
use crate::error::CliError;
use crate::output::rows::Row;

/// Read the first rows of the result of a task that has succeeded. Large results are cut: `is_complete` says whether these are all
/// rows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadRows {
    job: i64,
    task: Option<String>,
    #[serde(default = "default_limit")]
    #[schemars(range(min = 1, max = MAX_ROWS))]
    limit: u32,
}

fn default_limit() -> u32 {
    100
}

const MAX_ROWS: u32 = 10_000;

/// How many bytes of rows are returned at most, as JSON: what a model can take in.
const MAX_BYTES: usize = 64 << 10;

/// Rows of a task's result.
#[derive(Serialize, JsonSchema)]
pub struct TaskRows {
    /// The task's id.
    task: String,
    /// The task's name.
    name: String,
    /// The rows, in the order of the result. The number and the meaning of the columns depend on the algorithm.
    rows: Rows,
    /// Whether these are all rows.
    is_complete: bool,
}

impl Tool for ReadRows {
    const NAME: &'static str = "read_rows";
    const COMMAND: &'static [&'static str] = &["result"];
    const EFFECT: Effect = Effect::Nothing;
    type Output = TaskRows;

    async fn call(self, call: &Call) -> Result<TaskRows, CliError> {
        let Self { job, task, limit } = self;
        if !(1..=MAX_ROWS).contains(&limit) {
            return Err(CliError::Usage(format!("limit: must be from 1 to {MAX_ROWS}")));
        }
        let client = call.session.client(false)?;
        let handle = client.explorer.job(job);
        let job = handle.get().await.map_err(|error| client.error(error))?;
        let Task { id, name, .. } = find_task(&job, task.as_deref())?.clone();
        // One more shows whether there are more.
        let rows = handle.task(&id).rows::<Row>().limit(limit + 1).raw().await;
        let (rows, is_complete) = rows.and_then(|rows| first(&rows, limit)).map_err(|error| client.error(error))?;
        Ok(TaskRows { task: id, name, rows, is_complete })
    }
}

/// The first rows that are allowed, and whether they are all.
fn first(all: &nebula_explorer::RawRows, limit: u32) -> Result<(Rows, bool), Error> {
    let (mut rows, mut bytes, mut is_complete) = (Rows::new(), 0, true);
    all.for_each(|row: Row| {
        bytes += row.iter().map(|cell| cell.len() + r#""","#.len()).sum::<usize>();
        is_complete = is_complete && rows.len() < limit as usize && bytes <= MAX_BYTES;
        if is_complete {
            rows.push(row);
        }
    })?;
    Ok((rows, is_complete))
}
