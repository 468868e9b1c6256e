//! Messages on standard error, and the progress bars there.

use std::fmt::Display;
use std::io::{Write, stderr};
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use indicatif::MultiProgress;

use crate::output::escape::escaped;

/// Writes a line to standard error. Errors are ignored: a closed standard error must not end the command.
pub fn note(text: impl Display) {
    let _ = StderrWriter.write_all(format!("{text}\n").as_bytes());
}

/// Progress bars on standard error. Messages are written above them.
pub struct ProgressArea(MultiProgress);

static PROGRESS_AREA: Mutex<Option<MultiProgress>> = Mutex::new(None);

impl ProgressArea {
    pub fn start() -> Self {
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

/// Writes to standard output while the progress bars are hidden, because both may be the same terminal.
pub fn without_progress<T>(write: impl FnOnce() -> T) -> T {
    let bars = PROGRESS_AREA.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bars {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

/// Standard error, above the progress bars if there are any. What is written at once is one line.
pub struct StderrWriter;

impl Write for StderrWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = escaped(text.trim_end_matches('\n'));
        let bars = PROGRESS_AREA.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match bars {
            Some(bars) => bars.println(line)?,
            None => stderr().write_all(format!("{line}\n").as_bytes())?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        stderr().flush()
    }
}
