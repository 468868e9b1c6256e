//! Computes the results of the tasks of a job.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use nebula_explorer::generated::types::{ParameterValue, RunInput};
use serde_json::Value;

use crate::defaults::QUERY_STEPS;
use crate::engine::algorithms::Params;
use crate::engine::graph::{Edge, Graph, Vertex};
use crate::engine::workflows::{Component, Workflow, WorkflowTask};
use crate::lock::lock;

/// The rows of one task, or why it fails.
pub(crate) type TaskResult = Result<Vec<Vec<String>>, String>;

/// Computes results and caches them: the same workflow with the same input has the same result.
pub(crate) struct Results {
    graph: Graph,
    cache: Mutex<Cache>,
}

/// The results of workflows, by the workflow's id and the input.
type Cache = HashMap<(i64, String), Arc<Vec<TaskResult>>>;

/// How many results are cached.
const CAPACITY: usize = 64;

impl Results {
    pub(crate) fn new(graph: Graph) -> Self {
        Self { graph, cache: Mutex::default() }
    }

    /// One result for each task of the workflow. Tasks after a failed one fail too.
    pub(crate) fn of(&self, workflow: &Workflow, input: &RunInput) -> Arc<Vec<TaskResult>> {
        let key = (workflow.id, serde_json::to_string(input).unwrap_or_default());
        if let Some(results) = lock(&self.cache).get(&key) {
            return Arc::clone(results);
        }
        let results = Arc::new(self.compute(workflow, input));
        let mut cache = lock(&self.cache);
        if cache.len() >= CAPACITY {
            cache.clear();
        }
        cache.insert(key, Arc::clone(&results));
        results
    }

    fn compute(&self, workflow: &Workflow, input: &RunInput) -> Vec<TaskResult> {
        let unknown = input.0.keys().find(|id| workflow.tasks.iter().all(|task| task.id != **id));
        let mut queried: BTreeMap<&str, Graph> = BTreeMap::new();
        let mut results = Vec::with_capacity(workflow.tasks.len());
        for task in &workflow.tasks {
            let params = params(task, input);
            let graph = task.over.as_deref().and_then(|query| queried.get(query)).unwrap_or(&self.graph);
            let result = match (unknown, task.component) {
                (Some(id), _) => Err(format!("the workflow has no task {id}")),
                (None, Component::Algorithm(algorithm)) => {
                    algorithm.run(graph, &params).map_err(|error| error.to_string())
                }
                (None, Component::Query) => query(graph, &params).map(|found| {
                    let rows = rows_of_edges(&found);
                    queried.insert(&task.id, found);
                    rows
                }),
            };
            let failed = result.is_err();
            results.push(result);
            if failed {
                let remaining = workflow.tasks.len() - results.len();
                results.extend((0..remaining).map(|_| Err("a previous task has failed".to_string())));
                break;
            }
        }
        results
    }
}

/// The task's own parameters, overridden by those of the run.
fn params(task: &WorkflowTask, input: &RunInput) -> Params {
    let mut params = task.params.clone();
    for (name, value) in input.0.get(&task.id).into_iter().flat_map(|parameters| &parameters.0) {
        let value = match value {
            ParameterValue::String(text) => Value::String(text.clone()),
            ParameterValue::Number(number) => Value::Number(number.clone()),
        };
        params.insert(name.clone(), value);
    }
    params
}

const NAME: &str = "name";
const STEPS: &str = "steps";

fn query(graph: &Graph, params: &Params) -> Result<Graph, String> {
    if let Some(name) = params.keys().find(|name| !matches!(name.as_str(), NAME | STEPS)) {
        return Err(format!("the query has no parameter {name}"));
    }
    let name = match params.get(NAME) {
        Some(Value::String(name)) => name.as_str(),
        Some(value) => return Err(format!("{NAME} must be a string, not {value}")),
        None => return Err(format!("{NAME} is missing")),
    };
    let steps = match params.get(STEPS) {
        None => QUERY_STEPS,
        Some(Value::String(text)) => text.parse().map_err(|_| format!("{STEPS} must be a whole number, not {text}"))?,
        Some(value) => value.as_u64().ok_or_else(|| format!("{STEPS} must be a whole number, not {value}"))?,
    };
    let steps = usize::try_from(steps).unwrap_or(usize::MAX);
    graph.follow_neighbourhood(name, steps).map_err(|error| error.to_string())
}

fn rows_of_edges(graph: &Graph) -> Vec<Vec<String>> {
    let row = |(source, edge, target): (&Vertex, &Edge, &Vertex)| {
        vec![source.id.clone(), target.id.clone(), format!("{:?}", edge.edge_type).to_lowercase()]
    };
    graph.edges().map(row).collect()
}
