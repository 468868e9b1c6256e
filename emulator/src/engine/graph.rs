//! The property graph that queries and algorithms work on.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use thiserror::Error;

/// A directed property graph of players and teams.
///
/// Several edges between the same two vertices, and edges from a vertex to itself, are kept.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The vertices are added in the order of their ids, so that the order of the indices is the
    /// order of the ids: results come out sorted, and a vertex is found by binary search.
    inner: DiGraph<Vertex, Edge>,
}

/// A vertex: its id (VID, unique in the graph), its tag and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vertex {
    /// The VID, for example `player100`.
    pub id: String,
    /// What the vertex stands for.
    pub tag: Tag,
    /// The name that people read, for example `Tim Duncan`; not necessarily unique.
    pub name: String,
}

/// The tag of a vertex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `player`
    Player,
    /// `team`
    Team,
}

/// What an edge carries besides its two ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The type of the edge.
    pub edge_type: EdgeType,
    /// How strongly one player follows another, where that is known; it can be negative.
    pub degree: Option<i64>,
}

/// The type of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeType {
    /// `serve`: a player plays, or played, for a team.
    Serve,
    /// `follow`: a player follows another player.
    Follow,
}

/// Why a graph could not be read or queried.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GraphError {
    /// A line of the text form is wrong.
    #[error("line {line}: {problem}")]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// No player has the name that was asked for.
    #[error("no player is named {0:?}")]
    UnknownPlayer(String),
}

impl Graph {
    /// The embedded sample graph: 30 players, 15 teams, and the shape of the vendor's
    /// `basketballplayer`.
    pub fn basketballplayer() -> Result<Self, GraphError> {
        Self::parse(include_str!("basketballplayer.csv"))
    }

    /// Reads the text form: one vertex or edge per line, in any order.
    ///
    /// ```text
    /// vertex,<id>,player|team,<name>
    /// edge,serve|follow,<source id>,<destination id>[,<degree>]
    /// ```
    ///
    /// Empty lines and lines that start with `#` are skipped. A name may contain commas, an id may
    /// not.
    pub fn parse(text: &str) -> Result<Self, GraphError> {
        let mut vertices = BTreeMap::new();
        let mut edges = Vec::new();
        for (line, record) in (1..).zip(text.lines()) {
            let problem = |problem| GraphError::Line { line, problem };
            match parse_record(record.trim()).map_err(problem)? {
                None => {}
                Some(Record::Vertex(vertex)) => {
                    if let Some(first) = vertices.insert(vertex.id.clone(), vertex) {
                        return Err(problem(format!("the vertex {:?} is already there", first.id)));
                    }
                }
                Some(Record::Edge(source, destination, edge)) => {
                    edges.push((line, source, destination, edge));
                }
            }
        }

        let mut graph = Self::of_vertices(vertices);
        for (line, source, destination, edge) in edges {
            let find = |id: String| {
                graph.index(&id).ok_or_else(|| GraphError::Line {
                    line,
                    problem: format!("the edge names {id:?}, which is not a vertex"),
                })
            };
            let (source, destination) = (find(source)?, find(destination)?);
            graph.inner.add_edge(source, destination, edge);
        }
        Ok(graph)
    }

    /// A graph of players that follow each other, from pairs (source id, destination id).
    ///
    /// The vertices are the ids that occur; the name of each is its id.
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

        let mut graph = Self::of_vertices(vertices);
        for (source, destination) in edges {
            if let (Some(source), Some(destination)) = (graph.index(source), graph.index(destination)) {
                let edge = Edge { edge_type: EdgeType::Follow, degree: None };
                graph.inner.add_edge(source, destination, edge);
            }
        }
        graph
    }

    /// The subgraph around the player of this name: whoever is reached by at most `steps` `follow`
    /// edges in their direction, the teams those players serve, and all edges, of any type, among
    /// these vertices. With 0 steps it is the player and their teams.
    ///
    /// Where several players bear the name, it is the subgraph around all of them.
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

        // `filter_map` keeps the order of the vertices, on which `inner` relies.
        let inner = self
            .inner
            .filter_map(|index, vertex| kept.contains(&index).then(|| vertex.clone()), |_, edge| Some(edge.clone()));
        Ok(Self { inner })
    }

    /// How many vertices there are.
    pub fn vertex_count(&self) -> usize {
        self.inner.node_count()
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.inner.edge_count()
    }

    /// The vertex of this id.
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

    /// The graph as petgraph holds it; the order of the indices is the order of the ids.
    pub(crate) fn as_petgraph(&self) -> &DiGraph<Vertex, Edge> {
        &self.inner
    }

    /// The index of the vertex of this id.
    pub(crate) fn index(&self, id: &str) -> Option<NodeIndex> {
        self.inner.raw_nodes().binary_search_by(|node| node.weight.id.as_str().cmp(id)).ok().map(NodeIndex::new)
    }

    fn of_vertices(vertices: BTreeMap<String, Vertex>) -> Self {
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
    // Three parts at most: commas after the second one belong to the name.
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
