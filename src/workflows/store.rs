//! What one client knows of its own submissions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::contract::job::Job;

/// The submissions of one client: which jobs are claimed by one of them, and which do not know their job yet.
#[derive(Default)]
pub(crate) struct Submissions {
    workflows: Mutex<HashMap<i64, Submitted>>,
}

#[derive(Default)]
struct Submitted {
    /// The submissions that do not know their job, by number: when they started, and when they ended without it.
    unresolved: BTreeMap<u64, Unresolved>,
    next_number: u64,
    /// The claimed jobs, with the time of the claim.
    claimed: HashMap<i64, Instant>,
}

#[derive(Clone, Copy)]
struct Unresolved {
    started: Instant,
    ended: Option<Instant>,
}

/// How long claims and lost submissions are remembered beyond the submissions that they may matter to.
const KEPT: Duration = Duration::from_secs(3600);

impl Submissions {
    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Submitted>> {
        self.workflows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Submitted {
    /// Forgets what no submission in progress can be confused by.
    fn prune(&mut self) {
        let oldest = self.unresolved.values().filter(|it| it.ended.is_none()).map(|it| it.started).min();
        let is_recent = |time: Instant| {
            time.elapsed() < KEPT || oldest.is_some_and(|oldest| oldest.saturating_duration_since(time) < KEPT)
        };
        self.unresolved.retain(|_, it| it.ended.is_none_or(is_recent));
        self.claimed.retain(|_, claimed| is_recent(*claimed));
    }
}

/// One submission that does not know its job yet.
pub(crate) struct Submission {
    submissions: Arc<Submissions>,
    workflow: i64,
    number: u64,
    started: Instant,
}

/// What the unclaimed jobs of a workflow mean for a submission.
pub(crate) enum Match {
    /// Exactly one job, and no other submission that it may belong to. It is claimed now.
    Claimed(i64),
    Nothing,
    /// Jobs that another submission may have created, and may still claim.
    Contested(Vec<Job>),
    /// Several jobs.
    Ambiguous(Vec<Job>),
}

impl Submission {
    pub(crate) fn start(submissions: &Arc<Submissions>, workflow: i64) -> Self {
        let mut workflows = submissions.lock();
        let submitted = workflows.entry(workflow).or_default();
        // Occasionally, so that starting stays cheap.
        if (submitted.claimed.len() + submitted.unresolved.len()).is_power_of_two() {
            submitted.prune();
        }
        let (number, started) = (submitted.next_number, Instant::now());
        submitted.next_number += 1;
        submitted.unresolved.insert(number, Unresolved { started, ended: None });
        Self { submissions: Arc::clone(submissions), workflow, number, started }
    }

    /// Records the job of this submission.
    pub(crate) fn claim(&self, job: i64) {
        let mut workflows = self.submissions.lock();
        let submitted = workflows.entry(self.workflow).or_default();
        submitted.claimed.insert(job, Instant::now());
        submitted.unresolved.remove(&self.number);
    }

    /// Records that this submission created no job.
    pub(crate) fn release(&self) {
        if let Some(submitted) = self.submissions.lock().get_mut(&self.workflow) {
            submitted.unresolved.remove(&self.number);
        }
    }

    /// Finds the job of this submission among `jobs`, and claims it. Submissions that ended without their job less than `recent`
    /// before this one started may have created it too.
    pub(crate) fn find(&self, jobs: Vec<Job>, recent: Duration) -> Match {
        let mut workflows = self.submissions.lock();
        let submitted = workflows.entry(self.workflow).or_default();
        let mut jobs: Vec<Job> = jobs.into_iter().filter(|job| !submitted.claimed.contains_key(&job.id)).collect();
        let may_have_created = |(number, other): (&u64, &Unresolved)| {
            *number != self.number
                && other.ended.is_none_or(|ended| self.started.saturating_duration_since(ended) <= recent)
        };
        let is_only_one = !submitted.unresolved.iter().any(may_have_created);
        match (jobs.len(), is_only_one) {
            (0, _) => Match::Nothing,
            (1, true) => match jobs.pop() {
                Some(job) => {
                    submitted.claimed.insert(job.id, Instant::now());
                    submitted.unresolved.remove(&self.number);
                    Match::Claimed(job.id)
                }
                None => Match::Nothing,
            },
            (_, false) => Match::Contested(jobs),
            (_, true) => Match::Ambiguous(jobs),
        }
    }

    /// The jobs that no submission has claimed.
    pub(crate) fn unclaimed(&self, mut jobs: Vec<Job>) -> Vec<Job> {
        if let Some(submitted) = self.submissions.lock().get(&self.workflow) {
            jobs.retain(|job| !submitted.claimed.contains_key(&job.id));
        }
        jobs
    }
}

/// A submission that ends without its job may have created one all the same, also if its caller drops it.
impl Drop for Submission {
    fn drop(&mut self) {
        if let Some(submitted) = self.submissions.lock().get_mut(&self.workflow)
            && let Some(unresolved) = submitted.unresolved.get_mut(&self.number)
        {
            unresolved.ended = Some(Instant::now());
        }
    }
}
