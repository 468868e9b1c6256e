//! Listing jobs and reconciling lost submissions on servers that differ in everything the documentation does not specify.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use futures_util::TryStreamExt as _;
use jiff::fmt::rfc2822::DateTimePrinter;
use nebula_explorer::{Credentials, Error, Explorer, Job, OnUnknownOutcome, RetryPolicy, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::time::Instant;

/// What the documentation does not specify.
#[derive(Clone, Copy, Debug)]
struct Behaviour {
    /// Times are stored in whole seconds.
    stored_seconds: bool,
    /// Times are shown in whole seconds.
    shown_seconds: bool,
    /// Bounds are cut to whole seconds.
    cut_bounds: bool,
    exclusive_bounds: bool,
    ignores_filter: bool,
    ignores_page: bool,
    page_limit: Option<usize>,
    /// The number of jobs that the server reports.
    total: Total,
    /// How long after its creation a job appears in lists, in seconds.
    listed_after: u64,
    /// How far the clock of the header `Date` is from that of the jobs, in seconds; `None` if there is no header.
    date: Option<i64>,
    /// Jobs have no creation time.
    without_times: bool,
}

#[derive(Clone, Copy, Debug)]
enum Total {
    True,
    Zero,
    OfPage,
    Huge,
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    let flags = any::<[bool; 4]>();
    let rarely = || proptest::bool::weighted(0.2);
    let total = prop_oneof![Just(Total::True), Just(Total::Zero), Just(Total::OfPage), Just(Total::Huge)];
    let limit = proptest::option::of(1..30_usize);
    let date = prop_oneof![4 => Just(Some(0)), 1 => Just(None), 1 => Just(Some(-3600)), 1 => Just(Some(3600))];
    (flags, [rarely(), rarely(), rarely()], limit, total, 0..20_u64, date).prop_map(
        |(
            [stored_seconds, shown_seconds, cut_bounds, exclusive_bounds],
            rare,
            page_limit,
            total,
            listed_after,
            date,
        )| {
            let [ignores_filter, ignores_page, without_times] = rare;
            Behaviour {
                stored_seconds,
                shown_seconds,
                cut_bounds,
                exclusive_bounds,
                ignores_filter,
                ignores_page,
                page_limit,
                total,
                listed_after,
                date,
                without_times,
            }
        },
    )
}

/// A job: its id, and when it was created in milliseconds.
type StoredJob = (i64, i64);

struct State {
    behaviour: Behaviour,
    jobs: Vec<StoredJob>,
    /// What happens to the next submissions.
    submissions: Vec<Submission>,
    started: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Submission {
    Accepted,
    /// The server acts, and a gateway responds in its place.
    LostAfter,
    /// A gateway responds, and the server is not reached.
    LostBefore,
    Rejected,
}

/// When the server starts, in milliseconds.
const START: i64 = 1_757_847_358_321;

impl State {
    fn now(&self) -> i64 {
        START + i64::try_from(self.started.elapsed().as_millis()).unwrap()
    }

    fn stored(&self, time: i64) -> i64 {
        if self.behaviour.stored_seconds { time / 1000 * 1000 } else { time }
    }

    fn list(&self, uri: &str) -> Value {
        let behaviour = &self.behaviour;
        let url = reqwest::Url::parse(&format!("http://x{uri}")).unwrap();
        let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let filter: Value = match query("filter") {
            Some(filter) if !behaviour.ignores_filter => serde_json::from_str(&filter).unwrap(),
            _ => json!({}),
        };
        let number = |name: &str, default: usize| query(name).map_or(default, |value| value.parse().unwrap());
        let bound =
            |name: &str| filter[name].as_i64().map(|time| if behaviour.cut_bounds { time / 1000 * 1000 } else { time });
        let (from, to) = (bound("fromCreateTime"), bound("toCreateTime"));
        let excluded = i64::from(behaviour.exclusive_bounds);
        let listed_after = i64::try_from(behaviour.listed_after).unwrap() * 1000;
        let now = self.now();
        let mut jobs: Vec<StoredJob> = self.jobs.iter().map(|&(id, time)| (id, self.stored(time))).collect();
        jobs.retain(|(_, time)| from.is_none_or(|from| from + excluded <= *time));
        jobs.retain(|(_, time)| to.is_none_or(|to| *time <= to - excluded));
        jobs.retain(|(id, _)| {
            self.jobs.iter().any(|job| job.0 == *id && (job.1 < START || job.1 + listed_after <= now))
        });
        jobs.sort_by_key(|&(id, time)| (time, id));
        if filter["orderByCreateTime"] != "asc" {
            jobs.reverse();
        }
        let size = number("pageSize", 10).min(behaviour.page_limit.unwrap_or(usize::MAX));
        let page = if behaviour.ignores_page { 1 } else { number("page", 1) };
        let shown: Vec<Value> = jobs.iter().skip((page - 1) * size).take(size).map(|job| self.shown(*job)).collect();
        let total = match behaviour.total {
            Total::True => jobs.len(),
            Total::Zero => 0,
            Total::OfPage => shown.len(),
            Total::Huge => 1_000_000,
        };
        json!({ "items": shown, "total": total, "Page": page, "PageSize": size })
    }

    fn shown(&self, (id, time): StoredJob) -> Value {
        let time = if self.behaviour.shown_seconds { time / 1000 * 1000 } else { time };
        let time = if self.behaviour.without_times { json!(null) } else { json!(time) };
        json!({ "id": id, "name": "n", "workflowId": "7", "workflowName": "w", "status": 1, "createTime": time })
    }
}

async fn start(
    behaviour: Behaviour,
    jobs: Vec<StoredJob>,
    submissions: Vec<Submission>,
) -> (Explorer, Arc<Mutex<State>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let state = Arc::new(Mutex::new(State { behaviour, jobs, submissions, started: Instant::now() }));
    let shared = Arc::clone(&state);
    let app = Router::new().fallback(move |request: Request<Body>| {
        let state = Arc::clone(&shared);
        async move { respond(&mut state.lock().unwrap(), &request) }
    });
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let retry = RetryPolicy::none();
    let explorer = Explorer::builder(url).credentials(Credentials::token("t")).retry(retry).build().unwrap();
    (explorer, state)
}

fn respond(state: &mut State, request: &Request<Body>) -> Response<Body> {
    let mut response = Response::builder();
    // An empty header keeps the server from adding its own.
    let date = state.behaviour.date.map(|skew| Timestamp::from_millisecond(state.now() + skew * 1000).unwrap());
    let date = date.map(http_date).unwrap_or_default();
    response = response.header("date", date);
    let page =
        |status: u16| Response::builder().status(status).header("content-type", "text/html").body("<html>".into());
    let data = |data: Value| json!({ "code": 0, "message": "Success", "data": data }).to_string().into();
    if request.method() == "GET" {
        return response.body(data(state.list(&request.uri().to_string()))).unwrap();
    }
    let submission = if state.submissions.is_empty() { Submission::Accepted } else { state.submissions.remove(0) };
    let id = state.jobs.iter().map(|job| job.0).max().unwrap_or(100) + 1;
    if matches!(submission, Submission::Accepted | Submission::LostAfter) {
        let now = state.now();
        state.jobs.push((id, now));
    }
    match submission {
        Submission::Accepted => response.body(data(json!({ "id": id }))).unwrap(),
        Submission::LostAfter | Submission::LostBefore => page(504).unwrap(),
        Submission::Rejected => {
            response.status(400).body(json!({ "code": 40004001, "message": "ErrParam" }).to_string().into()).unwrap()
        }
    }
}

fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

#[test]
fn list_is_complete_or_an_error() {
    let spacing = prop_oneof![Just(1_i64), Just(7), Just(40), Just(999), Just(60_000)];
    proptest!(config(400), |(behaviour in behaviour(), count in 0..120_i64, spacing in spacing, oldest_first in any::<bool>(), page_size in prop_oneof![Just(10_u32), Just(100)])| {
        let behaviour = Behaviour { listed_after: 0, ..behaviour };
        let jobs: Vec<StoredJob> = (1..=count).map(|id| (id, START - 10_000_000 + id * spacing)).collect();
        let outcome = runtime().block_on(async {
            let (explorer, _state) = start(behaviour, jobs, Vec::new()).await;
            let request = explorer.jobs().page_size(page_size);
            let request = if oldest_first { request.oldest_first() } else { request };
            request.by_item().try_collect::<Vec<Job>>().await
        });
        match outcome {
            Ok(jobs) => {
                let ids: BTreeSet<i64> = jobs.iter().map(|job| job.id).collect();
                prop_assert_eq!(ids.len(), jobs.len(), "duplicates");
                prop_assert_eq!(ids, (1..=count).collect::<BTreeSet<i64>>());
            }
            // Without page numbers, and with more jobs at one time than a page contains, the rest cannot be listed.
            Err(error) => {
                prop_assert!(matches!(error, Error::InvalidResponse(_)), "{:?}", error);
                prop_assert!(behaviour.ignores_page, "{:?}", error);
            }
        }
    });
}

#[test]
fn list_is_complete_if_the_server_ignores_the_filter_and_has_pages_of_one_job() {
    let behaviour = Behaviour {
        stored_seconds: false,
        shown_seconds: false,
        cut_bounds: false,
        exclusive_bounds: false,
        ignores_filter: true,
        ignores_page: false,
        page_limit: Some(1),
        total: Total::Zero,
        listed_after: 0,
        date: Some(0),
        without_times: false,
    };
    let jobs: Vec<StoredJob> = (1..=3).map(|id| (id, START - 10_000_000 + id * 60_000)).collect();
    let listed = runtime().block_on(async {
        let (explorer, _state) = start(behaviour, jobs, Vec::new()).await;
        explorer.jobs().oldest_first().by_item().try_collect::<Vec<Job>>().await.unwrap()
    });
    assert_eq!(listed.iter().map(|job| job.id).collect::<BTreeSet<i64>>(), (1..=3).collect());
}

#[test]
fn lost_submission_is_found_or_reported_and_never_doubled() {
    let submission = || {
        prop_oneof![
            Just(Submission::LostAfter),
            Just(Submission::LostBefore),
            Just(Submission::Rejected),
            Just(Submission::Accepted)
        ]
    };
    let submissions = proptest::collection::vec(submission(), 1..4);
    // Old jobs of the workflow, one of them of 2022.
    let before = prop_oneof![Just(0), Just(1), Just(3), Just(150)];
    proptest!(config(400), |(behaviour in behaviour(), submissions in submissions, before in before)| {
        let jobs: Vec<StoredJob> =
            (1..=before).map(|id| (id, if id == 1 { 1_657_847_355_906 } else { START - 400_000 + id * 1000 })).collect();
        let (outcome, created) = runtime().block_on(async {
            let (explorer, state) = start(behaviour, jobs, submissions.clone()).await;
            let run = explorer.workflow(7).run().on_unknown_outcome(OnUnknownOutcome::Reconcile { grace_period: Duration::from_secs(30) });
            let outcome = run.await;
            let created: Vec<i64> = state.lock().unwrap().jobs.iter().filter(|job| job.1 >= START).map(|job| job.0).collect();
            (outcome.map(|job| job.id()), created)
        });
        // A request takes effect within the grace period or not at all, and a job is listed within it.
        prop_assert!(created.len() <= 1, "{:?} for one submission: {:?}", created, outcome);
        match outcome {
            Ok(id) => prop_assert_eq!(vec![id], created),
            Err(Error::OutcomeUnknown(unknown)) => {
                prop_assert!(matches!(unknown.cause, Some(Error::UnexpectedResponse(_))), "{:?}", unknown);
            }
            Err(error) => {
                prop_assert!(submissions[0] == Submission::Rejected || behaviour.ignores_page, "{:?}", error);
                prop_assert!(created.is_empty());
            }
        }
    });
}

#[tokio::test(start_paused = true)]
async fn unlimited_grace_period_never_ends() {
    let behaviour = Behaviour {
        stored_seconds: false,
        shown_seconds: false,
        cut_bounds: false,
        exclusive_bounds: false,
        ignores_filter: false,
        ignores_page: false,
        page_limit: None,
        total: Total::True,
        listed_after: 100,
        date: Some(0),
        without_times: false,
    };
    let (explorer, state) = start(behaviour, Vec::new(), vec![Submission::LostAfter]).await;
    let unlimited = OnUnknownOutcome::Reconcile { grace_period: Duration::MAX };
    let job = explorer.workflow(7).run().on_unknown_outcome(unlimited).await.unwrap();
    assert_eq!(job.id(), state.lock().unwrap().jobs[0].0);
}
