//! Whose turn it is to send the request of a key: ours, another process's, or nobody's, because it has a job already.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::context::Context;
use crate::error::Error;
use crate::jobs::get;
use crate::workflows::lease::Lease;
use crate::workflows::request::Request;
use crate::workflows::store::{LEASE, StoreError, Submission, SubmissionState, SubmissionStore};

/// What a submission starts with.
pub(crate) enum Acquired {
    /// The job of the key.
    Job(i64),
    /// The right to send the request, or to find out what became of it.
    Lease(Arc<Lease>),
}

/// The intervals between two looks at a submission that another process owns.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// Records the submission. If its key has one already, attaches to its job, waits for its owner, or takes it over once the owner's
/// heartbeat has stopped.
pub(crate) async fn acquire(
    context: &Context,
    store: &Arc<dyn SubmissionStore>,
    request: &Request<'_>,
) -> Result<Acquired, Error> {
    let mut own = request.submission(context);
    let mut heartbeat = Heartbeat::default();
    loop {
        let failed =
            |error: StoreError| Error::SubmissionStore { key: own.key.clone(), job_id: None, source: Arc::new(error) };
        let recorded = store.begin(&own).await.map_err(failed)?;
        if recorded.owner == own.owner {
            return Ok(Acquired::Lease(Arc::new(Lease::new(store, recorded))));
        }
        check_same_request(&own, &recorded)?;
        match recorded.job_id {
            Some(job_id) if is_rerun(context, request, job_id).await? => own.attempt = recorded.attempt + 1,
            Some(job_id) => return Ok(Acquired::Job(job_id)),
            None if recorded.state == SubmissionState::Abandoned || heartbeat.has_stopped(&recorded) => {
                if store.take_over(&recorded, &own.owner).await.map_err(failed)? {
                    let taken_over = Submission { owner: own.owner, ..recorded };
                    return Ok(Acquired::Lease(Arc::new(Lease::new(store, taken_over))));
                }
            }
            None => sleep(LOOK_INTERVAL).await,
        }
    }
}

fn check_same_request(own: &Submission, recorded: &Submission) -> Result<(), Error> {
    let request = |submission: &Submission| (submission.workflow_id, submission.input_digest.clone());
    if request(own) == request(recorded) {
        return Ok(());
    }
    let ((workflow, digest), (recorded_workflow, recorded_digest)) = (request(own), request(recorded));
    Err(Error::InvalidInput(format!(
        "the idempotency key `{}` belongs to another request: workflow {recorded_workflow} with the input of digest \
         {recorded_digest}, not workflow {workflow} with the input of digest {digest}. A key identifies one request: choose \
         another one",
        own.key.as_deref().unwrap_or_default(),
    )))
}

/// Whether the job of the key ended in a way with which the workflow runs again.
async fn is_rerun(context: &Context, request: &Request<'_>, job_id: i64) -> Result<bool, Error> {
    Ok(!request.rerun.is_empty() && request.rerun.contains(&get::get(context, job_id).await?.status))
}

/// The heartbeat of another owner, as it was seen last.
#[derive(Default)]
struct Heartbeat(Option<(String, i64, Instant)>);

impl Heartbeat {
    /// Whether it has not changed for the length of a lease.
    fn has_stopped(&mut self, submission: &Submission) -> bool {
        match &self.0 {
            Some((owner, heartbeat, since)) if (owner, heartbeat) == (&submission.owner, &submission.heartbeat) => {
                since.elapsed() >= LEASE
            }
            _ => {
                self.0 = Some((submission.owner.clone(), submission.heartbeat, Instant::now()));
                false
            }
        }
    }
}
