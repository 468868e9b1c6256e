//! The algorithms: names, parameters, columns and results.

use std::fmt;
use std::str::FromStr;

use super::error::AlgorithmError;
use super::parameters::{Parameter, Params, Settings};
use super::{centrality, community, path};
use crate::engine::graph::Graph;

/// A graph algorithm, named as in the vendor's documentation.
///
/// `IS_DIRECTED` = `false` adds a reverse edge to each edge. Edges of all types count, and parallel
/// edges count separately, except in the simple graph: the undirected graph without parallel edges
/// and loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// The rank of each vertex, not normalized: a vertex without incoming edges has 1 - `DAMPING`,
    /// and the rank of a vertex without outgoing edges is not distributed.
    PageRank,
    /// The core number of each vertex in the simple graph.
    KCore,
    /// The number of edges at each vertex. `TYPE` = `both` gives all three columns, where
    /// `BOTH_DEGREE` is the sum of the other two; `out` and `in` give one column each. Without
    /// direction, each edge counts once at either end, in all columns. `STEP` is validated but has
    /// no effect: the degree is that of one step.
    DegreeCentrality,
    /// The inverse of the mean distance from a vertex to the sampled vertices that it reaches,
    /// itself excluded; 0 if it reaches none. The sample consists of the first `NUM_SAMPLES`
    /// vertices in the order of their ids, so the result is exact if it contains all vertices.
    ClosenessCentrality,
    /// The smallest number of edges from `ROOT` to each vertex that can be reached.
    Sssp,
    /// How many vertices can be reached from `ROOT`, itself included.
    Bfs,
    /// The smallest VID of the weakly connected component of each vertex, whatever `IS_DIRECTED`.
    ConnectedComponent,
    /// Label propagation: in each iteration the vertices, in the order of their ids, take the label
    /// that occurs most often at their incoming edges; of equally frequent labels the smallest.
    Lpa,
    /// The triangles of the simple graph, each counted once.
    TriangleCount,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: &'static [Self] = &[
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

    /// The documented name, for example `PageRank` or `SSSP`, which can also be parsed.
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
        const DAMPING: Parameter = optional("DAMPING", "0.85");
        const DEGREE_TYPE: Parameter = optional("TYPE", "both");
        const EPS: Parameter = optional("EPS", "0.0001");
        const IS_DIRECTED: Parameter = optional("IS_DIRECTED", "true");
        const ITERATIONS: Parameter = optional("ITERATIONS", "10");
        const KCORE_TYPE: Parameter = optional("TYPE", "vertex");
        const NUM_SAMPLES: Parameter = optional("NUM_SAMPLES", "10");
        const OPT: Parameter = optional("OPT", "3");
        const ROOT: Parameter = Parameter { name: "ROOT", default: None };
        const STEP: Parameter = optional("STEP", "3");

        match self {
            Self::PageRank => &[ITERATIONS, IS_DIRECTED, EPS, DAMPING],
            Self::KCore => &[KCORE_TYPE],
            Self::DegreeCentrality => &[IS_DIRECTED, STEP, DEGREE_TYPE],
            Self::ClosenessCentrality => &[IS_DIRECTED, NUM_SAMPLES],
            Self::Sssp => &[ROOT],
            Self::Bfs => &[ROOT, IS_DIRECTED],
            Self::ConnectedComponent => &[IS_DIRECTED],
            Self::Lpa => &[ITERATIONS, IS_DIRECTED],
            Self::TriangleCount => &[OPT],
        }
    }

    /// The names of the columns of the result. Those of [`DegreeCentrality`](Self::DegreeCentrality)
    /// and [`TriangleCount`](Self::TriangleCount) depend on the parameters.
    pub fn columns(&self, params: &Params) -> Result<Vec<&'static str>, AlgorithmError> {
        let settings = self.settings(params)?;
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
        let settings = self.settings(params)?;
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

    fn settings(self, params: &Params) -> Result<Settings<'_>, AlgorithmError> {
        Settings::new(self.name(), self.parameters(), params)
    }
}

const fn optional(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, default: Some(default) }
}

impl FromStr for Algorithm {
    type Err = AlgorithmError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|algorithm| algorithm.name() == name)
            .ok_or_else(|| AlgorithmError::UnknownAlgorithm(name.to_owned()))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
