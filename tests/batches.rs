//! Many runs, a limited number at a time.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use nebula_explorer::{BatchedRun, Credentials, Error, Explorer, JobStatus, MemoryStore, Run};
use nebula_explorer_emulator::{Emulator, Fault, FaultRule};
use serde_json::json;
use tokio::time::Instant;

const WORKFLOW: i64 = 4216617529;

fn client(emulator: &Emulator, store: &Arc<MemoryStore>) -> Explorer {
    let account = Credentials::account("root", "nebula");
    let builder = Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account);
    builder.submission_store(store.clone()).build().unwrap()
}

fn runs(explorer: &Explorer, count: usize) -> impl Iterator<Item = Run> + Send + 'static {
    let workflow = explorer.workflow(WORKFLOW);
    (0..count).map(move |number| workflow.run().param("query_1", "n", number).idempotency_key(format!("key {number}")))
}

#[tokio::test(start_paused = true)]
async fn all_runs_end_and_no_more_than_allowed_are_unfinished() {
    let emulator = Emulator::builder().start().await.unwrap();
    let explorer = client(&emulator, &Arc::default());
    let mut ended = explorer.batch(runs(&explorer, 50)).parallel(7).stream();
    let mut indices = BTreeSet::new();
    let mut most = 0;
    while let Some(run) = ended.next().await {
        let unfinished = |status| [JobStatus::Preparing, JobStatus::Running].contains(&status);
        let jobs = explorer.jobs().page_size(100).await.unwrap().jobs;
        most = most.max(jobs.iter().filter(|job| unfinished(job.status)).count());
        assert!(run.outcome.unwrap().status.is_terminal());
        assert!(indices.insert(run.index));
    }
    assert_eq!((indices.len(), emulator.jobs()), (50, 50));
    assert!((1..=7).contains(&most), "{most} unfinished jobs at once");
}

#[tokio::test(start_paused = true)]
async fn batch_is_continued_where_it_was_interrupted() {
    let emulator = Emulator::builder().start().await.unwrap();
    let store = Arc::default();
    let explorer = client(&emulator, &store);
    let interrupted: Vec<BatchedRun> = explorer.batch(runs(&explorer, 20)).parallel(4).stream().take(5).collect().await;
    let jobs_before = emulator.jobs();
    assert!((5..20).contains(&jobs_before), "{jobs_before}");

    let again = client(&emulator, &store);
    let ended: Vec<BatchedRun> = again.batch(runs(&again, 20)).parallel(4).stream().collect().await;
    assert_eq!((ended.len(), emulator.jobs()), (20, 20));
    for before in interrupted {
        let after = ended.iter().find(|run| run.index == before.index).unwrap();
        assert_eq!(after.job_id, before.job_id);
    }
}

#[tokio::test(start_paused = true)]
async fn lost_responses_are_reconciled_among_concurrent_runs() {
    let rules = [Fault::DropAfter, Fault::DropBefore]
        .map(|fault| FaultRule::new(fault).operation("run_workflow").probability(0.1));
    let emulator = rules.into_iter().fold(Emulator::builder().seed(3), |builder, rule| builder.fault(rule));
    let emulator = emulator.start().await.unwrap();
    let explorer = client(&emulator, &Arc::default());
    let ended: Vec<BatchedRun> = explorer.batch(runs(&explorer, 100)).parallel(10).stream().collect().await;
    let ids: BTreeSet<i64> = ended.iter().filter_map(|run| run.job_id).collect();
    let unknown = ended.iter().filter(|run| matches!(run.outcome, Err(Error::OutcomeUnknown(_)))).count();
    assert_eq!((ended.len(), ids.len() + unknown), (100, 100));
    assert!(ids.len() >= 80 && emulator.jobs() <= 100, "{} known, {} jobs", ids.len(), emulator.jobs());
}

#[tokio::test(start_paused = true)]
async fn failed_runs_and_repeated_keys_are_reported_each() {
    let emulator = Emulator::builder().start().await.unwrap();
    let explorer = client(&emulator, &Arc::default());
    let workflow = explorer.workflow(WORKFLOW);
    let same = || workflow.run().idempotency_key("the same");
    let invalid = workflow.run().param("query_1", "name", [1, 2]);
    let ended: Vec<BatchedRun> = explorer.batch([same(), invalid, same()]).stream().collect().await;
    assert_eq!(ended.len(), 3);
    let failed = ended.iter().find(|run| run.index == 1).unwrap();
    assert!(matches!(failed.outcome, Err(Error::InvalidInput(_))), "{failed:?}");
    let jobs: BTreeSet<_> = ended.iter().filter(|run| run.index != 1).map(|run| run.job_id).collect();
    assert_eq!((jobs.len(), emulator.jobs()), (1, 1));
}

/// Jobs of a second as well as of minutes make room for the next ones soon after they end, and are not polled all the time.
#[tokio::test(start_paused = true)]
async fn places_of_ended_jobs_are_used_at_once() {
    const PARALLEL: usize = 20;
    const RUNS: usize = 400;
    for seconds in [1, 10, 300] {
        let task = json!({ "id": "bfs_1", "component": "BFS", "seconds": seconds });
        let workflow = json!({ "id": 1, "name": "short", "tasks": [task] });
        let emulator = Emulator::builder().workflow(serde_json::from_value(workflow).unwrap()).start().await.unwrap();
        let explorer = client(&emulator, &Arc::default());
        let workflow = explorer.workflow(1);
        let runs = (0..RUNS).map(move |number| workflow.run().idempotency_key(format!("key {number}")));
        let started = Instant::now();
        let ended: Vec<BatchedRun> = explorer.batch(runs).parallel(PARALLEL).stream().collect().await;
        let running = |run: &BatchedRun| {
            let job = run.outcome.as_ref().unwrap();
            job.created_at.unwrap().duration_until(job.ended_at.unwrap()).as_secs_f64()
        };
        let busy = ended.iter().map(running).sum::<f64>() / (PARALLEL as f64 * started.elapsed().as_secs_f64());
        assert!(busy > 0.9, "jobs of {seconds} s keep their places busy for {busy:.3} of the time");
        assert_eq!(emulator.calls("run_workflow"), RUNS as u64);
        let polls = emulator.calls("list_jobs") + emulator.calls("get_job");
        assert!(polls < 10 * RUNS as u64, "{polls} polls of {RUNS} jobs of {seconds} s");
    }
}
