//! Submissions whose response is lost: finding out whether a job was created.
//!
//! The API has no idempotency key, and the response to running a workflow is the only place that names the job it created. If
//! that response is lost, the job may or may not exist. What can be known is which jobs of the workflow are there that were not
//! there before, whether they were created since the request was sent, and which of them belong to other submissions of this
//! client.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::client::context::Context;
use crate::contract::job::Job;
use crate::contract::operations::fields;
use crate::error::{Error, UnknownOutcome};
use crate::jobs::list::{ListJobs, MalformedJob};
use crate::jobs::poll::{PollIntervals, PollLoop, PollTolerance};
use crate::workflows::store::{Match, Submission, Submissions};

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

/// How many jobs are listed at a time.
const PAGE_SIZE: u32 = 100;

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
    // First, so that the server's clock is known from its response.
    context.token().await?;
    let search = match on_unknown_outcome {
        OnUnknownOutcome::Reconcile { grace_period } => {
            Some(Search::prepare(context, workflow_id, grace_period).await?)
        }
        OnUnknownOutcome::Fail => None,
    };
    let sent_after = context.shared.transport.clock.not_before_now();
    let submission = Submission::start(submissions, workflow_id);
    let mut first_cause = None;
    let mut sends = 0;
    loop {
        sends += 1;
        let outcome = send().await;
        let error = match (outcome, &first_cause) {
            (Ok(id), None) => {
                submission.claim(id);
                return Ok(id);
            }
            // The first request may have created a job after all, which is seen only now.
            (Ok(id), Some(cause)) => {
                submission.claim(id);
                let new = match &search {
                    Some(search) => search.look().await.map(|looked| looked.all()).unwrap_or_default(),
                    None => Vec::new(),
                };
                let own: Vec<Job> = new.iter().filter(|job| job.id == id).cloned().collect();
                let others = submission.unclaimed(new);
                if others.is_empty() {
                    return Ok(id);
                }
                return Err(unknown(workflow_id, sent_after, cause, [own, others].concat()));
            }
            (Err(error), None) if !error.may_have_created_job() => {
                submission.release();
                return Err(error);
            }
            (Err(error), _) => error,
        };
        // Whatever comes of sending it again, it was the first request that was lost.
        let cause = &*first_cause.get_or_insert(error);
        let Some(search) = &search else { return Err(unknown(workflow_id, sent_after, cause, Vec::new())) };
        match search.find(&submission).await {
            Ok(Match::Claimed(id)) => return Ok(id),
            Ok(Match::Nothing) if sends < MAX_SENDS => {}
            Ok(Match::Nothing) | Err(_) => return Err(unknown(workflow_id, sent_after, cause, Vec::new())),
            Ok(Match::Contested(candidates) | Match::Ambiguous(candidates)) => {
                return Err(unknown(workflow_id, sent_after, cause, candidates));
            }
        }
    }
}

fn unknown(workflow_id: i64, sent_after: Option<Timestamp>, cause: &Error, candidates: Vec<Job>) -> Error {
    Error::OutcomeUnknown(Box::new(UnknownOutcome { workflow_id, sent_after, cause: cause.clone(), candidates }))
}

/// Looks for the job of one submission, among the jobs that were not there before its request.
struct Search {
    jobs: ListJobs,
    /// The newest jobs of the workflow before the first request.
    known: HashSet<i64>,
    /// The creation time of the oldest of them; older jobs were there before, whether they are known or not.
    horizon: Option<Timestamp>,
    /// A time on the server's clock that is not after the first request.
    sent_after: Option<Timestamp>,
    grace_period: Duration,
}

/// Jobs that were not there before.
#[derive(Default)]
struct Looked {
    /// Created since the request by their own times.
    recent: Vec<Job>,
    /// Without a time, or with one before the request: a job of others that becomes visible late, or the lost one if the clocks
    /// of the response and of the job differ.
    doubtful: Vec<Job>,
}

impl Looked {
    fn all(self) -> Vec<Job> {
        [self.recent, self.doubtful].concat()
    }
}

impl Search {
    /// Lists the newest jobs, so that later ones are recognized whatever their times look like, and reads the server's clock from
    /// the same response.
    async fn prepare(context: &Context, workflow_id: i64, grace_period: Duration) -> Result<Self, Error> {
        let jobs = ListJobs::new(context.clone(), Some(workflow_id)).newest_first().page_size(PAGE_SIZE);
        let newest = jobs.clone().await?;
        let horizon = newest.jobs.iter().filter_map(|job| job.created_at).min();
        let sent_after = context.shared.transport.clock.not_before_now();
        Ok(Self { jobs, known: newest.ids().collect(), horizon, sent_after, grace_period })
    }

    /// Looks until the job is found or the grace period is over.
    async fn find(&self, submission: &Submission) -> Result<Match, Error> {
        let started = Instant::now();
        let mut poll_loop = PollLoop::new(LOOK_INTERVALS, PollTolerance::default());
        loop {
            let looked = self.look().await;
            // Read before the decision, so that a job that becomes visible now is not missed.
            let grace_period_over = started.elapsed() >= self.grace_period;
            if let Some(Looked { recent, doubtful }) = poll_loop.tolerate(looked)? {
                match (submission.find(recent, self.grace_period), grace_period_over) {
                    (Match::Nothing | Match::Contested(_), false) => {}
                    (Match::Nothing, true) => {
                        let doubtful = submission.unclaimed(doubtful);
                        return Ok(if doubtful.is_empty() { Match::Nothing } else { Match::Ambiguous(doubtful) });
                    }
                    (found, _) => return Ok(found),
                }
            }
            poll_loop.pause().await;
        }
    }

    async fn look(&self) -> Result<Looked, Error> {
        let mut pages = self.jobs.clone().by_page();
        let mut looked = Looked::default();
        while let Some(page) = pages.try_next().await? {
            // New jobs come before the known ones.
            let is_last = page.ids().any(|id| self.known.contains(&id));
            // A row that cannot be read may be the job.
            let is_new = |row: &&MalformedJob| row.id.is_none_or(|id| !self.known.contains(&id));
            if let Some(row) = page.malformed.iter().find(is_new) {
                let place = format!("{}.{}", fields::DATA, fields::ITEMS);
                return Err(Error::invalid_response(self.jobs.call_context(), place, row.problem.clone()));
            }
            let was_there = |job: &Job| {
                self.known.contains(&job.id)
                    || job.created_at.zip(self.horizon).is_some_and(|(at, horizon)| at < horizon)
            };
            for job in page.jobs.into_iter().filter(|job| !was_there(job)) {
                let is_recent =
                    job.created_at.is_some_and(|created| self.sent_after.is_none_or(|sent| created >= sent));
                if is_recent { looked.recent.push(job) } else { looked.doubtful.push(job) }
            }
            if is_last {
                break;
            }
        }
        Ok(looked)
    }
}
