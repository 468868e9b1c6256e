//! The property graph that queries and algorithms run on.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use thiserror::Error;

/// A directed property graph of players and teams.
///
/// It may contain parallel edges and loops.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Vertices are added in the order of their ids, so that indices have the order of the ids:
    /// results are sorted, and a vertex is found by binary search.
    inner: DiGraph<Vertex, Edge>,
}

/// A vertex: its id (VID, unique in the graph), its tag and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vertex {
    /// The VID, for example `player100`.
    pub id: String,
    /// The kind of vertex.
    pub tag: Tag,
    /// The display name, for example `Tim Duncan`; not necessarily unique.
    pub name: String,
}

/// The tag of a vertex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tag {
    /// `player`
    Player,
    /// `team`
    Team,
}

/// The properties of an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edge {
    /// The type of the edge.
    pub edge_type: EdgeType,
    /// How strongly one player follows another, if known; it can be negative.
    pub degree: Option<i64>,
}

/// The type of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EdgeType {
    /// `serve`: a player plays, or played, for a team.
    Serve,
    /// `follow`: a player follows another player.
    Follow,
}

/// Why a graph could not be parsed or queried.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// A line of the text form is invalid.
    #[error("line {line}: {problem}")]
    Line {
        /// The line number, starting at 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// No player has this name.
    #[error("no player is named {0:?}")]
    UnknownPlayer(String),
}

impl Graph {
    /// The embedded sample graph of players and teams, modelled on the vendor's `basketballplayer`.
    pub fn basketballplayer() -> Result<Self, GraphError> {
        Self::parse(include_str!("basketballplayer.csv"))
    }

    /// Parses the text form: one vertex or edge per line, in any order.
    ///
    /// ```text
    /// vertex,<id>,player|team,<name>
    /// edge,serve|follow,<source id>,<destination id>[,<degree>]
    /// ```
    ///
    /// Empty lines and lines that start with `#` are skipped. Names may contain commas, ids may not.
    pub fn parse(text: &str) -> Result<Self, GraphError> {
        let mut vertices = BTreeMap::new();
        let mut edges = Vec::new();
        for (line, record) in (1..).zip(text.lines()) {
            let problem = |problem| GraphError::Line { line, problem };
            match parse_record(record.trim()).map_err(problem)? {
                None => {}
                Some(Record::Vertex(vertex)) => {
                    if let Some(first) = vertices.insert(vertex.id.clone(), vertex) {
                        return Err(problem(format!("duplicate vertex {:?}", first.id)));
                    }
                }
                Some(Record::Edge(source, destination, edge)) => {
                    edges.push((line, source, destination, edge));
                }
            }
        }

        let mut graph = Self::with_vertices(vertices);
        for (line, source, destination, edge) in edges {
            let find = |id: String| {
                graph.index(&id).ok_or_else(|| GraphError::Line {
                    line,
                    problem: format!("the edge refers to {id:?}, which is not a vertex"),
                })
            };
            let (source, destination) = (find(source)?, find(destination)?);
            graph.inner.add_edge(source, destination, edge);
        }
        Ok(graph)
    }

    /// A graph of players that follow each other, from pairs (source id, destination id).
    ///
    /// There is one vertex for each id; its name is the id.
    pub fn from_edges<'a>(edges: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let edges: Vec<_> = edges.into_iter().collect();
        let vertices = edges
            .iter()
            .flat_map(|&(source, destination)| [source, destination])
            .map(|id| {
                let vertex = Vertex { id: id.to_owned(), tag: Tag::Player, name: id.to_owned() };
                (id.to_owned(), vertex)
            })
            .collect();

        let mut graph = Self::with_vertices(vertices);
        for (source, destination) in edges {
            if let (Some(source), Some(destination)) = (graph.index(source), graph.index(destination)) {
                let edge = Edge { edge_type: EdgeType::Follow, degree: None };
                graph.inner.add_edge(source, destination, edge);
            }
        }
        graph
    }

    /// The subgraph around the player with this name: all players that can be reached over at most
    /// `steps` `follow` edges, the teams that these players serve, and all edges between these
    /// vertices. With 0 steps it consists of the player and their teams.
    ///
    /// If several players have the name, it starts from all of them.
    pub fn follow_neighbourhood(&self, name: &str, steps: usize) -> Result<Self, GraphError> {
        let mut frontier: BTreeSet<NodeIndex> = self
            .inner
            .node_indices()
            .filter(|&index| {
                let vertex = &self.inner[index];
                vertex.tag == Tag::Player && vertex.name == name
            })
            .collect();
        if frontier.is_empty() {
            return Err(GraphError::UnknownPlayer(name.to_owned()));
        }

        let mut kept = frontier.clone();
        for _ in 0..steps {
            frontier = self.targets(&frontier, EdgeType::Follow);
            frontier.retain(|player| !kept.contains(player));
            if frontier.is_empty() {
                break;
            }
            kept.extend(&frontier);
        }
        kept.extend(self.targets(&kept, EdgeType::Serve));

        // `filter_map` keeps the order of the vertices, which `inner` relies on.
        let inner = self
            .inner
            .filter_map(|index, vertex| kept.contains(&index).then(|| vertex.clone()), |_, edge| Some(edge.clone()));
        Ok(Self { inner })
    }

    /// The number of vertices.
    pub fn vertex_count(&self) -> usize {
        self.inner.node_count()
    }

    /// The number of edges.
    pub fn edge_count(&self) -> usize {
        self.inner.edge_count()
    }

    /// The vertex with this id.
    pub fn vertex(&self, id: &str) -> Option<&Vertex> {
        self.index(id).map(|index| &self.inner[index])
    }

    /// All vertices, sorted by id.
    pub fn vertices(&self) -> impl Iterator<Item = &Vertex> {
        self.inner.node_weights()
    }

    /// All edges as (source, edge, destination), in no particular order.
    pub fn edges(&self) -> impl Iterator<Item = (&Vertex, &Edge, &Vertex)> {
        self.inner.edge_references().map(|edge| (&self.inner[edge.source()], edge.weight(), &self.inner[edge.target()]))
    }

    /// The underlying graph; indices have the order of the ids.
    pub(crate) fn as_petgraph(&self) -> &DiGraph<Vertex, Edge> {
        &self.inner
    }

    /// The index of the vertex with this id.
    pub(crate) fn index(&self, id: &str) -> Option<NodeIndex> {
        self.inner.raw_nodes().binary_search_by(|node| node.weight.id.as_str().cmp(id)).ok().map(NodeIndex::new)
    }

    fn with_vertices(vertices: BTreeMap<String, Vertex>) -> Self {
        let mut inner = DiGraph::with_capacity(vertices.len(), 0);
        for vertex in vertices.into_values() {
            inner.add_node(vertex);
        }
        Self { inner }
    }

    fn targets(&self, sources: &BTreeSet<NodeIndex>, edge_type: EdgeType) -> BTreeSet<NodeIndex> {
        sources
            .iter()
            .flat_map(|&source| self.inner.edges(source))
            .filter(|edge| edge.weight().edge_type == edge_type)
            .map(|edge| edge.target())
            .collect()
    }
}

/// One line of the text form.
enum Record {
    Vertex(Vertex),
    Edge(String, String, Edge),
}

fn parse_record(line: &str) -> Result<Option<Record>, String> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (kind, rest) = line.split_once(',').unwrap_or((line, ""));
    match kind.trim() {
        "vertex" => parse_vertex(rest).map(Some),
        "edge" => parse_edge(rest).map(Some),
        other => Err(format!("expected `vertex` or `edge`, found {other:?}")),
    }
}

fn parse_vertex(fields: &str) -> Result<Record, String> {
    // At most three parts: further commas belong to the name.
    let fields: Vec<&str> = fields.splitn(3, ',').map(str::trim).collect();
    let &[id, tag, name] = fields.as_slice() else {
        return Err("a vertex is `vertex,<id>,<tag>,<name>`".to_owned());
    };
    if id.is_empty() {
        return Err("the id of the vertex is empty".to_owned());
    }
    let tag = match tag {
        "player" => Tag::Player,
        "team" => Tag::Team,
        other => return Err(format!("expected the tag player or team, found {other:?}")),
    };
    Ok(Record::Vertex(Vertex { id: id.to_owned(), tag, name: name.to_owned() }))
}

fn parse_edge(fields: &str) -> Result<Record, String> {
    let fields: Vec<&str> = fields.split(',').map(str::trim).collect();
    let (edge_type, source, destination, degree) = match *fields.as_slice() {
        [edge_type, source, destination] => (edge_type, source, destination, None),
        [edge_type, source, destination, degree] => (edge_type, source, destination, Some(degree)),
        _ => {
            let form = "an edge is `edge,<type>,<source id>,<destination id>[,<degree>]`";
            return Err(form.to_owned());
        }
    };
    let edge_type = match edge_type {
        "serve" => EdgeType::Serve,
        "follow" => EdgeType::Follow,
        other => {
            return Err(format!("expected the edge type serve or follow, found {other:?}"));
        }
    };
    let degree = match degree {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| format!("the degree {text:?} is not a whole number"))?),
    };
    Ok(Record::Edge(source.to_owned(), destination.to_owned(), Edge { edge_type, degree }))
}
