//! Submits workflows so that every submission can be accounted for: each job of the emulator names its submission.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use nebula_explorer::generated::types::ParameterValue;
use nebula_explorer::{Error, Explorer, OnUnknownOutcome};
use nebula_explorer_emulator::{Emulator, EmulatorBuilder, Workflow};
use serde_json::json;

use crate::Outcome;

/// How many clients there are. Each has its own workflows, because the jobs of two clients cannot be told apart.
pub const CLIENTS: i64 = 8;

/// How many workflows each client runs.
pub const WORKFLOWS: i64 = 16;

/// The end of submissions where nothing is lost.
pub const OWN_JOB: &str = "its own job";

/// The end of submissions whose outcome is unknown, and whose job is not a candidate.
pub const NOT_AMONG_THE_CANDIDATES: &str = "may exist: it does";

/// How one submission ended.
pub enum End {
    Job(i64),
    /// The job may or may not exist: the candidates.
    Unknown(Vec<i64>),
    Failed(Error),
}

/// Adds the workflows that are submitted.
pub fn with_workflows(mut builder: EmulatorBuilder) -> Outcome<EmulatorBuilder> {
    for id in 0..CLIENTS * WORKFLOWS {
        let task = json!({ "id": "bfs_1", "component": "BFS", "seconds": 1 });
        let workflow = json!({ "id": id + 1, "name": format!("soak_{id}"), "tasks": [task] });
        builder = builder.workflow(serde_json::from_value::<Workflow>(workflow)?);
    }
    Ok(builder)
}

/// Submits with all clients, `at_once` at a time. Every other submission looks for its job if the response is lost.
pub async fn submit_all(
    clients: &[Explorer],
    submissions: u32,
    at_once: usize,
    reconcile: OnUnknownOutcome,
) -> Vec<End> {
    let clients: Arc<[Explorer]> = clients.into();
    let ends = stream::iter(0..submissions).map(|number| {
        let clients = Arc::clone(&clients);
        async move { submit(&clients, number, reconcile).await }
    });
    ends.buffered(at_once).collect().await
}

async fn submit(clients: &[Explorer], number: u32, reconcile: OnUnknownOutcome) -> End {
    let index = i64::from(number) % (CLIENTS * WORKFLOWS);
    let Some(client) = usize::try_from(index % CLIENTS).ok().and_then(|index| clients.get(index)) else {
        return End::Unknown(Vec::new());
    };
    let on_unknown = match (i64::from(number) / (CLIENTS * WORKFLOWS)) % 2 {
        0 => reconcile,
        _ => OnUnknownOutcome::Fail,
    };
    // The number is a parameter, so that each of the emulator's jobs names its submission.
    let run = client.workflow(index + 1).run().param("bfs_1", "submission", number).on_unknown_outcome(on_unknown);
    match run.await {
        Ok(job) => End::Job(job.id()),
        Err(Error::OutcomeUnknown(unknown)) => End::Unknown(unknown.candidates.iter().map(|job| job.id).collect()),
        Err(error) => End::Failed(error),
    }
}

/// Every submission must be one job that its client knows, or an error that says the job may exist, or an error and no job. Returns
/// how many there are of each.
pub fn account(emulators: &[&Emulator], ends: &[End]) -> Outcome<BTreeMap<&'static str, usize>> {
    let mut created: HashMap<usize, Vec<i64>> = HashMap::new();
    for (job, input) in emulators.iter().flat_map(|emulator| emulator.inputs()) {
        let number = input.0.get("bfs_1").and_then(|task| match task.0.get("submission")? {
            ParameterValue::Number(number) => number.as_u64(),
            ParameterValue::String(_) => None,
        });
        let number = number.and_then(|number| usize::try_from(number).ok()).ok_or("a job without its number")?;
        created.entry(number).or_default().push(job);
    }
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    for (number, end) in ends.iter().enumerate() {
        let jobs = created.get(&number).map_or(&[][..], Vec::as_slice);
        let kind = match (end, jobs) {
            (_, [_, _, ..]) => Err(format!("created more than one job: {jobs:?}")),
            (End::Job(id), [job]) if id == job => Ok(OWN_JOB),
            (End::Job(id), jobs) => Err(format!("follows job {id}, but created {jobs:?}")),
            (End::Unknown(candidates), [job]) if candidates.contains(job) => {
                Ok("may exist: it does, among the candidates")
            }
            (End::Unknown(_), [_]) => Ok(NOT_AMONG_THE_CANDIDATES),
            (End::Unknown(_), []) => Ok("may exist: it does not"),
            (End::Failed(_), []) => Ok("an error, and no job"),
            (End::Failed(error), [job]) => Err(format!("created job {job}, but failed with: {error}")),
        };
        match kind {
            Ok(kind) => *counts.entry(kind).or_default() += 1,
            Err(problem) => wrong.push(format!("submission {number} {problem}")),
        }
    }
    for (kind, count) in &counts {
        println!("{count:>8}  {kind}");
    }
    let jobs: usize = emulators.iter().map(|emulator| emulator.jobs()).sum();
    let calls: u64 = emulators.iter().map(|emulator| emulator.calls("run_workflow")).sum();
    println!("{jobs:>8}  jobs; {calls} requests to run a workflow");
    if wrong.is_empty() && created.keys().all(|number| *number < ends.len()) {
        println!("every submission is accounted for, none twice, none lost");
        return Ok(counts);
    }
    Err(format!("{} are not accounted for:\n{}", wrong.len(), wrong.join("\n")).into())
}
