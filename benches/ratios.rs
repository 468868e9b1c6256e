//! The cost of the SDK compared with the same work by hand, as ratios measured side by side in one run: `cargo xtask bench`.

#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use nebula_explorer::{Credentials, Explorer, MemoryStore, PollIntervals, SqlStore, SubmissionStore};
use nebula_explorer_emulator::Emulator;
use support::{ByHand, Envelope, Items, Row, Server, TOKEN};

const BFS: i64 = 4216617529;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(call());
    runtime.block_on(rows());
    runtime.block_on(polling_round());
    runtime.block_on(sign_ins());
    runtime.block_on(keyed_submission());
    let paused = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    paused.block_on(batch());
}

fn print(what: &str, measured: impl std::fmt::Display, goal: &str) {
    println!("| {what} | {measured} | {goal} |");
}

/// The median of the ratios of pairs. The two of a pair are measured in direct succession and in alternating order, so that other
/// load affects both in the same way.
fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

async fn call() {
    const PAIRS: usize = 301;
    const CALLS: usize = 100;
    let server = Server::with_job();
    let (explorer, by_hand) = (support::explorer(&server.url), ByHand::new(&server.url, TOKEN));
    let sdk = async || {
        let begin = Instant::now();
        for _ in 0..CALLS {
            black_box(explorer.job(107).get().await.unwrap());
        }
        begin.elapsed()
    };
    let hand = async || {
        let begin = Instant::now();
        for _ in 0..CALLS {
            black_box(by_hand.job(107).await);
        }
        begin.elapsed()
    };
    let _warm = (sdk().await, hand().await);
    let mut ratios = Vec::new();
    for pair in 0..PAIRS {
        let (sdk, hand) = match pair % 2 {
            0 => (sdk().await, hand().await),
            _ => {
                let hand = hand().await;
                (sdk().await, hand)
            }
        };
        ratios.push(sdk.as_secs_f64() / hand.as_secs_f64());
    }
    print("one call, in time", format_args!("{:.3}", median(ratios)), "1.03");
}

async fn rows() {
    const ROWS: usize = 1_000_000;
    const PAIRS: usize = 15;
    let server = Server::with_rows(ROWS);
    let raw = support::explorer(&server.url).job(1).task("t").rows::<()>().limit(ROWS as u32).raw().await.unwrap();
    let body = support::rows_body(ROWS);
    let timed = |work: &dyn Fn() -> usize| {
        let begin = Instant::now();
        assert_eq!(work(), ROWS);
        begin.elapsed()
    };
    let sdk = || raw.read::<(String, f64)>().unwrap().len();
    let hand = || serde_json::from_slice::<Envelope<Items<Row>>>(body.as_bytes()).unwrap().data.items.len();
    let mut ratios = Vec::new();
    for pair in 0..PAIRS {
        let (sdk, hand) = match pair % 2 {
            0 => (timed(&sdk), timed(&hand)),
            _ => {
                let hand = timed(&hand);
                (timed(&sdk), hand)
            }
        };
        ratios.push(sdk.as_secs_f64() / hand.as_secs_f64());
    }
    print("decoding 1,000,000 rows, in time", format_args!("{:.3}", median(ratios)), "1.10");
}

/// Counts requests, so that the number is the same on every machine.
async fn polling_round() {
    const JOBS: usize = 10_000;
    const SLOW: i64 = 4216617531;
    let emulator = Emulator::builder().start().await.unwrap();
    let explorer = client(&emulator);
    let mut jobs = Vec::new();
    for _ in 0..JOBS {
        jobs.push(explorer.workflow(SLOW).run().await.unwrap().id());
    }
    let asked = || emulator.calls("list_jobs") + emulator.calls("get_job");
    let intervals = PollIntervals::builder().initial_delay(Duration::from_millis(1)).build().unwrap();
    let mut watcher = explorer.watch(jobs).intervals(intervals);
    let before = asked();
    for _ in 0..JOBS {
        watcher.next().await.unwrap().outcome.unwrap();
    }
    let ratio = (asked() - before) as f64 / JOBS as f64;
    print("a polling round over 10,000 running jobs, in requests", format_args!("1/{:.0}", 1.0 / ratio), "1/50");
}

async fn sign_ins() {
    const CALLS: usize = 10_000;
    const EXPIRIES: u64 = 5;
    let emulator = Emulator::builder().start().await.unwrap();
    let explorer = client(&emulator);
    explorer.sign_in().await.unwrap();
    for _ in 0..EXPIRIES {
        emulator.forget_sessions();
        let calls = (0..CALLS / EXPIRIES as usize).map(|_| async { explorer.jobs().await.map(drop) });
        assert!(join_all(calls).await.iter().all(Result::is_ok));
    }
    let renewed = emulator.sign_ins() - 1;
    print("sign-ins in 10,000 concurrent calls over 5 expiries", renewed, "5");
}

fn client(emulator: &Emulator) -> Explorer {
    client_with(emulator, Arc::new(MemoryStore::default()))
}

fn client_with(emulator: &Emulator, store: Arc<dyn SubmissionStore>) -> Explorer {
    let account = Credentials::account("root", "nebula");
    let builder = Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account);
    builder.submission_store(store).build().unwrap()
}

/// The additional time of a submission with a key on a local disk.
async fn keyed_submission() {
    const PAIRS: usize = 301;
    let emulator = Emulator::builder().start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let store = SqlStore::new(format!("sqlite://{}", directory.path().join("submissions.db").display())).unwrap();
    let explorer = client_with(&emulator, Arc::new(store));
    let workflow = explorer.workflow(BFS);
    let mut added = Vec::new();
    for pair in 0..PAIRS {
        let begin = Instant::now();
        workflow.run().await.unwrap();
        let without = begin.elapsed();
        workflow.run().idempotency_key(format!("key {pair}")).await.unwrap();
        let with = begin.elapsed() - without;
        added.push((with.as_secs_f64() - without.as_secs_f64()) * 1000.0);
    }
    print("a key on a local disk, in ms added to a submission", format_args!("{:.1}", median(added)), "3");
}

/// In emulated time, so that only what the batch waits for counts.
async fn batch() {
    const RUNS: usize = 10_000;
    const PARALLEL: usize = 100;
    let task = serde_json::json!({ "id": "bfs_1", "component": "BFS", "seconds": 1 });
    let workflow = serde_json::json!({ "id": 1, "name": "short", "tasks": [task] });
    let emulator = Emulator::builder().workflow(serde_json::from_value(workflow).unwrap()).start().await.unwrap();
    let explorer = client(&emulator);
    let workflow = explorer.workflow(1);
    let runs = (0..RUNS).map(move |number| workflow.run().idempotency_key(format!("key {number}")));
    let begin = tokio::time::Instant::now();
    let mut ended = explorer.batch(runs).parallel(PARALLEL).stream();
    let mut running = 0.0;
    while let Some(run) = ended.next().await {
        let job = run.outcome.unwrap();
        running += job.created_at.unwrap().duration_until(job.ended_at.unwrap()).as_secs_f64();
    }
    let busy = running / (PARALLEL as f64 * begin.elapsed().as_secs_f64());
    let submissions = emulator.calls("run_workflow") as f64 / RUNS as f64;
    print("a batch of 10,000 jobs of a second, share of its places that are busy", format_args!("{busy:.3}"), "0.95");
    print("submissions per job of it", format_args!("{submissions:.2}"), "1.05");
}
