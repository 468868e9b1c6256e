//! Reachability and distances from a vertex.

use petgraph::algo::dijkstra;
use petgraph::visit::{Bfs, Walker};

use super::error::AlgorithmError;
use super::parameters::Settings;
use super::rows::double;
use super::topology;
use crate::engine::graph::Graph;

pub(super) fn sssp(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    let root = settings.vertex("ROOT", graph)?;

    let distances = dijkstra(graph.as_petgraph(), root, None, |_| 1.0);
    let rows = graph.as_petgraph().node_indices().zip(graph.vertices()).filter_map(|(index, vertex)| {
        let distance = *distances.get(&index)?;
        Some(vec![vertex.id.clone(), double(distance)])
    });
    Ok(rows.collect())
}

pub(super) fn bfs(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    let root = settings.vertex("ROOT", graph)?;
    let is_directed = settings.flag("IS_DIRECTED")?;

    let topology = topology::directed(graph, is_directed);
    let visited = Bfs::new(&topology, root).iter(&topology).count();
    let root = graph.as_petgraph()[root].id.clone();
    Ok(vec![vec![root, visited.to_string()]])
}
