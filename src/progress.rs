//! The progress of a job, as a stream of its changes.

use std::collections::VecDeque;

use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::error::Error;
use crate::job::{Job, JobHandle, Task};
use crate::poll::{PollIntervals, PollTolerance, Poller};

/// Follows a job. Made by [`JobHandle::progress`].
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
/// use futures_util::TryStreamExt as _;
/// use nebula_explorer::Change;
///
/// let mut changes = explorer.job(107).progress().stream();
/// while let Some(change) = changes.try_next().await? {
///     match change {
///         Change::Job(job) => println!("{}", job.status),
///         Change::Task(task) => println!("  {} {}", task.name, task.status),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asked until the stream is polled"]
pub struct Progress {
    job: JobHandle,
    intervals: PollIntervals,
    tolerance: PollTolerance,
}

/// One change of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The job is in another status, or has got another time. A stream ends with the one that says how the job ended.
    Job(Job),
    /// A task is new, in another status, or has got another time.
    Task(Task),
}

impl Progress {
    pub(crate) fn new(job: JobHandle) -> Self {
        let (intervals, tolerance) = Default::default();
        Self { job, intervals, tolerance }
    }

    /// How long to wait between two polls.
    pub fn intervals(mut self, intervals: PollIntervals) -> Self {
        self.intervals = intervals;
        self
    }

    /// Which failures of single polls are borne.
    pub fn tolerance(mut self, tolerance: PollTolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The changes, one an item, from the job as it is now to its end. A job that fails is no error here: its last item says
    /// so. After an error, which is one that could not be borne, the stream ends.
    pub fn stream(self) -> BoxStream<'static, Result<Change, Error>> {
        let poller = Poller::new(self.job, self.intervals, self.tolerance);
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
            if job.status.is_end() {
                self.poller = None;
            }
            self.changes = changes(self.last.as_ref(), &job);
            self.last = Some(job);
        }
    }
}

/// A job that begins comes before its tasks, one that ends comes after them.
fn changes(before: Option<&Job>, now: &Job) -> VecDeque<Change> {
    let known = |task: &Task| before.is_some_and(|job| job.tasks.contains(task));
    let mut changes: VecDeque<Change> =
        now.tasks.iter().filter(|task| !known(task)).cloned().map(Change::Task).collect();
    let same = before.is_some_and(|before| {
        (before.status, before.created_at, before.began_at, before.ended_at)
            == (now.status, now.created_at, now.began_at, now.ended_at)
    });
    match (same, now.status.is_end()) {
        (true, _) => {}
        (false, true) => changes.push_back(Change::Job(now.clone())),
        (false, false) => changes.push_front(Change::Job(now.clone())),
    }
    changes
}
