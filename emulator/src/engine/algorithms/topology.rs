//! The graph as an algorithm sees it: without properties, with or without direction.
//!
//! The indices of the vertices are those of the graph it is made of.

use petgraph::graph::{DiGraph, UnGraph};
use petgraph::visit::EdgeRef;

use crate::engine::graph::Graph;

/// The edges as they are, or, without direction, each of them and one the other way.
pub(super) fn directed(graph: &Graph, is_directed: bool) -> DiGraph<(), ()> {
    let mut topology = graph.as_petgraph().map(|_, _| (), |_, _| ());
    if !is_directed {
        for edge in graph.as_petgraph().edge_references() {
            topology.add_edge(edge.target(), edge.source(), ());
        }
    }
    topology
}

/// The undirected graph with at most one edge between two vertices, and none from one to itself.
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
