//! Running many workflows, a limited number at a time.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::IntoFuture as _;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, FutureExt as _, select};
use futures_util::stream::{self, BoxStream, FuturesUnordered, StreamExt as _};
use tokio::time::Instant;

use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::handle::JobHandle;
use crate::jobs::poll::{PollIntervals, PollTolerance};
use crate::jobs::watch::{Watched, Watcher, WatcherHandle};
use crate::workflows::workflow::Run;

/// Runs many workflows, a limited number at a time, and follows all their jobs with one watcher. Returned by
/// [`Explorer::batch`](crate::Explorer::batch). Nothing is sent until the [`stream`](Self::stream) is polled.
///
/// With [idempotency keys](Run::idempotency_key), a batch that was interrupted is continued by running it again: finished jobs are
/// reported at once, running ones are followed, and uncertain ones are reconciled.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use futures_util::StreamExt as _;
///
/// let workflow = explorer.workflow(4216617528);
/// let players = ["Tim Duncan", "Tony Parker"];
/// let runs = players.map(|name| workflow.run().param("query_1", "name", name).idempotency_key(name));
/// let mut ended = explorer.batch(runs).parallel(10).stream();
/// while let Some(run) = ended.next().await {
///     println!("{}: {:?}", players[run.index], run.outcome.map(|job| job.status));
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent until the stream is polled"]
pub struct Batch {
    runs: Box<dyn Iterator<Item = Run> + Send>,
    watcher: Watcher,
    parallel: usize,
    /// The caller's; otherwise they follow from how long the jobs take.
    intervals: Option<PollIntervals>,
}

/// A run of a [`Batch`] that has ended.
///
/// ```no_run
/// # fn show(run: nebula_explorer::BatchedRun) {
/// println!("number {} was job {:?}", run.index, run.job_id);
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchedRun {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Its job, if it has one.
    pub job_id: Option<i64>,
    /// The job as it ended, without its tasks, whether it succeeded or not; or why there is no job, or why it can no longer be
    /// polled.
    pub outcome: Result<Job, Error>,
}

/// How many jobs are unfinished at the same time at most.
const PARALLEL: usize = 8;

/// The interval between two polls before a job has ended.
const FIRST_INTERVAL: Duration = Duration::from_secs(1);

/// How many times a job is polled until it ends. A job that has ended makes room for the next one, but only once that is seen.
const POLLS_PER_JOB: u32 = 25;

/// The limits of the interval that follows from it.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);
const LONGEST_INTERVAL: Duration = Duration::from_secs(15);

/// How much the latest job counts in the time that jobs take.
const WEIGHT: f64 = 0.1;

impl Batch {
    pub(crate) fn new(runs: Box<dyn Iterator<Item = Run> + Send>, watcher: Watcher) -> Self {
        let watcher = watcher.intervals(PollIntervals::every(FIRST_INTERVAL));
        Self { runs, watcher, parallel: PARALLEL, intervals: None }
    }

    /// How many jobs are unfinished at the same time at most; 8 by default. At least one.
    pub fn parallel(mut self, jobs: usize) -> Self {
        self.parallel = jobs.max(1);
        self
    }

    /// The intervals between two polls of all jobs. By default they follow from how long the jobs take: 50 ms to 15 s.
    pub fn intervals(mut self, intervals: PollIntervals) -> Self {
        self.watcher = self.watcher.intervals(intervals);
        self.intervals = Some(intervals);
        self
    }

    /// Which failed polls are tolerated, for each job by itself.
    pub fn tolerance(mut self, tolerance: PollTolerance) -> Self {
        self.watcher = self.watcher.tolerance(tolerance);
        self
    }

    /// The runs, each once it has ended, in the order in which they end. A run that is dropped with the stream is not cancelled.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::StreamExt as _;
    ///
    /// let workflow = explorer.workflow(4216617528);
    /// let failed = explorer.batch((0..3).map(move |_| workflow.run())).stream().filter(|run| {
    ///     let is_error = run.outcome.is_err();
    ///     async move { is_error }
    /// });
    /// println!("{} were not run", failed.count().await);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(self) -> BoxStream<'static, BatchedRun> {
        let watched = self.watcher.handle();
        let progress = BatchProgress {
            batch: self,
            next_index: 0,
            watched,
            submissions: FuturesUnordered::new(),
            followed: HashMap::new(),
            job_time: None,
            ended: VecDeque::new(),
        };
        stream::unfold(progress, |mut progress| async { Some((progress.next().await?, progress)) }).boxed()
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("parallel", &self.parallel).finish_non_exhaustive()
    }
}

/// A job, since when it is followed, and its runs: several if they have the same key.
struct Followed {
    since: Instant,
    runs: Vec<usize>,
}

struct BatchProgress {
    batch: Batch,
    next_index: usize,
    watched: WatcherHandle,
    submissions: FuturesUnordered<BoxFuture<'static, (usize, Result<JobHandle, Error>)>>,
    followed: HashMap<i64, Followed>,
    /// How long jobs take, as of late.
    job_time: Option<Duration>,
    ended: VecDeque<BatchedRun>,
}

impl BatchProgress {
    async fn next(&mut self) -> Option<BatchedRun> {
        loop {
            if let Some(run) = self.ended.pop_front() {
                return Some(run);
            }
            self.submit();
            match (self.submissions.is_empty(), self.followed.is_empty()) {
                (true, true) => return None,
                (false, true) => self.submitted().await,
                (true, false) => self.watched().await,
                (false, false) => self.submitted_or_watched().await,
            }
        }
    }

    /// Starts as many runs as there is room for.
    fn submit(&mut self) {
        while self.submissions.len() + self.followed.len() < self.batch.parallel {
            let Some(run) = self.batch.runs.next() else { return };
            let index = self.next_index;
            self.next_index += 1;
            self.submissions.push(run.into_future().map(move |outcome| (index, outcome)).boxed());
        }
    }

    async fn submitted(&mut self) {
        let submitted = self.submissions.next().await;
        self.follow(submitted);
    }

    async fn watched(&mut self) {
        let watched = self.batch.watcher.next().await;
        self.report(watched);
    }

    async fn submitted_or_watched(&mut self) {
        // Both are cancel-safe.
        let first = {
            let watched = pin!(self.batch.watcher.next());
            match select(self.submissions.next(), watched).await {
                Either::Left((submitted, _)) => Either::Left(submitted),
                Either::Right((watched, _)) => Either::Right(watched),
            }
        };
        match first {
            Either::Left(submitted) => self.follow(submitted),
            Either::Right(watched) => self.report(watched),
        }
    }

    fn follow(&mut self, submitted: Option<(usize, Result<JobHandle, Error>)>) {
        match submitted {
            Some((index, Ok(job))) => {
                let followed = Followed { since: Instant::now(), runs: Vec::new() };
                self.followed.entry(job.id()).or_insert(followed).runs.push(index);
                self.watched.add(job.id());
            }
            Some((index, Err(error))) => self.ended.push_back(BatchedRun { index, job_id: None, outcome: Err(error) }),
            None => {}
        }
    }

    fn report(&mut self, watched: Option<Watched>) {
        let Some(watched) = watched else { return };
        if watched.outcome.as_ref().is_ok_and(|job| !job.status.is_terminal()) {
            return;
        }
        let job_id = Some(watched.job_id);
        let Some(Followed { since, runs }) = self.followed.remove(&watched.job_id) else { return };
        self.adapt_intervals(since.elapsed());
        let ended = runs.into_iter().map(|index| BatchedRun { index, job_id, outcome: watched.outcome.clone() });
        self.ended.extend(ended);
    }

    /// Polls more often the shorter the jobs are.
    fn adapt_intervals(&mut self, took: Duration) {
        let job_time = self.job_time.map_or(took, |before| before.mul_f64(1.0 - WEIGHT) + took.mul_f64(WEIGHT));
        self.job_time = Some(job_time);
        if self.batch.intervals.is_none() {
            let interval = (job_time / POLLS_PER_JOB).clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL);
            self.batch.watcher.set_intervals(PollIntervals::every(interval));
        }
    }
}
