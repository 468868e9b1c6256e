//! Records: rows of a table that are objects in JSON.

use nebula_explorer::{Job, Task};
use serde::Serialize;

use crate::output::time::Times;

pub trait Record: Serialize {
    /// The names of the columns; empty if they are unknown.
    const HEAD: &'static [&'static str];
    fn cells(&self, times: Times) -> Vec<String>;
}

impl<R: Record> Record for &R {
    const HEAD: &'static [&'static str] = R::HEAD;

    fn cells(&self, times: Times) -> Vec<String> {
        (*self).cells(times)
    }
}

impl Record for Job {
    const HEAD: &'static [&'static str] = &["ID", "NAME", "WORKFLOW", "STATUS", "CREATED"];

    fn cells(&self, times: Times) -> Vec<String> {
        let (status, created) = (self.status.to_string(), times.show(self.created_at));
        vec![self.id.to_string(), self.name.clone(), self.workflow_name.clone(), status, created]
    }
}

impl Record for Task {
    const HEAD: &'static [&'static str] = &["NAME", "STATUS", "STARTED", "ENDED", "TASK ID"];

    fn cells(&self, times: Times) -> Vec<String> {
        let (started, ended) = (times.show(self.started_at), times.show(self.ended_at));
        vec![self.name.clone(), self.status.to_string(), started, ended, self.id.clone()]
    }
}
