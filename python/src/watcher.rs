//! Following many jobs at once.

use std::sync::Arc;

use nebula_explorer::{Error, WatcherHandle};
use pyo3::prelude::*;
use tokio::sync::Mutex;

use crate::call::Call;

#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct Watcher {
    inner: Arc<Mutex<nebula_explorer::Watcher>>,
    handle: WatcherHandle,
}

impl Watcher {
    pub fn new(inner: nebula_explorer::Watcher) -> Self {
        let handle = inner.handle();
        Self { inner: Arc::new(Mutex::new(inner)), handle }
    }
}

#[pymethods]
impl Watcher {
    /// The next job with another status; `None` when every job has ended.
    fn next(&self) -> Call {
        let watcher = Arc::clone(&self.inner);
        Call::new(async move { Ok::<_, Error>(watcher.lock().await.next().await) })
    }

    fn add(&self, job_id: i64) {
        self.handle.add(job_id);
    }

    fn remove(&self, job_id: i64) -> bool {
        self.handle.remove(job_id)
    }

    fn job_ids(&self) -> Vec<i64> {
        self.handle.job_ids()
    }
}
