//! What can be done with one job and its tasks.

use crate::client::context::Context;
use crate::client::outcome;
use crate::contract::code::JobStatus;
use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::conditions::{self, Condition};
use crate::jobs::get::get;
use crate::jobs::progress::Progress;
use crate::jobs::wait::Wait;
use crate::results::rows::ReadRows;

/// A job, by its id: to get it, wait for it, cancel it and read its results. Returned by [`Explorer::job`](crate::Explorer::job)
/// and by running a workflow. Dropping it has no effect on the job.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let job = explorer.job(107);
/// if job.get().await?.status.is_terminal() {
///     println!("job {} has ended", job.id());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct JobHandle {
    context: Context,
    id: i64,
}

impl JobHandle {
    pub(crate) fn new(context: Context, id: i64) -> Self {
        Self { context, id }
    }

    /// The job's id.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// The job as it is now, with its tasks.
    ///
    /// # Errors
    /// [`Error::Api`] for an id that does not exist, and the [errors of every call](Error#errors-of-every-call).
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let job = explorer.job(107).get().await?;
    /// println!("{} is {} and has {} tasks", job.name, job.status, job.tasks.len());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get(&self) -> Result<Job, Error> {
        get(&self.context, self.id).await
    }

    /// Waits for the job to succeed.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let ended = explorer.job(107).wait().await?;
    /// println!("{} ended at {:?}", ended.name, ended.ended_at);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(&self) -> Wait<impl Condition + Clone + Send + Sync + 'static> {
        self.wait_until(conditions::status(JobStatus::Success))
    }

    /// Waits until the job meets a condition; see [`conditions`].
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use nebula_explorer::conditions::task_ended;
    ///
    /// let job = explorer.job(107).wait_until(task_ended("Query")).await?;
    /// println!("the query has ended, the job is {}", job.status);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_until<C: Condition + Send + Sync + 'static>(&self, condition: C) -> Wait<C> {
        Wait::new(self.context.clone(), self.id, condition)
    }

    /// The changes of the job, as a stream.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::TryStreamExt as _;
    ///
    /// let changes: Vec<_> = explorer.job(107).progress().stream().try_collect().await?;
    /// println!("{} changes until the end", changes.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(&self) -> Progress {
        Progress::new(self.context.clone(), self.id)
    }

    /// Asks the server to stop the job. It does not end at once: it passes through [`JobStatus::Stopping`] to
    /// [`JobStatus::Interrupted`].
    ///
    /// # Errors
    /// [`Error::Api`] for an id that does not exist, and the [errors of every call](Error#errors-of-every-call).
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use nebula_explorer::Cancellation;
    ///
    /// match explorer.job(107).cancel().await? {
    ///     Cancellation::Requested => println!("the job is being stopped"),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn cancel(&self) -> Result<Cancellation, Error> {
        let client = self.context.client();
        let response = client.cancel_job().job_id(self.id).send().await;
        // A success may leave out the data.
        if outcome::finish(&client, response)?.into_inner().data.is_none_or(|data| data.success) {
            return Ok(Cancellation::Requested);
        }
        let job = self.get().await?;
        Ok(match job.status {
            JobStatus::Stopping => Cancellation::Requested,
            status if status.is_terminal() => Cancellation::AlreadyEnded(Box::new(job)),
            _ => Cancellation::Declined(Box::new(job)),
        })
    }

    /// Asks the server to stop the job and waits for it to end, in whatever way: it may end before it is stopped.
    ///
    /// # Errors
    /// Those of [`cancel`](Self::cancel) and of [`Wait`].
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let ended = explorer.job(107).cancel_and_wait().await?;
    /// println!("{}", ended.status);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn cancel_and_wait(&self) -> Result<Job, Error> {
        match self.cancel().await? {
            Cancellation::AlreadyEnded(job) => Ok(*job),
            Cancellation::Requested | Cancellation::Declined(_) => self.wait_until(conditions::ended()).await,
        }
    }

    /// A task of the job, by its id in [`Job::tasks`]. Sends nothing.
    pub fn task(&self, id: impl Into<String>) -> TaskHandle {
        TaskHandle { job: self.clone(), id: id.into() }
    }
}

/// The server's reaction to the request to cancel a job.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use nebula_explorer::Cancellation;
///
/// if let Cancellation::AlreadyEnded(job) = explorer.job(107).cancel().await? {
///     println!("too late: {}", job.status);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancellation {
    /// The server stops the job.
    Requested,
    /// The job had already ended, as it shows.
    AlreadyEnded(Box<Job>),
    /// The server does not stop the job, which has not ended.
    Declined(Box<Job>),
}

/// A task of a job, by its id: to read its result. Returned by [`JobHandle::task`].
///
/// ```no_run
/// # async fn run(job: nebula_explorer::JobHandle) -> nebula_explorer::Result<()> {
/// let task = job.task("f93dea90fc3a11ecac7e6da0662c195b");
/// let rows: Vec<(String, f64)> = task.rows().await?;
/// println!("{} rows of task {}", rows.len(), task.id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TaskHandle {
    job: JobHandle,
    id: String,
}

impl TaskHandle {
    /// The task's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The rows of the task's result, each decoded into a `T`: a `Vec<String>`, a tuple, or a struct with a field for each column.
    ///
    /// ```no_run
    /// # async fn run(job: nebula_explorer::JobHandle) -> nebula_explorer::Result<()> {
    /// let ranks: Vec<(String, f64)> = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows().limit(1000).await?;
    /// # let _ = ranks;
    /// # Ok(())
    /// # }
    /// ```
    pub fn rows<T>(&self) -> ReadRows<T> {
        ReadRows::new(self.job.context.clone(), self.job.id, self.id.clone())
    }
}
