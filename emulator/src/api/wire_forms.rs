//! The representations that the documentation leaves open: unknown times and job ids.

use jiff::Timestamp;
use jiff::tz::{self, Offset};
use nebula_explorer::operations::fields;
use serde_json::{Map, Value};

use crate::settings::{AbsentTimes, JobIds, Settings};

/// The UTC offset of the times of tasks, as in the examples of the documentation.
const OFFSET: Offset = tz::offset(8);

/// Converts response data to the configured representations.
pub(crate) fn apply(value: &mut Value, settings: &Settings) {
    match value {
        Value::Object(fields) => {
            apply_to_fields(fields, settings);
            fields.values_mut().for_each(|child| apply(child, settings));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| apply(item, settings)),
        _ => {}
    }
}

fn apply_to_fields(fields: &mut Map<String, Value>, settings: &Settings) {
    let is_task = !fields.contains_key(fields::WORKFLOW_ID);
    for name in [fields::RUN_BEGIN_TIME, fields::RUN_END_TIME] {
        let absent = match (settings.absent_times, is_task) {
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
    if settings.job_ids == JobIds::Text
        && let Some(id) = fields.get_mut(fields::ID)
        && let Value::Number(number) = id
    {
        *id = Value::String(number.to_string());
    }
}

fn with_offset(time: &str) -> String {
    match time.parse::<Timestamp>().and_then(|time| Timestamp::from_second(time.as_second())) {
        Ok(time) => time.display_with_offset(OFFSET).to_string(),
        Err(_) => time.into(),
    }
}
