//! Following many jobs at once.

use futures_util::stream;
use nebula_explorer::{Error, WatcherHandle};
use pyo3::prelude::*;

use crate::call::Stream;
use crate::options::Integer;

/// A sequence of what happens to jobs, which can be changed meanwhile.
#[pyclass(frozen, module = "nebula_explorer._native")]
pub struct Watcher {
    handle: WatcherHandle,
    #[pyo3(get)]
    stream: Py<Stream>,
}

impl Watcher {
    pub fn new(py: Python<'_>, watcher: nebula_explorer::Watcher) -> PyResult<Self> {
        let handle = watcher.handle();
        // It never ends, because jobs may be added after all others have ended; `None` stands for the end until then.
        let stream =
            stream::unfold(watcher, |mut watcher| async { Some((Ok::<_, Error>(watcher.next().await), watcher)) });
        Ok(Self { handle, stream: Py::new(py, Stream::new(stream))? })
    }
}

#[pymethods]
impl Watcher {
    fn add(&self, job_id: Integer<i64>) {
        self.handle.add(job_id.0);
    }

    fn remove(&self, job_id: Integer<i64>) -> bool {
        self.handle.remove(job_id.0)
    }

    fn job_ids(&self) -> Vec<i64> {
        self.handle.job_ids()
    }
}
