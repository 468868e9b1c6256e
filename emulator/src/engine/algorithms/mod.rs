//! The graph algorithms: their names, parameters, columns and results.

mod centrality;
mod community;
mod error;
mod parameters;
mod path;
mod topology;

use std::fmt;
use std::str::FromStr;

pub use error::AlgorithmError;
pub use parameters::{Parameter, Params};

use crate::engine::graph::Graph;
use parameters::Settings;

/// A graph algorithm, named as in the vendor's documentation.
///
/// `IS_DIRECTED` = `false` adds to each edge an edge the other way. Edges of all types count, and
/// several edges between the same two vertices count as several unless "simple graph" is said: that
/// is the undirected graph without repeated edges and without edges from a vertex to itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// The rank of each vertex, not normalised: a vertex that no edge points to has 1 - `DAMPING`,
    /// and what a vertex without outgoing edges holds is not handed on.
    PageRank,
    /// The core number of each vertex in the simple graph.
    KCore,
    /// The number of edges at each vertex. `TYPE` = `both` gives all three columns, where
    /// `BOTH_DEGREE` is the sum of the other two; `out` and `in` give the one column they name.
    /// Without direction each edge counts once at either end, in all columns. `STEP` is checked and
    /// changes nothing: the degree is that of one step.
    DegreeCentrality,
    /// One over the mean distance from a vertex to the sampled vertices it reaches, itself left
    /// out; 0 where it reaches none. With `NUM_SAMPLES` at least the number of vertices this is
    /// exact; below that the sample is the first `NUM_SAMPLES` vertices in the order of their ids.
    ClosenessCentrality,
    /// The least number of edges from `ROOT` to each vertex that can be reached.
    Sssp,
    /// How many vertices can be reached from `ROOT`, itself included.
    Bfs,
    /// The smallest VID of the weakly connected component of each vertex, whatever `IS_DIRECTED`.
    ConnectedComponent,
    /// Label propagation: in each iteration the vertices, in the order of their ids, take the label
    /// that most edges into them bring, and of equally frequent ones the smallest.
    Lpa,
    /// The triangles of the simple graph, each counted once.
    TriangleCount,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 9] = [
        Self::PageRank,
        Self::KCore,
        Self::DegreeCentrality,
        Self::ClosenessCentrality,
        Self::Sssp,
        Self::Bfs,
        Self::ConnectedComponent,
        Self::Lpa,
        Self::TriangleCount,
    ];

    /// The documented name, for example `PageRank` or `SSSP`; parsing it gives the algorithm back.
    pub fn name(self) -> &'static str {
        match self {
            Self::PageRank => "PageRank",
            Self::KCore => "KCore",
            Self::DegreeCentrality => "DegreeCentrality",
            Self::ClosenessCentrality => "ClosenessCentrality",
            Self::Sssp => "SSSP",
            Self::Bfs => "BFS",
            Self::ConnectedComponent => "ConnectedComponent",
            Self::Lpa => "LPA",
            Self::TriangleCount => "TriangleCount",
        }
    }

    /// The documented parameters with their defaults.
    pub fn parameters(self) -> &'static [Parameter] {
        parameters::of(self)
    }

    /// The names of the columns of the result; they depend on the parameters for
    /// [`DegreeCentrality`](Self::DegreeCentrality) and [`TriangleCount`](Self::TriangleCount).
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

    /// Computes the result: rows of as many strings as there are [columns](Self::columns), sorted
    /// by VID in byte order, floating-point values with six decimals.
    ///
    /// All parameters given are checked, also those that do not change the result.
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

impl FromStr for Algorithm {
    type Err = AlgorithmError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| AlgorithmError::UnknownAlgorithm(name.to_owned()))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Rows (VID, value), one per vertex; `values` are in the order of the vertices.
fn rows_by_vertex<T: ToString>(graph: &Graph, values: impl IntoIterator<Item = T>) -> Vec<Vec<String>> {
    graph.vertices().zip(values).map(|(vertex, value)| vec![vertex.id.clone(), value.to_string()]).collect()
}

/// A floating-point value as the results show it.
fn double(value: f64) -> String {
    format!("{value:.6}")
}
