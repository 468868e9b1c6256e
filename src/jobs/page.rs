//! One page of a list of jobs.

use crate::contract::generated::types;
use crate::contract::job::Job;
use crate::contract::operations::fields;
use crate::error::{CallContext, Error};

/// One page of jobs.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let page = explorer.jobs().page(2).await?;
/// println!("{} jobs on page {:?}", page.jobs.len(), page.page);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The jobs, without their tasks.
    pub jobs: Vec<Job>,
    /// The rows of the page that cannot be read, because they do not match the contract.
    pub malformed: Vec<MalformedJob>,
    /// How many jobs match the filter, on all pages, according to the server; `None` if it did not say.
    pub total: Option<u64>,
    /// The number of the page, from 1, according to the server; `None` if it did not say.
    pub page: Option<u64>,
    /// The number of jobs per page, according to the server; `None` if it did not say.
    pub page_size: Option<u64>,
}

/// A row of a list that does not match the contract. The rest of the list is not affected by it.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// for row in explorer.jobs().await?.malformed {
///     println!("job {:?}: {}", row.id, row.problem);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MalformedJob {
    /// The job's id, if that can be read.
    pub id: Option<i64>,
    /// What does not match, and where in the row.
    pub problem: String,
    /// The call that returned it.
    pub call: CallContext,
}

impl MalformedJob {
    pub(crate) fn into_error(self) -> Error {
        let problem = match self.id {
            Some(id) => format!("job {id}: {}", self.problem),
            None => self.problem,
        };
        Error::invalid_response(self.call, place_of_rows(), problem)
    }
}

/// Where the rows are in a response.
pub(crate) fn place_of_rows() -> String {
    format!("{}.{}", fields::DATA, fields::ITEMS)
}

impl Page {
    /// How many rows it has.
    pub(crate) fn rows(&self) -> usize {
        self.jobs.len() + self.malformed.len()
    }

    /// The ids of all rows that have one.
    pub(crate) fn ids(&self) -> impl Iterator<Item = i64> {
        self.jobs.iter().map(|job| job.id).chain(self.malformed.iter().filter_map(|row| row.id))
    }
}

impl From<types::JobPage> for Page {
    fn from(page: types::JobPage) -> Self {
        let count = |number: i64| u64::try_from(number).ok();
        Self {
            jobs: page.items.into_iter().flatten().map(Job::from).collect(),
            malformed: Vec::new(),
            total: count(page.total),
            page: page.page.and_then(count),
            page_size: page.page_size.and_then(count),
        }
    }
}
