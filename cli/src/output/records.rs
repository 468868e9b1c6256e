//! What the commands write, as columns and as JSON with a schema.

use nebula_explorer::{Job, Task, Timestamp};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;

use crate::arguments::DataCommand;
use crate::output::output::{local, local_around};

/// Something that is a line of a table and an object of JSON.
pub trait Record: Serialize {
    /// The names of the columns; empty where nobody knows them.
    const HEAD: &'static [&'static str];
    fn cells(&self, times: Times) -> Vec<String>;
}

/// How times are written.
#[derive(Clone, Copy)]
pub enum Times {
    /// For people, where they are.
    Local,
    /// The same, without the date on the day of this time.
    LocalAround(Timestamp),
    /// For programs.
    Rfc3339,
}

impl Times {
    pub fn show(self, time: Option<Timestamp>) -> String {
        match self {
            Self::Local => time.map(local).unwrap_or_default(),
            Self::LocalAround(day) => time.map(|time| local_around(day, time)).unwrap_or_default(),
            Self::Rfc3339 => time.map(|time| time.to_string()).unwrap_or_default(),
        }
    }
}

/// A job.
#[derive(Serialize, JsonSchema)]
pub struct JobRecord {
    pub id: i64,
    /// The workflow's name and the time of creation
    pub name: String,
    pub workflow_id: i64,
    pub workflow_name: String,
    /// Where the job is: Preparing, Running, Success, Failed, Interrupted, Stopping, or the number of a status that is not known
    pub status: String,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub created_at: Option<Timestamp>,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_at: Option<Timestamp>,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ended_at: Option<Timestamp>,
    /// Its tasks; lists of jobs leave them out
    pub tasks: Vec<TaskRecord>,
}

/// A task of a job.
#[derive(Clone, Serialize, JsonSchema)]
pub struct TaskRecord {
    pub id: String,
    pub name: String,
    /// As that of a job
    pub status: String,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_at: Option<Timestamp>,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ended_at: Option<Timestamp>,
}

impl JobRecord {
    pub fn of(job: &Job) -> Self {
        Self {
            id: job.id,
            name: job.name.clone(),
            workflow_id: job.workflow_id,
            workflow_name: job.workflow_name.clone(),
            status: job.status.to_string(),
            created_at: job.created_at,
            started_at: job.started_at,
            ended_at: job.ended_at,
            tasks: job.tasks.iter().map(TaskRecord::of).collect(),
        }
    }

    /// A line for each task, with its job.
    pub fn lines(&self) -> impl Iterator<Item = TaskOfJob> {
        self.tasks.iter().map(|task| TaskOfJob { job: self.id, job_status: self.status.clone(), task: task.clone() })
    }
}

impl Record for JobRecord {
    const HEAD: &'static [&'static str] = &["ID", "NAME", "WORKFLOW", "STATUS", "CREATED"];

    fn cells(&self, times: Times) -> Vec<String> {
        let created = times.show(self.created_at);
        vec![self.id.to_string(), self.name.clone(), self.workflow_name.clone(), self.status.clone(), created]
    }
}

impl TaskRecord {
    fn of(task: &Task) -> Self {
        let Task { id, name, status, started_at, ended_at, .. } = task.clone();
        Self { id, name, status: status.to_string(), started_at, ended_at }
    }
}

impl Record for TaskRecord {
    const HEAD: &'static [&'static str] = &["NAME", "STATUS", "STARTED", "ENDED", "TASK ID"];

    fn cells(&self, times: Times) -> Vec<String> {
        let (began, ended) = (times.show(self.started_at), times.show(self.ended_at));
        vec![self.name.clone(), self.status.clone(), began, ended, self.id.clone()]
    }
}

/// A task, with its job.
#[derive(Serialize)]
pub struct TaskOfJob {
    job: i64,
    job_status: String,
    task: TaskRecord,
}

impl Record for TaskOfJob {
    const HEAD: &'static [&'static str] =
        &["JOB", "JOB STATUS", "TASK ID", "TASK NAME", "TASK STATUS", "TASK STARTED", "TASK ENDED"];

    fn cells(&self, times: Times) -> Vec<String> {
        let TaskRecord { id, name, status, started_at, ended_at } = self.task.clone();
        let (began, ended) = (times.show(started_at), times.show(ended_at));
        vec![self.job.to_string(), self.job_status.clone(), id, name, status, began, ended]
    }
}

/// A job that was submitted and is not waited for.
#[derive(Serialize, JsonSchema)]
pub struct SubmittedRecord {
    pub id: i64,
}

impl Record for SubmittedRecord {
    const HEAD: &'static [&'static str] = &["ID"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.id.to_string()]
    }
}

/// A job in a status that it was not in before, or one that is lost sight of.
#[derive(Serialize, JsonSchema)]
pub struct ChangeRecord {
    pub id: i64,
    /// As that of a job; null for a job that is lost sight of
    pub status: Option<String>,
    /// Why the job is lost sight of
    pub error: Option<String>,
}

impl Record for ChangeRecord {
    const HEAD: &'static [&'static str] = &["ID", "STATUS", "ERROR"];

    fn cells(&self, _: Times) -> Vec<String> {
        let (status, error) = (self.status.clone(), self.error.clone());
        vec![self.id.to_string(), status.unwrap_or_default(), error.unwrap_or_default()]
    }
}

/// What came of the request to cancel a job.
#[derive(Serialize, JsonSchema)]
pub struct CancelRecord {
    pub id: i64,
    /// `requested`, `ended` (after --wait), `already_ended` before, `declined` by the server
    pub outcome: &'static str,
    /// As that of a job, where it is known
    pub status: Option<String>,
}

impl Record for CancelRecord {
    const HEAD: &'static [&'static str] = &["ID", "OUTCOME", "STATUS"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.id.to_string(), self.outcome.into(), self.status.clone().unwrap_or_default()]
    }
}

/// A row of a task's result, as the strings that the server sends.
#[derive(Serialize, JsonSchema)]
pub struct RowRecord(pub Vec<String>);

impl Record for RowRecord {
    const HEAD: &'static [&'static str] = &[];

    fn cells(&self, _: Times) -> Vec<String> {
        self.0.clone()
    }
}

/// What a code means.
#[derive(Serialize, JsonSchema)]
pub struct Explanation {
    pub code: i64,
    pub name: String,
    pub description: String,
    pub description_zh: String,
}

impl Record for Explanation {
    const HEAD: &'static [&'static str] = &["CODE", "NAME", "MEANING", "含义"];

    fn cells(&self, _: Times) -> Vec<String> {
        vec![self.code.to_string(), self.name.clone(), self.description.clone(), self.description_zh.clone()]
    }
}

/// Who is signed in where.
#[derive(Serialize, JsonSchema)]
pub struct StatusRecord {
    pub settings: Vec<SettingRecord>,
    /// Whether the server took the token or the account just now
    pub signed_in: bool,
    /// When the token runs out, if the server said so
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
    /// Where the token is kept: keyring or file; null if it is not kept
    pub secrets: Option<String>,
}

/// A setting.
#[derive(Clone, Serialize, JsonSchema)]
pub struct SettingRecord {
    /// profile, url, graph, user, ca_cert or account_encoding
    pub name: String,
    pub value: String,
    /// The flag, the variable or the profile that it comes from
    pub source: String,
}

impl Record for StatusRecord {
    const HEAD: &'static [&'static str] = &[];

    fn cells(&self, times: Times) -> Vec<String> {
        self.lines(times, false).iter().map(|line| line.value.clone()).collect()
    }
}

impl StatusRecord {
    pub fn lines(&self, times: Times, sources: bool) -> Vec<StatusLine> {
        let mut lines: Vec<StatusLine> =
            self.settings.iter().cloned().map(|setting| StatusLine::of(setting, sources)).collect();
        let mut add = |name: &str, value: String| {
            lines.push(StatusLine { name: name.into(), value, source: sources.then(String::new) });
        };
        add("signed_in", if self.signed_in { "yes" } else { "no" }.into());
        if self.signed_in {
            let unknown = || "not known".to_string();
            add("token_good_until", self.expires_at.map_or_else(unknown, |time| times.show(Some(time))));
            add("token_kept_in", self.secrets.clone().unwrap_or_else(|| "nothing".into()));
        }
        lines
    }
}

/// A line of the status.
#[derive(Serialize)]
pub struct StatusLine {
    name: String,
    value: String,
    source: Option<String>,
}

impl StatusLine {
    fn of(setting: SettingRecord, sources: bool) -> Self {
        Self { name: setting.name, value: setting.value, source: sources.then_some(setting.source) }
    }

    pub fn for_people(&self) -> String {
        let source = self.source.as_ref().filter(|source| !source.is_empty());
        let source = source.map(|source| format!("  (from {source})")).unwrap_or_default();
        let name = self.name.replace('_', " ");
        format!("{name:<18}{}{source}\n", self.value)
    }
}

impl Record for StatusLine {
    const HEAD: &'static [&'static str] = &["NAME", "VALUE", "SOURCE"];

    fn cells(&self, _: Times) -> Vec<String> {
        let source = self.source.clone().unwrap_or_default();
        vec![self.name.clone(), self.value.clone(), source]
    }
}

/// The schema of what a command writes as JSON.
pub fn schema(command: DataCommand) -> Schema {
    match command {
        DataCommand::Run => schema_for!(RunRecord),
        DataCommand::JobsList => schema_for!(Vec<JobRecord>),
        DataCommand::JobsGet => schema_for!(JobRecord),
        DataCommand::JobsWatch => schema_for!(Vec<ChangeRecord>),
        DataCommand::JobsCancel => schema_for!(Vec<CancelRecord>),
        DataCommand::Result => schema_for!(Vec<RowRecord>),
        DataCommand::Status => schema_for!(StatusRecord),
        DataCommand::Explain => schema_for!(Vec<Explanation>),
    }
}

/// What `run` writes: the job that has ended, with --detach its id, with --result rows.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is of use")]
enum RunRecord {
    Job(JobRecord),
    Submitted(SubmittedRecord),
    Rows(Vec<RowRecord>),
}
