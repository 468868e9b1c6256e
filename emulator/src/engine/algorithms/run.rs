//! Runs an algorithm.

use super::algorithm::Algorithm;
use super::error::AlgorithmError;
use super::parameters::{Params, Settings};
use super::{centrality, community, path};
use crate::engine::graph::Graph;

impl Algorithm {
    /// The names of the columns of the result. Those of [`DegreeCentrality`](Self::DegreeCentrality)
    /// and [`TriangleCount`](Self::TriangleCount) depend on the parameters.
    pub fn columns(&self, params: &Params) -> Result<Vec<&'static str>, AlgorithmError> {
        let settings = Settings::new(*self, params)?;
        Ok(match self {
            Self::PageRank | Self::KCore | Self::ClosenessCentrality => vec!["VID", "VALUE"],
            Self::DegreeCentrality => centrality::degree_columns(&settings)?,
            Self::Sssp => vec!["VID", "DISTANCE"],
            Self::Bfs => vec!["ROOT", "VISITED"],
            Self::ConnectedComponent | Self::Lpa => vec!["VID", "LABEL"],
            Self::TriangleCount => community::triangle_columns(&settings)?,
        })
    }

    /// Computes the result: rows with one string for each [column](Self::columns), sorted by VID in
    /// byte order, floating-point values with six decimals.
    ///
    /// All parameters are validated, also those without an effect.
    pub fn run(&self, graph: &Graph, params: &Params) -> Result<Vec<Vec<String>>, AlgorithmError> {
        let settings = Settings::new(*self, params)?;
        match self {
            Self::PageRank => centrality::page_rank(graph, &settings),
            Self::KCore => community::k_core(graph, &settings),
            Self::DegreeCentrality => centrality::degree(graph, &settings),
            Self::ClosenessCentrality => centrality::closeness(graph, &settings),
            Self::Sssp => path::sssp(graph, &settings),
            Self::Bfs => path::bfs(graph, &settings),
            Self::ConnectedComponent => community::connected_component(graph, &settings),
            Self::Lpa => community::label_propagation(graph, &settings),
            Self::TriangleCount => community::triangle_count(graph, &settings),
        }
    }
}
