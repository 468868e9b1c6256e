//! Idempotency keys while processes stop at every step, on servers that behave in every way the documentation leaves open.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

#[path = "support/stores.rs"]
mod stores;
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{BoxFuture, ready};
use nebula_explorer::generated::types::ParameterValue;
use nebula_explorer::{Credentials, Error, Explorer, JobHandle, MemoryStore, OnUnknownOutcome, SqlStore, Timestamp};
use nebula_explorer_emulator::{
    AbsentTimes, Behaviour, Cookies, DateHeader, Emulator, Fault, FaultRule, FilterBounds, FilterNames, Filters,
    JobIds, MissingIds, Precision, RepeatedCancels, SuccessCode, Totals, UnknownFilters,
};
use serde_json::json;
use stores::{InterceptedStore, Point, Step, Store};
use support::{MockResponse, Server};
use tokio::time::{Instant, sleep, timeout};

const WORKFLOW: i64 = 4216617529;

/// Where `cargo xtask stores` lets its PostgreSQL listen.
const POSTGRES: &str = "NEBULA_EXPLORER_TEST_POSTGRES";

/// More than it takes until a job is listed in any of the behaviours.
const GRACE_PERIOD: Duration = Duration::from_secs(25);

/// How many jobs the workflow has before: more than the smallest page.
const OLDER_JOBS: usize = 9;

/// The standard behaviour, each other variant of each option on its own, and combinations of all of them.
fn behaviours() -> Vec<Behaviour> {
    let one = |change: &dyn Fn(&mut Behaviour)| {
        let mut behaviour = Behaviour::default();
        change(&mut behaviour);
        behaviour
    };
    let mut all = vec![
        Behaviour::default(),
        one(&|it| it.absent_times = AbsentTimes::Missing),
        one(&|it| it.absent_times = AbsentTimes::Null),
        one(&|it| it.absent_times = AbsentTimes::Zero),
        one(&|it| it.absent_times = AbsentTimes::Empty),
        one(&|it| it.job_ids = JobIds::Text),
        one(&|it| it.missing_ids = MissingIds::InternalServer),
        one(&|it| it.stored_times = Precision::Seconds),
        one(&|it| it.shown_times = Precision::Seconds),
        one(&|it| it.filters = Filters::Ignored),
        one(&|it| it.filter_bounds = FilterBounds::Exclusive),
        one(&|it| it.filter_names = FilterNames::Part),
        one(&|it| it.unknown_filters = UnknownFilters::Rejected),
        one(&|it| it.list_delay = Some(Duration::from_secs(2))),
        one(&|it| it.list_delay = Some(Duration::from_secs(20))),
        one(&|it| it.max_page_size = Some(1)),
        one(&|it| it.max_page_size = Some(7)),
        one(&|it| it.totals = Totals::Page),
        one(&|it| it.totals = Totals::Zero),
        one(&|it| it.cookies = Cookies::Bare),
        one(&|it| it.cookies = Cookies::Several),
        one(&|it| it.idle_timeout = Some(Duration::from_millis(300))),
        one(&|it| it.date = DateHeader::Missing),
        one(&|it| it.date = DateHeader::Ahead(3600)),
        one(&|it| it.date = DateHeader::Ahead(-3600)),
        one(&|it| it.success_code = SuccessCode::TwoHundred),
        one(&|it| it.omit_data = true),
        one(&|it| it.errors_in_success = true),
        one(&|it| it.circuit_breaker = true),
        one(&|it| it.session_limit = Some(4)),
        one(&|it| it.repeated_cancels = RepeatedCancels::Declined),
        one(&|it| it.rerun_after = Some(Duration::from_secs(5))),
        Behaviour::worst(),
    ];
    all.extend((0..8).map(Behaviour::random));
    all
}

/// Where the process stops, and what becomes of its request besides.
fn crashes() -> Vec<(Point, Option<Fault>)> {
    let around = |step| [Point::Before(step), Point::After(step)];
    let steps = [Step::Begin, Step::StartSending, Step::RecordJob].into_iter().flat_map(around);
    let faults = [None, Some(Fault::DropAfter), Some(Fault::DropBefore)];
    let every_step = steps.flat_map(|stop| faults.map(|fault| (stop, fault)));
    // What others do matters only if the response is lost.
    let searching = around(Step::Others).into_iter().flat_map(|stop| faults.map(|fault| (stop, fault)));
    every_step.chain(searching.filter(|(_, fault)| fault.is_some())).collect()
}

#[test]
fn process_that_stops_anywhere_leaves_one_job_in_memory() {
    check(&behaviours(), &|_| Arc::new(MemoryStore::default()));
}

#[test]
fn process_that_stops_anywhere_leaves_one_job_in_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let url = |number| format!("sqlite://{}", directory.path().join(format!("{number}.db")).display());
    check(&few_behaviours(), &|number| Arc::new(SqlStore::new(url(number)).unwrap()));
}

#[test]
#[ignore = "needs PostgreSQL: run `cargo xtask stores`"]
fn process_that_stops_anywhere_leaves_one_job_in_postgres() {
    let url = std::env::var(POSTGRES).unwrap();
    check(&few_behaviours(), &|_| Arc::new(SqlStore::new(url.clone()).unwrap()));
}

/// For stores that take longer: what they do does not depend on the server.
fn few_behaviours() -> Vec<Behaviour> {
    let random = (100..102).map(Behaviour::random);
    [Behaviour::default(), Behaviour::worst()].into_iter().chain(random).collect()
}

/// Tries all cases, and then fails if any did. Every other case has a second key, which is used at the same time.
fn check(behaviours: &[Behaviour], store: &(dyn Fn(usize) -> Store + Sync)) {
    let crashes = crashes();
    let cases: Vec<_> =
        behaviours.iter().flat_map(|behaviour| crashes.iter().map(move |crash| (behaviour, crash))).collect();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((behaviour, (stop, fault))) = cases.get(number) else { return };
            // Of this case alone: the port of a server is used again, and keys belong to a server.
            let key = |name: &str| format!("{name} of case {number} of process {}", std::process::id());
            let keys = if number.is_multiple_of(2) { vec![key("one")] } else { vec![key("one"), key("two")] };
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
            if let Err(problem) = runtime.block_on(case(store(number), behaviour, *stop, *fault, &keys)) {
                wrong.lock().unwrap().push(format!("{stop:?}, {fault:?}, {keys:?}, behaviour {behaviour}: {problem}"));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// A process stops while it runs the first key, and others continue with all keys.
async fn case(
    store: Store,
    behaviour: &Behaviour,
    stop: Point,
    fault: Option<Fault>,
    keys: &[String],
) -> Result<(), String> {
    let emulator = Emulator::builder().behaviour(behaviour.clone()).start().await.unwrap();
    let unshared: Store = Arc::new(MemoryStore::default());
    let older = client(&emulator, &unshared);
    for _ in 0..OLDER_JOBS {
        older.workflow(WORKFLOW).run().await.map_err(|error| format!("an older job: {error}"))?;
    }
    sleep(Duration::from_secs(3600)).await;

    emulator
        .set_faults(fault.map(|fault| FaultRule::new(fault).operation("run_workflow").times(1)).into_iter().collect())
        .unwrap();
    let stopping = InterceptedStore::stopping(&store, stop);
    let mut stopped = run(&client(&emulator, &stopping), &keys[0]);
    let _ = timeout(Duration::from_secs(120), stopped.as_mut()).await;
    drop(stopped);

    let store = InterceptedStore::wrap(&store, |_| ready(Ok(())));
    let runs: Vec<_> = keys.iter().map(|key| run(&client(&emulator, &store), key)).collect();
    let outcomes = futures_util::future::join_all(runs).await;
    for (key, outcome) in keys.iter().zip(outcomes) {
        let own = jobs_of(&emulator, key);
        match (outcome, own.as_slice()) {
            (_, [_, _, ..]) => return Err(format!("the key {key} has the jobs {own:?}")),
            (Ok(job), [own]) if job.id() == *own => {}
            (Ok(job), own) => return Err(format!("the key {key} has job {}, but created {own:?}", job.id())),
            (Err(Error::OutcomeUnknown(unknown)), own) => {
                let candidates: Vec<i64> = unknown.candidates.iter().map(|job| job.id).collect();
                if !own.iter().all(|job| candidates.contains(job)) {
                    return Err(format!("the key {key} may have one of {candidates:?}, but created {own:?}"));
                }
                if keys.len() == 1 && behaviour.date != DateHeader::Ahead(3600) {
                    return Err(format!("the key {key} is uncertain: {candidates:?}, and created {own:?}"));
                }
            }
            (Err(error), _) => return Err(format!("the key {key} failed: {error}")),
        }
    }
    Ok(())
}

fn client(emulator: &Emulator, store: &Store) -> Explorer {
    let account = Credentials::account("root", "nebula");
    let builder = Explorer::builder(emulator.url()).graph("127.0.0.1", 9669).credentials(account);
    builder.submission_store(Arc::clone(store)).build().unwrap()
}

/// The key is a parameter too, so that each job names it.
fn run(explorer: &Explorer, key: &str) -> BoxFuture<'static, Result<JobHandle, Error>> {
    let run = explorer.workflow(WORKFLOW).run().param("query_1", "key", key).idempotency_key(key);
    run.on_unknown_outcome(OnUnknownOutcome::Reconcile { grace_period: GRACE_PERIOD }).into_future()
}

fn jobs_of(emulator: &Emulator, key: &str) -> Vec<i64> {
    let inputs = emulator.inputs().into_iter();
    let of_key = inputs.filter(|(_, input)| {
        let parameter = input.0.get("query_1").and_then(|task| task.0.get("key"));
        matches!(parameter, Some(ParameterValue::String(text)) if text == key)
    });
    of_key.map(|(id, _)| id).collect()
}

/// A workflow that others run all the time: the jobs since the request are not listed each time that its job is looked for.
#[tokio::test(start_paused = true)]
async fn taking_over_after_thousands_of_jobs_lists_them_twice() {
    const JOBS: usize = 600;
    const PAGE: usize = 7;
    let behaviour = Behaviour { max_page_size: Some(7), ..Behaviour::default() };
    let emulator = Emulator::builder().behaviour(behaviour).start().await.unwrap();
    let store: Store = Arc::new(MemoryStore::default());
    let stopping = InterceptedStore::stopping(&store, Point::After(Step::StartSending));
    let mut stopped = run(&client(&emulator, &stopping), "stopped");
    let _ = timeout(Duration::from_secs(120), stopped.as_mut()).await;
    drop(stopped);
    let others = client(&emulator, &store);
    for _ in 0..JOBS {
        others.workflow(WORKFLOW).run().await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    let before = emulator.calls("list_workflow_jobs");
    run(&client(&emulator, &store), "stopped").await.unwrap();
    assert_eq!(jobs_of(&emulator, "stopped").len(), 1);
    let lists = usize::try_from(emulator.calls("list_workflow_jobs") - before).unwrap();
    let looks = usize::try_from(GRACE_PERIOD.as_secs()).unwrap() + 1;
    // Windows of a list overlap by a few jobs.
    let whole_list = JOBS.div_ceil(PAGE - 3);
    assert!(lists <= 2 * whole_list + 2 * looks, "{lists} requests");
}

/// A server that ignores the order shows new jobs on the last page.
#[tokio::test(start_paused = true)]
async fn job_is_found_in_a_list_with_the_oldest_jobs_first() {
    const OLDER: usize = 250;
    let created: Arc<Mutex<Vec<i64>>> = Arc::default();
    let start = Timestamp::now().as_millisecond() - 3_600_000;
    created.lock().unwrap().extend((0..OLDER as i64).map(|number| start + number * 1000));
    let (jobs, clock) = (Arc::clone(&created), Instant::now());
    let server = Server::signed_in(move |request| {
        let mut jobs = jobs.lock().unwrap();
        if request.method == "POST" {
            jobs.push(start + 3_600_000 + i64::try_from(clock.elapsed().as_millis()).unwrap());
            return MockResponse::new(504, "text/html", "<html>504 Gateway Time-out</html>");
        }
        let number = |name: &str| {
            let (_, value) = request.uri.split_once(&format!("{name}="))?;
            value.split('&').next()?.parse::<usize>().ok()
        };
        let (page, size) = (number("page").unwrap_or(1), number("pageSize").unwrap_or(10));
        let job = |(id, created): (usize, &i64)| json!({ "id": id, "name": "job", "workflowId": WORKFLOW.to_string(), "workflowName": "w", "status": 1, "createTime": created });
        let items: Vec<_> = jobs.iter().enumerate().skip((page - 1) * size).take(size).map(job).collect();
        MockResponse::data(json!({ "items": items, "total": jobs.len(), "page": page, "pageSize": size }))
    })
    .await;
    let job = run(&server.explorer(), "nightly").await.unwrap();
    assert_eq!((job.id(), created.lock().unwrap().len()), (OLDER as i64, OLDER + 1));
}
