//! How times are written.

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use nebula_explorer::Timestamp;

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
    time.to_zoned_datetime(TimeZone::system())
}
