//! The rows of a task's result: asking for them, and reading them into the caller's type.

use std::future::IntoFuture;
use std::marker::PhantomData;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use progenitor_client::ByteStream;
use serde::de::DeserializeOwned;

use crate::call;
use crate::error::Error;
use crate::explorer::Explorer;
use crate::generated::{defaults, types};

mod decode;

/// A request for the rows of a task's result. Made by [`TaskHandle::rows`](crate::TaskHandle::rows). Nothing is sent until it
/// is awaited; then a `Vec<T>` comes back.
///
/// Each row is a list of strings, two or three columns depending on the algorithm. A row is read into a `Vec<String>`, a tuple,
/// or a struct whose fields stand in the order of the columns. Numbers and booleans are parsed from their strings; an empty
/// string is `None` for an `Option`.
///
/// # Errors
/// [`Error::Row`] for a row that does not fit `T`, [`Error::Refused`] for a task that does not exist, and the errors of every
/// call.
///
/// ```no_run
/// # async fn run(job: nebula_explorer::JobHandle) -> Result<(), nebula_explorer::Error> {
/// #[derive(serde::Deserialize)]
/// struct Rank {
///     vid: String,
///     value: f64,
/// }
///
/// let ranks: Vec<Rank> = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows().limit(1000).await?;
/// let best = ranks.iter().max_by(|a, b| a.value.total_cmp(&b.value));
/// println!("{:?}", best.map(|rank| &rank.vid));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ReadRows<T> {
    explorer: Explorer,
    job: i64,
    task: String,
    limit: u32,
    row: PhantomData<fn() -> T>,
}

/// A row that does not fit the type that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", self.place())]
#[non_exhaustive]
pub struct RowError {
    /// Which row, from 1.
    pub row: usize,
    /// Which column, from 1; `None` if the row as a whole does not fit.
    pub column: Option<usize>,
    /// What stands there.
    pub value: Option<String>,
    /// Why it does not fit.
    pub problem: String,
}

impl RowError {
    fn place(&self) -> String {
        let column = self.column.map(|column| format!(", column {column}")).unwrap_or_default();
        let value = self.value.as_ref().map(|value| format!(" ({value})")).unwrap_or_default();
        format!("row {}{column}{value}", self.row)
    }
}

impl<T> ReadRows<T> {
    pub(crate) fn new(explorer: Explorer, job: i64, task: String) -> Self {
        Self { explorer, job, task, limit: defaults::GET_TASK_RESULT_LIMIT as u32, row: PhantomData }
    }

    /// How many rows at most; 10 unless set, as the API has it.
    pub fn limit(mut self, rows: u32) -> Self {
        self.limit = rows;
        self
    }
}

impl<T: DeserializeOwned> ReadRows<T> {
    async fn send(self) -> Result<Vec<T>, Error> {
        if self.limit == 0 {
            return Err(Error::Usage("the limit of rows counts from 1".into()));
        }
        // A path segment of dots would lead to another path.
        if matches!(self.task.as_str(), "" | "." | "..") {
            return Err(Error::Usage(format!("`{}` is no id of a task: the job lists them", self.task)));
        }
        let client = self.explorer.client();
        let request = client.get_task_result().job_id(self.job).task_id(self.task).limit(self.limit);
        let answer = request.send().await.map_err(|error| client.error(error))?;
        let body = whole(answer.into_inner())
            .await
            .map_err(|error| client.error(crate::generated::Error::<types::ErrorResponse>::ResponseBodyError(error)))?;
        decode::rows(&body).map_err(|error| match error {
            decode::Error::Row(error) => Error::Row(Box::new(error)),
            decode::Error::Envelope { place, problem } => call::invalid(&client, place, problem),
        })
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for ReadRows<T> {
    type Output = Result<Vec<T>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// The body, which the hooks have read already: one chunk.
async fn whole(stream: ByteStream) -> reqwest::Result<Bytes> {
    let mut chunks: Vec<Bytes> = stream.into_inner().try_collect().await?;
    Ok(match chunks.len() {
        0 | 1 => chunks.pop().unwrap_or_default(),
        _ => chunks.concat().into(),
    })
}
