//! Parameters of tasks, from arguments and from a file.

use serde_json::{Map, Value};

use crate::error::CliError;
use crate::input;

/// A value of a task's parameter.
pub struct Parameter {
    pub task: String,
    pub name: String,
    pub value: Value,
}

/// `TASK.PARAM=TEXT`, or `TASK.PARAM:=JSON`.
pub fn from_argument(argument: &str) -> Result<Parameter, CliError> {
    let invalid = || CliError::Usage(format!("`{argument}` is not TASK.PARAM=VALUE or TASK.PARAM:=JSON"));
    let (place, text) = argument.split_once('=').ok_or_else(invalid)?;
    let (place, is_json) = place.strip_suffix(':').map_or((place, false), |place| (place, true));
    let (task, name) = place.split_once('.').ok_or_else(invalid)?;
    let value = if is_json { checked(place, input::parse(place, text.as_bytes())?)? } else { text.into() };
    Ok(Parameter { task: task.into(), name: name.into(), value })
}

/// Parameters by task, alone or inside of `input` as in the body of a request.
pub fn from_file(path: &str) -> Result<Vec<Parameter>, CliError> {
    let tasks: Map<String, Value> = input::json(path)?;
    from_tasks(path, wrapped(&tasks).unwrap_or(tasks))
}

/// Parameters by task; `path` says in errors where they come from.
pub fn from_tasks(path: &str, tasks: Map<String, Value>) -> Result<Vec<Parameter>, CliError> {
    let mut all = Vec::new();
    for (task, parameters) in tasks {
        let Value::Object(parameters) = parameters else {
            return Err(CliError::Usage(format!("{path}: {task}: the parameters must be an object")));
        };
        for (name, value) in parameters {
            let value = checked(&format!("{path}: {task}.{name}"), value)?;
            all.push(Parameter { task: task.clone(), name, value });
        }
    }
    Ok(all)
}

/// What is inside of `input`. A task of that name has parameters, which are not objects.
fn wrapped(tasks: &Map<String, Value>) -> Option<Map<String, Value>> {
    let inner = tasks.get("input").filter(|_| tasks.len() == 1)?.as_object()?;
    inner.values().all(Value::is_object).then(|| inner.clone())
}

fn checked(place: &str, value: Value) -> Result<Value, CliError> {
    match value {
        Value::String(_) | Value::Number(_) => Ok(value),
        _ => Err(CliError::Usage(format!("{place}: the value must be a string or a number"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_are_texts_or_json() {
        for (argument, value) in [
            ("query_1.name=Tim Duncan", json!("Tim Duncan")),
            ("query_1.name=30", json!("30")),
            ("query_1.name==:=", json!("=:=")),
            ("query_1.name:=30", json!(30)),
            ("query_1.name:=-0.5", json!(-0.5)),
            ("query_1.name:=18446744073709551615", json!(u64::MAX)),
            ("query_1.name:=\"a=b\"", json!("a=b")),
        ] {
            let Ok(parameter) = from_argument(argument) else { panic!("{argument}") };
            assert_eq!((parameter.task.as_str(), parameter.name.as_str()), ("query_1", "name"), "{argument}");
            assert_eq!(parameter.value, value, "{argument}");
        }
        for argument in [
            "name=x",
            "query_1.name",
            "query_1.name:=Tim",
            "query_1.name:=",
            "query_1.name:=true",
            "query_1.name:=[1]",
            "query_1.name:=18446744073709551616",
            "query_1.name:=-9223372036854775809",
            "query_1.name:=1e999",
        ] {
            assert!(from_argument(argument).is_err(), "{argument}");
        }
    }
}
