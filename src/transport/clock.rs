//! The server's clock, from the header `Date` of its responses.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::header::DATE;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use tokio::time::Instant;

/// The server's clock, as of the last response.
#[derive(Default)]
pub(crate) struct ServerClock(Mutex<Option<Reading>>);

/// The header of one response, with the local times of the request and of the response.
#[derive(Clone)]
struct Reading {
    /// Parsed only when it is asked for, which is rare.
    date: HeaderValue,
    requested: Instant,
    received: Instant,
}

impl ServerClock {
    /// Reads the clock from the headers of a response whose request was sent at `requested`.
    pub(crate) fn update(&self, headers: &HeaderMap, requested: Instant) {
        if let Some(date) = headers.get(DATE) {
            let reading = Reading { date: date.clone(), requested, received: Instant::now() };
            self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(reading);
        }
    }

    /// A time on the server's clock that is not after now: the header has whole seconds, and was on its way for a while. `None`
    /// until the server has responded.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        let reading = self.reading()?;
        let date = jiff::fmt::rfc2822::parse(reading.date.to_str().ok()?).ok()?.timestamp();
        date.checked_add(reading.received.elapsed()).ok()
    }

    /// How far [`now`](Self::now) is behind the server's clock at most.
    pub(crate) fn max_lag(&self) -> Duration {
        self.reading().map_or(Duration::ZERO, |reading| Duration::from_secs(1) + (reading.received - reading.requested))
    }

    fn reading(&self) -> Option<Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
