//! The representations that the documentation leaves open: times and job ids.

use jiff::Timestamp;
use jiff::tz::{self, Offset};
use nebula_explorer::operations::fields;
use serde_json::{Map, Value};

use crate::behaviour::{AbsentTimes, Behaviour, JobIds, Precision};

/// The UTC offset of the times of tasks, as in the examples of the documentation.
const OFFSET: Offset = tz::offset(8);

/// Converts response data to the configured representations.
pub(crate) fn apply(value: &mut Value, behaviour: &Behaviour) {
    match value {
        Value::Object(fields) => {
            apply_to_fields(fields, behaviour);
            fields.values_mut().for_each(|child| apply(child, behaviour));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| apply(item, behaviour)),
        _ => {}
    }
}

fn apply_to_fields(fields: &mut Map<String, Value>, behaviour: &Behaviour) {
    let is_task = !fields.contains_key(fields::WORKFLOW_ID);
    for name in [fields::RUN_BEGIN_TIME, fields::RUN_END_TIME] {
        let absent = match (behaviour.absent_times, is_task) {
            (AbsentTimes::Missing, _) => None,
            (AbsentTimes::Null, _) => Some(Value::Null),
            (AbsentTimes::Zero, _) | (AbsentTimes::Typed, false) => Some(Value::from(0)),
            (AbsentTimes::Empty, _) | (AbsentTimes::Typed, true) => Some(Value::from("")),
        };
        match (fields.get_mut(name), absent) {
            (Some(Value::String(time)), _) => *time = with_offset(time),
            (Some(time @ Value::Null), Some(absent)) => *time = absent,
            (Some(Value::Null), None) => {
                fields.remove(name);
            }
            _ => {}
        }
    }
    if [behaviour.stored_times, behaviour.shown_times].contains(&Precision::Seconds) {
        for name in [fields::CREATE_TIME, fields::RUN_BEGIN_TIME, fields::RUN_END_TIME] {
            if let Some(time) = fields.get_mut(name)
                && let Some(milliseconds) = time.as_i64()
            {
                *time = Value::from(whole_seconds(milliseconds));
            }
        }
    }
    if behaviour.job_ids == JobIds::Text
        && let Some(id) = fields.get_mut(fields::ID)
        && let Value::Number(number) = id
    {
        *id = Value::String(number.to_string());
    }
}

/// A time in milliseconds, cut to whole seconds.
pub(crate) fn whole_seconds(milliseconds: i64) -> i64 {
    milliseconds - milliseconds.rem_euclid(1000)
}

fn with_offset(time: &str) -> String {
    match time.parse::<Timestamp>().and_then(|time| Timestamp::from_second(time.as_second())) {
        Ok(time) => time.display_with_offset(OFFSET).to_string(),
        Err(_) => time.into(),
    }
}
