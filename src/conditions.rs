//! Conditions on a job, to wait for: they compose with `and`, `or` and `not`, and every `Fn(&Job) -> bool` is one.
//!
//! ```no_run
//! # async fn run(explorer: nebula_explorer::Explorer) -> Result<(), nebula_explorer::Error> {
//! use nebula_explorer::conditions::{Condition, ended, task_ended};
//!
//! // Whichever comes first: the query is done, or the job is over.
//! let job = explorer.job(107).wait_until(task_ended("Query").or(ended())).await?;
//! # Ok(())
//! # }
//! ```

use crate::generated::JobStatus;
use crate::job::Job;

/// Something that may hold of a job.
pub trait Condition {
    /// Whether it holds.
    fn holds(&self, job: &Job) -> bool;

    /// Both hold.
    fn and<C: Condition>(self, other: C) -> And<Self, C>
    where
        Self: Sized,
    {
        And(self, other)
    }

    /// At least one holds.
    fn or<C: Condition>(self, other: C) -> Or<Self, C>
    where
        Self: Sized,
    {
        Or(self, other)
    }

    /// It does not hold.
    fn not(self) -> Not<Self>
    where
        Self: Sized,
    {
        Not(self)
    }
}

/// The job has ended, in success or not.
pub fn ended() -> impl Condition + Clone + Send + Sync + 'static {
    |job: &Job| job.status.is_end()
}

/// The job is in this status.
pub fn status(status: JobStatus) -> impl Condition + Clone + Send + Sync + 'static {
    move |job: &Job| job.status == status
}

/// The task with this name or id has ended, in success or not.
pub fn task_ended(name_or_id: impl Into<String>) -> impl Condition + Clone + Send + Sync + 'static {
    let name_or_id = name_or_id.into();
    move |job: &Job| job.task(&name_or_id).is_some_and(|task| task.status.is_end())
}

impl<F: Fn(&Job) -> bool> Condition for F {
    fn holds(&self, job: &Job) -> bool {
        self(job)
    }
}

/// Two conditions that both hold. Made by [`Condition::and`].
#[derive(Clone, Copy, Debug)]
pub struct And<A, B>(A, B);

/// Two conditions of which at least one holds. Made by [`Condition::or`].
#[derive(Clone, Copy, Debug)]
pub struct Or<A, B>(A, B);

/// A condition that does not hold. Made by [`Condition::not`].
#[derive(Clone, Copy, Debug)]
pub struct Not<A>(A);

impl<A: Condition, B: Condition> Condition for And<A, B> {
    fn holds(&self, job: &Job) -> bool {
        self.0.holds(job) && self.1.holds(job)
    }
}

impl<A: Condition, B: Condition> Condition for Or<A, B> {
    fn holds(&self, job: &Job) -> bool {
        self.0.holds(job) || self.1.holds(job)
    }
}

impl<A: Condition> Condition for Not<A> {
    fn holds(&self, job: &Job) -> bool {
        !self.0.holds(job)
    }
}
