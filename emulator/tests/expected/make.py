"""Computes the expected results for the sample graph with other tools.

    pip install networkx==3.6.1 numpy==2.4.6 scipy==1.17.1
    python make.py > basketballplayer.txt

Each line of the output is: case, a tab, and the fields of one row separated by commas.
"""

import pathlib

import networkx as nx
import numpy as np

DATA = pathlib.Path(__file__).parents[2] / "src" / "engine" / "basketballplayer.csv"


def read():
    graph = nx.MultiDiGraph()
    for line in DATA.read_text().splitlines():
        fields = line.split(",")
        if fields[0] == "vertex":
            graph.add_node(fields[1])
        elif fields[0] == "edge":
            graph.add_edge(fields[2], fields[3])
    return graph


def undirected_copy(graph):
    result = graph.copy()
    result.add_edges_from((b, a) for a, b in graph.edges())
    return result


def page_rank(graph, damping):
    """The fixed point r = (1 - d) + d * M r, solved as a linear system."""
    vertices = sorted(graph)
    out = dict(graph.out_degree())
    place = {vertex: i for i, vertex in enumerate(vertices)}
    matrix = np.zeros((len(vertices), len(vertices)))
    for a, b in graph.edges():
        matrix[place[b], place[a]] += 1 / out[a]
    identity = np.eye(len(vertices))
    ranks = np.linalg.solve(identity - damping * matrix, np.full(len(vertices), 1 - damping))
    return dict(zip(vertices, ranks))


def check_page_rank(graph, damping):
    """networkx's ranks are ours up to a factor: distributing the rank of dangling vertices evenly
    only increases the constant term."""
    ours = page_rank(graph, damping)
    theirs = nx.pagerank(graph, alpha=damping, tol=1e-14, max_iter=10_000)
    total = sum(ours.values())
    assert all(abs(ours[v] / total - theirs[v]) < 1e-9 for v in ours)
    return ours


def sampled_closeness(graph, count):
    """The inverse of the mean distance to the reachable ones among the first `count` vertices."""
    samples = sorted(graph)[:count]
    for vertex in graph:
        distances = nx.single_source_shortest_path_length(graph, vertex)
        reached = [distances[s] for s in samples if s != vertex and s in distances]
        yield vertex, 1 / np.mean(reached) if reached else 0.0


def show(case, rows):
    for row in sorted(rows):
        fields = (f"{x:.6f}" if isinstance(x, float) else str(x) for x in row)
        print(f"{case}\t{','.join(fields)}")


def closeness(graph):
    # networkx uses distances to the vertex, the engine those from it.
    values = nx.closeness_centrality(nx.DiGraph(graph).reverse(), wf_improved=False)
    return ((v, float(x)) for v, x in values.items())


def neighbourhood(graph, start, steps):
    """The players within `steps` `follow` edges of `start`, their teams, and the edges between them."""
    player = lambda vertex: vertex.startswith("player")
    follows = graph.subgraph(v for v in graph if player(v))
    players = nx.single_source_shortest_path_length(follows, start, cutoff=steps)
    teams = {b for a, b in graph.edges() if a in players and not player(b)}
    return graph.subgraph(set(players) | teams)


def iterated_page_rank(graph, iterations, eps):
    """The ranks after `iterations` iterations, or after one that changes no rank by `eps` or more."""
    vertices = sorted(graph)
    transposed = nx.to_numpy_array(graph, nodelist=vertices, multigraph_weight=sum, weight=None).T
    out = transposed.sum(axis=0)
    matrix = transposed / np.where(out == 0, 1, out)
    ranks = np.ones(len(vertices))
    for _ in range(iterations):
        before, ranks = ranks, 0.15 + 0.85 * (matrix @ ranks)
        if np.abs(ranks - before).max() < eps:
            break
    return dict(zip(vertices, map(float, ranks)))


directed = read()
undirected = undirected_copy(directed)
simple = nx.Graph(directed)

show("page_rank directed", check_page_rank(directed, 0.85).items())
show("page_rank undirected", check_page_rank(undirected, 0.85).items())
show("page_rank damping 0.5", check_page_rank(directed, 0.5).items())
show("k_core", nx.core_number(simple).items())
show(
    "degree directed",
    ((v, directed.degree(v), directed.out_degree(v), directed.in_degree(v)) for v in directed),
)
show("degree out", directed.out_degree())
show("degree in", directed.in_degree())
show("closeness directed", closeness(directed))
show("closeness undirected", closeness(undirected))
show("closeness sampled", ((v, float(x)) for v, x in sampled_closeness(directed, 10)))
show(
    "sssp",
    ((v, float(d)) for v, d in nx.single_source_dijkstra_path_length(directed, "player120").items()),
)
show("bfs directed", [("player120", len(nx.descendants(directed, "player120")) + 1)])
show("bfs undirected", [("player120", len(nx.descendants(undirected, "player120")) + 1)])
show(
    "connected_component",
    ((v, min(component)) for component in nx.weakly_connected_components(directed) for v in component),
)
show("triangles total", [(sum(nx.triangles(simple).values()) // 3,)])
show("triangles per vertex", nx.triangles(simple).items())
show("triangles list", (sorted(c) for c in nx.enumerate_all_cliques(simple) if len(c) == 3))

around_duncan = neighbourhood(directed, "player100", 3)
show(
    "workflow query",
    ((a, b, "serve" if b.startswith("team") else "follow") for a, b in around_duncan.edges()),
)
show("workflow pagerank", iterated_page_rank(around_duncan, 10, 0.0001).items())
