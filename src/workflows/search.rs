//! Looks for the job of a submission whose response is lost, among the jobs that were not there before its request.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::client::context::Context;
use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::list::ListJobs;
use crate::jobs::page::Page;
use crate::jobs::poll::{PollIntervals, PollLoop, PollTolerance};
use crate::workflows::lease::Lease;
use crate::workflows::store::{Baseline, LEASE};

/// The intervals between two looks for a job.
const LOOK_INTERVALS: PollIntervals = PollIntervals::every(Duration::from_secs(1));

/// How many jobs are listed at a time.
const PAGE_SIZE: u32 = 100;

/// The search for the job of one submission.
pub(crate) struct Search {
    jobs: ListJobs,
    pub baseline: Baseline,
    grace_period: Duration,
}

/// What was found.
pub(crate) enum Found {
    /// The job, which is recorded now.
    Job(i64),
    Nothing,
    /// Jobs that may be the one.
    Candidates(Vec<Job>),
    /// The submission has another owner by now.
    TakenOver,
}

/// What was listed so far, and which of it was not there before.
#[derive(Default)]
struct Looked {
    ids: HashSet<i64>,
    /// Created since the request by their own times.
    recent: Vec<Job>,
    /// Without a time, or with one before the request: a job of others that becomes visible late, or the lost one if the clocks
    /// of the response and of the job differ.
    doubtful: Vec<Job>,
}

impl Search {
    /// Lists the newest jobs, so that later ones are recognized whatever their times look like, and reads the server's clock from
    /// the same response.
    pub(crate) async fn prepare(context: &Context, workflow_id: i64, grace_period: Duration) -> Result<Self, Error> {
        let jobs = list(context, workflow_id);
        let first = jobs.clone().await?;
        let sent_after = context.shared.transport.clock.not_before_now();
        // A server that ignores the order shows the newest jobs on another page.
        let pages = match is_newest_first(&first) {
            true => vec![first],
            false => jobs.clone().by_page().try_collect().await?,
        };
        let known_jobs = pages.iter().flat_map(Page::ids).collect();
        let horizon = pages.iter().flat_map(|page| &page.jobs).filter_map(|job| job.created_at).min();
        let baseline = Baseline { known_jobs, horizon, sent_after };
        Ok(Self { jobs, baseline, grace_period })
    }

    /// The search for a job whose request was sent before, perhaps by another process.
    pub(crate) fn resume(context: &Context, workflow_id: i64, baseline: Baseline, grace_period: Duration) -> Self {
        Self { jobs: list(context, workflow_id), baseline, grace_period }
    }

    /// Looks until the job is found and recorded, or the grace period is over.
    pub(crate) async fn find(&self, lease: &Lease) -> Result<Found, Error> {
        let started = Instant::now();
        let mut poll_loop = PollLoop::new(LOOK_INTERVALS, PollTolerance::default());
        let mut looked = Looked::default();
        loop {
            // Read before the list: a job that is listed by the end of the grace period is not missed.
            let grace_period_over = started.elapsed() >= self.grace_period;
            // Between the first and the last time only down to what was listed already: there may be thousands of jobs.
            if grace_period_over {
                looked = Looked::default();
            }
            let new = self.look(&looked.ids).await;
            if let Some(new) = poll_loop.tolerate(new)? {
                looked.ids.extend(new.ids);
                looked.recent.extend(new.recent);
                looked.doubtful.extend(new.doubtful);
                // Read after the jobs: a job that was listed is recorded by now, or its submission is in progress.
                let others = lease.others(self.recently()).await?;
                let recent = others.unclaimed(looked.recent.clone());
                let is_contested = recent.iter().any(|job| others.may_have_created(job));
                match (recent.as_slice(), is_contested) {
                    ([], _) if grace_period_over => {
                        let doubtful = others.unclaimed(looked.doubtful);
                        return Ok(if doubtful.is_empty() { Found::Nothing } else { Found::Candidates(doubtful) });
                    }
                    ([job], false) if lease.record(job.id).await? => return Ok(Found::Job(job.id)),
                    ([_], false) => return Ok(Found::TakenOver),
                    ([_, _, ..], false) => return Ok(Found::Candidates(recent)),
                    ([_, ..], true) if grace_period_over => return Ok(Found::Candidates(recent)),
                    _ => {}
                }
            }
            poll_loop.pause().await;
        }
    }

    /// All jobs that were not there before and are of no other submission.
    pub(crate) async fn candidates(&self, lease: &Lease) -> Result<Vec<Job>, Error> {
        let Looked { recent, doubtful, .. } = self.look(&HashSet::new()).await?;
        Ok(lease.others(self.recently()).await?.unclaimed([recent, doubtful].concat()))
    }

    /// How long before this submission another one may have ended without its job, so that its job may be seen as this one's.
    fn recently(&self) -> SignedDuration {
        SignedDuration::try_from(self.grace_period.max(LEASE)).unwrap_or(SignedDuration::MAX)
    }

    /// Lists the jobs down to those that were there before, or that were listed already.
    async fn look(&self, listed: &HashSet<i64>) -> Result<Looked, Error> {
        let mut pages = self.jobs.clone().by_page();
        let mut looked = Looked::default();
        let Baseline { known_jobs, horizon, sent_after } = &self.baseline;
        let is_new = |id: &i64| !known_jobs.contains(id) && !listed.contains(id);
        let was_there =
            |job: &Job| !is_new(&job.id) || job.created_at.zip(*horizon).is_some_and(|(at, horizon)| at < horizon);
        while let Some(page) = pages.try_next().await? {
            // A row that cannot be read may be the job.
            if let Some(row) = page.malformed.iter().find(|row| row.id.as_ref().is_none_or(is_new)) {
                return Err(row.clone().into_error());
            }
            looked.ids.extend(page.ids());
            // New jobs come before the others.
            let is_last = is_newest_first(&page) && !page.ids().all(|id| is_new(&id));
            for job in page.jobs.into_iter().filter(|job| !was_there(job)) {
                if is_recent(&job, *sent_after) { looked.recent.push(job) } else { looked.doubtful.push(job) }
            }
            if is_last {
                break;
            }
        }
        Ok(looked)
    }
}

/// Whether nothing shows that the server ignores the order.
fn is_newest_first(page: &Page) -> bool {
    let times: Vec<Timestamp> = page.jobs.iter().filter_map(|job| job.created_at).collect();
    times.is_sorted_by(|one, next| one >= next)
}

fn list(context: &Context, workflow_id: i64) -> ListJobs {
    ListJobs::new(context.clone(), Some(workflow_id)).newest_first().page_size(PAGE_SIZE)
}

fn is_recent(job: &Job, sent_after: Option<Timestamp>) -> bool {
    job.created_at.is_some_and(|created| sent_after.is_none_or(|sent| created >= sent))
}
