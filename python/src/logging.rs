//! The SDK's events in Python's `logging`, under the logger `nebula_explorer`.

use log::LevelFilter;
use pyo3::prelude::*;
use pyo3_log::{Caching, Logger};

/// Events of other crates are never passed on: they could contain secrets.
pub fn install(py: Python<'_>) -> PyResult<()> {
    // Levels are not cached, so that a change of them has an effect.
    let logger = Logger::new(py, Caching::Loggers)?.filter(LevelFilter::Off);
    // Fails only if there is a logger already, as when the module is loaded twice.
    let _ = logger.filter_target("nebula_explorer".into(), LevelFilter::Trace).install();
    Ok(())
}
