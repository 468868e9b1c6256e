//! Submissions whose answer is lost: finding out whether a job was made.
//!
//! The API has no idempotency key, and the answer to running a workflow is the only place that tells which job it made. When
//! that answer is lost, the job may or may not exist. What can be known is which jobs of the workflow were created since the
//! request left, by the server's clock, and which of them this client has got from other submissions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::error::{Error, LostAnswer};
use crate::job::{Job, JobHandle};
use crate::poll::{PollIntervals, PollTolerance, Rhythm};
use crate::workflow::WorkflowHandle;

/// What to do when the answer to running a workflow is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnLostAnswer {
    /// Hand over [`Error::AnswerLost`], with what is needed to find out.
    #[default]
    Report,
    /// Look through the workflow's jobs that were created since the request left:
    ///
    /// - exactly one that can be it, and no other submission of this client that it could belong to: it is taken for the job;
    /// - none after the grace time: the request is sent again, at most twice;
    /// - anything else: [`Error::AnswerLost`] with the candidates.
    ///
    /// As long as this client alone runs the workflow, this makes exactly one job of each submission, provided that a request
    /// acts within the grace time or not at all. When others run the same workflow, jobs of theirs cannot be told from the
    /// lost one: if theirs is the only one created in that time, it is taken for it, and a request that was lost before the
    /// server acted is not sent again.
    FindOut {
        /// How long to look for a job before the request is sent again.
        grace: Duration,
    },
}

impl OnLostAnswer {
    /// [`OnLostAnswer::FindOut`] with a grace time of 30 seconds.
    pub const FIND_OUT: Self = Self::FindOut { grace: Duration::from_secs(30) };
}

/// How often a request is sent at most, the first time included.
const MAX_SENDS: u32 = 3;

/// How long to wait between two looks for a job.
const LOOKS: PollIntervals =
    PollIntervals { first: Duration::from_secs(1), factor: 1.0, ceiling: Duration::from_secs(1) };

/// Runs `send` until a job is there, or what is known of it is an error.
pub(crate) async fn submit<F>(
    workflow: &WorkflowHandle,
    on_lost: OnLostAnswer,
    send: impl Fn() -> F,
) -> Result<JobHandle, Error>
where
    F: Future<Output = Result<i64, Error>>,
{
    let explorer = workflow.explorer();
    let submissions = explorer.submissions();
    // Beforehand, so that the server's clock is known from its answer.
    explorer.sign_in().await?;
    if matches!(on_lost, OnLostAnswer::FindOut { .. }) && explorer.server_time().is_none() {
        // With a token of the caller's own nothing has been answered yet.
        workflow.jobs().page_size(1).await?;
    }
    let mut unresolved = Unresolved::begin(submissions, workflow.id());
    let mut sends = 0;
    loop {
        let sent_after = explorer.server_time();
        let lag = explorer.server_time_lag();
        sends += 1;
        let cause = match send().await {
            Ok(id) => return Ok(unresolved.claim(workflow, id)),
            Err(error) if error.may_have_made_a_job() => error,
            Err(error) => {
                unresolved.resolved = true;
                return Err(error);
            }
        };
        let lost = |candidates| {
            let lost = LostAnswer { workflow_id: workflow.id(), sent_after, cause: cause.clone(), candidates };
            Err(Error::AnswerLost(Box::new(lost)))
        };
        let (OnLostAnswer::FindOut { grace }, Some(since)) = (on_lost, sent_after) else { return lost(Vec::new()) };
        match find_out(workflow, &unresolved, since, lag, grace).await {
            Ok(Found::TheJob(id)) => return Ok(unresolved.claim(workflow, id)),
            Ok(Found::Nothing) if sends < MAX_SENDS => {}
            Ok(Found::Nothing) | Err(_) => return lost(Vec::new()),
            Ok(Found::Candidates(candidates)) => return lost(candidates),
        }
    }
}

enum Found {
    TheJob(i64),
    Nothing,
    Candidates(Vec<Job>),
}

async fn find_out(
    workflow: &WorkflowHandle,
    unresolved: &Unresolved,
    since: Timestamp,
    lag: Duration,
    grace: Duration,
) -> Result<Found, Error> {
    let begun = Instant::now();
    let mut rhythm = Rhythm::new(LOOKS, PollTolerance::default());
    loop {
        let looked: Result<Vec<Job>, Error> =
            workflow.jobs().created_from(since).page_size(100).by_item().try_collect().await;
        let Some(jobs) = rhythm.bear(looked)? else {
            rhythm.pause().await;
            continue;
        };
        let mut candidates = unresolved.unclaimed(jobs);
        let graced = begun.elapsed() >= grace;
        match (candidates.len(), unresolved.is_only_one(lag + grace)) {
            // Claimed under the same lock that other submissions look through.
            (1, true) => match candidates.pop() {
                Some(job) if unresolved.try_claim(job.id) => return Ok(Found::TheJob(job.id)),
                _ => continue,
            },
            (0, _) if graced => return Ok(Found::Nothing),
            (2.., true) => return Ok(Found::Candidates(candidates)),
            (1.., false) if graced => return Ok(Found::Candidates(candidates)),
            _ => rhythm.pause().await,
        }
    }
}

/// What this client has submitted: which jobs are known to belong to which submission, and which submissions wait for theirs.
#[derive(Default)]
pub(crate) struct Submissions {
    workflows: Mutex<HashMap<i64, Submitted>>,
}

#[derive(Default)]
struct Submitted {
    /// How many submissions do not know their job yet.
    unresolved: usize,
    /// When one last ended without knowing its job.
    lost: Option<Instant>,
    /// The jobs that submissions know to be theirs, with the time of knowing.
    claimed: HashMap<i64, Instant>,
}

/// Jobs claimed longer ago than this are no candidates of a submission that is under way.
const CLAIMS_KEPT: Duration = Duration::from_secs(3600);

impl Submissions {
    fn lock(&self) -> MutexGuard<'_, HashMap<i64, Submitted>> {
        self.workflows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One submission that does not know its job yet.
struct Unresolved {
    submissions: Arc<Submissions>,
    workflow: i64,
    begun: Instant,
    resolved: bool,
}

impl Unresolved {
    fn begin(submissions: &Arc<Submissions>, workflow: i64) -> Self {
        submissions.lock().entry(workflow).or_default().unresolved += 1;
        Self { submissions: Arc::clone(submissions), workflow, begun: Instant::now(), resolved: false }
    }

    fn claim(mut self, workflow: &WorkflowHandle, id: i64) -> JobHandle {
        self.try_claim(id);
        self.resolved = true;
        workflow.explorer().job(id)
    }

    fn try_claim(&self, id: i64) -> bool {
        let mut workflows = self.submissions.lock();
        let claimed = &mut workflows.entry(self.workflow).or_default().claimed;
        // Now and then, so that claiming stays cheap.
        if claimed.len().is_power_of_two() {
            claimed.retain(|_, claimed_at| claimed_at.elapsed() < CLAIMS_KEPT);
        }
        claimed.insert(id, Instant::now()).is_none()
    }

    fn unclaimed(&self, jobs: Vec<Job>) -> Vec<Job> {
        let workflows = self.submissions.lock();
        let claimed = workflows.get(&self.workflow).map(|submitted| &submitted.claimed);
        jobs.into_iter().filter(|job| claimed.is_none_or(|claimed| !claimed.contains_key(&job.id))).collect()
    }

    /// Whether no other submission of this client can have made a job that nobody has claimed and that is looked at: none is
    /// under way, and none was given up so shortly before this one that its job may have been made after.
    fn is_only_one(&self, shortly: Duration) -> bool {
        let given_up_before = |lost: Instant| lost + shortly < self.begun;
        self.submissions
            .lock()
            .get(&self.workflow)
            .is_none_or(|submitted| submitted.unresolved <= 1 && submitted.lost.is_none_or(given_up_before))
    }
}

/// Also when the caller drops a submission that is under way.
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
