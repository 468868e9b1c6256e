//! Following many jobs at once, by listing them.
//!
//! Polling each of N jobs costs N requests per round. A list has a hundred jobs per page, so a round by lists costs about
//! N / 100. Once the creation times of the jobs are known, the lists are limited to them on both sides. Jobs that the lists do not
//! show are polled one by one, a few at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};

use crate::client::context::Context;
use crate::contract::code::JobStatus;
use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::get::get;
use crate::jobs::list::ListJobs;
use crate::jobs::poll::{Failures, PollIntervals, PollLoop, PollTolerance};
use crate::transport::telemetry;

/// The number of jobs per page of the list.
const PAGE_SIZE: u32 = 100;

/// How many jobs are polled at the same time.
const CONCURRENT_POLLS: usize = 8;

/// Jobs that were created this far apart are not in one list: those of others would be between them.
const LIST_GAP: SignedDuration = SignedDuration::from_secs(600);

/// Times may be cut to whole seconds, and the bounds of a list may be exclusive.
const MARGIN: SignedDuration = SignedDuration::from_secs(2);

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
pub struct Watcher {
    watched: Arc<Mutex<WatchedJobs>>,
    /// Everything between two changes happens inside of this stream, so that a call that is dropped loses nothing.
    changes: BoxStream<'static, Option<Watched>>,
    options: Arc<Mutex<(PollIntervals, PollTolerance)>>,
}

/// Adds jobs to a [`Watcher`] and removes them, while it runs. Cheap to clone.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let mut watcher = explorer.watch([105]);
/// let handle = watcher.handle();
/// handle.add(106);
/// while let Some(watched) = watcher.next().await {
///     println!("{} changed, {} jobs are left", watched.job_id, handle.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct WatcherHandle {
    watched: Arc<Mutex<WatchedJobs>>,
}

/// What a [`Watcher`] reports about one job.
///
/// ```no_run
/// # fn show(watched: nebula_explorer::Watched) {
/// println!("{}: {:?}", watched.job_id, watched.outcome.map(|job| job.status));
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Watched {
    /// The job.
    pub job_id: i64,
    /// The job with a status that it did not have before, without its tasks; or why it is no longer watched.
    pub outcome: Result<Job, Error>,
}

/// By id; what is known of each.
type WatchedJobs = BTreeMap<i64, Known>;

#[derive(Clone, Debug, Default)]
struct Known {
    status: Option<JobStatus>,
    created_at: Option<Timestamp>,
    failures: Option<Failures>,
}

impl Watcher {
    pub(crate) fn new(context: Context, jobs: impl IntoIterator<Item = i64>) -> Self {
        let watched = Arc::new(Mutex::new(jobs.into_iter().map(|id| (id, Known::default())).collect()));
        let options = Arc::new(Mutex::new(Default::default()));
        let rounds = Rounds {
            context,
            watched: Arc::clone(&watched),
            options: Arc::clone(&options),
            poll_loop: None,
            reports: VecDeque::new(),
        };
        let changes = stream::unfold(rounds, |mut rounds| async { Some((rounds.next().await, rounds)) }).boxed();
        Self { watched, changes, options }
    }

    /// The intervals between two rounds. Set before the first call of [`next`](Self::next).
    pub fn intervals(self, intervals: PollIntervals) -> Self {
        self.set_intervals(intervals);
        self
    }

    /// Sets the intervals from the next round on.
    pub(crate) fn set_intervals(&self, intervals: PollIntervals) {
        lock(&self.options).0 = intervals;
    }

    /// Which failed polls are tolerated, for each job by itself. Set before the first call of [`next`](Self::next).
    pub fn tolerance(self, tolerance: PollTolerance) -> Self {
        lock(&self.options).1 = tolerance;
        self
    }

    /// Adds jobs and removes them from elsewhere, while this waits in [`next`](Self::next).
    pub fn handle(&self) -> WatcherHandle {
        WatcherHandle { watched: Arc::clone(&self.watched) }
    }

    /// The next job that has another status than before, each once when it is first seen; `None` when every job has ended or can
    /// no longer be polled.
    ///
    /// Cancel-safe: a call that is dropped, for example in `select!`, is continued by the next one where it was.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// let mut watcher = explorer.watch([105]);
    /// if let Some(watched) = watcher.next().await {
    ///     println!("{:?}", watched.outcome);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Watched> {
        self.changes.next().await.flatten()
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("job_ids", &self.handle().job_ids()).finish_non_exhaustive()
    }
}

/// The rounds of polls of one watcher.
struct Rounds {
    context: Context,
    watched: Arc<Mutex<WatchedJobs>>,
    options: Arc<Mutex<(PollIntervals, PollTolerance)>>,
    /// `None` before the first round.
    poll_loop: Option<PollLoop>,
    reports: VecDeque<Watched>,
}

impl Rounds {
    async fn next(&mut self) -> Option<Watched> {
        loop {
            if let Some(report) = self.next_report() {
                return Some(report);
            }
            if lock(&self.watched).is_empty() {
                return None;
            }
            let (intervals, tolerance) = *lock(&self.options);
            match &mut self.poll_loop {
                Some(poll_loop) => {
                    poll_loop.set_intervals(intervals);
                    poll_loop.pause().await;
                }
                None => self.poll_loop = Some(PollLoop::new(intervals, tolerance)),
            }
            let outcome = self.round(tolerance).await;
            let Some(poll_loop) = &mut self.poll_loop else { continue };
            if let Err(error) = poll_loop.tolerate(outcome) {
                let left: Vec<i64> = lock(&self.watched).keys().copied().collect();
                self.reports.extend(left.into_iter().map(|job_id| Watched { job_id, outcome: Err(error.clone()) }));
            }
        }
    }

    /// The next report of a job that is still watched. One that has ended is watched until it is reported.
    fn next_report(&mut self) -> Option<Watched> {
        while let Some(report) = self.reports.pop_front() {
            let mut watched = lock(&self.watched);
            let is_last = report.outcome.as_ref().map_or(true, |job| job.status.is_terminal());
            let is_watched =
                if is_last { watched.remove(&report.job_id).is_some() } else { watched.contains_key(&report.job_id) };
            if is_watched {
                return Some(report);
            }
        }
        None
    }

    /// Polls every job once, by lists as far as they go. An error is that of a list, and concerns all jobs.
    async fn round(&mut self, tolerance: PollTolerance) -> Result<(), Error> {
        let mut wanted = lock(&self.watched).clone();
        telemetry::polling(wanted.len());
        for list in lists(&self.context, &wanted) {
            // A list also has jobs of others: beyond twice as many pages as needed, single polls cost less.
            let mut pages = list.jobs.by_page().take(list.expected.div_ceil(PAGE_SIZE as usize) * 2);
            let mut missing = list.expected;
            while missing > 0 {
                let page = match pages.try_next().await {
                    Ok(Some(page)) => page,
                    Ok(None) => break,
                    // A list that cannot be used says nothing about the jobs.
                    Err(error) if !error.is_transient() || matches!(error, Error::InvalidResponse(_)) => break,
                    Err(error) => return Err(error),
                };
                let malformed = page.malformed.iter().filter_map(|row| row.id).filter(|id| wanted.contains_key(id));
                // Polled one by one, below.
                missing = missing.saturating_sub(malformed.count());
                for job in page.jobs {
                    if wanted.remove(&job.id).is_some() {
                        missing = missing.saturating_sub(1);
                        self.report(job.id, Ok(job), tolerance);
                    }
                }
            }
        }
        let context = &self.context;
        let mut polls = stream::iter(wanted.into_keys())
            .map(|id| async move { (id, get(context, id).await) })
            .buffer_unordered(CONCURRENT_POLLS);
        let mut polled = Vec::new();
        while let Some(outcome) = polls.next().await {
            polled.push(outcome);
        }
        drop(polls);
        for (id, outcome) in polled {
            self.report(id, outcome, tolerance);
        }
        Ok(())
    }

    /// Records what a poll of a job returned, and reports it if it is new or final.
    fn report(&mut self, job_id: i64, outcome: Result<Job, Error>, tolerance: PollTolerance) {
        let mut watched = lock(&self.watched);
        // Removed in the meantime.
        let Some(known) = watched.get_mut(&job_id) else { return };
        let failures = known.failures.get_or_insert_with(|| Failures::new(tolerance));
        let outcome = match failures.tolerate(outcome) {
            Ok(Some(job)) => Ok(job),
            Ok(None) => return,
            Err(error) => Err(error),
        };
        let is_new = outcome.as_ref().map_or(true, |job| Some(job.status) != known.status);
        if let Ok(job) = &outcome {
            (known.status, known.created_at) = (Some(job.status), job.created_at.or(known.created_at));
        }
        drop(watched);
        if is_new {
            self.reports.push_back(Watched { job_id, outcome });
        }
    }
}

/// A list of jobs, and how many of the watched ones are in it.
struct WatchedList {
    jobs: ListJobs,
    expected: usize,
}

/// The lists that show the watched jobs. Jobs whose creation time is not known yet are expected among the newest.
fn lists(context: &Context, wanted: &WatchedJobs) -> Vec<WatchedList> {
    let list = || ListJobs::new(context.clone(), None).page_size(PAGE_SIZE);
    let mut times: Vec<Timestamp> = wanted.values().filter_map(|known| known.created_at).collect();
    times.sort_unstable();
    let unknown = wanted.len() - times.len();
    let newest = (unknown > 0).then(|| WatchedList { jobs: list(), expected: unknown });
    let groups = times.chunk_by(|earlier, later| earlier.duration_until(*later) <= LIST_GAP);
    // A list of one job costs as much as polling it.
    let groups = groups.filter(|group| group.len() > 1).map(|group| {
        let mut jobs = list();
        if let Some(from) = group.first().and_then(|first| first.checked_sub(MARGIN).ok()) {
            jobs = jobs.created_from(from);
        }
        if let Some(to) = group.last().and_then(|last| last.checked_add(MARGIN).ok()) {
            jobs = jobs.created_to(to);
        }
        WatchedList { jobs, expected: group.len() }
    });
    newest.into_iter().chain(groups).collect()
}

impl WatcherHandle {
    /// Watches one more job. A watcher that has ended continues with the next call of [`Watcher::next`].
    pub fn add(&self, job_id: i64) {
        lock(&self.watched).entry(job_id).or_default();
    }

    /// No longer watches a job: nothing more is reported of it. Returns whether it was watched.
    pub fn remove(&self, job_id: i64) -> bool {
        lock(&self.watched).remove(&job_id).is_some()
    }

    /// The watched jobs, in the order of their ids.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
