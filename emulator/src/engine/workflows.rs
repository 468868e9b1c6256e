//! Workflow definitions, and the built-in workflows.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::defaults::TASK_SECONDS;
use crate::engine::algorithms::{Algorithm, Params};

/// A workflow: tasks that run one after another. In JSON:
///
/// ```
/// let workflow: nebula_explorer_emulator::Workflow = serde_json::from_str(
///     r#"{
///         "id": 1, "name": "ranks",
///         "tasks": [
///             { "id": "query_1", "component": "Query", "params": { "name": "Tim Duncan" }, "seconds": 2 },
///             { "id": "pagerank_1", "component": "PageRank", "over": "query_1", "seconds": 3 }
///         ]
///     }"#,
/// )
/// .unwrap();
/// assert_eq!(workflow.tasks.len(), 2);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Workflow {
    /// The id, as in the paths of the API.
    pub id: i64,
    /// The name, from which the names of jobs are derived.
    pub name: String,
    /// The tasks, in the order in which they run.
    pub tasks: Vec<WorkflowTask>,
}

/// One task of a workflow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WorkflowTask {
    /// The id within the workflow, as in the input of a run: `query_1`.
    pub id: String,
    /// What it computes.
    pub component: Component,
    /// The parameters. The input of a run can override them.
    #[serde(default)]
    pub params: Params,
    /// The query task whose result it computes over, instead of the whole graph.
    #[serde(default)]
    pub over: Option<String>,
    /// How long it takes, in emulated seconds. By default [`TASK_SECONDS`].
    #[serde(default = "default_seconds")]
    pub seconds: f64,
}

fn default_seconds() -> f64 {
    TASK_SECONDS
}

/// What a task computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[non_exhaustive]
pub enum Component {
    /// Emulates an nGQL query: the edges around the player whose name is the parameter `name`, which is required, within
    /// `steps` steps (by default [`QUERY_STEPS`](crate::defaults::QUERY_STEPS)) along `follow` edges. Its rows are the source,
    /// the destination and the type of each edge.
    Query,
    /// An algorithm; see [`Algorithm`] for its parameters and columns.
    Algorithm(Algorithm),
}

impl Component {
    /// The name of the component, which is also the name of its tasks: `Query` or `PageRank`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Algorithm(algorithm) => algorithm.name(),
        }
    }
}

impl TryFrom<String> for Component {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "Query" => Ok(Self::Query),
            name => name.parse().map(Self::Algorithm).map_err(|_| format!("unknown component {name}")),
        }
    }
}

impl Workflow {
    /// A workflow without tasks.
    pub fn new(id: i64, name: impl Into<String>) -> Self {
        Self { id, name: name.into(), tasks: Vec::new() }
    }

    /// Adds a task that runs after the previous ones.
    #[must_use]
    pub fn task(mut self, task: WorkflowTask) -> Self {
        self.tasks.push(task);
        self
    }

    pub(crate) fn validate(&self) -> Result<(), String> {
        if self.tasks.is_empty() {
            return Err(format!("workflow {} has no tasks", self.id));
        }
        let mut previous: BTreeMap<&str, Component> = BTreeMap::new();
        for task in &self.tasks {
            if let Some(over) = &task.over
                && previous.get(over.as_str()) != Some(&Component::Query)
            {
                let problem = format!("is over {over}, which is not a query before it");
                return Err(format!("task {} of workflow {} {problem}", task.id, self.id));
            }
            if previous.insert(&task.id, task.component).is_some() {
                return Err(format!("workflow {} has two tasks {}", self.id, task.id));
            }
            if Duration::try_from_secs_f64(task.seconds).is_err() {
                return Err(format!("task {} of workflow {} takes {} seconds", task.id, self.id, task.seconds));
            }
        }
        Ok(())
    }
}

impl WorkflowTask {
    /// A task without parameters.
    pub fn new(id: impl Into<String>, component: Component) -> Self {
        Self { id: id.into(), component, params: Params::new(), over: None, seconds: TASK_SECONDS }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// Computes over the result of a query task instead of the whole graph.
    #[must_use]
    pub fn over(mut self, query: impl Into<String>) -> Self {
        self.over = Some(query.into());
        self
    }

    /// Sets how long it takes, in emulated seconds.
    #[must_use]
    pub fn seconds(mut self, seconds: f64) -> Self {
        self.seconds = seconds;
        self
    }

    pub(crate) fn duration(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or(Duration::ZERO)
    }
}

/// The workflows of an emulator for which no others are configured: see the table in the guide `docs/emulator.md`.
pub fn built_in() -> Vec<Workflow> {
    use Algorithm::{Bfs, PageRank, Sssp};
    let query = || WorkflowTask::new("query_1", Component::Query).param("name", "Tim Duncan").seconds(2.0);
    let rank = || WorkflowTask::new("pagerank_1", Component::Algorithm(PageRank)).over("query_1");
    let mut all = Workflow::new(4216617532, "all_algorithms");
    for &algorithm in Algorithm::ALL {
        let id = format!("{}_1", algorithm.name().to_lowercase());
        let mut task = WorkflowTask::new(id, Component::Algorithm(algorithm));
        if algorithm.parameters().iter().any(|parameter| parameter.name == ROOT) {
            task = task.param(ROOT, "player100");
        }
        all = all.task(task);
    }
    vec![
        Workflow::new(4216617528, "pagerank").task(query()).task(rank().seconds(3.0)),
        Workflow::new(4216617529, "bfs")
            .task(WorkflowTask::new("bfs_1", Component::Algorithm(Bfs)).param(ROOT, "player100").seconds(2.0)),
        Workflow::new(4216617530, "shortest_paths")
            .task(WorkflowTask::new("sssp_1", Component::Algorithm(Sssp)).param(ROOT, "nobody").seconds(2.0)),
        Workflow::new(4216617531, "slow").task(query()).task(rank().seconds(600.0)),
        all,
    ]
}

/// The parameter with the id of the start vertex.
const ROOT: &str = "ROOT";
