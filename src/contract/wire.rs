//! Types for values that servers send in several forms: they accept all forms and give callers one.
//!
//! A job's id is a number, or the same number in a string; a time that is not set yet is missing, `null`, `0` or an empty
//! string. The contract lists the forms; `build.rs` uses these types in place of its schemas.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::{Serialize, Serializer};

/// A job's id: on the wire a number, or the same number in a string.
///
/// ```
/// use nebula_explorer::wire::JobId;
///
/// let ids: Vec<JobId> = serde_json::from_str(r#"[107, "107"]"#).unwrap();
/// assert_eq!(ids, [JobId(107), JobId(107)]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub i64);

/// A workflow's id: on the wire a number in a string, or the number itself.
///
/// ```
/// use nebula_explorer::wire::WorkflowId;
///
/// let id: WorkflowId = serde_json::from_str("4216617528").unwrap();
/// assert_eq!(serde_json::to_string(&id).unwrap(), r#""4216617528""#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkflowId(pub i64);

/// A time of a job: on the wire milliseconds since 1970-01-01T00:00:00Z. `None` for a time that is not set yet.
///
/// ```
/// use nebula_explorer::wire::JobTime;
///
/// let time: JobTime = serde_json::from_str("1764057600000").unwrap();
/// assert_eq!(time.0.unwrap().to_string(), "2025-11-25T08:00:00Z");
/// assert_eq!(serde_json::from_str::<JobTime>("0").unwrap(), JobTime(None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobTime(pub Option<Timestamp>);

/// A time of a task: on the wire RFC 3339 with an offset. `None` for a time that is not set yet.
///
/// ```
/// use nebula_explorer::wire::TaskTime;
///
/// let time: TaskTime = serde_json::from_str(r#""2025-11-25T16:00:00+08:00""#).unwrap();
/// assert_eq!(time.0.unwrap().to_string(), "2025-11-25T08:00:00Z");
/// assert_eq!(serde_json::from_str::<TaskTime>(r#""""#).unwrap(), TaskTime(None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskTime(pub Option<Timestamp>);

/// A value that is sent as JSON text, for example in a query.
///
/// ```
/// use nebula_explorer::wire::JsonText;
///
/// assert_eq!(JsonText(["a", "b"]).to_string(), r#"["a","b"]"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText<T>(pub T);

include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        integer(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for WorkflowId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        integer(deserializer).map(Self)
    }
}

impl Serialize for JobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl Serialize for WorkflowId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for JobTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for TaskTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor).map(Self)
    }
}

impl Serialize for JobTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.map(Timestamp::as_millisecond).serialize(serializer)
    }
}

impl Serialize for TaskTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.map(|time| time.to_string()).serialize(serializer)
    }
}

/// An integer, in any notation of a JSON number or in a string.
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_any(IntegerVisitor)
}

struct IntegerVisitor;

impl Visitor<'_> for IntegerVisitor {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an integer")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        // Exact up to 2^53, which is more than any number that comes in this notation.
        let is_whole = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
        if is_whole { Ok(number as i64) } else { Err(E::invalid_value(Unexpected::Float(number), &self)) }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        text.trim().parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Reads both kinds of times: a number is milliseconds, a string is RFC 3339.
struct TimeVisitor;

impl<'de> Visitor<'de> for TimeVisitor {
    type Value = Option<Timestamp>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a time: milliseconds since 1970, or RFC 3339; null, 0 or an empty string if it is not set yet")
    }

    fn visit_i64<E: Error>(self, millis: i64) -> Result<Self::Value, E> {
        match millis {
            0 => Ok(None),
            _ => Timestamp::from_millisecond(millis)
                .map(Some)
                .map_err(|_| E::invalid_value(Unexpected::Signed(millis), &self)),
        }
    }

    fn visit_u64<E: Error>(self, millis: u64) -> Result<Self::Value, E> {
        match i64::try_from(millis) {
            Ok(millis) => self.visit_i64(millis),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(millis), &self)),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "" => Ok(None),
            _ => text.parse().map(Some).map_err(|_| E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<T> From<T> for JsonText<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for JsonText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

/// The JSON text.
impl<T: Serialize> fmt::Display for JsonText<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}
