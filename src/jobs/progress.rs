//! The progress of a job, as a stream of its changes.

use std::collections::VecDeque;

use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::client::context::Context;
use crate::contract::job::{Job, Task};
use crate::error::Error;
use crate::jobs::poll::{PollIntervals, PollTolerance, Poller};

/// Follows a job. Returned by [`JobHandle::progress`](crate::JobHandle::progress).
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use futures_util::TryStreamExt as _;
/// use nebula_explorer::Change;
///
/// let mut changes = explorer.job(107).progress().stream();
/// while let Some(change) = changes.try_next().await? {
///     match change {
///         Change::Job(job) => println!("{}", job.status),
///         Change::Task(task) => println!("  {} {}", task.name, task.status),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the stream is polled"]
pub struct Progress {
    context: Context,
    job_id: i64,
    intervals: PollIntervals,
    tolerance: PollTolerance,
}

/// One change of a job.
///
/// ```no_run
/// # fn show(change: nebula_explorer::Change) {
/// use nebula_explorer::Change;
///
/// if let Change::Job(job) = change {
///     println!("job {} is {}", job.id, job.status);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The job has a new status or a new time. The last item of a stream is the one with the job's final status.
    Job(Job),
    /// A task is new, or has a new status or a new time.
    Task(Task),
}

impl Progress {
    pub(crate) fn new(context: Context, job_id: i64) -> Self {
        let (intervals, tolerance) = Default::default();
        Self { context, job_id, intervals, tolerance }
    }

    /// The intervals between two polls.
    pub fn intervals(mut self, intervals: PollIntervals) -> Self {
        self.intervals = intervals;
        self
    }

    /// Which failed polls are tolerated.
    pub fn tolerance(mut self, tolerance: PollTolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The changes, from the job's current state to its end. A job that fails is not an error here: the last item says so. The
    /// stream ends after an error, which is that of a poll that is not tolerated.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::TryStreamExt as _;
    ///
    /// let mut changes = explorer.job(107).progress().stream();
    /// while let Some(change) = changes.try_next().await? {
    ///     println!("{change:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> BoxStream<'static, Result<Change, Error>> {
        let poller = Poller::new(self.context, self.job_id, self.intervals, self.tolerance);
        let following = Following { poller: Some(poller), last: None, changes: VecDeque::new() };
        stream::unfold(following, |mut following| async { Some((following.next().await?, following)) }).boxed()
    }
}

struct Following {
    /// `None` once the job has ended.
    poller: Option<Poller>,
    last: Option<Job>,
    changes: VecDeque<Change>,
}

impl Following {
    async fn next(&mut self) -> Option<Result<Change, Error>> {
        loop {
            if let Some(change) = self.changes.pop_front() {
                return Some(Ok(change));
            }
            let job = match self.poller.as_mut()?.next().await {
                Ok(job) => job,
                Err(error) => {
                    self.poller = None;
                    return Some(Err(error));
                }
            };
            if job.status.is_terminal() {
                self.poller = None;
            }
            self.changes = changes(self.last.as_ref(), &job);
            self.last = Some(job);
        }
    }
}

/// The start of a job comes before its tasks, its end after them.
fn changes(before: Option<&Job>, now: &Job) -> VecDeque<Change> {
    let known = |task: &Task| before.is_some_and(|job| job.tasks.contains(task));
    let mut changes: VecDeque<Change> =
        now.tasks.iter().filter(|task| !known(task)).cloned().map(Change::Task).collect();
    let same = before.is_some_and(|before| {
        (before.status, before.created_at, before.started_at, before.ended_at)
            == (now.status, now.created_at, now.started_at, now.ended_at)
    });
    match (same, now.status.is_terminal()) {
        (true, _) => {}
        (false, true) => changes.push_back(Change::Job(now.clone())),
        (false, false) => changes.push_front(Change::Job(now.clone())),
    }
    changes
}
