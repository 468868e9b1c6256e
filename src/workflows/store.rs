//! What one client knows of its own submissions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::contract::job::Job;

/// The submissions of one client: which jobs are claimed by one of them, and how many do not know their job yet.
#[derive(Default)]
pub(crate) struct Submissions {
    workflows: Mutex<HashMap<i64, Submitted>>,
}

#[derive(Default)]
struct Submitted {
    /// How many submissions do not know their job yet.
    unresolved: usize,
    /// When a submission last ended without knowing its job.
    lost: Option<Instant>,
    /// The claimed jobs, with the time of the claim.
    claimed: HashMap<i64, Instant>,
}

/// Jobs claimed longer ago than this are not candidates of a submission in progress.
const CLAIMS_KEPT: Duration = Duration::from_secs(3600);

impl Submissions {
    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Submitted>> {
        self.workflows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One submission that does not know its job yet.
pub(crate) struct Unresolved {
    submissions: Arc<Submissions>,
    workflow: i64,
    started: Instant,
    resolved: bool,
}

impl Unresolved {
    pub(crate) fn begin(submissions: &Arc<Submissions>, workflow: i64) -> Self {
        submissions.lock().entry(workflow).or_default().unresolved += 1;
        Self { submissions: Arc::clone(submissions), workflow, started: Instant::now(), resolved: false }
    }

    /// Records the job of this submission.
    pub(crate) fn claim(mut self, id: i64) -> i64 {
        self.try_claim(id);
        self.resolved = true;
        id
    }

    /// Records that this submission created no job.
    pub(crate) fn release(mut self) {
        self.resolved = true;
    }

    /// Claims a job for this submission; `false` if another one has claimed it.
    pub(crate) fn try_claim(&self, id: i64) -> bool {
        let mut workflows = self.submissions.lock();
        let claimed = &mut workflows.entry(self.workflow).or_default().claimed;
        // Occasionally, so that claiming stays cheap.
        if claimed.len().is_power_of_two() {
            claimed.retain(|_, claimed_at| claimed_at.elapsed() < CLAIMS_KEPT);
        }
        claimed.insert(id, Instant::now()).is_none()
    }

    /// The jobs that no submission has claimed.
    pub(crate) fn unclaimed(&self, jobs: Vec<Job>) -> Vec<Job> {
        let workflows = self.submissions.lock();
        let claimed = workflows.get(&self.workflow).map(|submitted| &submitted.claimed);
        jobs.into_iter().filter(|job| claimed.is_none_or(|claimed| !claimed.contains_key(&job.id))).collect()
    }

    /// Whether no other submission of this client can have created the unclaimed jobs: none is in progress, and none ended
    /// without its job so shortly before this one that the job may have been created since.
    pub(crate) fn is_only_one(&self, shortly: Duration) -> bool {
        let ended_before = |lost: Instant| lost + shortly < self.started;
        self.submissions
            .lock()
            .get(&self.workflow)
            .is_none_or(|submitted| submitted.unresolved <= 1 && submitted.lost.is_none_or(ended_before))
    }
}

/// Also if the caller drops a submission in progress.
impl Drop for Unresolved {
    fn drop(&mut self) {
        if let Some(submitted) = self.submissions.lock().get_mut(&self.workflow) {
            submitted.unresolved = submitted.unresolved.saturating_sub(1);
            if !self.resolved {
                submitted.lost = Some(Instant::now());
            }
        }
    }
}
