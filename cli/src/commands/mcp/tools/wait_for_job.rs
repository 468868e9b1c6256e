//! `wait_for_job`: follow a job until it ends, for a limited time.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use nebula_explorer::{Change, Job, JobStatus, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::commands::follow::error_of;
use crate::commands::mcp::tool::{Call, Effect, Tool};
use crate::error::CliError;
use crate::output::escape::escaped;
use crate::report::{self, ErrorRecord};

/// Wait for a job to end, with progress notifications. Returns its state when the time is over; call it again to wait longer. The
/// job continues to run whatever happens to the call.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitForJob {
    /// Job id
    job: i64,
    /// Maximum time to wait
    #[serde(default = "default_timeout")]
    #[schemars(range(max = MAX_TIMEOUT))]
    timeout_seconds: u32,
}

/// Hosts usually give up after 60 seconds.
fn default_timeout() -> u32 {
    50
}

const MAX_TIMEOUT: u32 = 3600;

/// A job after waiting for it.
#[derive(Serialize, JsonSchema)]
pub struct Waited {
    /// Whether it has ended.
    ended: bool,
    job: Job,
    /// Why it did not succeed; null if it did, or has not ended.
    failure: Option<ErrorRecord>,
}

impl Tool for WaitForJob {
    const NAME: &'static str = "wait_for_job";
    const COMMAND: &'static [&'static str] = &["jobs", "watch"];
    const EFFECT: Effect = Effect::Nothing;
    type Output = Waited;

    async fn call(self, call: &Call) -> Result<Waited, CliError> {
        let Self { job: id, timeout_seconds } = self;
        if timeout_seconds > MAX_TIMEOUT {
            return Err(CliError::Usage(format!("timeout_seconds: must be at most {MAX_TIMEOUT}")));
        }
        let client = call.session.client(false)?;
        let handle = client.explorer.job(id);
        let mut seen = Seen::default();
        let following = async {
            let mut changes = handle.progress().stream();
            while let Some(change) = changes.try_next().await? {
                seen.add(change, call).await;
            }
            Ok(())
        };
        let outcome = timeout(Duration::from_secs(timeout_seconds.into()), following).await.unwrap_or(Ok(()));
        outcome.map_err(|error| match client.error(error) {
            CliError::Sdk(error) if seen.job.is_some() => CliError::NotFollowed(id, error),
            error => error,
        })?;
        let job = match seen.into_job() {
            Some(job) => job,
            None => handle.get().await.map_err(|error| client.error(error))?,
        };
        let failure = error_of(&job).map(|error| report::record(&error.into(), &call.program));
        Ok(Waited { ended: job.status.is_terminal(), job, failure })
    }
}

/// What is known of the job.
#[derive(Default)]
struct Seen {
    job: Option<Job>,
    tasks: BTreeMap<String, Task>,
    /// The progress that was reported last. The protocol requires that it grows.
    reported: Option<f64>,
}

impl Seen {
    async fn add(&mut self, change: Change, call: &Call) {
        match change {
            Change::Job(job) => {
                self.tasks.extend(job.tasks.iter().map(|task| (task.id.clone(), task.clone())));
                self.job = Some(job);
            }
            Change::Task(task) => {
                self.tasks.insert(task.id.clone(), task);
            }
            // `Change` is non-exhaustive.
            _ => {}
        }
        let done = self.tasks.values().map(share).sum();
        if call.has_progress() && self.reported.is_none_or(|reported| reported < done) {
            self.reported = Some(done);
            call.progress(done, self.tasks.len() as f64, self.message()).await;
        }
    }

    fn message(&self) -> String {
        let status = self.job.as_ref().map(|job| format!("Job {}: {}", job.id, job.status));
        let running = self.tasks.values().filter(|task| task.status == JobStatus::Running);
        let running = running.map(|task| format!("{}: {}", task.name, task.status));
        let parts: Vec<String> = status.into_iter().chain(running).collect();
        escaped(&parts.join(", ")).into_owned()
    }

    /// The job with its tasks as they were seen last.
    fn into_job(self) -> Option<Job> {
        let Self { job, mut tasks, .. } = self;
        let mut job = job?;
        for task in &mut job.tasks {
            if let Some(newer) = tasks.remove(&task.id) {
                *task = newer;
            }
        }
        Some(job)
    }
}

/// How much of a task is done: half of it once it has started.
fn share(task: &Task) -> f64 {
    match task.status {
        status if status.is_terminal() => 1.0,
        JobStatus::Preparing => 0.0,
        _ => 0.5,
    }
}
