//! What a submission is asked to do.

use std::time::Duration;

use jiff::Timestamp;

use crate::client::context::Context;
use crate::contract::code::JobStatus;
use crate::workflows::store::{Submission, SubmissionState};

/// One request to run a workflow.
pub(crate) struct Request<'a> {
    pub workflow_id: i64,
    pub input_digest: String,
    pub key: Option<&'a str>,
    /// With a job in one of these statuses, a key runs the workflow again.
    pub rerun: &'a [JobStatus],
    pub on_unknown_outcome: Option<OnUnknownOutcome>,
}

impl Request<'_> {
    /// The submission that is recorded for it.
    pub(crate) fn submission(&self, context: &Context) -> Submission {
        let random = || format!("{:032x}", fastrand::u128(..));
        Submission {
            id: random(),
            server: context.shared.transport.url().into(),
            workflow_id: self.workflow_id,
            key: self.key.map(String::from),
            attempt: 1,
            input_digest: self.input_digest.clone(),
            state: SubmissionState::Preparing,
            job_id: None,
            baseline: None,
            owner: random(),
            heartbeat: 0,
            started_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// How long to look for a job; `None` if a lost response is only reported.
    pub(crate) fn grace_period(&self) -> Option<Duration> {
        let with_key = OnUnknownOutcome::RECONCILE;
        let without_key = OnUnknownOutcome::default();
        match self.on_unknown_outcome.unwrap_or(if self.key.is_some() { with_key } else { without_key }) {
            OnUnknownOutcome::Fail => None,
            OnUnknownOutcome::Reconcile { grace_period } => Some(grace_period),
        }
    }
}

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
    /// Return [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown), with what is needed to find out.
    #[default]
    Fail,
    /// Look through the workflow's jobs that were created since the request was sent:
    ///
    /// - exactly one candidate, and no other submission in the same store that it could belong to: it is adopted as the job;
    /// - none after the grace period: the request is sent again, at most twice;
    /// - anything else: [`Error::OutcomeUnknown`](crate::Error::OutcomeUnknown) with the candidates.
    ///
    /// As long as only clients of this store run the workflow, this creates exactly one job per submission, provided that a request
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
    pub const RECONCILE: Self = Self::Reconcile { grace_period: DEFAULT_GRACE_PERIOD };
}

pub(crate) const DEFAULT_GRACE_PERIOD: Duration = Duration::from_secs(30);
