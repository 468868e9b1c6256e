//! The algorithms and their names.

use std::fmt;

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
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
