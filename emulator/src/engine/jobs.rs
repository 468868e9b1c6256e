//! The jobs that were created.

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

/// All jobs, by id.
#[derive(Default)]
pub(crate) struct Jobs {
    jobs: Mutex<BTreeMap<i64, StoredJob>>,
}

/// The id of the first job, as in the examples of the documentation.
const FIRST_ID: i64 = 105;

/// How many jobs are kept; creating another one discards the oldest.
const CAPACITY: usize = 100_000;

/// A job. Its status is derived from its plan, the time of its cancellation and the current time.
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
    /// Creates a job and returns its id.
    pub(crate) fn create(
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
        if jobs.len() > CAPACITY {
            jobs.pop_first();
        }
        id
    }

    pub(crate) fn get(&self, id: i64) -> Option<StoredJob> {
        lock(&self.jobs).get(&id).cloned()
    }

    /// Cancels a job. Returns whether it was still cancellable, or `None` if there is no such job.
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

    /// One page of the selected jobs, and how many jobs are selected in total.
    pub(crate) fn page(
        &self,
        selected: impl Fn(&StoredJob) -> bool,
        oldest_first: bool,
        skip: usize,
        take: usize,
    ) -> (Vec<StoredJob>, usize) {
        let jobs = lock(&self.jobs);
        // Ids count up, so they have the order of creation.
        let selected: Vec<&StoredJob> = match oldest_first {
            true => jobs.values().filter(|job| selected(job)).collect(),
            false => jobs.values().rev().filter(|job| selected(job)).collect(),
        };
        (selected.iter().skip(skip).take(take).map(|&job| job.clone()).collect(), selected.len())
    }
}

impl StoredJob {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn status(&self, now: Timestamp) -> JobStatus {
        self.plan().at(now).0.status
    }

    /// The rows of a task, or `None` if the job has no such task or the task has not succeeded.
    pub(crate) fn rows(&self, task_id: &str, now: Timestamp) -> Option<&[Vec<String>]> {
        let index = self.tasks.iter().position(|task| task.id == task_id)?;
        let stage = *self.plan().at(now).1.get(index)?;
        let rows = self.results.get(index)?.as_ref().ok()?;
        (stage.status == JobStatus::Success).then_some(rows)
    }

    pub(crate) fn has_task(&self, task_id: &str) -> bool {
        self.tasks.iter().any(|task| task.id == task_id)
    }

    /// The job as the API represents it: with its tasks, except in lists.
    pub(crate) fn to_api(&self, now: Timestamp, with_tasks: bool) -> types::Job {
        let (job, stages) = self.plan().at(now);
        let tasks = self.tasks.iter().zip(stages).map(|(task, stage)| task.to_api(stage));
        types::Job {
            id: JobId(self.id),
            name: self.name.clone(),
            workflow_id: WorkflowId(self.workflow_id),
            workflow_name: self.workflow_name.clone(),
            status: job.status,
            create_time: Some(JobTime(Some(self.created))),
            run_begin_time: Some(JobTime(job.started)),
            run_end_time: Some(JobTime(job.ended)),
            tasks: with_tasks.then(|| tasks.collect()),
        }
    }

    fn plan(&self) -> Plan<'_> {
        Plan { created: self.created, cancelled: self.cancelled, tasks: &self.plan }
    }
}

impl StoredTask {
    fn to_api(&self, stage: Stage) -> types::Task {
        types::Task {
            id: self.id.clone(),
            name: self.name.into(),
            status: stage.status,
            run_begin_time: Some(TaskTime(stage.started)),
            run_end_time: Some(TaskTime(stage.ended)),
        }
    }
}
