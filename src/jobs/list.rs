//! Listing jobs, a page at a time.

use std::future::IntoFuture;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use crate::client::context::Context;
use crate::client::outcome;
use crate::contract::code::JobStatus;
use crate::contract::generated::types::{JobFilter, Order};
use crate::contract::job::Job;
use crate::error::{CallContext, Error};
use crate::jobs::lenient;
use crate::jobs::page::Page;

/// A request for one page of jobs, the newest first by default. Returned by [`Explorer::jobs`](crate::Explorer::jobs) and
/// [`WorkflowHandle::jobs`](crate::WorkflowHandle::jobs). Nothing is sent until it is awaited; the result is a [`Page`].
///
/// # Errors
/// [`Error::InvalidInput`] for a page or a page size of 0, and the [errors of every call](Error#errors-of-every-call).
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use nebula_explorer::JobStatus;
///
/// let page = explorer.jobs().status(JobStatus::Failed).page_size(50).await?;
/// println!("{} jobs on this page have failed", page.jobs.len());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ListJobs {
    context: Context,
    workflow: Option<i64>,
    filter: JobFilter,
    /// The caller's own bounds, by which jobs are checked.
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    page: Option<u32>,
    page_size: Option<u32>,
}

impl ListJobs {
    pub(crate) fn new(context: Context, workflow: Option<i64>) -> Self {
        Self { context, workflow, filter: JobFilter::default(), from: None, to: None, page: None, page_size: None }
    }

    /// Only jobs with this name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.filter.name = Some(name.into());
        self
    }

    /// Only jobs with this status.
    pub fn status(mut self, status: JobStatus) -> Self {
        self.filter.status = Some(status);
        self
    }

    /// Only jobs created at this time or later, to the millisecond.
    pub fn created_from(mut self, time: Timestamp) -> Self {
        self.from = Some(time);
        self.filtered_from(time)
    }

    /// Only jobs created at this time or earlier, to the millisecond.
    pub fn created_to(mut self, time: Timestamp) -> Self {
        self.to = Some(time);
        self.filter.to_create_time = Some(time.as_millisecond());
        self
    }

    pub(crate) fn newest_first(mut self) -> Self {
        self.filter.order_by_create_time = Some(Order::Desc);
        self
    }

    pub(crate) fn is_oldest_first(&self) -> bool {
        self.filter.order_by_create_time == Some(Order::Asc)
    }

    pub(crate) fn first_page(&self) -> u32 {
        self.page.unwrap_or(1)
    }

    /// The part of the list from this time on, in the order of the list. The caller's own bounds stay.
    pub(crate) fn starting_at(self, time: Timestamp) -> Self {
        match self.is_oldest_first() {
            true => {
                let from = self.from.map_or(time, |from| from.max(time));
                self.filtered_from(from)
            }
            false => self.ending_at(time),
        }
    }

    /// The part of the list up to this time. The caller's own bound stays.
    pub(crate) fn ending_at(mut self, time: Timestamp) -> Self {
        let to = self.to.map_or(time, |to| to.min(time));
        self.filter.to_create_time = Some(to.as_millisecond());
        self
    }

    fn filtered_from(mut self, time: Timestamp) -> Self {
        self.filter.from_create_time = Some(time.as_millisecond());
        self
    }

    /// Whether a job belongs to the list, as far as it shows: a server may ignore a filter. Times may be cut to whole seconds.
    pub(crate) fn matches(&self, job: &Job) -> bool {
        const CUT: SignedDuration = SignedDuration::from_secs(1);
        let is_status = self.filter.status.is_none_or(|status| status == job.status);
        let Some(created) = job.created_at else { return is_status };
        is_status
            && self.from.is_none_or(|from| from.duration_until(created) > -CUT)
            && self.to.is_none_or(|to| created.duration_until(to) >= SignedDuration::ZERO)
    }

    /// The oldest job first.
    pub fn oldest_first(mut self) -> Self {
        self.filter.order_by_create_time = Some(Order::Asc);
        self
    }

    /// The number of the page, from 1.
    pub fn page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// The number of jobs per page.
    pub fn page_size(mut self, jobs: u32) -> Self {
        self.page_size = Some(jobs);
        self
    }

    /// The page, and the call that returned it.
    pub(crate) async fn send(self) -> Result<(Page, CallContext), Error> {
        if self.page == Some(0) || self.page_size == Some(0) {
            return Err(Error::InvalidInput("page and page_size must be at least 1".into()));
        }
        let filter = (self.filter != JobFilter::default()).then_some(self.filter);
        let client = self.context.client();
        // The two lists take the same parameters, but are two types of request.
        macro_rules! send {
            ($request:expr) => {{
                let mut request = $request;
                if let Some(filter) = filter {
                    request = request.filter(filter);
                }
                if let Some(page) = self.page {
                    request = request.page(page);
                }
                if let Some(page_size) = self.page_size {
                    request = request.page_size(page_size);
                }
                request.send().await
            }};
        }
        let response = match self.workflow {
            None => send!(client.list_jobs()),
            Some(id) => send!(client.list_workflow_jobs().workflow_id(id)),
        };
        let call = client.inner.call_context();
        let redact = |text: &str| client.inner.redactor(None).redact(text);
        if let Some(page) = outcome::mismatched(&response).and_then(|body| lenient::page(body, &call, redact)) {
            return Ok((page, call));
        }
        let page = outcome::finish(&client, response)?.into_inner().data;
        Ok((outcome::data(&client, page)?.into(), call))
    }
}

impl IntoFuture for ListJobs {
    type Output = Result<Page, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { Ok(self.send().await?.0) })
    }
}
