//! Components, communities, cores and triangles.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::Direction;
use petgraph::graph::NodeIndex;
use petgraph::unionfind::UnionFind;
use petgraph::visit::EdgeRef;

use super::error::AlgorithmError;
use super::parameters::Settings;
use super::rows::rows_by_vertex;
use super::topology;
use crate::engine::graph::Graph;

pub(super) fn connected_component(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    settings.flag("IS_DIRECTED")?;

    let mut components = UnionFind::new(graph.vertex_count());
    for edge in graph.as_petgraph().edge_references() {
        components.union(edge.source().index(), edge.target().index());
    }
    // Vertices have the order of their ids, so the first one of a component has the smallest.
    let mut smallest = BTreeMap::new();
    let labels: Vec<&str> = components
        .into_labeling()
        .into_iter()
        .zip(graph.vertices())
        .map(|(component, vertex)| *smallest.entry(component).or_insert(vertex.id.as_str()))
        .collect();
    Ok(rows_by_vertex(graph, labels))
}

pub(super) fn label_propagation(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    let iterations = settings.count("ITERATIONS", 10_000)?;
    let is_directed = settings.flag("IS_DIRECTED")?;

    // A label is the index of a vertex; the smallest index has the smallest id.
    let topology = topology::directed(graph, is_directed);
    let mut labels: Vec<NodeIndex> = topology.node_indices().collect();
    for _ in 0..iterations {
        let mut changed = false;
        for vertex in topology.node_indices() {
            let mut votes = BTreeMap::<NodeIndex, usize>::new();
            for source in topology.neighbors_directed(vertex, Direction::Incoming) {
                *votes.entry(labels[source.index()]).or_default() += 1;
            }
            // `rev`: of equally frequent labels, `max_by_key` returns the last one.
            if let Some((label, _)) = votes.into_iter().rev().max_by_key(|&(_, count)| count) {
                changed |= labels[vertex.index()] != label;
                labels[vertex.index()] = label;
            }
        }
        if !changed {
            break;
        }
    }
    let ids = labels.iter().map(|&label| &graph.as_petgraph()[label].id);
    Ok(rows_by_vertex(graph, ids))
}

pub(super) fn k_core(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    settings.choice("TYPE", &[("vertex", ())])?;

    // Repeatedly removes the vertex with the smallest degree. The core number of a vertex is the
    // largest degree of the vertices removed up to and including itself.
    let topology = topology::simple(graph);
    let mut degrees: Vec<usize> = topology.node_indices().map(|vertex| topology.neighbors(vertex).count()).collect();
    let mut remaining: BTreeSet<(usize, NodeIndex)> =
        topology.node_indices().map(|vertex| (degrees[vertex.index()], vertex)).collect();
    let mut cores = vec![0; graph.vertex_count()];
    let mut core = 0;
    while let Some((degree, vertex)) = remaining.pop_first() {
        core = core.max(degree);
        cores[vertex.index()] = core;
        for neighbour in topology.neighbors(vertex) {
            let degree = &mut degrees[neighbour.index()];
            if remaining.remove(&(*degree, neighbour)) {
                *degree -= 1;
                remaining.insert((*degree, neighbour));
            }
        }
    }
    Ok(rows_by_vertex(graph, cores))
}

/// The requested form of the result.
#[derive(Clone, Copy)]
enum TriangleOutput {
    Total,
    PerVertex,
    List,
}

pub(super) fn triangle_columns(settings: &Settings) -> Result<Vec<&'static str>, AlgorithmError> {
    Ok(match triangle_output(settings)? {
        TriangleOutput::Total => vec!["COUNT"],
        TriangleOutput::PerVertex => vec!["VID", "COUNT"],
        TriangleOutput::List => vec!["VID1", "VID2", "VID3"],
    })
}

pub(super) fn triangle_count(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    let output = triangle_output(settings)?;

    let triangles = triangles(graph);
    Ok(match output {
        TriangleOutput::Total => vec![vec![triangles.len().to_string()]],
        TriangleOutput::PerVertex => {
            let mut counts = vec![0_usize; graph.vertex_count()];
            for vertex in triangles.iter().flatten() {
                counts[vertex.index()] += 1;
            }
            rows_by_vertex(graph, counts)
        }
        TriangleOutput::List => triangles
            .iter()
            .map(|triangle| {
                let id = |vertex: &NodeIndex| graph.as_petgraph()[*vertex].id.clone();
                triangle.iter().map(id).collect()
            })
            .collect(),
    })
}

fn triangle_output(settings: &Settings) -> Result<TriangleOutput, AlgorithmError> {
    Ok(match settings.whole("OPT", 1..=3)? {
        1 => TriangleOutput::Total,
        2 => TriangleOutput::PerVertex,
        _ => TriangleOutput::List,
    })
}

/// Each triangle once, its vertices in ascending order, and the triangles in ascending order.
fn triangles(graph: &Graph) -> Vec<[NodeIndex; 3]> {
    let topology = topology::simple(graph);
    let mut triangles = Vec::new();
    for first in topology.node_indices() {
        let later: BTreeSet<NodeIndex> = topology.neighbors(first).filter(|&neighbour| neighbour > first).collect();
        for &second in &later {
            for &third in later.range(second..).skip(1) {
                if topology.contains_edge(second, third) {
                    triangles.push([first, second, third]);
                }
            }
        }
    }
    triangles
}
