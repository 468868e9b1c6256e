//! Jobs and their tasks, as data.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contract::code::JobStatus;
use crate::contract::generated::types;
use crate::contract::wire::{JobTime, TaskTime};

/// One run of a workflow, as the server described it when it was asked.
///
/// In JSON a status is its name, or the number as a string if the contract does not list it, and times are RFC 3339.
///
/// ```
/// let json = r#"{
///     "id": 107, "name": "ranks_20261125", "workflow_id": 4216617528, "workflow_name": "ranks", "status": "Running",
///     "created_at": "2026-11-25T08:00:00Z", "started_at": null, "ended_at": null,
///     "tasks": [{ "id": "f93d", "name": "PageRank", "status": "Preparing", "started_at": null, "ended_at": null }]
/// }"#;
/// let job: nebula_explorer::Job = serde_json::from_str(json).unwrap();
/// assert!(!job.status.is_terminal());
/// assert_eq!(job.task("PageRank").unwrap().id, "f93d");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Job {
    /// The job's id.
    pub id: i64,
    /// The workflow's name and the time of creation: `workflow_q745a_20220715090915`.
    pub name: String,
    /// The workflow's id.
    pub workflow_id: i64,
    /// The workflow's name.
    pub workflow_name: String,
    /// The job's status.
    #[serde(with = "status_name")]
    #[schemars(with = "String")]
    pub status: JobStatus,
    /// When the job was created.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub created_at: Option<Timestamp>,
    /// When it started; `None` if it has not.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_at: Option<Timestamp>,
    /// When it ended; `None` if it has not.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ended_at: Option<Timestamp>,
    /// Its tasks. Empty in lists of jobs, which leave them out.
    pub tasks: Vec<Task>,
}

/// One component of a workflow, as it runs in a job.
///
/// ```no_run
/// # async fn run(explorer: nebula_explorer::Explorer) -> nebula_explorer::Result<()> {
/// for task in explorer.job(107).get().await?.tasks {
///     println!("{} ({}): {}", task.name, task.id, task.status);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Task {
    /// The task's id, which is different in every job.
    pub id: String,
    /// The component's name: `BFS`.
    pub name: String,
    /// The task's status.
    #[serde(with = "status_name")]
    #[schemars(with = "String")]
    pub status: JobStatus,
    /// When it started; `None` if it has not.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_at: Option<Timestamp>,
    /// When it ended; `None` if it has not.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ended_at: Option<Timestamp>,
}

impl Job {
    /// The task with this name or id; the first one if several have the name.
    pub fn task(&self, name_or_id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.name == name_or_id || task.id == name_or_id)
    }
}

impl Job {
    /// How it ended, and at which tasks, for the error of a job that did not succeed.
    pub(crate) fn ending(&self) -> String {
        let tasks = self.tasks.iter().filter(|task| task.status == self.status).map(|task| task.name.as_str());
        let tasks = tasks.collect::<Vec<_>>().join(", ");
        let at = if tasks.is_empty() { String::new() } else { format!(" at {tasks}") };
        let status = self.status.description().unwrap_or("ended");
        format!("job {} ({}) {status}{at}", self.id, self.name)
    }
}

impl From<types::Job> for Job {
    fn from(job: types::Job) -> Self {
        let time = |time: Option<JobTime>| time.and_then(|time| time.0);
        Self {
            id: job.id.0,
            name: job.name,
            workflow_id: job.workflow_id.0,
            workflow_name: job.workflow_name,
            status: job.status,
            created_at: time(job.create_time),
            started_at: time(job.run_begin_time),
            ended_at: time(job.run_end_time),
            tasks: job.tasks.unwrap_or_default().into_iter().map(Task::from).collect(),
        }
    }
}

impl From<types::Task> for Task {
    fn from(task: types::Task) -> Self {
        let time = |time: Option<TaskTime>| time.and_then(|time| time.0);
        Self {
            id: task.id,
            name: task.name,
            status: task.status,
            started_at: time(task.run_begin_time),
            ended_at: time(task.run_end_time),
        }
    }
}

/// A status by its name; by its number, as a string, where the contract lists no name.
mod status_name {
    use serde::de::{Deserialize as _, Deserializer, Error as _};
    use serde::ser::Serializer;

    use crate::contract::code::JobStatus;

    pub fn serialize<S: Serializer>(status: &JobStatus, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(status)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<JobStatus, D::Error> {
        let text = String::deserialize(deserializer)?;
        let listed = JobStatus::ALL.iter().find(|status| status.name() == Some(&text)).copied();
        let number = || text.parse::<i64>().ok().map(JobStatus::from);
        listed.or_else(number).ok_or_else(|| D::Error::custom(format_args!("`{text}` is not the status of a job")))
    }
}
