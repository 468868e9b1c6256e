//! Submits thousands of workflows while faults are injected, accounts for every submission, follows some jobs and lists all.
//!
//! Time is paused and advances when all tasks wait, so backoffs and grace periods take no real time.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use nebula_explorer::{Error, Explorer, JobHandle, OnUnknownOutcome, Watched};
use nebula_explorer_emulator::{Behaviour, Emulator, Fault, FaultRule};

use crate::Outcome;
use crate::sample;
use crate::submissions::{CLIENTS, account, submit_all, with_workflows};

/// How many submissions run at once.
const AT_ONCE: usize = 200;

/// How many submissions a full run makes.
const SUBMISSIONS: u32 = 20_000;

/// How many submissions a run with each random behaviour makes.
const SUBMISSIONS_PER_BEHAVIOUR: u32 = 200;

/// With the standard behaviour of the emulator.
pub fn standard(submissions: Option<u32>, seed: u64) -> Outcome {
    run(submissions.unwrap_or(SUBMISSIONS), seed, Behaviour::default())
}

/// With the most hostile behaviour, and with behaviours drawn at random. Tries all of them, and then fails if any did.
pub fn random(submissions: Option<u32>, seed: u64, behaviours: u64) -> Outcome {
    let submissions = submissions.unwrap_or(SUBMISSIONS_PER_BEHAVIOUR);
    let drawn = (seed..seed.saturating_add(behaviours)).map(|seed| (seed, 1, Behaviour::random(seed)));
    let mut failed = 0;
    for (seed, behaviours, behaviour) in [(seed, 0, Behaviour::worst())].into_iter().chain(drawn) {
        if let Err(problem) = run(submissions, seed, behaviour.clone()) {
            failed += 1;
            eprintln!("seed {seed}: {problem}");
            eprintln!("behaviour: {behaviour}");
            eprintln!(
                "reproduce: cargo xtask soak --submissions {submissions} --seed {seed} --behaviours {behaviours}"
            );
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(format!("{failed} behaviours have failed").into()),
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
        let ends = submit_all(&clients, submissions, AT_ONCE, OnUnknownOutcome::RECONCILE).await;
        account(&[&emulator], &ends)?;
        follow(&clients).await?;
        list_all(&emulator, &clients).await
    })
}

/// An emulator in which every kind of request fails now and then, before or after it is processed.
async fn emulator(seed: u64, behaviour: Behaviour) -> Outcome<Emulator> {
    let mut builder = with_workflows(Emulator::builder().seed(seed).behaviour(behaviour))?;
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

/// How many jobs are waited for, and how many are watched.
const FOLLOWED: usize = 20;

/// Waits for some jobs and watches others, until all have ended, although requests fail here as well.
async fn follow(clients: &[Explorer]) -> Outcome {
    let client = clients.first().ok_or("there are no clients")?;
    let jobs = stream::iter(0..FOLLOWED * 2).filter_map(async |_| client.workflow(1).run().await.ok());
    let jobs: Vec<JobHandle> = jobs.collect().await;
    let (waited, watched) = jobs.split_at(jobs.len() / 2);
    let waits = join_all(waited.iter().map(|job| async { (job.id(), job.wait().await) }));
    let (waits, watch) = tokio::join!(waits, watch(client, watched.iter().map(JobHandle::id).collect()));
    watch?;
    for (id, wait) in waits {
        match wait {
            Ok(_) | Err(Error::JobFailed(_)) => {}
            Err(error) => return Err(format!("the wait for job {id} ended early: {error}").into()),
        }
    }
    println!("all of {} jobs were followed to their ends", jobs.len());
    Ok(())
}

async fn watch(client: &Explorer, mut running: BTreeSet<i64>) -> Outcome {
    let mut watcher = client.watch(running.iter().copied());
    while let Some(Watched { job_id, outcome, .. }) = watcher.next().await {
        let job = outcome.map_err(|error| format!("job {job_id} is not watched any more: {error}"))?;
        if job.status.is_terminal() {
            running.remove(&job_id);
        }
    }
    match running.is_empty() {
        true => Ok(()),
        false => Err(format!("the watch ended before the jobs {running:?}").into()),
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
