//! The SDK's events in Python's `logging`, under the logger `nebula_explorer`.

use std::sync::OnceLock;

use log::LevelFilter;
use pyo3::prelude::*;
use pyo3_log::{Caching, Logger, ResetHandle};

/// Starts it with the first client, so that an import does not load `logging`. Levels are read again with every further client: to
/// look them up for every event would make requests wait for the interpreter's lock.
///
/// Events of other crates are never passed on: they could contain secrets.
pub fn start(py: Python<'_>) -> PyResult<()> {
    static STARTED: OnceLock<ResetHandle> = OnceLock::new();
    if let Some(started) = STARTED.get() {
        started.reset();
        return Ok(());
    }
    let logger = Logger::new(py, Caching::LoggersAndLevels)?.filter(LevelFilter::Off);
    let installed = logger.filter_target("nebula_explorer".into(), LevelFilter::Trace).install();
    // Fails only if another thread has just done it.
    if let Ok(started) = installed {
        let _ = STARTED.set(started);
    }
    Ok(())
}
