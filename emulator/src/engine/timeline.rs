//! The status of a job at a given time, derived from its creation, its plan and its cancellation.

use std::time::Duration;

use jiff::Timestamp;
use nebula_explorer::JobStatus;

use crate::clock::after;

/// How long a job is preparing before it runs, in emulated time.
pub(crate) const PREPARING: Duration = Duration::from_secs(1);

/// How long a cancelled job is stopping before it is interrupted, in emulated time.
pub(crate) const STOPPING: Duration = Duration::from_secs(1);

/// The tasks of a job, which run one after another until one fails.
pub(crate) struct Plan<'a> {
    pub created: Timestamp,
    pub cancelled: Option<Timestamp>,
    pub tasks: &'a [PlannedTask],
}

/// How long a task takes, and whether it succeeds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedTask {
    pub duration: Duration,
    pub succeeds: bool,
}

/// The status of a job or task, with the times that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    pub status: JobStatus,
    pub started: Option<Timestamp>,
    pub ended: Option<Timestamp>,
}

impl Plan<'_> {
    /// The job and its tasks at a given time. A task that has not started, or never will, is preparing.
    pub(crate) fn at(&self, now: Timestamp) -> (Stage, Vec<Stage>) {
        match self.cancelled {
            Some(cancelled) if cancelled <= now => self.cancelled(cancelled, now),
            _ => self.running(now),
        }
    }

    fn running(&self, now: Timestamp) -> (Stage, Vec<Stage>) {
        let start = after(self.created, PREPARING);
        let mut next_start = Some(start);
        let mut end = (JobStatus::Success, start);
        let mut tasks = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            let Some(start) = next_start else {
                tasks.push(Stage::PREPARING);
                continue;
            };
            let status = if task.succeeds { JobStatus::Success } else { JobStatus::Failed };
            end = (status, after(start, task.duration));
            tasks.push(Stage::between(start, end, now));
            next_start = task.succeeds.then_some(end.1);
        }
        (Stage::between(start, end, now), tasks)
    }

    /// The tasks that were running when the job was cancelled are stopping, and then interrupted.
    fn cancelled(&self, cancelled: Timestamp, now: Timestamp) -> (Stage, Vec<Stage>) {
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
    const PREPARING: Self = Self { status: JobStatus::Preparing, started: None, ended: None };

    fn between(start: Timestamp, (final_status, end): (JobStatus, Timestamp), now: Timestamp) -> Self {
        if now < start {
            Self::PREPARING
        } else if now < end {
            Self { status: JobStatus::Running, started: Some(start), ended: None }
        } else {
            Self { status: final_status, started: Some(start), ended: Some(end) }
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

    /// A second, the statuses of the job and its tasks, and when the job started and ended.
    type Row = (i64, [JobStatus; 3], Option<i64>, Option<i64>);

    fn check(succeed: [bool; 2], cancelled: Option<i64>, expected: &[Row]) {
        let tasks = succeed.map(|succeeds| PlannedTask { duration: Duration::from_secs(2), succeeds });
        let plan = Plan { created: second(0), cancelled: cancelled.map(second), tasks: &tasks };
        for &(now, statuses, started, ended) in expected {
            let (job, tasks) = plan.at(second(now));
            assert_eq!([job.status, tasks[0].status, tasks[1].status], statuses, "at {now}");
            assert_eq!((job.started, job.ended), (started.map(second), ended.map(second)), "at {now}");
        }
    }

    #[test]
    fn tasks_run_one_after_another() {
        check(
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
    fn no_task_runs_after_a_failed_one() {
        check(
            [false, true],
            None,
            &[(2, [Running, Running, Preparing], Some(1), None), (3, [Failed, Failed, Preparing], Some(1), Some(3))],
        );
    }

    #[test]
    fn a_cancelled_job_is_stopping_and_then_interrupted() {
        let while_running = [
            (3, [Running, Success, Running], Some(1), None),
            (4, [Stopping, Success, Stopping], Some(1), None),
            (5, [Interrupted, Success, Interrupted], Some(1), Some(5)),
            (9, [Interrupted, Success, Interrupted], Some(1), Some(5)),
        ];
        check([true, true], Some(4), &while_running);
        let while_preparing = [
            (0, [Stopping, Preparing, Preparing], None, None),
            (1, [Interrupted, Preparing, Preparing], None, Some(1)),
        ];
        check([true, true], Some(0), &while_preparing);
    }
}
