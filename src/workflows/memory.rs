//! The store of one process.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::FutureExt as _;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::workflows::store::{
    Baseline, StoreError, StoreFuture, Submission, SubmissionFilter, SubmissionState, SubmissionStore,
};

/// Records the submissions of one process, for as long as it lives: the store of an [`Explorer`](crate::Explorer) unless it is
/// given another one. Submissions without a key are forgotten after an hour, unless one in progress may be confused by them.
///
/// ```
/// use std::sync::Arc;
/// use nebula_explorer::{Explorer, MemoryStore};
///
/// let shared = Arc::new(MemoryStore::default());
/// let one = Explorer::builder("http://localhost:7002").submission_store(shared.clone());
/// let another = Explorer::builder("http://localhost:7002").submission_store(shared);
/// # let _ = (one, another);
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    submissions: Mutex<Vec<Submission>>,
    created: (Timestamp, Instant),
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { submissions: Mutex::default(), created: (Timestamp::now(), Instant::now()) }
    }
}

/// How long submissions without a key are kept beyond those in progress.
const KEPT: Duration = Duration::from_secs(3600);

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Vec<Submission>> {
        self.submissions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clock that nobody sets.
    fn now(&self) -> Timestamp {
        let (at, since) = self.created;
        at.checked_add(since.elapsed()).unwrap_or(Timestamp::MAX)
    }

    /// Changes a submission, if it still has this owner.
    fn change<T>(&self, owned: &Submission, change: impl FnOnce(&mut Submission) -> T) -> Option<T> {
        let now = self.now();
        let mut submissions = self.lock();
        let found = self::owned(&mut submissions, owned)?;
        found.heartbeat += 1;
        found.updated_at = now;
        Some(change(found))
    }

    fn prune(&self, submissions: &mut Vec<Submission>) {
        let in_progress = submissions.iter().filter(|other| other.state == SubmissionState::Sending);
        let oldest = in_progress.map(|other| other.started_at).min().unwrap_or(Timestamp::MAX).min(self.now());
        if let Ok(limit) = oldest.checked_sub(KEPT) {
            submissions.retain(|other| other.key.is_some() || other.updated_at >= limit);
        }
    }

    fn begin_now(&self, submission: &Submission) -> Submission {
        let now = self.now();
        let mut submissions = self.lock();
        let same_key = |other: &&Submission| {
            other.key.is_some() && other.key == submission.key && other.server == submission.server
        };
        let latest = submissions.iter().filter(same_key).max_by_key(|other| other.attempt);
        if let Some(latest) = latest.filter(|latest| latest.attempt >= submission.attempt) {
            return latest.clone();
        }
        // Occasionally, so that starting stays cheap.
        if submissions.len().is_power_of_two() {
            self.prune(&mut submissions);
        }
        let submission = Submission { started_at: now, updated_at: now, ..submission.clone() };
        submissions.push(submission.clone());
        submission
    }
}

/// The submission, if it still has this owner.
fn owned<'a>(submissions: &'a mut [Submission], submission: &Submission) -> Option<&'a mut Submission> {
    submissions.iter_mut().rev().find(|other| other.id == submission.id && other.owner == submission.owner)
}

impl SubmissionStore for MemoryStore {
    fn begin<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, Submission> {
        done(self.begin_now(submission))
    }

    fn start_sending<'a>(
        &'a self,
        submission: &'a Submission,
        baseline: Option<&'a Baseline>,
    ) -> StoreFuture<'a, bool> {
        let changed = self.change(submission, |submission| {
            submission.state = SubmissionState::Sending;
            submission.baseline = baseline.cloned();
        });
        done(changed.is_some())
    }

    fn renew<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, bool> {
        done(self.change(submission, |_| ()).is_some())
    }

    fn take_over<'a>(&'a self, seen: &'a Submission, owner: &'a str) -> StoreFuture<'a, bool> {
        let now = self.now();
        let mut submissions = self.lock();
        let unchanged = |other: &&mut Submission| {
            other.id == seen.id && (&other.owner, other.heartbeat) == (&seen.owner, seen.heartbeat)
        };
        let found = submissions.iter_mut().find(unchanged);
        done(found.is_some_and(|submission| {
            submission.owner = owner.into();
            submission.updated_at = now;
            true
        }))
    }

    fn record_job<'a>(&'a self, submission: &'a Submission, job_id: i64) -> StoreFuture<'a, bool> {
        let changed = self.change(submission, |submission| {
            submission.job_id = Some(job_id);
            submission.baseline = None;
            submission.state = SubmissionState::Recorded;
        });
        done(changed.is_some())
    }

    fn release<'a>(&'a self, submission: &'a Submission) -> StoreFuture<'a, ()> {
        self.lock().retain(|other| other.id != submission.id || other.owner != submission.owner);
        done(())
    }

    fn abandon(&self, submission: &Submission) {
        let mut submissions = self.lock();
        let Some(found) = owned(&mut submissions, submission) else { return };
        match found.state {
            SubmissionState::Preparing => submissions.retain(|other| other.id != submission.id),
            SubmissionState::Sending => found.state = SubmissionState::Abandoned,
            SubmissionState::Abandoned | SubmissionState::Recorded => {}
        }
    }

    fn others<'a>(&'a self, submission: &'a Submission, since: Timestamp) -> StoreFuture<'a, Vec<Submission>> {
        let is_other = |other: &&Submission| {
            other.id != submission.id
                && (&other.server, other.workflow_id) == (&submission.server, submission.workflow_id)
                && other.updated_at >= since
        };
        done(self.lock().iter().filter(is_other).cloned().collect())
    }

    fn list<'a>(&'a self, filter: &'a SubmissionFilter) -> StoreFuture<'a, Vec<Submission>> {
        let limit = filter.limit.map_or(usize::MAX, |limit| limit as usize);
        done(self.lock().iter().rev().filter(|submission| filter.matches(submission)).take(limit).cloned().collect())
    }

    fn delete<'a>(&'a self, filter: &'a SubmissionFilter) -> StoreFuture<'a, u64> {
        let mut submissions = self.lock();
        let before = submissions.len();
        submissions.retain(|submission| !filter.matches(submission));
        done((before - submissions.len()) as u64)
    }
}

fn done<T: Send + 'static>(value: T) -> StoreFuture<'static, T> {
    async { Ok::<T, StoreError>(value) }.boxed()
}
