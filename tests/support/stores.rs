//! A store whose methods can be stopped, delayed or made to fail, before or after they take effect.

#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _, pending};
use nebula_explorer::{Baseline, StoreError, StoreFuture, Submission, SubmissionFilter, SubmissionStore, Timestamp};
use tokio::task::spawn_blocking;

pub type Store = Arc<dyn SubmissionStore>;

/// The methods of a store that change something or read what a decision depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    Begin,
    StartSending,
    Renew,
    TakeOver,
    RecordJob,
    Release,
    Others,
    List,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Point {
    Before(Step),
    After(Step),
}

type Intercept = dyn Fn(Point) -> BoxFuture<'static, Result<(), StoreError>> + Send + Sync;

/// Does something at each point before it goes on.
#[derive(Clone)]
pub struct InterceptedStore {
    store: Store,
    intercept: Arc<Intercept>,
    cleans_up: bool,
}

impl InterceptedStore {
    pub fn wrap<F>(store: &Store, intercept: impl Fn(Point) -> F + Send + Sync + 'static) -> Store
    where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        let intercept = Arc::new(move |point| intercept(point).boxed());
        Arc::new(Self { store: Arc::clone(store), intercept, cleans_up: true })
    }

    /// The store of a process that stops at this point, has no heartbeat, and does not clean up when it is dropped.
    pub fn stopping(store: &Store, stop: Point) -> Store {
        let intercept = move |point| {
            async move {
                if point == stop || point == Point::Before(Step::Renew) {
                    pending::<()>().await;
                }
                Ok(())
            }
            .boxed()
        };
        Arc::new(Self { store: Arc::clone(store), intercept: Arc::new(intercept), cleans_up: false })
    }
}

impl fmt::Debug for InterceptedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InterceptedStore").field(&self.store).finish()
    }
}

/// A database that repeats a statement waits for time to advance.
const LONGEST: Duration = Duration::from_secs(5);

/// Paused time does not advance while a blocking task runs: a database is not late because it works on another thread.
async fn in_no_time<T>(work: impl Future<Output = T>) -> T {
    let (ended, end) = std::sync::mpsc::channel::<()>();
    let running = spawn_blocking(move || end.recv_timeout(LONGEST));
    let done = work.await;
    drop(ended);
    let _ = running.await;
    done
}

macro_rules! intercepted {
    ($($step:ident: $name:ident($($argument:ident: $type:ty),*) -> $returned:ty;)*) => {$(
        fn $name<'a>(&'a self, $($argument: $type),*) -> StoreFuture<'a, $returned> {
            async move {
                (self.intercept)(Point::Before(Step::$step)).await?;
                let done = in_no_time(self.store.$name($($argument),*)).await;
                (self.intercept)(Point::After(Step::$step)).await?;
                done
            }
            .boxed()
        }
    )*};
}

impl SubmissionStore for InterceptedStore {
    intercepted! {
        Begin: begin(submission: &'a Submission) -> Submission;
        StartSending: start_sending(submission: &'a Submission, baseline: Option<&'a Baseline>) -> bool;
        Renew: renew(submission: &'a Submission) -> bool;
        TakeOver: take_over(seen: &'a Submission, owner: &'a str) -> bool;
        RecordJob: record_job(submission: &'a Submission, job_id: i64) -> bool;
        Release: release(submission: &'a Submission) -> ();
        Others: others(submission: &'a Submission, since: Timestamp) -> Vec<Submission>;
        List: list(filter: &'a SubmissionFilter) -> Vec<Submission>;
        Delete: delete(filter: &'a SubmissionFilter) -> u64;
    }

    fn abandon(&self, submission: &Submission) {
        if self.cleans_up {
            self.store.abandon(submission);
        }
    }
}
