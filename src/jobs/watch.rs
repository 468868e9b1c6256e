//! Following many jobs at once, by listing them.
//!
//! Polling each of N jobs takes N requests per round. Listing takes about N / [`PAGE_SIZE`]. Jobs that are not found within a
//! reasonable number of pages are polled one by one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt as _;
use jiff::Timestamp;

use crate::client::context::Context;
use crate::contract::code::JobStatus;
use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::get::get;
use crate::jobs::list::ListJobs;
use crate::jobs::poll::{PollIntervals, PollLoop, PollTolerance};
use crate::transport::telemetry;

/// The number of jobs per page of the list.
const PAGE_SIZE: u32 = 100;

/// Follows many jobs until each has ended. Returned by [`Explorer::watch`](crate::Explorer::watch).
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let mut watcher = explorer.watch([105, 106, 107]);
/// while let Some(watched) = watcher.next().await {
///     match watched.outcome {
///         Ok(job) => println!("{} is {}", job.id, job.status),
///         Err(error) => println!("{} can no longer be polled: {error}", watched.job_id),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Watcher {
    context: Context,
    intervals: PollIntervals,
    tolerance: PollTolerance,
    poll_loop: PollLoop,
    started: bool,
    watched: Arc<Mutex<WatchedJobs>>,
    news: VecDeque<Watched>,
}

/// Adds jobs to a [`Watcher`] and removes them while it runs. Returned by [`Watcher::handle`]. Cheap to clone.
///
/// ```
/// # fn run(explorer: nebula_explorer::Explorer) {
/// let watcher = explorer.watch([105]);
/// let handle = watcher.handle();
/// handle.add(106);
/// assert!(handle.remove(105));
/// assert_eq!(handle.job_ids(), [106]);
/// # }
/// # run(nebula_explorer::Explorer::builder("http://localhost:7002")
/// #     .credentials(nebula_explorer::Credentials::token("token")).build().unwrap());
/// ```
#[derive(Clone, Debug)]
pub struct WatcherHandle {
    watched: Arc<Mutex<WatchedJobs>>,
}

/// A change of one job, returned by [`Watcher::next`].
///
/// ```no_run
/// # fn show(watched: nebula_explorer::Watched) {
/// match watched.outcome {
///     Ok(job) if job.status.is_terminal() => println!("{} has ended: {}", watched.job_id, job.status),
///     Ok(job) => println!("{} is {}", watched.job_id, job.status),
///     Err(error) => println!("{} can no longer be polled: {error}", watched.job_id),
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Watched {
    /// The job.
    pub job_id: i64,
    /// The job with its new status, without its tasks; or the error because of which it is no longer watched.
    pub outcome: Result<Job, Error>,
}

/// What was last seen of each job, by id.
type WatchedJobs = BTreeMap<i64, Option<Seen>>;

#[derive(Clone, Copy, Debug)]
struct Seen {
    status: JobStatus,
    created_at: Option<Timestamp>,
}

impl Watcher {
    pub(crate) fn new(context: Context, jobs: impl IntoIterator<Item = i64>) -> Self {
        let watched = Arc::new(Mutex::new(jobs.into_iter().map(|id| (id, None)).collect()));
        let (intervals, tolerance) = Default::default();
        let poll_loop = PollLoop::new(intervals, tolerance);
        Self { context, intervals, tolerance, poll_loop, started: false, watched, news: VecDeque::new() }
    }

    /// The intervals between two rounds.
    pub fn intervals(mut self, intervals: PollIntervals) -> Self {
        self.intervals = intervals;
        self.poll_loop = PollLoop::new(self.intervals, self.tolerance);
        self
    }

    /// Which failed rounds are tolerated.
    pub fn tolerance(mut self, tolerance: PollTolerance) -> Self {
        self.tolerance = tolerance;
        self.poll_loop = PollLoop::new(self.intervals, self.tolerance);
        self
    }

    /// A handle to add and remove jobs from elsewhere while this waits in [`next`](Self::next).
    pub fn handle(&self) -> WatcherHandle {
        WatcherHandle { watched: Arc::clone(&self.watched) }
    }

    /// The next change: each job when it is first seen, and again whenever its status has changed. `None` once every job has ended
    /// or can no longer be polled. A failed round that is not tolerated ends the watch of all remaining jobs with its error.
    ///
    /// Cancel-safe: changes that were not returned are returned by the next call.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let mut watcher = explorer.watch([105, 106]);
    /// if let Some(first) = watcher.next().await {
    ///     println!("{}: {}", first.job_id, first.outcome?.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Watched> {
        loop {
            if let Some(news) = self.news.pop_front() {
                return Some(news);
            }
            if lock(&self.watched).is_empty() {
                return None;
            }
            if self.started {
                self.poll_loop.pause().await;
            }
            self.started = true;
            let outcome = self.round().await;
            if let Err(error) = self.poll_loop.tolerate(outcome) {
                let left = std::mem::take(&mut *lock(&self.watched));
                self.news.extend(left.into_keys().map(|job_id| Watched { job_id, outcome: Err(error.clone()) }));
            }
        }
    }

    /// Polls every job once: through lists where possible.
    async fn round(&mut self) -> Result<(), Error> {
        let mut wanted = lock(&self.watched).clone();
        telemetry::polling(wanted.len());
        // The first round does not know how old its jobs are, and the list contains other jobs too. Beyond twice the minimal
        // number of pages, single requests become cheaper.
        let max_pages = wanted.len().div_ceil(PAGE_SIZE as usize) * 2;
        let mut list = ListJobs::new(self.context.clone(), None).page_size(PAGE_SIZE);
        if let Some(oldest) = oldest(&wanted) {
            list = list.created_from(oldest);
        }
        let mut pages = list.by_page();
        for _ in 0..max_pages {
            let Some(page) = pages.try_next().await? else { break };
            for job in page.jobs {
                if wanted.remove(&job.id).is_some() {
                    self.see(job.id, Ok(job));
                }
            }
            if wanted.is_empty() {
                return Ok(());
            }
        }
        for id in wanted.into_keys() {
            match get(&self.context, id).await {
                Err(error) if error.is_transient() => return Err(error),
                outcome => self.see(id, outcome),
            }
        }
        Ok(())
    }

    fn see(&mut self, job_id: i64, outcome: Result<Job, Error>) {
        let mut watched = lock(&self.watched);
        // It may have been removed in the meantime.
        let Some(seen) = watched.get_mut(&job_id) else { return };
        let before = seen.map(|seen| seen.status);
        match &outcome {
            Ok(job) if !job.status.is_terminal() => {
                *seen = Some(Seen { status: job.status, created_at: job.created_at })
            }
            _ => {
                watched.remove(&job_id);
            }
        }
        drop(watched);
        if outcome.as_ref().map_or(true, |job| Some(job.status) != before) {
            self.news.push_back(Watched { job_id, outcome });
        }
    }
}

impl WatcherHandle {
    /// Watches one more job. A watcher that has ended continues with the next call of [`Watcher::next`].
    pub fn add(&self, job_id: i64) {
        lock(&self.watched).entry(job_id).or_default();
    }

    /// Stops watching a job. Returns whether it was watched.
    pub fn remove(&self, job_id: i64) -> bool {
        lock(&self.watched).remove(&job_id).is_some()
    }

    /// The watched jobs, ordered by id.
    pub fn job_ids(&self) -> Vec<i64> {
        lock(&self.watched).keys().copied().collect()
    }

    /// How many jobs are watched.
    pub fn len(&self) -> usize {
        lock(&self.watched).len()
    }

    /// Whether no job is watched.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The creation time of the oldest job, where the list may end; `None` unless the creation times of all jobs are known.
fn oldest(wanted: &WatchedJobs) -> Option<Timestamp> {
    let times: Option<Vec<Timestamp>> = wanted.values().map(|seen| seen.and_then(|seen| seen.created_at)).collect();
    times?.into_iter().min()
}

fn lock(watched: &Mutex<WatchedJobs>) -> MutexGuard<'_, WatchedJobs> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}
