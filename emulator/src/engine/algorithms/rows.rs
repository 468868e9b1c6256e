//! The rows of results.

use crate::engine::graph::Graph;

/// One row (VID, value) for each vertex; `values` have the order of the vertices.
pub(super) fn rows_by_vertex<T: ToString>(graph: &Graph, values: impl IntoIterator<Item = T>) -> Vec<Vec<String>> {
    graph.vertices().zip(values).map(|(vertex, value)| vec![vertex.id.clone(), value.to_string()]).collect()
}

/// The text of a floating-point value.
pub(super) fn double(value: f64) -> String {
    format!("{value:.6}")
}
