//! The jobs that were created.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use nebula_explorer::JobStatus;
use nebula_explorer::generated::types;
use nebula_explorer::wire::{JobId, JobTime, TaskTime, WorkflowId};

use crate::clock::after;
use crate::engine::timeline::{Plan, PlannedTask, Stage};
use crate::engine::workflows::Workflow;
use crate::lock::lock;

/// All jobs.
#[derive(Default)]
pub(crate) struct Jobs {
    stored: Mutex<StoredJobs>,
}

#[derive(Default)]
struct StoredJobs {
    by_id: BTreeMap<i64, StoredJob>,
    /// The length of all inputs, in bytes.
    input_bytes: usize,
    created: usize,
}

/// The id of the first job, as in the examples of the documentation.
const FIRST_ID: i64 = 105;

/// How many jobs are kept; creating another one discards the oldest.
const CAPACITY: usize = 100_000;

/// How many bytes the inputs of all jobs may have; creating another job discards the oldest.
const INPUT_CAPACITY: usize = 64 << 20;

/// A job. Its status is derived from its plan, the time of its cancellation and the current time.
#[derive(Clone)]
pub(crate) struct StoredJob {
    pub id: i64,
    pub created: Timestamp,
    pub workflow_id: i64,
    cancelled: Option<Timestamp>,
    /// How long after it has failed the job runs once more.
    rerun_after: Option<Duration>,
    name: String,
    workflow_name: String,
    tasks: Vec<StoredTask>,
    plan: Vec<PlannedTask>,
    /// As JSON text, whose length is what it costs.
    input: Arc<str>,
}

/// What cancelling a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelOutcome {
    Cancelled,
    AlreadyStopping,
    AlreadyEnded,
}

#[derive(Clone)]
struct StoredTask {
    id: String,
    name: &'static str,
}

impl Jobs {
    /// Creates a job, with whether each of its tasks will succeed, and returns its id.
    pub(crate) fn create(
        &self,
        workflow: &Workflow,
        input: &types::RunInput,
        succeed: &[bool],
        rerun_after: Option<Duration>,
        now: Timestamp,
    ) -> i64 {
        let plan = workflow.tasks.iter().zip(succeed);
        let plan = plan.map(|(task, &succeeds)| PlannedTask { duration: task.duration(), succeeds });
        let task = |name| StoredTask { id: format!("{:032x}", rand::random::<u128>()), name };
        // Serializing the contract's own types does not fail.
        let input: Arc<str> = serde_json::to_string(input).unwrap_or_default().into();
        let mut stored = lock(&self.stored);
        let id = stored.by_id.last_key_value().map_or(FIRST_ID, |(last, _)| last + 1);
        let job = StoredJob {
            id,
            created: now,
            workflow_id: workflow.id,
            cancelled: None,
            rerun_after,
            name: format!("{}_{}", workflow.name, now.strftime("%Y%m%d%H%M%S")),
            workflow_name: workflow.name.clone(),
            tasks: workflow.tasks.iter().map(|it| task(it.component.name())).collect(),
            plan: plan.collect(),
            input,
        };
        stored.add(job);
        id
    }

    pub(crate) fn get(&self, id: i64) -> Option<StoredJob> {
        lock(&self.stored).by_id.get(&id).cloned()
    }

    /// Cancels a job, or returns `None` if there is no such job.
    pub(crate) fn cancel(&self, id: i64, now: Timestamp) -> Option<CancelOutcome> {
        let mut stored = lock(&self.stored);
        let job = stored.by_id.get_mut(&id)?;
        if job.status(now).is_terminal() {
            return Some(CancelOutcome::AlreadyEnded);
        }
        if job.cancelled.is_some() {
            return Some(CancelOutcome::AlreadyStopping);
        }
        job.cancelled = Some(now);
        Some(CancelOutcome::Cancelled)
    }

    pub(crate) fn inputs(&self) -> Vec<(i64, types::RunInput)> {
        lock(&self.stored).by_id.values().map(|job| (job.id, job.input())).collect()
    }

    /// How many jobs were created.
    pub(crate) fn created(&self) -> usize {
        lock(&self.stored).created
    }

    /// One page of the selected jobs, and how many jobs are selected in total.
    pub(crate) fn page(
        &self,
        selected: impl Fn(&StoredJob) -> bool,
        oldest_first: bool,
        skip: usize,
        take: usize,
    ) -> (Vec<StoredJob>, usize) {
        let jobs = &lock(&self.stored).by_id;
        // Ids count up, so they have the order of creation.
        let selected: Vec<&StoredJob> = match oldest_first {
            true => jobs.values().filter(|job| selected(job)).collect(),
            false => jobs.values().rev().filter(|job| selected(job)).collect(),
        };
        (selected.iter().skip(skip).take(take).map(|&job| job.clone()).collect(), selected.len())
    }
}

impl StoredJobs {
    /// Adds a job, and discards the oldest ones if there are too many or their inputs are too large.
    fn add(&mut self, job: StoredJob) {
        self.created += 1;
        self.input_bytes += job.input.len();
        self.by_id.insert(job.id, job);
        while self.by_id.len() > 1 && (self.by_id.len() > CAPACITY || self.input_bytes > INPUT_CAPACITY) {
            let discarded = self.by_id.pop_first();
            self.input_bytes -= discarded.map_or(0, |(_, job)| job.input.len());
        }
    }
}

impl StoredJob {
    pub(crate) fn input(&self) -> types::RunInput {
        serde_json::from_str(&self.input).unwrap_or_else(|_| types::RunInput(Default::default()))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn status(&self, now: Timestamp) -> JobStatus {
        self.stages(now).0.status
    }

    /// The index of a task, or `None` if the job has no such task.
    pub(crate) fn task_index(&self, task_id: &str) -> Option<usize> {
        self.tasks.iter().position(|task| task.id == task_id)
    }

    /// Whether a task, by its index, has succeeded.
    pub(crate) fn has_succeeded(&self, index: usize, now: Timestamp) -> bool {
        self.stages(now).1.get(index).is_some_and(|stage| stage.status == JobStatus::Success)
    }

    /// The job as the API represents it: with its tasks, except in lists.
    pub(crate) fn to_api(&self, now: Timestamp, with_tasks: bool) -> types::Job {
        let (job, stages) = self.stages(now);
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

    /// The job and its tasks at a given time.
    fn stages(&self, now: Timestamp) -> (Stage, Vec<Stage>) {
        let first_run = Plan { created: self.created, cancelled: self.cancelled, tasks: &self.plan };
        let stages = first_run.at(now);
        let rerun = self.rerun_after.zip(stages.0.ended).map(|(delay, ended)| after(ended, delay));
        match rerun {
            Some(rerun) if stages.0.status == JobStatus::Failed && rerun <= now => {
                Plan { created: rerun, ..first_run }.at(now)
            }
            _ => stages,
        }
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
