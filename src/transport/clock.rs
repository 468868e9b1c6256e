//! The server's clock, from the header `Date` of its responses.

use std::sync::{Mutex, PoisonError};

use http::header::DATE;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use tokio::time::Instant;

/// The server's clock, as of the last response.
#[derive(Default)]
pub(crate) struct ServerClock(Mutex<Option<Reading>>);

/// The header of one response, and when it arrived.
#[derive(Clone)]
struct Reading {
    /// Parsed only when it is asked for, which is rare.
    date: HeaderValue,
    received: Instant,
}

impl ServerClock {
    /// Reads the clock from the headers of a response.
    pub(crate) fn update(&self, headers: &HeaderMap) {
        if let Some(date) = headers.get(DATE) {
            let reading = Reading { date: date.clone(), received: Instant::now() };
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

    /// A time before which nothing that happens from now on is dated by the server, even if it cuts times to whole seconds, and
    /// which a filter with an exclusive bound lets through.
    pub(crate) fn not_before_now(&self) -> Option<Timestamp> {
        Timestamp::from_second(self.now()?.as_second().saturating_sub(1)).ok()
    }

    fn reading(&self) -> Option<Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
