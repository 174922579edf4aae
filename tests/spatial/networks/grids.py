"""Random networks of pipes, valves and sources, and the answers of networkx."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np

from fangma.spatial.networks.graph import Network


def random_network(rng: np.random.Generator, *, joints: int = 40, extra: int = 8) -> Network:
    """Make a tree with some loops; every pipe is a node, some joints carry a valve."""
    edges: list[tuple[int, int]] = []
    is_valve = [False] * joints
    links = [(int(rng.integers(0, i)), i) for i in range(1, joints)]
    pairs = (rng.choice(joints, 2, replace=False).tolist() for _ in range(extra))
    links += [(a, b) for a, b in pairs]
    for a, b in links:
        chain = [a]
        for wanted in (rng.random() < 0.35, False, rng.random() < 0.35):
            chain.append(len(is_valve))
            is_valve.append(bool(wanted))
        chain.append(b)
        edges += list(itertools.pairwise(chain))
    count = len(is_valve)
    sources = np.zeros(count, dtype=bool)
    sources[rng.choice(joints, 2, replace=False)] = True
    return Network(
        count=count,
        edges=np.array(edges, dtype=np.int64),
        flow=np.zeros(len(edges), dtype=np.int8),
        is_valve=np.array(is_valve),
        ends_flow=np.zeros(count, dtype=bool),
        is_source=sources,
        is_drain=np.zeros(count, dtype=bool),
    )


def graph_of(network: Network) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(network.count))
    graph.add_edges_from(network.edges.tolist())
    return graph


def segment_of(network: Network, working: np.ndarray, closed: np.ndarray, target: int) -> set[int]:
    """Return the valve segment of a part, by networkx."""
    graph = graph_of(network)
    graph.remove_nodes_from(np.flatnonzero(working | closed).tolist())
    return set(nx.node_connected_component(graph, target))


def fed(network: Network, shut: set[int]) -> set[int]:
    """Return what some source reaches, by networkx."""
    graph = graph_of(network)
    graph.remove_nodes_from(shut)
    reached: set[int] = set()
    for source in np.flatnonzero(network.sources).tolist():
        if source in graph:
            reached |= nx.node_connected_component(graph, source)
    return reached
