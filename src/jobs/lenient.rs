//! The second reading of a response that does not match the contract: an empty name does not cost the job, and one row that
//! cannot be read does not cost the list.

use bytes::Bytes;
use serde_json::Value;

use crate::contract::generated::types;
use crate::contract::job::Job;
use crate::contract::operations::fields;
use crate::contract::wire;
use crate::error::CallContext;
use crate::jobs::page::{MalformedJob, Page};

/// The job in the body of a response; `None` if it still cannot be read.
pub(crate) fn job(body: &Bytes) -> Option<Job> {
    read(&mut data(body)?).ok()
}

/// The page in the body of a response; `None` if there is no list.
pub(crate) fn page(body: &Bytes, call: &CallContext, redact: impl Fn(&str) -> String) -> Option<Page> {
    let mut data = data(body)?;
    let Value::Array(rows) = data.get_mut(fields::ITEMS)?.take() else { return None };
    let count = |name: &str| data.get(name).and_then(integer).and_then(|number| u64::try_from(number).ok());
    let mut page = Page {
        jobs: Vec::with_capacity(rows.len()),
        malformed: Vec::new(),
        total: count(fields::TOTAL),
        page: count(fields::PAGE),
        page_size: count(fields::PAGE_SIZE),
    };
    for mut row in rows {
        match read(&mut row) {
            Ok(job) => page.jobs.push(job),
            Err(problem) => {
                let id = row.get(fields::ID).and_then(integer);
                page.malformed.push(MalformedJob { id, problem: redact(&problem), call: call.clone() });
            }
        }
    }
    Some(page)
}

fn data(body: &Bytes) -> Option<Value> {
    let mut envelope: Value = serde_json::from_slice(body).ok()?;
    Some(envelope.get_mut(fields::DATA)?.take())
}

/// A job whose names may be missing or null: nothing depends on them.
fn read(job: &mut Value) -> Result<Job, String> {
    if let Some(job) = job.as_object_mut() {
        for name in [fields::NAME, fields::WORKFLOW_NAME] {
            let text = job.entry(name).or_insert(Value::Null);
            if text.is_null() {
                *text = Value::from("");
            }
        }
    }
    let read = serde_path_to_error::deserialize::<_, types::Job>(&*job);
    read.map(Job::from).map_err(|error| match error.path().to_string().as_str() {
        "." => error.into_inner().to_string(),
        place => format!("{place}: {}", error.inner()),
    })
}

fn integer(value: &Value) -> Option<i64> {
    wire::integer(value).ok()
}
