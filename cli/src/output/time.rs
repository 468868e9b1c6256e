//! How times are written.

use std::sync::LazyLock;

use jiff::ZonedDateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use nebula_explorer::Timestamp;

use crate::output::stderr::note;

#[derive(Clone, Copy)]
pub enum Times {
    /// In the local time zone.
    Local,
    /// In the local time zone, without the date if it is that of this time.
    LocalAround(Timestamp),
    /// For programs.
    Rfc3339,
}

impl Times {
    /// The text of a time; empty if there is none.
    pub fn show(self, time: Option<Timestamp>) -> String {
        let Some(time) = time else { return String::new() };
        match self {
            Self::Local => local(time),
            Self::LocalAround(day) if zoned(day).date() == zoned(time).date() => {
                zoned(time).strftime("%H:%M:%S").to_string()
            }
            Self::LocalAround(_) => local(time),
            Self::Rfc3339 => time.to_string(),
        }
    }
}

/// A time in the local time zone.
pub fn local(time: Timestamp) -> String {
    zoned(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn zoned(time: Timestamp) -> ZonedDateTime {
    time.to_zoned_datetime(local_zone())
}

/// The local time zone. Where the system has no data of the zone in TZ, that of this program is used.
pub fn local_zone() -> TimeZone {
    static ZONE: LazyLock<TimeZone> = LazyLock::new(|| {
        let Err(error) = TimeZone::try_system() else { return TimeZone::system() };
        // Without TZ, a system without a time zone is in UTC.
        let Ok(name) = std::env::var("TZ") else { return TimeZone::UTC };
        TimeZoneDatabase::bundled().get(name.trim_start_matches(':')).unwrap_or_else(|_| {
            note(format!("warning: times are in UTC, because the time zone in TZ is unknown: {error}"));
            TimeZone::UTC
        })
    });
    ZONE.clone()
}
