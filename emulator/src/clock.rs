//! Real time and emulated time, which runs faster.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Both times start at the current time when the emulator starts and then follow tokio's clock, so that they pause and advance
/// with it in tests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Timestamp,
    started: Instant,
    speed: f64,
}

impl Clock {
    pub(crate) fn start(speed: f64) -> Self {
        Self { start: Timestamp::now(), started: Instant::now(), speed }
    }

    /// Real time, which decides when tokens expire.
    pub(crate) fn wall(&self) -> Timestamp {
        after(self.start, self.started.elapsed())
    }

    /// Emulated time, by which jobs run.
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = self.started.elapsed().as_secs_f64() * self.speed;
        after(self.start, Duration::try_from_secs_f64(elapsed).unwrap_or(Duration::MAX))
    }
}

/// `time + duration`, or the latest representable time.
pub(crate) fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
