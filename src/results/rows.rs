//! The rows of a task's result: requests them and decodes them into the caller's type.

use std::future::IntoFuture;
use std::marker::PhantomData;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;
use progenitor_client::ByteStream;
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed};

use crate::client::context::Context;
use crate::contract::generated::{self, types};
use crate::contract::operations::defaults;
use crate::error::{CallContext, Error, RowError};
use crate::results::decode;

/// A request for the rows of a task's result. Returned by [`TaskHandle::rows`](crate::TaskHandle::rows). Nothing is sent until it
/// is awaited; the result is a `Vec<T>`.
///
/// Each row is a list of strings, two or three columns depending on the algorithm. A row is decoded into a `Vec<String>`, a tuple,
/// or a struct whose fields are in the order of the columns. Numbers and booleans are parsed from their strings; an empty string
/// is `None` for an `Option`.
///
/// # Errors
/// [`Error::Row`] for a row that does not match `T`, [`Error::Api`] for a task that does not exist, [`Error::InvalidInput`] for a
/// limit of 0, and the [errors of every call](Error#errors-of-every-call).
///
/// ```no_run
/// # async fn run(job: nebula_explorer::JobHandle) -> nebula_explorer::Result<()> {
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
    context: Context,
    job: i64,
    task: String,
    limit: u32,
    row: PhantomData<fn() -> T>,
}

impl<T> ReadRows<T> {
    pub(crate) fn new(context: Context, job: i64, task: String) -> Self {
        Self { context, job, task, limit: defaults::GET_TASK_RESULT_LIMIT as u32, row: PhantomData }
    }

    /// The maximum number of rows; by default that of the API, [`GET_TASK_RESULT_LIMIT`](defaults::GET_TASK_RESULT_LIMIT).
    pub fn limit(mut self, rows: u32) -> Self {
        self.limit = rows;
        self
    }

    /// Requests the rows without decoding them: for types that borrow from them, or for results too large to collect.
    ///
    /// # Errors
    /// [`Error::Api`] for a task that does not exist, [`Error::InvalidInput`] for a limit of 0, and the
    /// [errors of every call](Error#errors-of-every-call).
    ///
    /// ```no_run
    /// # async fn run(job: nebula_explorer::JobHandle) -> nebula_explorer::Result<()> {
    /// let rows = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows::<()>().limit(1_000_000).raw().await?;
    /// println!("{} rows", rows.read::<(&str, f64)>()?.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn raw(self) -> Result<RawRows, Error> {
        if self.limit == 0 {
            return Err(Error::InvalidInput("the limit of rows must be at least 1".into()));
        }
        // A path segment of dots would change the path.
        if matches!(self.task.as_str(), "" | "." | "..") {
            return Err(Error::InvalidInput(format!("`{}` is not the id of a task: the job lists them", self.task)));
        }
        let client = self.context.client();
        let request = client.get_task_result().job_id(self.job).task_id(self.task).limit(self.limit);
        let response = request.send().await.map_err(|error| client.error(error))?;
        let call = client.inner.call_context();
        let body = complete(response.into_inner())
            .await
            .map_err(|error| client.error(generated::Error::<types::ErrorEnvelope>::ResponseBodyError(error)))?;
        Ok(RawRows { body, call })
    }
}

impl<T: DeserializeOwned + 'static> IntoFuture for ReadRows<T> {
    type Output = Result<Vec<T>, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.raw().await?.read() })
    }
}

/// The rows of a task's result, not yet decoded. Returned by [`ReadRows::raw`].
///
/// ```no_run
/// # async fn run(job: nebula_explorer::JobHandle) -> nebula_explorer::Result<()> {
/// let rows = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows::<()>().limit(1_000_000).raw().await?;
/// let ranks: Vec<(&str, f64)> = rows.read()?; // borrowed: no string is copied
/// let mut sum = 0.0;
/// rows.for_each(|(_, rank): (&str, f64)| sum += rank)?; // one by one: nothing is collected
/// # Ok(())
/// # }
/// ```
pub struct RawRows {
    body: Bytes,
    call: CallContext,
}

impl RawRows {
    #[cfg(fuzzing)]
    pub(crate) fn new(body: Bytes, call: CallContext) -> Self {
        Self { body, call }
    }

    /// The rows, each decoded into a `T`, which may borrow its strings. A string with an escape such as `\"` cannot be borrowed as
    /// a `&str`; a `Cow<str>` with serde's `borrow` accepts both.
    ///
    /// # Errors
    /// [`Error::Row`] for a row that does not match `T`, [`Error::InvalidResponse`] if the JSON around the rows does not match the
    /// contract.
    ///
    /// ```no_run
    /// # fn run(rows: nebula_explorer::RawRows) -> nebula_explorer::Result<()> {
    /// let ranks: Vec<(&str, f64)> = rows.read()?;
    /// println!("{:?}", ranks.first());
    /// # Ok(())
    /// # }
    /// ```
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        self.for_each(|row| rows.push(row))?;
        Ok(rows)
    }

    /// Calls `each` with every row in order, up to the first one that does not match `T`.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    ///
    /// ```no_run
    /// # fn run(rows: nebula_explorer::RawRows) -> nebula_explorer::Result<()> {
    /// let mut sum = 0.0;
    /// rows.for_each(|(_, rank): (&str, f64)| sum += rank)?;
    /// println!("{sum}");
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_each<'a, T: Deserialize<'a>>(&'a self, each: impl FnMut(T)) -> Result<(), Error> {
        self.decode(PhantomData, each)
    }

    /// Calls `each` with every row in order, as `row` decodes it.
    pub(crate) fn decode<'a, S: DeserializeSeed<'a> + Copy>(
        &'a self,
        row: S,
        each: impl FnMut(S::Value),
    ) -> Result<(), Error> {
        decode::rows(&self.body, row, each).map_err(|error| match error {
            decode::Error::Row(error) => {
                Error::Row(Box::new(RowError { trace_id: self.call.trace_id.clone(), ..error }))
            }
            decode::Error::Envelope { place, problem } => Error::invalid_response(self.call.clone(), place, problem),
        })
    }
}

impl std::fmt::Debug for RawRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawRows").field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// The body, which the transport has already read, so that it is a single chunk.
async fn complete(stream: ByteStream) -> reqwest::Result<Bytes> {
    let mut chunks: Vec<Bytes> = stream.into_inner().try_collect().await?;
    Ok(match chunks.len() {
        0 | 1 => chunks.pop().unwrap_or_default(),
        _ => chunks.concat().into(),
    })
}
