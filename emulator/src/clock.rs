//! The two clocks: the wall's, and the emulated one that runs faster.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Both clocks start at the time of day at which the emulator starts. From there on they follow tokio's time, so that they
/// stand still and jump with it where a test has paused it.
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

    /// The wall's time, by which tokens live.
    pub(crate) fn wall(&self) -> Timestamp {
        after(self.start, self.started.elapsed())
    }

    /// The emulated time, by which jobs run.
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = self.started.elapsed().as_secs_f64() * self.speed;
        after(self.start, Duration::try_from_secs_f64(elapsed).unwrap_or(Duration::MAX))
    }
}

/// The time so much later; the last one there is where that is too late to be told.
pub(crate) fn after(time: Timestamp, duration: Duration) -> Timestamp {
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
