//! Submissions whose response is lost: finding out whether a job was created.
//!
//! The API has no idempotency key, and the response to running a workflow is the only place that names the job it created. If
//! that response is lost, the job may or may not exist. What can be known is which jobs of the workflow were created since the
//! request was sent, by the server's clock, and which of them belong to other submissions of this client.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::client::context::Context;
use crate::contract::job::Job;
use crate::error::{Error, UnknownOutcome};
use crate::jobs::list::ListJobs;
use crate::jobs::poll::{PollIntervals, PollLoop, PollTolerance};
use crate::workflows::store::{Submissions, Unresolved};

/// What to do when the response to running a workflow is lost.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use std::time::Duration;
/// use nebula_explorer::OnUnknownOutcome;
///
/// let patient = OnUnknownOutcome::Reconcile { grace_period: Duration::from_secs(120) };
/// let job = explorer.workflow(4216617528).run().on_unknown_outcome(patient).await?;
/// # let _ = job;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnknownOutcome {
    /// Return [`Error::OutcomeUnknown`], with what is needed to find out.
    #[default]
    Fail,
    /// Look through the workflow's jobs that were created since the request was sent:
    ///
    /// - exactly one candidate, and no other submission of this client that it could belong to: it is adopted as the job;
    /// - none after the grace period: the request is sent again, at most twice;
    /// - anything else: [`Error::OutcomeUnknown`] with the candidates.
    ///
    /// As long as this client alone runs the workflow, this creates exactly one job per submission, provided that a request
    /// takes effect within the grace period or not at all. If others run the same workflow, their jobs cannot be distinguished
    /// from the lost one: if theirs is the only one created in that time, it is adopted, and a request that was lost before the
    /// server acted is not sent again.
    Reconcile {
        /// How long to look for a job before the request is sent again.
        grace_period: Duration,
    },
}

impl OnUnknownOutcome {
    /// [`OnUnknownOutcome::Reconcile`] with a grace period of 30 seconds.
    pub const RECONCILE: Self = Self::Reconcile { grace_period: Duration::from_secs(30) };
}

/// How many times a request is sent at most, the first time included.
const MAX_SENDS: u32 = 3;

/// The intervals between two looks for a job.
const LOOK_INTERVALS: PollIntervals = PollIntervals::every(Duration::from_secs(1));

/// Calls `send` until there is a job, and returns its id, or what is known of it as an error.
pub(crate) async fn submit<F>(
    context: &Context,
    submissions: &Arc<Submissions>,
    workflow_id: i64,
    on_unknown_outcome: OnUnknownOutcome,
    send: impl Fn() -> F,
) -> Result<i64, Error>
where
    F: Future<Output = Result<i64, Error>>,
{
    let clock = &context.shared.transport.clock;
    let jobs = ListJobs::new(context.clone(), Some(workflow_id));
    // First, so that the server's clock is known from its response.
    context.token().await?;
    if matches!(on_unknown_outcome, OnUnknownOutcome::Reconcile { .. }) && clock.now().is_none() {
        // With the caller's own token there was no response yet.
        jobs.clone().page_size(1).await?;
    }
    let unresolved = Unresolved::begin(submissions, workflow_id);
    let mut sends = 0;
    loop {
        let sent_after = clock.now();
        let max_lag = clock.max_lag();
        sends += 1;
        let cause = match send().await {
            Ok(id) => return Ok(unresolved.claim(id)),
            Err(error) if error.may_have_created_job() => error,
            Err(error) => {
                unresolved.release();
                return Err(error);
            }
        };
        let unknown = |candidates| {
            let unknown = UnknownOutcome { workflow_id, sent_after, cause: cause.clone(), candidates };
            Err(Error::OutcomeUnknown(Box::new(unknown)))
        };
        let (OnUnknownOutcome::Reconcile { grace_period }, Some(since)) = (on_unknown_outcome, sent_after) else {
            return unknown(Vec::new());
        };
        match reconcile(&jobs, &unresolved, since, max_lag, grace_period).await {
            Ok(Found::Adopted(id)) => return Ok(unresolved.claim(id)),
            Ok(Found::Nothing) if sends < MAX_SENDS => {}
            Ok(Found::Nothing) | Err(_) => return unknown(Vec::new()),
            Ok(Found::Candidates(candidates)) => return unknown(candidates),
        }
    }
}

enum Found {
    Adopted(i64),
    Nothing,
    Candidates(Vec<Job>),
}

async fn reconcile(
    jobs: &ListJobs,
    unresolved: &Unresolved,
    since: Timestamp,
    max_lag: Duration,
    grace_period: Duration,
) -> Result<Found, Error> {
    let started = Instant::now();
    let mut poll_loop = PollLoop::new(LOOK_INTERVALS, PollTolerance::default());
    loop {
        let listed: Result<Vec<Job>, Error> =
            jobs.clone().created_from(since).page_size(100).by_item().try_collect().await;
        let Some(listed) = poll_loop.tolerate(listed)? else {
            poll_loop.pause().await;
            continue;
        };
        let mut candidates = unresolved.unclaimed(listed);
        let grace_period_over = started.elapsed() >= grace_period;
        match (candidates.len(), unresolved.is_only_one(max_lag + grace_period)) {
            // Claimed under the lock that other submissions use to look for candidates.
            (1, true) => match candidates.pop() {
                Some(job) if unresolved.try_claim(job.id) => return Ok(Found::Adopted(job.id)),
                _ => continue,
            },
            (0, _) if grace_period_over => return Ok(Found::Nothing),
            (2.., true) => return Ok(Found::Candidates(candidates)),
            (1.., false) if grace_period_over => return Ok(Found::Candidates(candidates)),
            _ => poll_loop.pause().await,
        }
    }
}
