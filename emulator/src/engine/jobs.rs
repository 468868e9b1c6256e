//! The jobs that have been made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use nebula_explorer::JobStatus;
use nebula_explorer::generated::types;
use nebula_explorer::wire::{JobId, JobTime, TaskTime, WorkflowId};

use crate::engine::results::TaskResult;
use crate::engine::timeline::{Plan, PlannedTask, Stage};
use crate::engine::workflows::Workflow;
use crate::lock::lock;

/// All jobs, by their ids.
#[derive(Default)]
pub(crate) struct Jobs {
    jobs: Mutex<BTreeMap<i64, StoredJob>>,
}

/// The id of the first job, as in the examples of the documentation.
const FIRST_ID: i64 = 105;

/// How many jobs are remembered; the oldest is forgotten for a new one beyond that.
const KEPT: usize = 100_000;

/// A job: what does not change, and when it was cancelled.
#[derive(Clone)]
pub(crate) struct StoredJob {
    pub id: i64,
    pub created: Timestamp,
    pub workflow_id: i64,
    cancelled: Option<Timestamp>,
    name: String,
    workflow_name: String,
    tasks: Vec<StoredTask>,
    plan: Vec<PlannedTask>,
    results: Arc<Vec<TaskResult>>,
    input: types::RunInput,
}

#[derive(Clone)]
struct StoredTask {
    id: String,
    name: &'static str,
}

impl Jobs {
    /// Makes a job and says its id.
    pub(crate) fn make(
        &self,
        workflow: &Workflow,
        input: types::RunInput,
        results: Arc<Vec<TaskResult>>,
        now: Timestamp,
    ) -> i64 {
        let plan = workflow.tasks.iter().zip(results.iter());
        let plan = plan.map(|(task, result)| PlannedTask { duration: task.duration(), succeeds: result.is_ok() });
        let task = |name| StoredTask { id: format!("{:032x}", rand::random::<u128>()), name };
        let mut jobs = lock(&self.jobs);
        let id = jobs.last_key_value().map_or(FIRST_ID, |(last, _)| last + 1);
        let job = StoredJob {
            id,
            created: now,
            workflow_id: workflow.id,
            cancelled: None,
            name: format!("{}_{}", workflow.name, now.strftime("%Y%m%d%H%M%S")),
            workflow_name: workflow.name.clone(),
            tasks: workflow.tasks.iter().map(|it| task(it.component.name())).collect(),
            plan: plan.collect(),
            results,
            input,
        };
        jobs.insert(id, job);
        if jobs.len() > KEPT {
            jobs.pop_first();
        }
        id
    }

    pub(crate) fn get(&self, id: i64) -> Option<StoredJob> {
        lock(&self.jobs).get(&id).cloned()
    }

    /// Cancels a job that has not ended; says whether it did, or `None` if there is no such job.
    pub(crate) fn cancel(&self, id: i64, now: Timestamp) -> Option<bool> {
        let mut jobs = lock(&self.jobs);
        let job = jobs.get_mut(&id)?;
        if job.status(now).is_terminal() {
            return Some(false);
        }
        job.cancelled.get_or_insert(now);
        Some(true)
    }

    pub(crate) fn inputs(&self) -> Vec<(i64, types::RunInput)> {
        lock(&self.jobs).values().map(|job| (job.id, job.input.clone())).collect()
    }

    pub(crate) fn count(&self) -> usize {
        lock(&self.jobs).len()
    }

    /// The jobs that fit, the newest first, and how many there are: only those of one page are made ready to be shown.
    pub(crate) fn page(
        &self,
        fits: impl Fn(&StoredJob) -> bool,
        oldest_first: bool,
        skip: usize,
        take: usize,
    ) -> (Vec<StoredJob>, usize) {
        let jobs = lock(&self.jobs);
        // Ids count up with time, so that their order is that of creation.
        let fitting: Vec<&StoredJob> = match oldest_first {
            true => jobs.values().filter(|job| fits(job)).collect(),
            false => jobs.values().rev().filter(|job| fits(job)).collect(),
        };
        (fitting.iter().skip(skip).take(take).map(|&job| job.clone()).collect(), fitting.len())
    }
}

impl StoredJob {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn status(&self, now: Timestamp) -> JobStatus {
        self.plan().at(now).0.status
    }

    /// The rows of a task; `None` if the job has no such task or the task has not succeeded.
    pub(crate) fn rows(&self, task_id: &str, now: Timestamp) -> Option<&[Vec<String>]> {
        let index = self.tasks.iter().position(|task| task.id == task_id)?;
        let stage = *self.plan().at(now).1.get(index)?;
        let rows = self.results.get(index)?.as_ref().ok()?;
        (stage.status == JobStatus::Success).then_some(rows)
    }

    pub(crate) fn has_task(&self, task_id: &str) -> bool {
        self.tasks.iter().any(|task| task.id == task_id)
    }

    /// The job as the API shows it, with its tasks or, in lists, without.
    pub(crate) fn shown(&self, now: Timestamp, with_tasks: bool) -> types::Job {
        let (job, stages) = self.plan().at(now);
        let tasks = self.tasks.iter().zip(stages).map(|(task, stage)| shown_task(task, stage));
        types::Job {
            id: JobId(self.id),
            name: self.name.clone(),
            workflow_id: WorkflowId(self.workflow_id),
            workflow_name: self.workflow_name.clone(),
            status: job.status,
            create_time: Some(JobTime(Some(self.created))),
            run_begin_time: Some(JobTime(job.began)),
            run_end_time: Some(JobTime(job.ended)),
            tasks: with_tasks.then(|| tasks.collect()),
        }
    }

    fn plan(&self) -> Plan<'_> {
        Plan { created: self.created, cancelled: self.cancelled, tasks: &self.plan }
    }
}

fn shown_task(task: &StoredTask, stage: Stage) -> types::Task {
    types::Task {
        id: task.id.clone(),
        name: task.name.into(),
        status: stage.status,
        run_begin_time: Some(TaskTime(stage.began)),
        run_end_time: Some(TaskTime(stage.ended)),
    }
}
