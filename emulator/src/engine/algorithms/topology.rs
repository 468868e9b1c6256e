//! The graph without properties, with or without direction. Vertices keep their indices.

use petgraph::graph::{DiGraph, UnGraph};
use petgraph::visit::EdgeRef;

use crate::engine::graph::Graph;

/// The edges of the graph; without direction, also the reverse of each edge.
pub(super) fn directed(graph: &Graph, is_directed: bool) -> DiGraph<(), ()> {
    let mut topology = graph.as_petgraph().map(|_, _| (), |_, _| ());
    if !is_directed {
        for edge in graph.as_petgraph().edge_references() {
            topology.add_edge(edge.target(), edge.source(), ());
        }
    }
    topology
}

/// The undirected graph without parallel edges and loops.
pub(super) fn simple(graph: &Graph) -> UnGraph<(), ()> {
    let mut topology = UnGraph::with_capacity(graph.vertex_count(), graph.edge_count());
    for _ in graph.vertices() {
        topology.add_node(());
    }
    for edge in graph.as_petgraph().edge_references() {
        if edge.source() != edge.target() {
            topology.update_edge(edge.source(), edge.target(), ());
        }
    }
    topology
}
