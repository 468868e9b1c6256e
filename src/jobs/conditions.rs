//! Conditions to wait for. They compose with `and`, `or` and `not`, and every `Fn(&Job) -> bool` is a condition.
//!
//! ```no_run
//! # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
//! use nebula_explorer::conditions::{Condition, ended, task_ended};
//!
//! // Whichever comes first: the query has ended, or the job has.
//! let job = explorer.job(107).wait_until(task_ended("Query").or(ended())).await?;
//! # Ok(())
//! # }
//! ```

use crate::contract::code::JobStatus;
use crate::contract::job::Job;

/// A condition that a job meets or does not.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// let job = explorer.job(107).wait_until(|job: &nebula_explorer::Job| job.tasks.len() > 1).await?;
/// # let _ = job;
/// # Ok(())
/// # }
/// ```
pub trait Condition {
    /// Whether the job meets it.
    fn is_met(&self, job: &Job) -> bool;

    /// Both are met.
    fn and<C: Condition>(self, other: C) -> And<Self, C>
    where
        Self: Sized,
    {
        And(self, other)
    }

    /// At least one is met.
    fn or<C: Condition>(self, other: C) -> Or<Self, C>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// It is not met.
    fn not(self) -> Not<Self>
    where
        Self: Sized,
    {
        Not(self)
    }
}

/// The job has ended, successfully or not.
pub fn ended() -> impl Condition + Clone + Send + Sync + 'static {
    |job: &Job| job.status.is_terminal()
}

/// The job is in this status.
pub fn status(status: JobStatus) -> impl Condition + Clone + Send + Sync + 'static {
    move |job: &Job| job.status == status
}

/// The task with this name or id has ended, successfully or not.
pub fn task_ended(name_or_id: impl Into<String>) -> impl Condition + Clone + Send + Sync + 'static {
    let name_or_id = name_or_id.into();
    move |job: &Job| job.task(&name_or_id).is_some_and(|task| task.status.is_terminal())
}

impl<F: Fn(&Job) -> bool> Condition for F {
    fn is_met(&self, job: &Job) -> bool {
        self(job)
    }
}

/// Both of two conditions. Returned by [`Condition::and`].
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use nebula_explorer::conditions::{Condition as _, task_ended};
///
/// let job = explorer.job(107).wait_until(task_ended("Query").and(task_ended("BFS"))).await?;
/// # let _ = job;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct And<A, B>(A, B);

/// At least one of two conditions. Returned by [`Condition::or`].
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use nebula_explorer::conditions::{Condition as _, ended, task_ended};
///
/// let job = explorer.job(107).wait_until(task_ended("Query").or(ended())).await?;
/// # let _ = job;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Or<A, B>(A, B);

/// The negation of a condition. Returned by [`Condition::not`].
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// use nebula_explorer::JobStatus;
/// use nebula_explorer::conditions::{Condition as _, status};
///
/// let job = explorer.job(107).wait_until(status(JobStatus::Preparing).not()).await?;
/// # let _ = job;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Not<A>(A);

impl<A: Condition, B: Condition> Condition for And<A, B> {
    fn is_met(&self, job: &Job) -> bool {
        self.0.is_met(job) && self.1.is_met(job)
    }
}

impl<A: Condition, B: Condition> Condition for Or<A, B> {
    fn is_met(&self, job: &Job) -> bool {
        self.0.is_met(job) || self.1.is_met(job)
    }
}

impl<A: Condition> Condition for Not<A> {
    fn is_met(&self, job: &Job) -> bool {
        !self.0.is_met(job)
    }
}
