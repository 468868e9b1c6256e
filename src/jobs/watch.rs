//! Following many jobs at once, by listing them.
//!
//! Polling each of N jobs costs N requests per round. A list has a hundred jobs per page, so a round by lists costs about
//! N / 100. Jobs that are not found in a reasonable number of pages are polled one by one.

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
/// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
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

/// Adds jobs to a [`Watcher`] and takes them out, while it runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct WatcherHandle {
    watched: Arc<Mutex<WatchedJobs>>,
}

/// What a [`Watcher`] has to say of one job.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Watched {
    /// The job.
    pub job_id: i64,
    /// The job in a status that it was not in before, without its tasks; or why it is not watched any more.
    pub outcome: Result<Job, Error>,
}

/// By id; what was last seen of each.
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

    /// A way to add and to take out jobs from elsewhere, while this waits in [`next`](Self::next).
    pub fn handle(&self) -> WatcherHandle {
        WatcherHandle { watched: Arc::clone(&self.watched) }
    }

    /// The next job that is in another status than before, each once when it is first seen; `None` when every job has ended or
    /// is lost sight of. A round that fails and cannot be borne ends the watch of every job that is left.
    ///
    /// Cancel-safe: what was not handed over is handed over by the next call.
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

    /// Asks for every job once, through the lists as far as they go.
    async fn round(&mut self) -> Result<(), Error> {
        let mut wanted = lock(&self.watched).clone();
        telemetry::polling(wanted.len());
        // A first round does not know how far back its jobs are, and a list holds jobs of others too: twice as many pages as
        // would do is where single look-ups begin to be cheaper.
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
        // Taken out in the meantime.
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
    /// Watches one more job. A watcher that has come to its end goes on with the next call of [`Watcher::next`].
    pub fn add(&self, job_id: i64) {
        lock(&self.watched).entry(job_id).or_default();
    }

    /// Watches a job no longer. Says whether it was watched.
    pub fn remove(&self, job_id: i64) -> bool {
        lock(&self.watched).remove(&job_id).is_some()
    }

    /// The jobs that are watched, in the order of their ids.
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

/// Where the list may end: before it there is none of the jobs. `None` as long as that is not known of every job.
fn oldest(wanted: &WatchedJobs) -> Option<Timestamp> {
    let times: Option<Vec<Timestamp>> = wanted.values().map(|seen| seen.and_then(|seen| seen.created_at)).collect();
    times?.into_iter().min()
}

fn lock(watched: &Mutex<WatchedJobs>) -> MutexGuard<'_, WatchedJobs> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}
