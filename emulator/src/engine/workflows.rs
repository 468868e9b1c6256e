//! Workflows: what can be run, and the ones that are built in.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::engine::algorithms::{Algorithm, Params};

/// A workflow: components that run one after another. In JSON:
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
pub struct Workflow {
    /// The id, as in the paths of the API.
    pub id: i64,
    /// The name; jobs are named after it.
    pub name: String,
    /// The components, in the order in which they run.
    pub tasks: Vec<WorkflowTask>,
}

/// One component of a workflow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowTask {
    /// The id within the workflow, as in the input of a run: `query_1`.
    pub id: String,
    /// What it computes. Tasks of a job bear its name.
    pub component: Component,
    /// Parameters, each replaced by the one of the same name in the input of a run.
    #[serde(default)]
    pub params: Params,
    /// The query task whose rows it computes over; the whole graph without one.
    #[serde(default)]
    pub over: Option<String>,
    /// How long it takes, in emulated seconds; one unless given.
    #[serde(default = "one_second")]
    pub seconds: f64,
}

fn one_second() -> f64 {
    1.0
}

/// What a task computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Component {
    /// Stands for an nGQL query: the edges around the player with the name `name` (Tim Duncan unless given), within `steps`
    /// (3 unless given) steps along `follow`. Its rows are the source, the destination and the type of each edge.
    Query,
    /// An algorithm; see [`Algorithm`] for parameters and columns.
    Algorithm(Algorithm),
}

impl Component {
    /// The name that tasks of a job bear: `Query`, `PageRank`.
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
            name => name.parse().map(Self::Algorithm).map_err(|_| format!("no component is called {name}")),
        }
    }
}

impl Workflow {
    /// A workflow without components yet.
    pub fn new(id: i64, name: impl Into<String>) -> Self {
        Self { id, name: name.into(), tasks: Vec::new() }
    }

    /// Adds a component that runs after the ones before it.
    #[must_use]
    pub fn task(mut self, task: WorkflowTask) -> Self {
        self.tasks.push(task);
        self
    }

    /// What is wrong with it, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        let mut known: BTreeMap<&str, Component> = BTreeMap::new();
        for task in &self.tasks {
            if let Some(over) = &task.over
                && known.get(over.as_str()) != Some(&Component::Query)
            {
                return Some(format!("task {} of workflow {} is over {over}, no query before it", task.id, self.id));
            }
            if known.insert(&task.id, task.component).is_some() {
                return Some(format!("workflow {} has two tasks {}", self.id, task.id));
            }
            if Duration::try_from_secs_f64(task.seconds).is_err() {
                return Some(format!("task {} of workflow {} takes {} seconds", task.id, self.id, task.seconds));
            }
        }
        self.tasks.is_empty().then(|| format!("workflow {} has no tasks", self.id))
    }
}

impl WorkflowTask {
    /// A component without parameters that takes one emulated second.
    pub fn new(id: impl Into<String>, component: Component) -> Self {
        Self { id: id.into(), component, params: Params::new(), over: None, seconds: one_second() }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// Computes over the rows of a query task instead of the whole graph.
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

/// The workflows that an emulator has unless it is given others.
///
/// | id | name | tasks |
/// |---|---|---|
/// | 4216617528 | pagerank | `query_1` (parameter `name`), then `pagerank_1` over its rows |
/// | 4216617529 | bfs | `bfs_1` (parameter `ROOT`, `player100` unless given) |
/// | 4216617530 | shortest_paths | `sssp_1`, whose `ROOT` is no vertex: it fails unless a run gives one |
/// | 4216617531 | slow | `query_1`, then `pagerank_1`, which takes ten emulated minutes: to be cancelled |
/// | 4216617532 | all_algorithms | one task for each algorithm |
pub fn built_in() -> Vec<Workflow> {
    use Algorithm::{Bfs, PageRank, Sssp};
    let query = || WorkflowTask::new("query_1", Component::Query).param("name", "Tim Duncan").seconds(2.0);
    let rank = || WorkflowTask::new("pagerank_1", Component::Algorithm(PageRank)).over("query_1");
    let mut all = Workflow::new(4216617532, "all_algorithms");
    for algorithm in Algorithm::ALL {
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

/// The parameter that names the vertex to begin at.
const ROOT: &str = "ROOT";
