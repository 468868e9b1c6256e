//! Submits thousands of workflows while faults are injected, and accounts for every submission.
//!
//! Time is paused and advances when all tasks wait, so backoffs and grace periods take no real time.

use std::collections::{BTreeMap, HashMap};
use std::error::Error as StdError;
use std::sync::Arc;

use futures_util::stream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use nebula_explorer::generated::types::ParameterValue;
use nebula_explorer::{Error, Explorer, OnUnknownOutcome};
use nebula_explorer_emulator::{Behaviour, Emulator, Fault, FaultRule, Workflow};
use serde_json::json;

use crate::Outcome;
use crate::sample;

/// How many clients there are. Each has its own workflows, because the jobs of two clients cannot be told apart.
const CLIENTS: i64 = 8;

/// How many workflows each client runs.
const WORKFLOWS: i64 = 16;

/// How many submissions run at once.
const AT_ONCE: usize = 200;

/// How one submission ended.
enum End {
    Job(i64),
    /// The job may or may not exist: the candidates.
    Unknown(Vec<i64>),
    Failed(Error),
}

/// How many submissions a full run makes.
const SUBMISSIONS: u32 = 20_000;

/// How many submissions a run with each random behaviour makes.
const SUBMISSIONS_PER_BEHAVIOUR: u32 = 200;

/// With the standard behaviour of the emulator.
pub fn standard(submissions: Option<u32>, seed: u64) -> Outcome {
    run(submissions.unwrap_or(SUBMISSIONS), seed, Behaviour::default())
}

/// With behaviours drawn at random. Tries all of them, and then fails if any did.
pub fn random(submissions: Option<u32>, seed: u64, behaviours: u64) -> Outcome {
    let submissions = submissions.unwrap_or(SUBMISSIONS_PER_BEHAVIOUR);
    let mut failed = 0;
    for seed in seed..seed.saturating_add(behaviours) {
        let behaviour = Behaviour::random(seed);
        if let Err(problem) = run(submissions, seed, behaviour.clone()) {
            failed += 1;
            eprintln!("seed {seed}: {problem}");
            eprintln!("behaviour: {behaviour}");
            eprintln!("reproduce: cargo xtask soak --submissions {submissions} --seed {seed} --behaviours 1");
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(format!("{failed} of {behaviours} behaviours have failed").into()),
    }
}

/// Submits, and compares what the clients report with the jobs of the emulator.
fn run(submissions: u32, seed: u64, behaviour: Behaviour) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    runtime.block_on(async {
        println!("{submissions} submissions, seed {seed}, behaviour: {behaviour}");
        let emulator = emulator(seed, behaviour).await?;
        let clients: Vec<Explorer> =
            (0..CLIENTS).map(|_| sample::explorer(&emulator.url())).collect::<Result<_, _>>()?;
        let ends = submit_all(&clients, submissions).await?;
        account(&emulator, &ends)?;
        list_all(&emulator, &clients).await
    })
}

/// An emulator in which every kind of request fails now and then, before or after it is processed.
async fn emulator(seed: u64, behaviour: Behaviour) -> Outcome<Emulator> {
    let mut builder = Emulator::builder().seed(seed).behaviour(behaviour);
    for id in 0..CLIENTS * WORKFLOWS {
        let task = json!({ "id": "bfs_1", "component": "BFS", "seconds": 1 });
        let workflow = json!({ "id": id + 1, "name": format!("soak_{id}"), "tasks": [task] });
        builder = builder.workflow(serde_json::from_value::<Workflow>(workflow)?);
    }
    let on_run = [
        (Fault::DropBefore, 0.03),
        (Fault::DropAfter, 0.03),
        (Fault::CutBody, 0.02),
        (Fault::Delay, 0.01),
        (Fault::BadGateway, 0.02),
        (Fault::GatewayTimeout, 0.02),
        (Fault::TooManyRequests, 0.01),
        (Fault::EmptyError, 0.02),
        (Fault::InternalError, 0.01),
        (Fault::ErrorInSuccess, 0.01),
        (Fault::RevokedToken, 0.01),
    ];
    for (fault, probability) in on_run {
        let rule = FaultRule::new(fault).operation("run_workflow").probability(probability);
        builder = builder.fault(rule.duration(std::time::Duration::from_secs(60)));
    }
    for (fault, probability) in [(Fault::DropBefore, 0.02), (Fault::Unavailable, 0.02), (Fault::Restart, 0.002)] {
        builder = builder.fault(FaultRule::new(fault).probability(probability));
    }
    Ok(builder.start().await?)
}

async fn submit_all(clients: &[Explorer], submissions: u32) -> Outcome<Vec<End>> {
    let clients: Arc<[Explorer]> = clients.into();
    let ends = stream::iter(0..submissions).map(|number| {
        let clients = Arc::clone(&clients);
        async move { submit(&clients, number).await }
    });
    Ok(ends.buffered(AT_ONCE).collect().await)
}

/// Every other submission looks for its job if the response is lost.
async fn submit(clients: &[Explorer], number: u32) -> End {
    let index = i64::from(number) % (CLIENTS * WORKFLOWS);
    let Some(client) = usize::try_from(index % CLIENTS).ok().and_then(|index| clients.get(index)) else {
        return End::Unknown(Vec::new());
    };
    let on_unknown = match (i64::from(number) / (CLIENTS * WORKFLOWS)) % 2 {
        0 => OnUnknownOutcome::RECONCILE,
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

/// Lists all jobs. Nothing may be missing, nothing come twice, although requests fail here as well.
async fn list_all(emulator: &Emulator, clients: &[Explorer]) -> Outcome {
    if let Some(delay) = emulator.behaviour().list_delay {
        tokio::time::sleep(delay).await;
    }
    let client = clients.first().ok_or("there are no clients")?;
    let mut listed: Vec<i64> = client.jobs().page_size(100).by_item().map_ok(|job| job.id).try_collect().await?;
    listed.sort_unstable();
    let created: Vec<i64> = emulator.inputs().into_iter().map(|(id, _)| id).collect();
    if listed == created {
        println!("every job is listed, none twice");
        return Ok(());
    }
    Err(format!("of {} jobs, {} were listed", created.len(), listed.len()).into())
}

/// Every submission must be one job that its client knows, or an error that says the job may exist, or an error and no job.
fn account(emulator: &Emulator, ends: &[End]) -> Outcome {
    let mut created: HashMap<usize, Vec<i64>> = HashMap::new();
    for (job, input) in emulator.inputs() {
        let number = input.0.get("bfs_1").and_then(|task| match task.0.get("submission")? {
            ParameterValue::Number(number) => number.as_u64(),
            ParameterValue::String(_) => None,
        });
        let number = number.and_then(|number| usize::try_from(number).ok()).ok_or("a job without its number")?;
        created.entry(number).or_default().push(job);
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    for (number, end) in ends.iter().enumerate() {
        let jobs = created.get(&number).map_or(&[][..], Vec::as_slice);
        let kind = match (end, jobs) {
            (_, [_, _, ..]) => Err(format!("created more than one job: {jobs:?}")),
            (End::Job(id), [job]) if id == job => Ok("its own job"),
            (End::Job(id), jobs) => Err(format!("follows job {id}, but created {jobs:?}")),
            (End::Unknown(candidates), [job]) if candidates.contains(job) => {
                Ok("may exist: it does, among the candidates")
            }
            (End::Unknown(_), [_]) => Ok("may exist: it does"),
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
    println!("{:>8}  jobs; {} requests to run a workflow", emulator.jobs(), emulator.calls("run_workflow"));
    if wrong.is_empty() && created.keys().all(|number| *number < ends.len()) {
        println!("every submission is accounted for, none twice, none lost");
        return Ok(());
    }
    Err::<(), Box<dyn StdError>>(format!("{} are not accounted for:\n{}", wrong.len(), wrong.join("\n")).into())
}
