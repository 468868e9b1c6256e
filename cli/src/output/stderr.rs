//! What is told on standard error, and the bars there.

use std::fmt::Display;
use std::io::{Write, stderr};
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use indicatif::MultiProgress;

/// Tells something on standard error. Where nobody listens, the work goes on.
pub fn note(text: impl Display) {
    let _ = StderrWriter.write_all(format!("{text}\n").as_bytes());
}

/// Bars on standard error. What is told while there are any does not run into them.
pub struct ProgressArea(MultiProgress);

static PROGRESS_AREA: Mutex<Option<MultiProgress>> = Mutex::new(None);

impl ProgressArea {
    pub fn begin() -> Self {
        let bars = MultiProgress::new();
        PROGRESS_AREA.lock().unwrap_or_else(PoisonError::into_inner).replace(bars.clone());
        Self(bars)
    }
}

impl Deref for ProgressArea {
    type Target = MultiProgress;

    fn deref(&self) -> &MultiProgress {
        &self.0
    }
}

impl Drop for ProgressArea {
    fn drop(&mut self) {
        PROGRESS_AREA.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Standard error, above the bars if there are any.
pub struct StderrWriter;

impl Write for StderrWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let moving = PROGRESS_AREA.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(bars) = moving else { return stderr().write(bytes) };
        bars.println(String::from_utf8_lossy(bytes).trim_end_matches('\n'))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        stderr().flush()
    }
}
