//! Jobs and their tasks: what they are, and what to do with one.

use jiff::Timestamp;

use crate::call;
use crate::conditions::{self, Condition};
use crate::error::Error;
use crate::explorer::Explorer;
use crate::generated::{JobStatus, types};
use crate::progress::Progress;
use crate::rows::ReadRows;
use crate::wait::Wait;

/// One run of a workflow, as it was when the server was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Job {
    /// The job's id.
    pub id: i64,
    /// The workflow's name and the time of creation: `workflow_q745a_20220715090915`.
    pub name: String,
    /// The workflow's id.
    pub workflow_id: i64,
    /// The workflow's name.
    pub workflow_name: String,
    /// Where the job is.
    pub status: JobStatus,
    /// When the job was made.
    pub created_at: Option<Timestamp>,
    /// When it began to run; `None` if it has not.
    pub began_at: Option<Timestamp>,
    /// When it ended; `None` if it has not.
    pub ended_at: Option<Timestamp>,
    /// Its tasks. Lists leave them out: there this is empty.
    pub tasks: Vec<Task>,
}

/// One component of a workflow, as it runs in a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Task {
    /// The task's id, made anew for every job.
    pub id: String,
    /// The component's name: `BFS`.
    pub name: String,
    /// Where the task is.
    pub status: JobStatus,
    /// When it began to run; `None` if it has not.
    pub began_at: Option<Timestamp>,
    /// When it ended; `None` if it has not.
    pub ended_at: Option<Timestamp>,
}

impl Job {
    /// The task with this name, or with this id. The first, if several bear the name.
    pub fn task(&self, name_or_id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name_or_id || task.id == name_or_id)
    }
}

impl From<types::Job> for Job {
    fn from(job: types::Job) -> Self {
        let time = |time: Option<crate::wire::JobTime>| time.and_then(|time| time.0);
        Self {
            id: job.id.0,
            name: job.name,
            workflow_id: job.workflow_id.0,
            workflow_name: job.workflow_name,
            status: job.status,
            created_at: time(job.create_time),
            began_at: time(job.run_begin_time),
            ended_at: time(job.run_end_time),
            tasks: job.tasks.unwrap_or_default().into_iter().map(Task::from).collect(),
        }
    }
}

impl From<types::Task> for Task {
    fn from(task: types::Task) -> Self {
        let time = |time: Option<crate::wire::TaskTime>| time.and_then(|time| time.0);
        Self {
            id: task.id,
            name: task.name,
            status: task.status,
            began_at: time(task.run_begin_time),
            ended_at: time(task.run_end_time),
        }
    }
}

/// A job, by its id: a way to ask for it, to wait for it, to cancel it and to read its results. Made by [`Explorer::job`] and
/// by running a workflow. Dropping it does nothing to the job.
#[derive(Clone, Debug)]
pub struct JobHandle {
    explorer: Explorer,
    id: i64,
}

impl JobHandle {
    pub(crate) fn new(explorer: Explorer, id: i64) -> Self {
        Self { explorer, id }
    }

    /// The job's id.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// The job as it is now, with its tasks.
    ///
    /// # Errors
    /// [`Error::Refused`] for an id that does not exist, and the errors of every call.
    pub async fn get(&self) -> Result<Job, Error> {
        let client = self.explorer.client();
        let answer = client.get_job().job_id(self.id).send().await;
        Ok(call::finish(&client, answer)?.into_inner().data.into())
    }

    /// Waits for the job to succeed.
    pub fn wait(&self) -> Wait<impl Condition + Clone + Send + Sync + 'static> {
        self.wait_until(conditions::status(JobStatus::Success))
    }

    /// Waits until a condition holds of the job; see [`conditions`].
    pub fn wait_until<C: Condition + Send + Sync + 'static>(&self, condition: C) -> Wait<C> {
        Wait::new(self.clone(), condition)
    }

    /// The changes of the job, as a stream.
    pub fn progress(&self) -> Progress {
        Progress::new(self.clone())
    }

    /// Asks the server to stop the job. A job that is being stopped has not ended yet: it passes through
    /// [`JobStatus::Stopping`] to [`JobStatus::Interrupted`].
    ///
    /// # Errors
    /// [`Error::Refused`] for an id that does not exist, and the errors of every call.
    pub async fn cancel(&self) -> Result<Cancellation, Error> {
        let client = self.explorer.client();
        let answer = client.cancel_job().job_id(self.id).send().await;
        if call::finish(&client, answer)?.into_inner().data.success {
            return Ok(Cancellation::Requested);
        }
        let job = self.get().await?;
        Ok(if job.status.is_end() {
            Cancellation::HadEnded(Box::new(job))
        } else {
            Cancellation::Declined(Box::new(job))
        })
    }

    /// Asks the server to stop the job and waits for its end, however it ends: the job may have been faster.
    ///
    /// # Errors
    /// Those of [`cancel`](Self::cancel) and of waiting.
    pub async fn cancel_and_wait(&self) -> Result<Job, Error> {
        match self.cancel().await? {
            Cancellation::HadEnded(job) => Ok(*job),
            Cancellation::Requested | Cancellation::Declined(_) => self.wait_until(conditions::ended()).await,
        }
    }

    /// A task of the job, by the id that [`Job::tasks`] gives. Makes no call.
    pub fn task(&self, id: impl Into<String>) -> TaskHandle {
        TaskHandle { job: self.clone(), id: id.into() }
    }
}

/// What came of the request to cancel a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancellation {
    /// The server stops the job.
    Requested,
    /// The job had ended already; this is how.
    HadEnded(Box<Job>),
    /// The server does not stop the job, which has not ended.
    Declined(Box<Job>),
}

/// A task of a job, by its id: the way to its result. Made by [`JobHandle::task`].
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

    /// The rows of the task's result, each read into a `T`: a `Vec<String>`, a tuple or a struct with a field for each column.
    pub fn rows<T>(&self) -> ReadRows<T> {
        ReadRows::new(self.job.explorer.clone(), self.job.id, self.id.clone())
    }
}
