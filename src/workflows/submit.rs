//! Sending the request of a submission at most once, and finding out whether a job was created if its response is lost.
//!
//! The API has no idempotency key, and the response to running a workflow is the only place that names the job it created. If
//! that response is lost, the job may or may not exist. What can be known is which jobs of the workflow are there that were not
//! there before, whether they were created since the request was sent, and which of them belong to other submissions in the
//! same store.

use std::sync::Arc;

use crate::client::context::Context;
use crate::contract::job::Job;
use crate::error::{Error, UnknownOutcome};
use crate::transport::transport::BeforeSend;
use crate::workflows::acquire::{Acquired, acquire};
use crate::workflows::lease::Lease;
use crate::workflows::request::{DEFAULT_GRACE_PERIOD, Request};
use crate::workflows::search::{Found, Search};
use crate::workflows::store::{Baseline, Submission, SubmissionState, SubmissionStore};

/// How many times a request is sent at most, the first time included.
const MAX_SENDS: u32 = 3;

/// Sends a request until there is a job, and returns its id, or what is known of it as an error. A key that has a job already sends
/// nothing.
pub(crate) async fn submit<F>(
    context: &Context,
    store: &Arc<dyn SubmissionStore>,
    request: Request<'_>,
    send: impl Fn(BeforeSend) -> F,
) -> Result<i64, Error>
where
    F: Future<Output = Result<i64, Error>>,
{
    // First, so that the server's clock is known from its response.
    context.token().await?;
    loop {
        let lease = match acquire(context, store, &request).await? {
            Acquired::Job(id) => return Ok(id),
            Acquired::Lease(lease) => lease,
        };
        let outcome = lease.keep(attempt(context, &lease, &request, &send)).await;
        // Its new owner finds the job, or sends the request.
        if !lease.is_lost() {
            return outcome;
        }
    }
}

/// Sends the request of a submission, or finds the job of a request that was sent before.
async fn attempt<F>(
    context: &Context,
    lease: &Arc<Lease>,
    request: &Request<'_>,
    send: &impl Fn(BeforeSend) -> F,
) -> Result<i64, Error>
where
    F: Future<Output = Result<i64, Error>>,
{
    let grace_period = request.grace_period();
    let Submission { workflow_id, state, baseline, .. } = &lease.submission;
    let was_sent = *state != SubmissionState::Preparing;
    let patience = grace_period.unwrap_or(DEFAULT_GRACE_PERIOD);
    let search = match baseline {
        Some(baseline) if was_sent => Some(Search::resume(context, *workflow_id, baseline.clone(), patience)),
        _ if request.key.is_some() || grace_period.is_some() => {
            match Search::prepare(context, *workflow_id, patience).await {
                Ok(search) => Some(search),
                Err(error) => {
                    // Nothing was sent.
                    let _ = lease.release().await;
                    return Err(error);
                }
            }
        }
        _ => None,
    };
    let baseline = Arc::new(search.as_ref().map(|search| search.baseline.clone()));
    let sent_after = match &*baseline {
        Some(baseline) => baseline.sent_after,
        None => context.shared.transport.clock.not_before_now(),
    };
    // Whatever comes of sending it again, it was the first request that was lost.
    let mut lost = was_sent.then_some(Lost(None));
    let unknown = |lost: &Lost, candidates: Vec<Job>| {
        let (workflow_id, cause) = (*workflow_id, lost.0.clone());
        Err(Error::OutcomeUnknown(Box::new(UnknownOutcome { workflow_id, sent_after, cause, candidates })))
    };
    let mut sends = 0;
    loop {
        if let Some(lost) = &lost {
            let Some(search) = search.as_ref().filter(|_| was_sent || grace_period.is_some()) else {
                return unknown(lost, Vec::new());
            };
            match search.find(lease).await {
                Ok(Found::Job(id)) => return Ok(id),
                Ok(Found::Nothing) if sends < MAX_SENDS => {}
                Ok(Found::Nothing | Found::TakenOver) => return unknown(lost, Vec::new()),
                Ok(Found::Candidates(candidates)) => return unknown(lost, candidates),
                Err(error @ Error::SubmissionStore { job_id: Some(_), .. }) => return Err(error),
                Err(_) => return unknown(lost, Vec::new()),
            }
        }
        sends += 1;
        match (send(before_send(lease, &baseline)).await, &lost) {
            (Ok(id), None) => return recorded(lease, id).await,
            (Ok(id), Some(lost)) => {
                // The first request may have created a job after all, which is seen only now.
                let candidates = match &search {
                    Some(search) => search.candidates(lease).await.unwrap_or_default(),
                    None => Vec::new(),
                };
                if candidates.iter().all(|job| job.id == id) {
                    return recorded(lease, id).await;
                }
                return unknown(lost, candidates);
            }
            (Err(error), None) if lease.is_lost() || !error.may_have_created_job() => {
                // The error of the request says more than one of the store.
                let _ = lease.release().await;
                return Err(error);
            }
            (Err(error), None) => lost = Some(Lost(Some(error))),
            (Err(error), Some(_)) if lease.is_lost() => return Err(error),
            (Err(_), Some(_)) => {}
        }
    }
}

/// A request whose response was lost, and how, if it is known.
struct Lost(Option<Error>);

/// What is done immediately before each request: the submission must still have this owner.
fn before_send(lease: &Arc<Lease>, baseline: &Arc<Option<Baseline>>) -> BeforeSend {
    let (lease, baseline) = (Arc::clone(lease), Arc::clone(baseline));
    Arc::new(move || {
        let (lease, baseline) = (Arc::clone(&lease), Arc::clone(&baseline));
        Box::pin(async move { lease.start_sending(Option::as_ref(&baseline)).await })
    })
}

async fn recorded(lease: &Lease, job_id: i64) -> Result<i64, Error> {
    // Another owner looks for this job, and finds it.
    lease.record(job_id).await?;
    Ok(job_id)
}
