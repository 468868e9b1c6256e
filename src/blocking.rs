//! The same API for programs without an async runtime.
//!
//! Types and methods have the names of the async ones. Requests are sent with `send()` instead of being awaited, and streams are
//! iterators. Internally the async client runs on a runtime of its own, whose thread also looks after idle connections. Do not use
//! this module inside async code: every call returns [`Error::InvalidInput`] there, but not in tokio's `spawn_blocking`.
//!
//! ```no_run
//! # fn main() -> nebula_explorer::Result<()> {
//! use nebula_explorer::{Credentials, blocking::Explorer};
//!
//! let explorer = Explorer::new(
//!     nebula_explorer::Explorer::builder("http://localhost:7002")
//!         .graph("192.168.8.111", 9669)
//!         .credentials(Credentials::account("root", "nebula")),
//! )?;
//! let job = explorer.workflow(4216617528).run().param("query_1", "name", "Tim Duncan").send()?;
//! let ended = job.wait().send()?;
//! for task in &ended.tasks {
//!     let rows: Vec<Vec<String>> = job.task(&task.id).rows().limit(10).send()?;
//!     println!("{}: {rows:?}", task.name);
//! }
//! # Ok(())
//! # }
//! ```

use std::future::IntoFuture;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::coop::consume_budget;

use crate::jobs::conditions::Condition;
use crate::{
    BatchedRun, Cancellation, Change, Error, ExplorerBuilder, Job, JobStatus, OnUnknownOutcome, Page, PollIntervals,
    PollTolerance, RawRows, RetryPolicy, Submission, SubmissionFilter, Token, Watched, WatcherHandle,
};

/// The runtime that one client and all its handles share.
#[derive(Debug)]
struct Driver(Option<Runtime>);

impl Driver {
    fn new() -> Result<Arc<Self>, Error> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("nebula-explorer").enable_all().build();
        let runtime = runtime.map_err(|error| Error::ClientSetup {
            problem: "the runtime cannot be created".into(),
            source: Arc::new(error),
        })?;
        Ok(Arc::new(Self(Some(runtime))))
    }

    fn run<T: Send>(&self, work: impl Future<Output = Result<T, Error>> + Send) -> Result<T, Error> {
        let Some(runtime) = self.0.as_ref().filter(|_| !is_async()) else {
            return Err(Error::InvalidInput("a blocking call inside async code: use the async client there".into()));
        };
        if Handle::try_current().is_err() {
            return runtime.block_on(work);
        }
        // Inside of `spawn_blocking`, where the thread belongs to another runtime.
        let outcome = std::thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join());
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

/// Whether the caller is a task, which must not be blocked. Threads of `spawn_blocking` have a runtime too, but no budget of
/// cooperative scheduling that runs out.
fn is_async() -> bool {
    const MORE_THAN_A_BUDGET: usize = 1000;
    let mut context = Context::from_waker(Waker::noop());
    Handle::try_current().is_ok()
        && (0..MORE_THAN_A_BUDGET).any(|_| pin!(consume_budget()).poll(&mut context).is_pending())
}

/// In the background: waiting for the runtime's threads is not allowed if the caller is async after all.
impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A type of the async client, with the runtime that drives it.
macro_rules! blocking {
    ($(#[$doc:meta])* $name:ident$(<$param:ident>)?) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name$(<$param>)? {
            inner: crate::$name$(<$param>)?,
            driver: Arc<Driver>,
        }

        impl$(<$param>)? $name$(<$param>)? {
            fn wrap(inner: crate::$name$(<$param>)?, driver: &Arc<Driver>) -> Self {
                Self { inner, driver: Arc::clone(driver) }
            }
        }
    };
}

/// The options of a request, which are those of the async one.
macro_rules! options {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {$(
        #[doc = concat!("As `", stringify!($name), "` of the async type.")]
        pub fn $name(self, $($arg: $type),*) -> Self {
            Self { inner: self.inner.$name($($arg),*), driver: self.driver }
        }
    )*};
}

blocking!(
    /// As [`crate::Explorer`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let page = explorer.jobs().send()?;
    /// println!("{} jobs", page.jobs.len());
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone)]
    Explorer
);
blocking!(
    /// As [`crate::WorkflowHandle`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let job = explorer.workflow(4216617528).run().send()?;
    /// println!("job {}", job.id());
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone)]
    WorkflowHandle
);
blocking!(
    /// As [`crate::JobHandle`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// println!("{}", explorer.job(107).get()?.status);
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone)]
    JobHandle
);
blocking!(
    /// As [`crate::TaskHandle`].
    ///
    /// ```no_run
    /// # fn run(job: nebula_explorer::blocking::JobHandle) -> nebula_explorer::Result<()> {
    /// let task = job.task("f93dea90fc3a11ecac7e6da0662c195b");
    /// let rows: Vec<(String, f64)> = task.rows().send()?;
    /// # let _ = rows;
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Clone)]
    TaskHandle
);
blocking!(
    /// As [`crate::Run`]. Nothing is sent until [`send`](Self::send) is called.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let run = explorer.workflow(4216617528).run().param("query_1", "name", "Tim Duncan");
    /// println!("job {}", run.send()?.id());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "nothing is sent until `send` is called"]
    Run
);
blocking!(
    /// As [`crate::ListJobs`]. Nothing is sent until [`send`](Self::send) is called.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let page = explorer.jobs().page_size(50).send()?;
    /// println!("{} of {:?} jobs", page.jobs.len(), page.total);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "nothing is sent until `send` is called"]
    ListJobs
);
blocking!(
    /// As [`crate::ReadRows`]. Nothing is sent until [`send`](Self::send) is called.
    ///
    /// ```no_run
    /// # fn run(job: nebula_explorer::blocking::JobHandle) -> nebula_explorer::Result<()> {
    /// let rows: Vec<(String, f64)> = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows().limit(1000).send()?;
    /// # let _ = rows;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "nothing is sent until `send` is called"]
    ReadRows<T>
);
blocking!(
    /// As [`crate::Request`]. Nothing is sent until [`send`](Self::send) is called.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let envelope = explorer.request("GET", "/api-open/v1/jobs").query("pageSize", "5").send()?;
    /// println!("{}", String::from_utf8_lossy(&envelope));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "nothing is sent until `send` is called"]
    Request
);
blocking!(
    /// As [`crate::Wait`]. Nothing is sent until [`send`](Self::send) is called.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// use std::time::Duration;
    ///
    /// let ended = explorer.job(107).wait().timeout(Duration::from_secs(3600)).send()?;
    /// println!("{}", ended.status);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "nothing is sent until `send` is called"]
    Wait<C>
);
blocking!(
    /// As [`crate::Progress`]. Nothing is sent until [`iter`](Self::iter) is used.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// for change in explorer.job(107).progress().iter() {
    ///     println!("{:?}", change?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "nothing is sent until `iter` is used"]
    Progress
);
blocking!(
    /// As [`crate::Batch`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let workflow = explorer.workflow(4216617528);
    /// let batch = explorer.batch((0..3).map(move |_| workflow.run())).parallel(2);
    /// println!("{} runs have ended", batch.iter().count());
    /// # Ok(())
    /// # }
    /// ```
    Batch
);
blocking!(
    /// As [`crate::Watcher`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// for watched in explorer.watch([105, 106]) {
    ///     let watched = watched?;
    ///     println!("{}: {:?}", watched.job_id, watched.outcome.map(|job| job.status));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    Watcher
);

impl Explorer {
    /// Builds a blocking client with the settings of an async one.
    ///
    /// # Errors
    /// Those of [`ExplorerBuilder::build`].
    ///
    /// ```no_run
    /// # fn run() -> nebula_explorer::Result<()> {
    /// use nebula_explorer::{Credentials, Explorer, blocking};
    ///
    /// let settings = Explorer::builder("http://localhost:7002").credentials(Credentials::token("token"));
    /// let explorer = blocking::Explorer::new(settings)?;
    /// # let _ = explorer;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(builder: ExplorerBuilder) -> Result<Self, Error> {
        Ok(Self { inner: builder.build()?, driver: Driver::new()? })
    }

    /// As [`crate::Explorer::url`].
    pub fn url(&self) -> &str {
        self.inner.url()
    }

    /// As [`crate::Explorer::workflow`].
    pub fn workflow(&self, id: i64) -> WorkflowHandle {
        WorkflowHandle::wrap(self.inner.workflow(id), &self.driver)
    }

    /// As [`crate::Explorer::job`].
    pub fn job(&self, id: i64) -> JobHandle {
        JobHandle::wrap(self.inner.job(id), &self.driver)
    }

    /// As [`crate::Explorer::jobs`].
    pub fn jobs(&self) -> ListJobs {
        ListJobs::wrap(self.inner.jobs(), &self.driver)
    }

    /// As [`crate::Explorer::watch`].
    pub fn watch(&self, jobs: impl IntoIterator<Item = i64>) -> Watcher {
        Watcher::wrap(self.inner.watch(jobs), &self.driver)
    }

    /// As [`crate::Explorer::batch`].
    pub fn batch<I>(&self, runs: I) -> Batch
    where
        I: IntoIterator<Item = Run>,
        I::IntoIter: Send + 'static,
    {
        Batch::wrap(self.inner.batch(runs.into_iter().map(|run| run.inner)), &self.driver)
    }

    /// As [`crate::Explorer::sign_in`].
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let token = explorer.sign_in()?;
    /// println!("signed in for {:?}", token.remaining());
    /// # Ok(())
    /// # }
    /// ```
    pub fn sign_in(&self) -> Result<Token, Error> {
        self.driver.run(self.inner.sign_in())
    }

    /// As [`crate::Explorer::submissions`].
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// use nebula_explorer::SubmissionFilter;
    ///
    /// for submission in explorer.submissions(&SubmissionFilter::default().limit(10))? {
    ///     println!("{:?}: {:?}", submission.key, submission.job_id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn submissions(&self, filter: &SubmissionFilter) -> Result<Vec<Submission>, Error> {
        self.driver.run(self.inner.submissions(filter))
    }

    /// As [`crate::Explorer::token`].
    pub fn token(&self) -> Option<Token> {
        self.inner.token()
    }

    /// As [`crate::Explorer::request`].
    pub fn request(&self, method: impl Into<String>, path: impl Into<String>) -> Request {
        Request::wrap(self.inner.request(method, path), &self.driver)
    }

    /// As [`crate::Explorer::with_retry`].
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self::wrap(self.inner.with_retry(retry), &self.driver)
    }

    /// As [`crate::Explorer::server_time`].
    pub fn server_time(&self) -> Option<Timestamp> {
        self.inner.server_time()
    }
}

impl WorkflowHandle {
    /// The workflow's id.
    pub fn id(&self) -> i64 {
        self.inner.id()
    }

    /// As [`crate::WorkflowHandle::run`].
    pub fn run(&self) -> Run {
        Run::wrap(self.inner.run(), &self.driver)
    }

    /// As [`crate::WorkflowHandle::jobs`].
    pub fn jobs(&self) -> ListJobs {
        ListJobs::wrap(self.inner.jobs(), &self.driver)
    }
}

impl Run {
    options! {
        param(task: impl Into<String>, name: impl Into<String>, value: impl Serialize);
        idempotency_key(key: impl Into<String>);
        rerun(statuses: impl IntoIterator<Item = JobStatus>);
        on_unknown_outcome(action: OnUnknownOutcome);
    }

    /// Sends the request.
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let job = explorer.workflow(4216617528).run().send()?;
    /// println!("job {}", job.id());
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(self) -> Result<JobHandle, Error> {
        let job = self.driver.run(self.inner.into_future())?;
        Ok(JobHandle::wrap(job, &self.driver))
    }
}

impl ListJobs {
    options! {
        name(name: impl Into<String>);
        status(status: JobStatus);
        created_from(time: Timestamp);
        created_to(time: Timestamp);
        oldest_first();
        page(page: u32);
        page_size(jobs: u32);
    }

    /// Sends the request for one page.
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// for job in explorer.jobs().send()?.jobs {
    ///     println!("{} {}", job.id, job.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(self) -> Result<Page, Error> {
        self.driver.run(self.inner.into_future())
    }

    /// As [`crate::ListJobs::by_page`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// for page in explorer.jobs().by_page() {
    ///     println!("{} jobs", page?.jobs.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn by_page(self) -> Iter<Page> {
        Iter { stream: self.inner.by_page(), driver: self.driver }
    }

    /// As [`crate::ListJobs::by_item`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// for job in explorer.jobs().by_item() {
    ///     println!("{}", job?.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn by_item(self) -> Iter<Job> {
        Iter { stream: self.inner.by_item(), driver: self.driver }
    }
}

impl JobHandle {
    /// The job's id.
    pub fn id(&self) -> i64 {
        self.inner.id()
    }

    /// As [`crate::JobHandle::get`].
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let job = explorer.job(107).get()?;
    /// println!("{} is {}", job.name, job.status);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self) -> Result<Job, Error> {
        self.driver.run(self.inner.get())
    }

    /// As [`crate::JobHandle::wait`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let ended = explorer.job(107).wait().send()?;
    /// println!("{} ended at {:?}", ended.name, ended.ended_at);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(&self) -> Wait<impl Condition + Clone + Send + Sync + 'static> {
        Wait::wrap(self.inner.wait(), &self.driver)
    }

    /// As [`crate::JobHandle::wait_until`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// use nebula_explorer::conditions::task_ended;
    ///
    /// let job = explorer.job(107).wait_until(task_ended("Query")).send()?;
    /// println!("the query has ended, the job is {}", job.status);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_until<C: Condition + Send + Sync + 'static>(&self, condition: C) -> Wait<C> {
        Wait::wrap(self.inner.wait_until(condition), &self.driver)
    }

    /// As [`crate::JobHandle::progress`].
    pub fn progress(&self) -> Progress {
        Progress::wrap(self.inner.progress(), &self.driver)
    }

    /// As [`crate::JobHandle::cancel`].
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// println!("{:?}", explorer.job(107).cancel()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel(&self) -> Result<Cancellation, Error> {
        self.driver.run(self.inner.cancel())
    }

    /// As [`crate::JobHandle::cancel_and_wait`].
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// println!("{}", explorer.job(107).cancel_and_wait()?.status);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel_and_wait(&self) -> Result<Job, Error> {
        self.driver.run(self.inner.cancel_and_wait())
    }

    /// As [`crate::JobHandle::task`].
    pub fn task(&self, id: impl Into<String>) -> TaskHandle {
        TaskHandle::wrap(self.inner.task(id), &self.driver)
    }
}

impl TaskHandle {
    /// The task's id.
    pub fn id(&self) -> &str {
        self.inner.id()
    }

    /// As [`crate::TaskHandle::rows`].
    pub fn rows<T>(&self) -> ReadRows<T> {
        ReadRows::wrap(self.inner.rows(), &self.driver)
    }
}

impl<T: DeserializeOwned + Send + 'static> ReadRows<T> {
    options! {
        limit(rows: u32);
    }

    /// Sends the request.
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(job: nebula_explorer::blocking::JobHandle) -> nebula_explorer::Result<()> {
    /// let rows: Vec<Vec<String>> = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows().send()?;
    /// println!("{} rows", rows.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(self) -> Result<Vec<T>, Error> {
        self.driver.run(self.inner.into_future())
    }
}

impl<T> ReadRows<T> {
    /// As [`crate::ReadRows::raw`].
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(job: nebula_explorer::blocking::JobHandle) -> nebula_explorer::Result<()> {
    /// let rows = job.task("f93dea90fc3a11ecac7e6da0662c195b").rows::<()>().limit(1_000_000).raw()?;
    /// println!("{} rows", rows.read::<(&str, f64)>()?.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(self) -> Result<RawRows, Error> {
        self.driver.run(self.inner.raw())
    }
}

impl<C: Condition + Send + Sync + 'static> Wait<C> {
    options! {
        timeout(timeout: Duration);
        intervals(intervals: PollIntervals);
        tolerance(tolerance: PollTolerance);
    }

    /// Waits.
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// println!("{}", explorer.job(107).wait().send()?.status);
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(self) -> Result<Job, Error> {
        self.driver.run(self.inner.into_future())
    }
}

impl Progress {
    options! {
        intervals(intervals: PollIntervals);
        tolerance(tolerance: PollTolerance);
    }

    /// As [`crate::Progress::stream`].
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// for change in explorer.job(107).progress().iter() {
    ///     println!("{:?}", change?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(self) -> Iter<Change> {
        Iter { stream: self.inner.stream(), driver: self.driver }
    }
}

impl Batch {
    options! {
        parallel(jobs: usize);
        intervals(intervals: PollIntervals);
        tolerance(tolerance: PollTolerance);
    }

    /// The runs, each once it has ended, in the order in which they end.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let workflow = explorer.workflow(4216617528);
    /// for run in explorer.batch((0..3).map(move |_| workflow.run())).iter() {
    ///     println!("{:?}", run?.job_id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(self) -> Iter<BatchedRun> {
        Iter { stream: self.inner.stream().map(Ok).boxed(), driver: self.driver }
    }
}

impl Watcher {
    options! {
        intervals(intervals: PollIntervals);
        tolerance(tolerance: PollTolerance);
    }

    /// As [`crate::Watcher::handle`].
    pub fn handle(&self) -> WatcherHandle {
        self.inner.handle()
    }
}

/// As [`crate::Watcher::next`].
impl Iterator for Watcher {
    type Item = Result<Watched, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { inner, driver } = self;
        driver.run(async { Ok(inner.next().await) }).transpose()
    }
}

/// The items of a stream of the async client. Nothing follows an error.
///
/// ```no_run
/// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
/// for job in explorer.jobs().by_item() {
///     println!("{}", job?.name);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Iter<T> {
    stream: BoxStream<'static, Result<T, Error>>,
    driver: Arc<Driver>,
}

impl<T: Send> Iterator for Iter<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { stream, driver } = self;
        driver.run(stream.try_next()).transpose()
    }
}

impl<T> std::fmt::Debug for Iter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

impl Request {
    options! {
        query(name: impl Into<String>, value: impl Into<String>);
        json(body: serde_json::Value);
    }

    /// Sends the request.
    ///
    /// # Errors
    /// Those of the async method.
    ///
    /// ```no_run
    /// # fn run(explorer: nebula_explorer::blocking::Explorer) -> nebula_explorer::Result<()> {
    /// let envelope = explorer.request("GET", "/api-open/v1/jobs").send()?;
    /// println!("{} bytes", envelope.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(self) -> Result<bytes::Bytes, Error> {
        self.driver.run(self.inner.into_future())
    }
}
