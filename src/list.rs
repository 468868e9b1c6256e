//! Listing jobs, a page at a time.

use std::future::IntoFuture;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::call;
use crate::error::Error;
use crate::explorer::Explorer;
use crate::generated::types::{JobFilter, Order};
use crate::generated::{JobStatus, types};
use crate::job::Job;

/// A request for one page of jobs, the newest first unless asked otherwise. Made by [`Explorer::jobs`] and by
/// [`WorkflowHandle::jobs`](crate::WorkflowHandle::jobs). Nothing is sent until it is awaited; then a [`Page`] comes back.
///
/// # Errors
/// [`Error::Usage`] for a page or a page size of 0, and the errors of every call.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
/// use nebula_explorer::JobStatus;
///
/// let page = explorer.jobs().status(JobStatus::Failed).page_size(50).await?;
/// println!("{} of {} jobs that failed", page.jobs.len(), page.total);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct ListJobs {
    explorer: Explorer,
    workflow: Option<i64>,
    filter: JobFilter,
    page: Option<u32>,
    page_size: Option<u32>,
}

/// One page of jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The jobs. Lists leave out their tasks.
    pub jobs: Vec<Job>,
    /// How many jobs fit the filter, on all pages.
    pub total: u64,
    /// Which page this is, from 1, in the server's words; `None` if it did not say.
    pub page: Option<u64>,
    /// How many jobs a page holds, in the server's words; `None` if it did not say.
    pub page_size: Option<u64>,
}

impl ListJobs {
    pub(crate) fn new(explorer: Explorer, workflow: Option<i64>) -> Self {
        Self { explorer, workflow, filter: JobFilter::default(), page: None, page_size: None }
    }

    /// Only jobs of this name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.filter.name = Some(name.into());
        self
    }

    /// Only jobs in this status.
    pub fn status(mut self, status: JobStatus) -> Self {
        self.filter.status = Some(status);
        self
    }

    /// Only jobs made at this time or later, to the millisecond.
    pub fn created_from(mut self, time: Timestamp) -> Self {
        self.filter.from_create_time = Some(time.as_millisecond());
        self
    }

    /// Only jobs made at this time or earlier, to the millisecond.
    pub fn created_to(mut self, time: Timestamp) -> Self {
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

    /// The part of the list from this time on, in the list's own order.
    pub(crate) fn beginning_at(self, time: Option<Timestamp>) -> Self {
        match time {
            None => self,
            Some(time) if self.is_oldest_first() => self.created_from(time),
            Some(time) => self.created_to(time),
        }
    }

    /// The oldest job first.
    pub fn oldest_first(mut self) -> Self {
        self.filter.order_by_create_time = Some(Order::Asc);
        self
    }

    /// Which page, from 1.
    pub fn page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// How many jobs a page holds.
    pub fn page_size(mut self, jobs: u32) -> Self {
        self.page_size = Some(jobs);
        self
    }

    async fn send(self) -> Result<Page, Error> {
        if self.page == Some(0) || self.page_size == Some(0) {
            return Err(Error::Usage("pages and their sizes count from 1".into()));
        }
        let filter = (self.filter != JobFilter::default()).then_some(self.filter);
        let client = self.explorer.client();
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
        let answer = match self.workflow {
            None => send!(client.list_jobs()),
            Some(id) => send!(client.list_workflow_jobs().workflow_id(id)),
        };
        Ok(call::finish(&client, answer)?.into_inner().data.into())
    }
}

impl IntoFuture for ListJobs {
    type Output = Result<Page, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl From<types::JobPage> for Page {
    fn from(page: types::JobPage) -> Self {
        let count = |number: i64| u64::try_from(number).ok();
        Self {
            jobs: page.items.into_iter().flatten().map(Job::from).collect(),
            total: count(page.total).unwrap_or(0),
            page: page.page.and_then(count),
            page_size: page.page_size.and_then(count),
        }
    }
}
