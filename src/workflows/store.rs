//! What is recorded of submissions, and the trait of the stores that keep it.
//!
//! A submission is recorded before its request is sent, and gets its job once the response has arrived. Between the two its owner
//! holds a lease: it renews the record's heartbeat, and whoever sees that the heartbeat has stopped may take the submission over.
//! Nobody compares clocks for that: a heartbeat has stopped if its number does not change.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records submissions, so that a job is neither lost nor created twice. [`MemoryStore`](crate::MemoryStore) records those of one
/// process; the features `sqlite` and `postgres` add `SqlStore`, which is shared by processes and machines.
///
/// Every method is atomic, and has taken effect durably when it returns: a store that loses what it has confirmed loses jobs.
///
/// ```
/// use std::sync::Arc;
/// use nebula_explorer::{Credentials, Explorer, MemoryStore, SubmissionFilter, SubmissionStore as _};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let store = Arc::new(MemoryStore::default());
/// let explorer = Explorer::builder("http://localhost:7002")
///     .graph("192.168.8.111", 9669)
///     .credentials(Credentials::account("root", "nebula"))
///     .submission_store(store.clone())
///     .build()?;
/// explorer.workflow(4216617528).run().idempotency_key("nightly-2026-11-25").await?;
/// for submission in store.list(&SubmissionFilter::default()).await? {
///     println!("{:?}: {:?}", submission.key, submission.job_id);
/// }
/// # Ok(())
/// # }
/// ```
pub trait SubmissionStore: fmt::Debug + Send + Sync {
    /// Records a submission, unless its key has one of this or of a later attempt already. Returns the one that is recorded then.
    fn begin<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, Submission>;

    /// Records that the request is about to be sent, and what was known before. `false` if it has another owner by now, and then
    /// it must not be sent.
    fn start_sending<'a>(&'a self, submission: &'a Submission, baseline: Option<&'a Baseline>)
    -> StoreFuture<'a, bool>;

    /// Changes the heartbeat. `false` if the submission has another owner by now.
    fn renew<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, bool>;

    /// Gives a submission a new owner, unless its owner or its heartbeat has changed since it was read.
    fn take_over<'a>(&'a self, seen: &'a Submission, owner: &'a str) -> StoreFuture<'a, bool>;

    /// Records the job of a submission, which needs no baseline any more. `false` if it has another owner by now.
    fn record_job<'a>(&'a self, submission: &'a Submission, job_id: i64) -> StoreFuture<'a, bool>;

    /// Removes a submission that has created no job, so that its key can be used again.
    fn release<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, ()>;

    /// Records that the owner has given up without knowing the job, or removes the submission if its request was not sent. Called
    /// when a future is dropped too, so it must not block; it may do nothing, because the heartbeat stops anyway.
    fn abandon(&self, submission: &Submission);

    /// The other submissions of the same server and workflow that changed at this time or later.
    fn others<'a>(&'a self, submission: &'a Submission, since: Timestamp) -> StoreFuture<'a, Vec<Submission>>;

    /// The submissions that match, the latest first.
    fn list<'a>(&'a self, filter: &'a SubmissionFilter) -> StoreFuture<'a, Vec<Submission>>;

    /// Deletes the submissions that match, and returns how many there were.
    fn delete<'a>(&'a self, filter: &'a SubmissionFilter) -> StoreFuture<'a, u64>;
}

/// What a method of a store returns.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// How long a heartbeat may stand still until the submission can be taken over.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// The interval between two heartbeats.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(1);

/// One request to run a workflow, as a store records it.
///
/// ```
/// # fn show(submission: nebula_explorer::Submission) {
/// println!("{}: {:?}, job {:?}", submission.workflow_id, submission.state, submission.job_id);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Submission {
    /// A random number that identifies it.
    pub id: String,
    /// The address of the server.
    pub server: String,
    /// The workflow.
    pub workflow_id: i64,
    /// The idempotency key, if it has one.
    pub key: Option<String>,
    /// Which attempt of its key it is, from 1.
    pub attempt: i64,
    /// The digest of its input; empty without a key.
    pub input_digest: String,
    /// How far it has come.
    pub state: SubmissionState,
    /// The job, once it is known.
    pub job_id: Option<i64>,
    /// What was known before its request was sent, until its job is known.
    pub baseline: Option<Baseline>,
    /// A random number that identifies who sends it.
    pub owner: String,
    /// Changes as long as the owner is alive.
    pub heartbeat: i64,
    /// When it was recorded first.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started_at: Timestamp,
    /// When it changed last.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub updated_at: Timestamp,
}

/// How far a submission has come.
///
/// ```
/// use nebula_explorer::SubmissionState;
///
/// assert_eq!("sending".parse(), Ok(SubmissionState::Sending));
/// assert_eq!(SubmissionState::Recorded.as_str(), "recorded");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SubmissionState {
    /// Its request was not sent.
    Preparing,
    /// Its request may have been sent.
    Sending,
    /// Its request may have been sent, and its owner has given up.
    Abandoned,
    /// Its job is known.
    Recorded,
}

impl SubmissionState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Preparing, Self::Sending, Self::Abandoned, Self::Recorded];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Sending => "sending",
            Self::Abandoned => "abandoned",
            Self::Recorded => "recorded",
        }
    }
}

impl std::str::FromStr for SubmissionState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::as_str).join(", ");
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not the state of a submission: give one of {}", names()))
    }
}

impl fmt::Display for SubmissionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What was known before a request was sent: jobs that were there then are not its job.
///
/// ```
/// # fn show(baseline: nebula_explorer::Baseline) {
/// println!("{} jobs were there already", baseline.known_jobs.len());
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Baseline {
    /// The newest jobs of the workflow.
    pub known_jobs: HashSet<i64>,
    /// The creation time of the oldest of them; older jobs were there before, whether they are known or not.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub horizon: Option<Timestamp>,
    /// A time on the server's clock that is not after the request.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub sent_after: Option<Timestamp>,
}

/// Which submissions to list or to delete: all by default.
///
/// ```
/// use nebula_explorer::{SubmissionFilter, SubmissionState};
///
/// let filter = SubmissionFilter::default().key("nightly-2026-11-25").state(SubmissionState::Recorded);
/// assert_eq!(filter.key.as_deref(), Some("nightly-2026-11-25"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubmissionFilter {
    /// Only those with this idempotency key.
    pub key: Option<String>,
    /// Only those in this state.
    pub state: Option<SubmissionState>,
    /// Only those of this workflow.
    pub workflow_id: Option<i64>,
    /// Only those that changed last before this time.
    pub updated_before: Option<Timestamp>,
    /// At most so many; all by default. Not used to delete.
    pub limit: Option<u32>,
}

impl SubmissionFilter {
    /// Only those with this idempotency key.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Only those in this state.
    pub fn state(mut self, state: SubmissionState) -> Self {
        self.state = Some(state);
        self
    }

    /// Only those of this workflow.
    pub fn workflow_id(mut self, id: i64) -> Self {
        self.workflow_id = Some(id);
        self
    }

    /// Only those that changed last before this time.
    pub fn updated_before(mut self, time: Timestamp) -> Self {
        self.updated_before = Some(time);
        self
    }

    /// At most so many.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Whether a submission matches.
    pub(crate) fn matches(&self, submission: &Submission) -> bool {
        self.key.is_none() | (self.key == submission.key)
            && self.state.is_none_or(|state| state == submission.state)
            && self.workflow_id.is_none_or(|id| id == submission.workflow_id)
            && self.updated_before.is_none_or(|time| submission.updated_at < time)
    }
}

/// A store that cannot be reached, is full, or was written by another version.
///
/// ```
/// use nebula_explorer::StoreError;
///
/// assert_eq!(StoreError::new("the disk is full").to_string(), "the disk is full");
/// ```
#[derive(Clone, Debug)]
pub struct StoreError {
    problem: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// What is wrong, and with which store. It must not contain the store's password.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), source: None }
    }

    /// The error behind it.
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_deref()?)
    }
}
