//! The lease of one submission: who holds it may send its request, and records its job.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{self, Either};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::contract::job::Job;
use crate::error::Error;
use crate::workflows::store::{Baseline, HEARTBEAT, StoreError, Submission, SubmissionState, SubmissionStore};

/// The lease of one submission. Dropping it without a job records that it may have created one.
pub(crate) struct Lease {
    store: Arc<dyn SubmissionStore>,
    pub submission: Submission,
    lost: AtomicBool,
    settled: AtomicBool,
}

impl Lease {
    pub(crate) fn new(store: &Arc<dyn SubmissionStore>, submission: Submission) -> Self {
        Self { store: Arc::clone(store), submission, lost: AtomicBool::new(false), settled: AtomicBool::new(false) }
    }

    /// Renews the heartbeat until the work is done.
    pub(crate) async fn keep<T>(&self, work: impl Future<Output = T>) -> T {
        let beat = async {
            loop {
                sleep(HEARTBEAT).await;
                // A store that fails now is asked again, and before the request is sent.
                let _ = self.store.renew(&self.submission).await;
            }
        };
        match future::select(pin!(work), pin!(beat)).await {
            Either::Left((done, _)) => done,
            Either::Right((never, _)) => never,
        }
    }

    /// Records that the request is about to be sent.
    ///
    /// # Errors
    /// If it must not be sent: the submission has another owner by now, or that cannot be known.
    pub(crate) async fn start_sending(&self, baseline: Option<&Baseline>) -> Result<(), Error> {
        if self.store.start_sending(&self.submission, baseline).await.map_err(|error| self.failed(error, None))? {
            return Ok(());
        }
        self.lost.store(true, Ordering::Relaxed);
        Err(Error::InvalidInput("the submission was taken over by another process".into()))
    }

    /// Whether the submission had another owner when its request was about to be sent, or when its job was to be recorded.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Records the job. `false` if the submission has another owner by now.
    pub(crate) async fn record(&self, job_id: i64) -> Result<bool, Error> {
        let recorded = self.store.record_job(&self.submission, job_id).await;
        let recorded = recorded.map_err(|error| self.failed(error, Some(job_id)))?;
        self.settled.store(true, Ordering::Relaxed);
        self.lost.store(!recorded, Ordering::Relaxed);
        Ok(recorded)
    }

    /// Removes the submission, which has created no job.
    pub(crate) async fn release(&self) -> Result<(), Error> {
        self.store.release(&self.submission).await.map_err(|error| self.failed(error, None))?;
        self.settled.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// The other submissions of this workflow that were active since shortly before this one.
    pub(crate) async fn others(&self, shortly: SignedDuration) -> Result<Others, Error> {
        let since = self.submission.started_at.checked_sub(shortly).unwrap_or(Timestamp::MIN);
        let others = self.store.others(&self.submission, since).await.map_err(|error| self.failed(error, None))?;
        let jobs = others.iter().filter_map(|other| other.job_id).collect();
        let is_in_progress =
            |other: &Submission| matches!(other.state, SubmissionState::Sending | SubmissionState::Abandoned);
        Ok(Others { in_progress: others.into_iter().filter(is_in_progress).collect(), jobs })
    }

    fn failed(&self, error: StoreError, job_id: Option<i64>) -> Error {
        Error::SubmissionStore { key: self.submission.key.clone(), job_id, source: Arc::new(error) }
    }
}

/// What is known of other submissions.
pub(crate) struct Others {
    /// Those that may have created a job that is not recorded.
    in_progress: Vec<Submission>,
    jobs: HashSet<i64>,
}

impl Others {
    /// Whether the job may be of one of them: it has no job yet, and this one was not there before its request.
    pub(crate) fn may_have_created(&self, job: &Job) -> bool {
        let was_there = |baseline: &Baseline| baseline.known_jobs.contains(&job.id);
        self.in_progress.iter().any(|other| !other.baseline.as_ref().is_some_and(was_there))
    }

    /// The jobs that are not recorded for one of them.
    pub(crate) fn unclaimed(&self, mut jobs: Vec<Job>) -> Vec<Job> {
        jobs.retain(|job| !self.jobs.contains(&job.id));
        jobs
    }
}

/// A submission that ends without its job may have created one all the same, also if its caller drops it.
impl Drop for Lease {
    fn drop(&mut self) {
        if !self.settled.load(Ordering::Relaxed) {
            self.store.abandon(&self.submission);
        }
    }
}
