//! Where a job is at a time: a function of when it was made, what it has to do, and when it was cancelled.

use std::time::Duration;

use jiff::Timestamp;
use nebula_explorer::JobStatus;

use crate::clock::after;

/// How long a job is prepared before it runs, in emulated time.
pub(crate) const PREPARING: Duration = Duration::from_secs(1);

/// How long a cancelled job is stopped before it is interrupted, in emulated time.
pub(crate) const STOPPING: Duration = Duration::from_secs(1);

/// What a job has to do: its tasks one after another. The first that fails is the last.
pub(crate) struct Plan<'a> {
    pub created: Timestamp,
    pub cancelled: Option<Timestamp>,
    pub tasks: &'a [PlannedTask],
}

/// How long a task takes, and whether it succeeds then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedTask {
    pub duration: Duration,
    pub succeeds: bool,
}

/// Where something is, with the times that have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub status: JobStatus,
    pub began: Option<Timestamp>,
    pub ended: Option<Timestamp>,
}

impl Plan<'_> {
    /// The job and its tasks at a time. A task whose turn has not come, or does not come, is being prepared.
    pub(crate) fn at(&self, now: Timestamp) -> (Stage, Vec<Stage>) {
        match self.cancelled {
            Some(cancelled) if cancelled <= now => self.stopped(cancelled, now),
            _ => self.running(now),
        }
    }

    fn running(&self, now: Timestamp) -> (Stage, Vec<Stage>) {
        let begin = after(self.created, PREPARING);
        let mut turn = Some(begin);
        let mut end = (JobStatus::Success, begin);
        let mut tasks = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            let Some(begin) = turn else {
                tasks.push(Stage::PREPARING);
                continue;
            };
            let status = if task.succeeds { JobStatus::Success } else { JobStatus::Failed };
            end = (status, after(begin, task.duration));
            tasks.push(Stage::between(begin, end, now));
            turn = task.succeeds.then_some(end.1);
        }
        (Stage::between(begin, end, now), tasks)
    }

    /// What was running when the job was cancelled is stopped, and then interrupted.
    fn stopped(&self, cancelled: Timestamp, now: Timestamp) -> (Stage, Vec<Stage>) {
        let (job, tasks) = self.running(cancelled);
        let end = after(cancelled, STOPPING);
        let stop = |stage: Stage| {
            if end <= now {
                Stage { status: JobStatus::Interrupted, ended: Some(end), ..stage }
            } else {
                Stage { status: JobStatus::Stopping, ..stage }
            }
        };
        let tasks = tasks.into_iter().map(|task| if task.status == JobStatus::Running { stop(task) } else { task });
        (stop(job), tasks.collect())
    }
}

impl Stage {
    const PREPARING: Self = Self { status: JobStatus::Preparing, began: None, ended: None };

    fn between(begin: Timestamp, (ends_as, end): (JobStatus, Timestamp), now: Timestamp) -> Self {
        if now < begin {
            Self::PREPARING
        } else if now < end {
            Self { status: JobStatus::Running, began: Some(begin), ended: None }
        } else {
            Self { status: ends_as, began: Some(begin), ended: Some(end) }
        }
    }
}

#[cfg(test)]
mod tests {
    use nebula_explorer::JobStatus::{Failed, Interrupted, Preparing, Running, Stopping, Success};

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap_or_default()
    }

    /// A second, the statuses of the job and of its tasks, and when the job began and ended.
    type Row = (i64, [JobStatus; 3], Option<i64>, Option<i64>);

    fn table(succeed: [bool; 2], cancelled: Option<i64>, expected: &[Row]) {
        let tasks = succeed.map(|succeeds| PlannedTask { duration: Duration::from_secs(2), succeeds });
        let plan = Plan { created: second(0), cancelled: cancelled.map(second), tasks: &tasks };
        for &(now, statuses, began, ended) in expected {
            let (job, tasks) = plan.at(second(now));
            assert_eq!([job.status, tasks[0].status, tasks[1].status], statuses, "at {now}");
            assert_eq!((job.began, job.ended), (began.map(second), ended.map(second)), "at {now}");
        }
    }

    #[test]
    fn tasks_run_one_after_another() {
        table(
            [true, true],
            None,
            &[
                (0, [Preparing, Preparing, Preparing], None, None),
                (1, [Running, Running, Preparing], Some(1), None),
                (3, [Running, Success, Running], Some(1), None),
                (5, [Success, Success, Success], Some(1), Some(5)),
                (9, [Success, Success, Success], Some(1), Some(5)),
            ],
        );
    }

    #[test]
    fn the_first_task_that_fails_is_the_last() {
        table(
            [false, true],
            None,
            &[(2, [Running, Running, Preparing], Some(1), None), (3, [Failed, Failed, Preparing], Some(1), Some(3))],
        );
    }

    #[test]
    fn a_cancelled_job_is_stopped_and_then_interrupted() {
        let stopped = [
            (3, [Running, Success, Running], Some(1), None),
            (4, [Stopping, Success, Stopping], Some(1), None),
            (5, [Interrupted, Success, Interrupted], Some(1), Some(5)),
            (9, [Interrupted, Success, Interrupted], Some(1), Some(5)),
        ];
        table([true, true], Some(4), &stopped);
        let before_it_began = [
            (0, [Stopping, Preparing, Preparing], None, None),
            (1, [Interrupted, Preparing, Preparing], None, Some(1)),
        ];
        table([true, true], Some(0), &before_it_began);
    }
}
