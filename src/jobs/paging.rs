//! All pages of a list, as a stream.
//!
//! Page numbers alone lose jobs: if a job leaves a page that was read, because it vanished or no longer matches the filter, the
//! next one moves onto that page and is never seen. So the list is read through windows of creation time: each one starts at the
//! last job that was seen, and must show a job that was seen before, which proves that nothing lies between the two.
//!
//! Nothing is assumed that the API does not document. Times may have whole seconds, and the bounds of a filter may be inclusive
//! or exclusive: a window that does not connect is widened. The server may also ignore a filter, limit the size of pages, ignore
//! page numbers, or miscount: what it returns decides, and a list that cannot be completed is an error.

use std::collections::HashSet;

use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};

use crate::contract::job::Job;
use crate::error::{CallContext, Error};
use crate::jobs::list::ListJobs;
use crate::jobs::page::{Page, place_of_rows};

impl ListJobs {
    /// All matching jobs, one page at a time, whatever the size of the server's pages.
    ///
    /// No job comes twice, and none is left out that existed all along; jobs that appear or vanish meanwhile may be included or
    /// not. The stream always ends: a list with the oldest job first ends with the newest one that existed at the start. If the
    /// server repeats a page, so that the list cannot be completed, the stream ends with [`Error::InvalidResponse`].
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::TryStreamExt as _;
    ///
    /// let mut pages = explorer.jobs().page_size(100).by_page();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} jobs", page.jobs.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn by_page(self) -> BoxStream<'static, Result<Page, Error>> {
        let pages = Pages {
            first_page: self.first_page(),
            page: self.first_page(),
            request: self,
            seen: HashSet::new(),
            window: None,
            overlap: OVERLAPS[0],
            whole_seconds: true,
            longest: 0,
            previous: Vec::new(),
            by_number: false,
            started: false,
            ended: false,
        };
        stream::try_unfold(pages, |mut pages| async { Ok(pages.next().await?.map(|page| (page, pages))) }).boxed()
    }

    /// All matching jobs, one at a time; see [`by_page`](Self::by_page).
    ///
    /// A row that cannot be read is an [`Error::InvalidResponse`], so that it is not overlooked. The stream goes on behind it.
    ///
    /// ```no_run
    /// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
    /// use futures_util::TryStreamExt as _;
    ///
    /// let jobs: Vec<_> = explorer.jobs().by_item().try_collect().await?;
    /// println!("{} jobs", jobs.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn by_item(self) -> BoxStream<'static, Result<Job, Error>> {
        let items = |page: Page| {
            let malformed = page.malformed.into_iter().map(|row| Err(row.into_error()));
            stream::iter(page.jobs.into_iter().map(Ok).chain(malformed))
        };
        self.by_page().map_ok(items).try_flatten().boxed()
    }
}

/// How far a window reaches back before the last job: not at all, over bounds that are exclusive, and over times that are cut to
/// whole seconds when they are stored, shown or compared.
const OVERLAPS: [SignedDuration; 3] =
    [SignedDuration::ZERO, SignedDuration::from_millis(1), SignedDuration::from_secs(2)];

const WIDEST: SignedDuration = OVERLAPS[2];

struct Pages {
    request: ListJobs,
    first_page: u32,
    /// The page within the window.
    page: u32,
    seen: HashSet<i64>,
    /// `None` for the first window, which starts where the list does.
    window: Option<Window>,
    /// The overlap that the next window starts with.
    overlap: SignedDuration,
    /// Whether no job so far shows a time within a second.
    whole_seconds: bool,
    /// The most jobs that a page had so far.
    longest: usize,
    /// The jobs of the page before, in this window.
    previous: Vec<i64>,
    /// Whether page numbers alone have to do: jobs have no times, or the server ignores bounds or the order.
    by_number: bool,
    started: bool,
    ended: bool,
}

/// A part of the list.
#[derive(Clone, Copy)]
struct Window {
    /// The time of the last job that was seen before.
    last: Timestamp,
    overlap: SignedDuration,
}

impl Window {
    fn bound(&self, oldest_first: bool) -> Option<Timestamp> {
        if oldest_first { self.last.checked_sub(self.overlap) } else { self.last.checked_add(self.overlap) }.ok()
    }

    fn wider(self) -> Option<Self> {
        let overlap = OVERLAPS.into_iter().find(|overlap| *overlap > self.overlap)?;
        Some(Self { overlap, ..self })
    }
}

impl Pages {
    async fn next(&mut self) -> Result<Option<Page>, Error> {
        if !std::mem::replace(&mut self.started, true) && self.request.is_oldest_first() {
            self.end_with_the_newest().await?;
        }
        while !self.ended {
            let request = match self.bound() {
                Some(bound) => self.request.clone().starting_at(bound),
                None => self.request.clone(),
            };
            let (mut page, call) = request.page(self.page).send().await?;
            if !self.connects(&page) {
                continue;
            }
            self.advance(&page, &call)?;
            let request = &self.request;
            page.jobs.retain(|job| self.seen.insert(job.id) && request.matches(job));
            page.malformed.retain(|row| row.id.is_none_or(|id| self.seen.insert(id)));
            if !page.jobs.is_empty() || !page.malformed.is_empty() {
                return Ok(Some(page));
            }
        }
        Ok(None)
    }

    fn bound(&self) -> Option<Timestamp> {
        self.window.filter(|_| !self.by_number)?.bound(self.request.is_oldest_first())
    }

    /// Whether a window shows a job that was seen before. Otherwise the server cuts or excludes its bound, or the job there has
    /// vanished, and the window is widened.
    fn connects(&mut self, page: &Page) -> bool {
        let Some(window) = self.window.filter(|_| !self.by_number && self.page == 1) else { return true };
        if page.ids().any(|id| self.seen.contains(&id)) {
            return true;
        }
        let Some(wider) = window.wider() else { return true };
        self.window = Some(wider);
        if self.whole_seconds && wider.overlap == WIDEST {
            self.overlap = WIDEST;
        }
        false
    }

    /// Decides, by what is on a page, where the next one is: on the next page of this window, in the next window, or nowhere.
    fn advance(&mut self, page: &Page, call: &CallContext) -> Result<(), Error> {
        let ids: Vec<i64> = page.ids().collect();
        let has_new = ids.iter().any(|id| !self.seen.contains(id)) || page.malformed.iter().any(|row| row.id.is_none());
        let is_full = page.rows() >= self.longest;
        self.longest = self.longest.max(page.rows());
        // A page with less than the others, and nothing new, is the rest of the list.
        if page.rows() == 0 || (!has_new && !is_full) {
            self.ended = true;
            return Ok(());
        }
        if ids == self.previous {
            self.ended = true;
            return self.check_repeated_page(page, call);
        }
        self.whole_seconds &=
            page.jobs.iter().filter_map(|job| job.created_at).all(|time| time.subsec_nanosecond() == 0);
        if self.restarts_by_number(page) {
            return Ok(());
        }
        match self.next_window(page).filter(|_| has_new) {
            Some(window) => {
                (self.window, self.page) = (Some(window), 1);
                self.previous.clear();
            }
            None => {
                self.page = self.page.saturating_add(1);
                self.previous = ids;
            }
        }
        Ok(())
    }

    /// The window after this page; `None` if the next page of this window gets further.
    fn next_window(&self, page: &Page) -> Option<Window> {
        if self.by_number {
            return None;
        }
        let oldest_first = self.request.is_oldest_first();
        let window = Window { last: page.jobs.last()?.created_at?, overlap: self.overlap };
        let bound = window.bound(oldest_first)?;
        let is_repeated = |time: Timestamp| if oldest_first { time >= bound } else { time <= bound };
        let repeated = page.jobs.iter().filter(|job| job.created_at.is_some_and(is_repeated)).count();
        let gets_further = self.bound().is_none_or(|start| if oldest_first { bound > start } else { bound < start });
        // A window that repeats most of the page would be read for little.
        (gets_further && (repeated * 2 <= self.longest || repeated == 1)).then_some(window)
    }

    /// The server may ignore the bounds or the order; then windows would start anew all the time, and page numbers alone have to do.
    /// Returns whether the list is read from its start again, because windows have skipped a part of it.
    fn restarts_by_number(&mut self, page: &Page) -> bool {
        let times: Vec<Timestamp> = page.jobs.iter().filter_map(|job| job.created_at).collect();
        let oldest_first = self.request.is_oldest_first();
        let in_order = times.windows(2).all(|pair| match oldest_first {
            true => pair[0] <= pair[1],
            false => pair[0] >= pair[1],
        });
        let is_outside = |time: &Timestamp, bound: Timestamp| {
            let within = if oldest_first { bound.duration_until(*time) } else { time.duration_until(bound) };
            within < -WIDEST
        };
        let outside = self.bound().is_some_and(|bound| times.iter().any(|time| is_outside(time, bound)));
        self.by_number |= times.len() < page.jobs.len() || !in_order || outside;
        if !self.by_number || self.window.take().is_none() {
            return false;
        }
        self.page = self.first_page;
        self.previous.clear();
        true
    }

    /// The same page twice: the server shows its last page for every number beyond it, or it ignores page numbers.
    fn check_repeated_page(&self, page: &Page, call: &CallContext) -> Result<(), Error> {
        // Pages of rows without ids only cannot be compared.
        let shows_last_page = self.page > self.first_page.saturating_add(1) && page.ids().next().is_some();
        // Some servers count the jobs of the page instead of all of them.
        let counts_all = |total: &usize| *total > page.rows();
        let total = page.total.and_then(|total| usize::try_from(total).ok()).filter(counts_all);
        let is_complete = total.is_some_and(|total| total == self.seen.len());
        if shows_last_page || is_complete {
            return Ok(());
        }
        let problem = format!(
            "page {} repeats the page before it, so the list cannot be completed after {} jobs. Narrow it by time or by status",
            self.page,
            self.seen.len()
        );
        Err(Error::invalid_response(call.clone(), place_of_rows(), problem))
    }

    /// Jobs that appear while the oldest come first would make an endless list.
    async fn end_with_the_newest(&mut self) -> Result<(), Error> {
        let newest = self.request.clone().newest_first().page(1).page_size(1).await?;
        let newest = newest.jobs.first().and_then(|job| job.created_at);
        if let Some(end) = newest.and_then(|time| time.checked_add(WIDEST).ok()) {
            self.request = self.request.clone().ending_at(end);
        }
        Ok(())
    }
}
