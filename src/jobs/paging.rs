//! All pages of a list, as a stream.
//!
//! Page numbers alone lose jobs: if a job is deleted from a page that was already read, the next one moves onto that page and is
//! never seen. Each further page is therefore requested by the creation time of the last job seen, which does not change when
//! other jobs come or go, and duplicates are dropped. Page numbers are used only among jobs created in the same millisecond.

use std::collections::HashSet;

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use crate::contract::job::Job;
use crate::error::Error;
use crate::jobs::list::{ListJobs, Page};

impl ListJobs {
    /// All jobs that match the filter, a page at a time, whatever page size the server uses.
    ///
    /// No job is returned twice, and every job that exists for the whole time is returned; jobs that are created or deleted
    /// meanwhile may or may not be. Paging always terminates: a list with the oldest job first ends with the job that was the
    /// newest one at the start. After an error the stream ends.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::TryStreamExt as _;
    ///
    /// let mut pages = explorer.jobs().page_size(100).by_page();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} jobs of {}", page.jobs.len(), page.total);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn by_page(self) -> BoxStream<'static, Result<Page, Error>> {
        let pages = Pages {
            page: self.first_page(),
            request: self,
            seen: HashSet::new(),
            cursor: None,
            stale: 0,
            begun: false,
        };
        stream::try_unfold(pages, |mut pages| async { Ok(pages.next().await?.map(|page| (page, pages))) }).boxed()
    }

    /// All jobs that match the filter, one at a time; see [`by_page`](Self::by_page).
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::TryStreamExt as _;
    /// use nebula_explorer::JobStatus;
    ///
    /// let failed: Vec<_> = explorer.jobs().status(JobStatus::Failed).by_item().try_collect().await?;
    /// println!("{} jobs have failed", failed.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn by_item(self) -> BoxStream<'static, Result<Job, Error>> {
        self.by_page().map_ok(|page| stream::iter(page.jobs.into_iter().map(Ok))).try_flatten().boxed()
    }
}

struct Pages {
    request: ListJobs,
    seen: HashSet<i64>,
    /// The creation time of the last job seen: the next page starts there.
    cursor: Option<Timestamp>,
    page: u32,
    /// How many consecutive pages had nothing new.
    stale: u32,
    begun: bool,
}

/// The list ends after this many consecutive pages with nothing new: the first may repeat the jobs of the cursor's millisecond.
const STALE_PAGES: u32 = 2;

impl Pages {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        if !std::mem::replace(&mut self.begun, true) && self.request.is_oldest_first() {
            self.end_with_the_newest().await?;
        }
        while self.stale < STALE_PAGES {
            let mut page = self.request.clone().beginning_at(self.cursor).page(self.page).await?;
            let Some(last) = page.jobs.last() else { return Ok(None) };
            self.advance(last.created_at);
            page.jobs.retain(|job| self.seen.insert(job.id));
            if !page.jobs.is_empty() {
                self.stale = 0;
                return Ok(Some(page));
            }
            self.stale += 1;
        }
        Ok(None)
    }

    fn advance(&mut self, last: Option<Timestamp>) {
        let further = match (last, self.cursor) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(last), Some(cursor)) if self.request.is_oldest_first() => last > cursor,
            (Some(last), Some(cursor)) => last < cursor,
        };
        if further {
            (self.cursor, self.page) = (last, 1);
        } else {
            self.page = self.page.saturating_add(1);
        }
    }

    /// With the oldest job first, jobs created meanwhile would make the list endless.
    async fn end_with_the_newest(&mut self) -> Result<(), Error> {
        let newest = self.request.clone().newest_first().page(1).page_size(1).await?;
        if let Some(time) = newest.jobs.first().and_then(|job| job.created_at) {
            self.request = self.request.clone().created_to(time);
        }
        Ok(())
    }
}
