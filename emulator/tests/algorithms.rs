//! The algorithms against independently computed values: for small graphs by hand, with the
//! calculation in comments, and for the sample graph with networkx and numpy, see `expected/make.py`.

use std::collections::BTreeMap;

use nebula_explorer_emulator::algorithms::{Algorithm, AlgorithmError, Params};
use nebula_explorer_emulator::graph::{Graph, GraphError, Tag};
use serde_json::{Value, json};

type TestError = Box<dyn std::error::Error>;

/// The parameters of a JSON object.
fn params(object: Value) -> Params {
    serde_json::from_value(object).unwrap_or_default()
}

/// A graph from text such as `"a>b b>c"`.
fn graph(edges: &str) -> Graph {
    Graph::from_edges(edges.split_whitespace().filter_map(|edge| edge.split_once('>')))
}

/// The rows as one line, such as `"a,1 b,2"`.
fn run(algorithm: &str, edges: &str, object: Value) -> Result<String, AlgorithmError> {
    let rows = algorithm.parse::<Algorithm>()?.run(&graph(edges), &params(object))?;
    Ok(rows.iter().map(|row| row.join(",")).collect::<Vec<_>>().join(" "))
}

/// Runs each (algorithm, edges, parameters, expected rows).
fn check(cases: &[(&str, &str, Value, &str)]) -> Result<(), TestError> {
    for (algorithm, edges, object, expected) in cases {
        let rows = run(algorithm, edges, object.clone())?;
        assert_eq!(rows, *expected, "{algorithm} of {edges} with {object}");
    }
    Ok(())
}

#[test]
fn page_rank_by_hand() -> Result<(), TestError> {
    // Everything starts at 1; r = 0.15 + 0.85 * (sum over the edges into the vertex of the rank of
    // its source / the number of edges out of that source).
    let links = "a>b a>c b>c c>a d>c";
    check(&[
        // a = 0.15 + 0.85 * 1               = 1
        // b = 0.15 + 0.85 * 1/2             = 0.575
        // c = 0.15 + 0.85 * (1/2 + 1 + 1)   = 2.275
        // d = 0.15, without an edge into it
        ("PageRank", links, json!({"ITERATIONS": 1}), "a,1.000000 b,0.575000 c,2.275000 d,0.150000"),
        // a = 0.15 + 0.85 * 2.275                    = 2.08375
        // b = 0.15 + 0.85 * 1/2                      = 0.575
        // c = 0.15 + 0.85 * (1/2 + 0.575 + 0.15)     = 1.19125
        ("PageRank", links, json!({"ITERATIONS": 2}), "a,2.083750 b,0.575000 c,1.191250 d,0.150000"),
        // First b = 0.15 + 0.85 * 1, then 0.15 + 0.85 * 0.15, which is stable: b has no edge out.
        ("PageRank", "a>b", json!({}), "a,0.150000 b,0.277500"),
        // The largest change of the first iteration, that of a, is 0.85: less than EPS, so it stops.
        ("PageRank", "a>b", json!({"EPS": 0.9}), "a,0.150000 b,1.000000"),
        // Without direction x has two edges out, y and z one each:
        // x = 0.15 + 0.85 * 2, y = z = 0.15 + 0.85 * 1/2.
        ("PageRank", "x>y x>z", json!({"ITERATIONS": 1, "IS_DIRECTED": false}), "x,1.850000 y,0.575000 z,0.575000"),
        // a has three edges out, two of them to b, and b has one to itself:
        // b = 0.15 + 0.85 * (2/3 + 1), c = 0.15 + 0.85 * 1/3.
        ("PageRank", "a>b a>b a>c b>b", json!({"ITERATIONS": 1}), "a,0.150000 b,1.566667 c,0.433333"),
        // With DAMPING 0 only the constant part remains, which is 1.
        ("PageRank", "a>b", json!({"DAMPING": 0}), "a,1.000000 b,1.000000"),
    ])
}

#[test]
fn paths_by_hand() -> Result<(), TestError> {
    // From a: b and c in one step, d in two (over b or c); e points to a and cannot be reached.
    let paths = "a>b a>c b>d c>d e>a";
    check(&[
        ("SSSP", paths, json!({"ROOT": "a"}), "a,0.000000 b,1.000000 c,1.000000 d,2.000000"),
        ("SSSP", paths, json!({"ROOT": "d"}), "d,0.000000"),
        ("BFS", paths, json!({"ROOT": "a"}), "a,4"),
        ("BFS", paths, json!({"ROOT": "d"}), "d,1"),
        ("BFS", paths, json!({"ROOT": "d", "IS_DIRECTED": "false"}), "d,5"),
        // A numeric id may be given as a number.
        ("BFS", "1>2", json!({"ROOT": 1}), "1,2"),
    ])
}

#[test]
fn degrees_by_hand() -> Result<(), TestError> {
    // a: three edges out. b: two from a, and its own edge both out and in. c: one from a.
    let edges = "a>b a>b a>c b>b";
    check(&[
        ("DegreeCentrality", edges, json!({}), "a,3,3,0 b,4,1,3 c,1,0,1"),
        ("DegreeCentrality", edges, json!({"TYPE": "out"}), "a,3 b,1 c,0"),
        ("DegreeCentrality", edges, json!({"TYPE": "in"}), "a,0 b,3 c,1"),
        ("DegreeCentrality", edges, json!({"IS_DIRECTED": false, "STEP": -1}), "a,3,3,3 b,4,4,4 c,1,1,1"),
    ])
}

#[test]
fn closeness_by_hand() -> Result<(), TestError> {
    let chain = "a>b b>c";
    check(&[
        // a reaches b at 1 and c at 2: 2/3. b reaches c at 1. c reaches nothing.
        ("ClosenessCentrality", chain, json!({}), "a,0.666667 b,1.000000 c,0.000000"),
        ("ClosenessCentrality", chain, json!({"IS_DIRECTED": false}), "a,0.666667 b,1.000000 c,0.666667"),
        // Only the distances to a and b count: a to b is 1; b itself is excluded.
        ("ClosenessCentrality", chain, json!({"NUM_SAMPLES": 2}), "a,1.000000 b,0.000000 c,0.000000"),
    ])
}

#[test]
fn components_and_cores_by_hand() -> Result<(), TestError> {
    check(&[
        // c and d are connected only through b, against the direction of an edge.
        ("ConnectedComponent", "c>b d>b z>y", json!({}), "b,b c,b d,b y,y z,y"),
        ("ConnectedComponent", "c>b d>b z>y", json!({"IS_DIRECTED": false}), "b,b c,b d,b y,y z,y"),
        // A triangle with a tail: without d, which has one neighbour, each of the others has two.
        ("KCore", "a>b b>c c>a c>d", json!({}), "a,2 b,2 c,2 d,1"),
        // Parallel edges, reverse edges and loops do not count.
        ("KCore", "a>b a>b b>a b>b", json!({"TYPE": "vertex"}), "a,1 b,1"),
        ("KCore", "a>a", json!({}), "a,0"),
    ])
}

#[test]
fn label_propagation_by_hand() -> Result<(), TestError> {
    // Two complete groups of four, and one edge a-h between them.
    let groups = "a>b a>c a>d b>c b>d c>d e>f e>g e>h f>g f>h g>h a>h";
    check(&[
        // a takes b (of b, c, d, h, all once); b keeps b (of b, c, d); c sees b, b, d; d sees b
        // thrice. e takes f (of f, g, h); f keeps f (of f, g, h); g sees f, f, h; h sees f, f, f
        // and, from a, b. The second iteration changes nothing.
        ("LPA", groups, json!({"IS_DIRECTED": false}), "a,b b,b c,b d,b e,f f,f g,f h,f"),
        // Labels follow the direction of edges: a takes label b before b takes label c.
        ("LPA", "c>b b>a", json!({"ITERATIONS": 1}), "a,b b,c c,c"),
        ("LPA", "c>b b>a", json!({}), "a,c b,c c,c"),
        // q has two votes and p one; in a tie the smaller label wins.
        ("LPA", "p>x q>x q>x", json!({}), "p,p q,q x,q"),
        ("LPA", "q>x p>x", json!({}), "p,p q,q x,p"),
    ])
}

#[test]
fn triangles_by_hand() -> Result<(), TestError> {
    // A complete graph of four vertices: any three are a triangle, and each vertex is in three. The
    // reverse edge, the loop and the tail to e have no effect.
    let edges = "a>b c>a a>d b>c d>b c>d b>a a>a d>e";
    check(&[
        ("TriangleCount", edges, json!({"OPT": 1}), "4"),
        ("TriangleCount", edges, json!({"OPT": "2"}), "a,3 b,3 c,3 d,3 e,0"),
        ("TriangleCount", edges, json!({}), "a,b,c a,b,d a,c,d b,c,d"),
        ("TriangleCount", "a>b b>a", json!({"OPT": 1}), "0"),
        ("TriangleCount", "a>b b>a", json!({}), ""),
    ])
}

#[test]
fn sample_graph_agrees_with_networkx() -> Result<(), TestError> {
    // Written by `expected/make.py`.
    let mut expected = BTreeMap::<&str, Vec<Vec<String>>>::new();
    for line in include_str!("expected/basketballplayer.txt").lines() {
        let (case, row) = line.split_once('\t').ok_or(line)?;
        let row = row.split(',').map(str::to_owned).collect();
        expected.entry(case).or_default().push(row);
    }

    // The expected ranks are those of the limit, which the iteration must approximate.
    let limit = |more: Value| {
        let mut limit = params(json!({"ITERATIONS": 10_000, "EPS": 1e-12}));
        limit.extend(params(more));
        limit
    };
    let all = 45;
    let cases = [
        ("page_rank directed", "PageRank", limit(json!({}))),
        ("page_rank undirected", "PageRank", limit(json!({"IS_DIRECTED": false}))),
        ("page_rank damping 0.5", "PageRank", limit(json!({"DAMPING": 0.5}))),
        ("k_core", "KCore", params(json!({}))),
        ("degree directed", "DegreeCentrality", params(json!({}))),
        ("degree out", "DegreeCentrality", params(json!({"TYPE": "out"}))),
        ("degree in", "DegreeCentrality", params(json!({"TYPE": "in"}))),
        ("closeness directed", "ClosenessCentrality", params(json!({"NUM_SAMPLES": all}))),
        ("closeness undirected", "ClosenessCentrality", params(json!({"NUM_SAMPLES": all, "IS_DIRECTED": false}))),
        ("closeness sampled", "ClosenessCentrality", params(json!({}))),
        ("sssp", "SSSP", params(json!({"ROOT": "player120"}))),
        ("bfs directed", "BFS", params(json!({"ROOT": "player120"}))),
        ("bfs undirected", "BFS", params(json!({"ROOT": "player120", "IS_DIRECTED": false}))),
        ("connected_component", "ConnectedComponent", params(json!({}))),
        ("triangles total", "TriangleCount", params(json!({"OPT": 1}))),
        ("triangles per vertex", "TriangleCount", params(json!({"OPT": 2}))),
        ("triangles list", "TriangleCount", params(json!({"OPT": 3}))),
    ];
    let graph = Graph::basketballplayer()?;
    for (case, algorithm, params) in &cases {
        let rows = algorithm.parse::<Algorithm>()?.run(&graph, params)?;
        assert_eq!(Some(rows), expected.remove(case), "{case}");
    }
    // The workflow cases are compared in `jobs.rs`.
    expected.retain(|case, _| !case.starts_with("workflow "));
    assert!(expected.is_empty(), "not compared: {:?}", expected.keys());
    Ok(())
}

#[test]
fn sample_graph_label_propagation_reaches_a_stable_state() -> Result<(), TestError> {
    // In a stable state, each vertex with incoming edges has the smallest of its most frequent
    // incoming labels. This is checked edge by edge, without the algorithm.
    let graph = Graph::basketballplayer()?;
    for is_directed in [true, false] {
        let params = params(json!({"ITERATIONS": 100, "IS_DIRECTED": is_directed}));
        let rows = Algorithm::Lpa.run(&graph, &params)?;
        let labels: BTreeMap<&str, &str> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
        let mut votes = BTreeMap::<&str, BTreeMap<&str, usize>>::new();
        for (source, _, destination) in graph.edges() {
            let mut vote = |from: &str, to| {
                *votes.entry(to).or_default().entry(labels[from]).or_default() += 1;
            };
            vote(&source.id, destination.id.as_str());
            if !is_directed {
                vote(&destination.id, source.id.as_str());
            }
        }
        for (vertex, votes) in votes {
            let most = votes.values().max();
            let winner = votes.iter().find(|&(_, count)| Some(count) == most);
            assert_eq!(winner.map(|(label, _)| *label), Some(labels[vertex]), "{vertex}");
        }
    }
    Ok(())
}

#[test]
fn rows_match_the_columns_and_are_sorted() -> Result<(), TestError> {
    let graph = Graph::basketballplayer()?;
    for &algorithm in Algorithm::ALL {
        // All parameters with their defaults, as text; only ROOT has no default.
        let given: Params = algorithm
            .parameters()
            .iter()
            .map(|it| (it.name.to_owned(), json!(it.default.unwrap_or("player100"))))
            .collect();
        let columns = algorithm.columns(&given)?;
        let rows = algorithm.run(&graph, &given)?;
        assert!(!rows.is_empty(), "{algorithm}");
        assert!(rows.iter().all(|row| row.len() == columns.len()), "{algorithm}");
        assert!(rows.is_sorted(), "{algorithm}");

        let mut only_root = given.clone();
        only_root.retain(|name, _| name == "ROOT");
        assert_eq!(rows, algorithm.run(&graph, &only_root)?, "{algorithm} with defaults");
        assert_eq!(algorithm.name().parse(), Ok(algorithm));
    }
    Ok(())
}

#[test]
fn columns_depend_on_the_parameters() -> Result<(), TestError> {
    let cases = [
        ("PageRank", json!({}), "VID,VALUE"),
        ("KCore", json!({}), "VID,VALUE"),
        ("DegreeCentrality", json!({}), "VID,BOTH_DEGREE,OUT_DEGREE,IN_DEGREE"),
        ("DegreeCentrality", json!({"TYPE": "out"}), "VID,OUT_DEGREE"),
        ("DegreeCentrality", json!({"TYPE": "in"}), "VID,IN_DEGREE"),
        ("ClosenessCentrality", json!({}), "VID,VALUE"),
        ("SSSP", json!({}), "VID,DISTANCE"),
        ("BFS", json!({}), "ROOT,VISITED"),
        ("ConnectedComponent", json!({}), "VID,LABEL"),
        ("LPA", json!({}), "VID,LABEL"),
        ("TriangleCount", json!({"OPT": 1}), "COUNT"),
        ("TriangleCount", json!({"OPT": 2}), "VID,COUNT"),
        ("TriangleCount", json!({}), "VID1,VID2,VID3"),
    ];
    for (algorithm, object, expected) in cases {
        let columns = algorithm.parse::<Algorithm>()?.columns(&params(object))?;
        assert_eq!(columns.join(","), expected, "{algorithm}");
    }
    Ok(())
}

#[test]
fn values_may_be_given_as_text() -> Result<(), TestError> {
    let cases = [
        ("ITERATIONS", json!(1), vec![json!("1"), json!(" 1 "), json!(1.0), json!("1e0")]),
        ("IS_DIRECTED", json!(false), vec![json!("false"), json!("False"), json!(" FALSE ")]),
        ("DAMPING", json!(0.5), vec![json!("0.5"), json!(".5"), json!("5e-1")]),
        ("EPS", json!(0), vec![json!("0"), json!(0.0), json!("0.0")]),
    ];
    for (name, plain, others) in cases {
        let expected = run("PageRank", "a>b a>c b>c c>a d>c", json!({name: plain}))?;
        for other in others {
            let rows = run("PageRank", "a>b a>c b>c c>a d>c", json!({name: &other}))?;
            assert_eq!(rows, expected, "{name} {other}");
        }
    }
    Ok(())
}

#[test]
fn invalid_parameters_are_rejected_with_a_reason() {
    let cases = [
        (
            "PageRank",
            json!({"STEP": 1}),
            r#"PageRank has no parameter "STEP"; it has ITERATIONS, IS_DIRECTED, EPS, DAMPING"#,
        ),
        ("SSSP", json!({"ROOT": "a", "root": "a"}), r#"SSSP has no parameter "root"; it has ROOT"#),
        ("PageRank", json!({"ITERATIONS": 0}), "ITERATIONS of PageRank must be from 1 to 10000, not 0"),
        ("PageRank", json!({"ITERATIONS": "10001"}), r#"ITERATIONS of PageRank must be from 1 to 10000, not "10001""#),
        ("LPA", json!({"ITERATIONS": u64::MAX}), "ITERATIONS of LPA must be from 1 to 10000, not 18446744073709551615"),
        ("LPA", json!({"ITERATIONS": -1}), "ITERATIONS of LPA must be from 1 to 10000, not -1"),
        ("LPA", json!({"ITERATIONS": 1.5}), "ITERATIONS of LPA must be a whole number, not 1.5"),
        ("LPA", json!({"ITERATIONS": "many"}), r#"ITERATIONS of LPA must be a whole number, not "many""#),
        ("LPA", json!({"ITERATIONS": "inf"}), r#"ITERATIONS of LPA must be a whole number, not "inf""#),
        ("LPA", json!({"ITERATIONS": true}), "ITERATIONS of LPA must be a whole number, not true"),
        ("LPA", json!({"ITERATIONS": null}), "ITERATIONS of LPA must be a whole number, not null"),
        ("LPA", json!({"ITERATIONS": ""}), r#"ITERATIONS of LPA must be a whole number, not """#),
        ("PageRank", json!({"DAMPING": 1.01}), "DAMPING of PageRank must be from 0 to 1, not 1.01"),
        ("PageRank", json!({"DAMPING": "-0.1"}), r#"DAMPING of PageRank must be from 0 to 1, not "-0.1""#),
        ("PageRank", json!({"DAMPING": "NaN"}), r#"DAMPING of PageRank must be a number, not "NaN""#),
        ("PageRank", json!({"DAMPING": [0.85]}), "DAMPING of PageRank must be a number, not [0.85]"),
        ("PageRank", json!({"EPS": -1}), "EPS of PageRank must be from 0 to 1, not -1"),
        ("PageRank", json!({"IS_DIRECTED": "yes"}), r#"IS_DIRECTED of PageRank must be true or false, not "yes""#),
        // Validated although it has no effect.
        (
            "ConnectedComponent",
            json!({"IS_DIRECTED": 1}),
            "IS_DIRECTED of ConnectedComponent must be true or false, not 1",
        ),
        (
            "DegreeCentrality",
            json!({"STEP": "three"}),
            r#"STEP of DegreeCentrality must be a whole number, not "three""#,
        ),
        (
            "DegreeCentrality",
            json!({"TYPE": "all"}),
            r#"TYPE of DegreeCentrality must be both or in or out, not "all""#,
        ),
        ("DegreeCentrality", json!({"TYPE": {}}), "TYPE of DegreeCentrality must be text, not {}"),
        ("KCore", json!({"TYPE": "subgraph"}), r#"TYPE of KCore must be vertex, not "subgraph""#),
        (
            "ClosenessCentrality",
            json!({"NUM_SAMPLES": 0}),
            "NUM_SAMPLES of ClosenessCentrality must be from 1 to 2147483647, not 0",
        ),
        ("TriangleCount", json!({"OPT": 4}), "OPT of TriangleCount must be from 1 to 3, not 4"),
        ("BFS", json!({}), "BFS needs the parameter ROOT"),
        ("BFS", json!({"ROOT": "nobody"}), r#"ROOT of BFS is "nobody", which is not a vertex of the graph"#),
        ("SSSP", json!({"ROOT": null}), "ROOT of SSSP must be the id of a vertex, not null"),
        ("pagerank", json!({}), r#"there is no algorithm "pagerank""#),
    ];
    for (algorithm, object, expected) in cases {
        let message = run(algorithm, "a>b", object.clone()).map_err(|error| error.to_string());
        assert_eq!(message, Err(expected.to_owned()), "{algorithm} with {object}");
    }
}

#[test]
fn empty_graphs_have_empty_results() -> Result<(), TestError> {
    for &algorithm in Algorithm::ALL {
        let result = algorithm.run(&graph(""), &params(json!({})));
        match algorithm {
            Algorithm::Sssp | Algorithm::Bfs => assert!(result.is_err(), "{algorithm}"),
            _ => assert!(result?.is_empty(), "{algorithm}"),
        }
    }
    Ok(())
}

#[test]
fn the_sample_graph_has_players_and_teams() -> Result<(), TestError> {
    let graph = Graph::basketballplayer()?;
    let count = |tag| graph.vertices().filter(|vertex| vertex.tag == tag).count();
    assert_eq!((count(Tag::Player), count(Tag::Team)), (30, 15));
    assert_eq!(graph.vertex("player100").map(|vertex| vertex.name.as_str()), Some("Tim Duncan"));
    assert_eq!(graph.vertex("player999"), None);
    Ok(())
}

#[test]
fn a_neighbourhood_contains_what_follow_edges_reach() -> Result<(), TestError> {
    let graph = Graph::basketballplayer()?;
    let ids = |graph: &Graph| graph.vertices().map(|vertex| vertex.id.clone()).collect::<Vec<_>>().join(" ");

    let own = graph.follow_neighbourhood("Tony Parker", 0)?;
    assert_eq!((ids(&own).as_str(), own.edge_count()), ("player101 team204", 1));

    // He follows 100, 102 and 125. Of the edges among the four, eight are `follow` (100 to 101 and
    // 125; 101 to 100, 102 and 125; 102 to 100 and 101; 125 to 100) and five are `serve` (each of
    // the four to team204, and 102 to team203).
    let near = graph.follow_neighbourhood("Tony Parker", 1)?;
    assert_eq!(
        (ids(&near).as_str(), near.edge_count()),
        ("player100 player101 player102 player125 team203 team204", 13)
    );

    // More steps reach no other players.
    let far = graph.follow_neighbourhood("Tony Parker", usize::MAX)?;
    assert_eq!((ids(&far), far.edge_count()), (ids(&near), 13));

    // An algorithm on a subgraph: Boris Diaw follows 100 and 101 and is not followed.
    let diaw = graph.follow_neighbourhood("Boris Diaw", 1)?;
    let ranks = Algorithm::PageRank.run(&diaw, &Params::new())?;
    assert!(ranks.contains(&vec!["player108".to_owned(), "0.150000".to_owned()]));

    // A team is not a player.
    for name in ["Nobody", "", "Spurs", "tim duncan"] {
        let unknown = GraphError::UnknownPlayer(name.to_owned());
        assert_eq!(graph.follow_neighbourhood(name, 1).err(), Some(unknown));
    }
    Ok(())
}

#[test]
fn a_neighbourhood_starts_from_all_players_with_the_name() -> Result<(), TestError> {
    let graph = Graph::parse(
        "edge,follow,b,c\n\
         vertex,a,player,Smith, J.\n\
         \n\
         # The order of the lines does not matter.\r\n\
         vertex,b,player,Smith, J.\r\n\
         vertex,c,player,Jones",
    )?;
    let both = graph.follow_neighbourhood("Smith, J.", 1)?;
    assert_eq!((both.vertex_count(), both.edge_count()), (3, 1));
    Ok(())
}

#[test]
fn parse_errors_have_the_line_number() {
    let cases = [
        ("node,a", r#"line 1: expected `vertex` or `edge`, found "node""#),
        ("\nvertex,a,player", "line 2: a vertex is `vertex,<id>,<tag>,<name>`"),
        ("vertex,,player,A", "line 1: the id of the vertex is empty"),
        ("vertex,a,coach,A", r#"line 1: expected the tag player or team, found "coach""#),
        ("vertex,a,player,A\nvertex,a,player,A", r#"line 2: duplicate vertex "a""#),
        ("edge,follow,a", "line 1: an edge is `edge,<type>,<source id>,<destination id>[,<degree>]`"),
        ("edge,like,a,b", r#"line 1: expected the edge type serve or follow, found "like""#),
        ("edge,follow,a,b,much", r#"line 1: the degree "much" is not a whole number"#),
        ("vertex,a,player,A\nedge,follow,a,b,1", r#"line 2: the edge refers to "b", which is not a vertex"#),
    ];
    for (text, expected) in cases {
        let message = Graph::parse(text).map_err(|error| error.to_string());
        assert_eq!(message.err().as_deref(), Some(expected), "{text:?}");
    }
}
