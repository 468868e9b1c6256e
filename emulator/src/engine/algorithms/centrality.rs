//! Ranks, degrees and closeness.

use petgraph::Direction;
use petgraph::algo::dijkstra;
use petgraph::graph::NodeIndex;
use petgraph::visit::Reversed;

use super::error::AlgorithmError;
use super::parameters::Settings;
use super::rows::{double, rows_by_vertex};
use super::topology;
use crate::engine::graph::Graph;

/// Unlike petgraph's `page_rank`, the engine's neither normalizes the ranks nor distributes those of
/// vertices without outgoing edges.
pub(super) fn page_rank(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    let iterations = settings.count("ITERATIONS", 10_000)?;
    let is_directed = settings.flag("IS_DIRECTED")?;
    let eps = settings.number("EPS", 0.0..=1.0)?;
    let damping = settings.number("DAMPING", 0.0..=1.0)?;

    let topology = topology::directed(graph, is_directed);
    let out_degrees: Vec<usize> = topology.node_indices().map(|vertex| topology.edges(vertex).count()).collect();
    let mut ranks = vec![1.0; graph.vertex_count()];
    for _ in 0..iterations {
        let next: Vec<f64> = topology
            .node_indices()
            .map(|vertex| {
                let received: f64 = topology
                    .neighbors_directed(vertex, Direction::Incoming)
                    .map(|source| ranks[source.index()] / out_degrees[source.index()] as f64)
                    .sum();
                (1.0 - damping) + damping * received
            })
            .collect();
        let largest_change = ranks.iter().zip(&next).map(|(old, new)| (new - old).abs()).fold(0.0, f64::max);
        ranks = next;
        if largest_change < eps {
            break;
        }
    }
    Ok(rows_by_vertex(graph, ranks.into_iter().map(double)))
}

/// The requested degrees.
#[derive(Clone, Copy)]
enum DegreeType {
    Both,
    Out,
    In,
}

pub(super) fn degree_columns(settings: &Settings) -> Result<Vec<&'static str>, AlgorithmError> {
    Ok(match degree_type(settings)? {
        DegreeType::Both => vec!["VID", "BOTH_DEGREE", "OUT_DEGREE", "IN_DEGREE"],
        DegreeType::Out => vec!["VID", "OUT_DEGREE"],
        DegreeType::In => vec!["VID", "IN_DEGREE"],
    })
}

pub(super) fn degree(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    let is_directed = settings.flag("IS_DIRECTED")?;
    // -1 means "no limit" in the engine.
    settings.whole("STEP", -1..=10_000)?;
    let degree_type = degree_type(settings)?;

    let edges = graph.as_petgraph();
    let row = |vertex: NodeIndex| {
        let count = |direction| edges.edges_directed(vertex, direction).count();
        let (outgoing, incoming) = (count(Direction::Outgoing), count(Direction::Incoming));
        let both = outgoing + incoming;
        let (outgoing, incoming) = if is_directed { (outgoing, incoming) } else { (both, both) };
        let degrees = match degree_type {
            DegreeType::Both => vec![both, outgoing, incoming],
            DegreeType::Out => vec![outgoing],
            DegreeType::In => vec![incoming],
        };
        let mut row = vec![edges[vertex].id.clone()];
        row.extend(degrees.iter().map(usize::to_string));
        row
    };
    Ok(edges.node_indices().map(row).collect())
}

fn degree_type(settings: &Settings) -> Result<DegreeType, AlgorithmError> {
    let types = [("both", DegreeType::Both), ("in", DegreeType::In), ("out", DegreeType::Out)];
    settings.choice("TYPE", &types)
}

pub(super) fn closeness(graph: &Graph, settings: &Settings) -> Result<Vec<Vec<String>>, AlgorithmError> {
    let is_directed = settings.flag("IS_DIRECTED")?;
    let samples = settings.count("NUM_SAMPLES", i32::MAX)?;

    // Against the direction of the edges, one search from a sampled vertex finds the distances from
    // all vertices to it.
    let topology = topology::directed(graph, is_directed);
    let mut reached = vec![0_u64; graph.vertex_count()];
    let mut total_distance = vec![0_u64; graph.vertex_count()];
    for sample in topology.node_indices().take(samples) {
        for (vertex, distance) in dijkstra(Reversed(&topology), sample, None, |_| 1_u64) {
            if vertex != sample {
                reached[vertex.index()] += 1;
                total_distance[vertex.index()] += distance;
            }
        }
    }
    let values = reached.iter().zip(&total_distance).map(|(&count, &total)| {
        let value = match total {
            0 => 0.0,
            total => count as f64 / total as f64,
        };
        double(value)
    });
    Ok(rows_by_vertex(graph, values))
}
