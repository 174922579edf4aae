"""Tracing equals networkx on random directed networks."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from tests.spatial.networks.grids import random_network

from fangma.spatial.networks.graph import Network
from fangma.spatial.networks.tracing import cut_off, loops, orient, trace


def with_flow(network: Network, rng: np.random.Generator) -> Network:
    """Direct most joins, from sources outwards at random."""
    flow = rng.choice([-1, 0, 1], len(network.edges)).astype(np.int8)
    ends = rng.random(network.count) < 0.1
    return Network(
        count=network.count, edges=network.edges, flow=flow, is_valve=network.is_valve,
        ends_flow=ends, is_source=network.is_source, is_drain=network.is_drain,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_random_networks_are_traced_as_networkx_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = with_flow(random_network(rng), rng)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(network.count))
    for (a, b), flow in zip(network.edges.tolist(), network.flow.tolist(), strict=True):
        graph.add_edges_from([(a, b)] if flow >= 0 else [])
        graph.add_edges_from([(b, a)] if flow <= 0 else [])
    for start in range(0, network.count, 13):
        blocked = set(np.flatnonzero(network.ends_flow).tolist()) - {start}
        down, up = graph.copy(), graph.reverse()
        down.remove_edges_from([e for e in list(down.edges) if e[0] in blocked])
        up.remove_edges_from([e for e in list(up.edges) if e[0] in blocked])
        below, above = nx.descendants(down, start), nx.descendants(up, start)
        assert set(trace(network, start, "down").reached.tolist()) == below
        assert set(trace(network, start, "up").reached.tolist()) == above
        assert set(trace(network, start, "both").reached.tolist()) == below | above
        sources = set(np.flatnonzero(network.sources).tolist())
        assert set(trace(network, start, "up").sources.tolist()) == sources & (above | {start})


@pytest.mark.parametrize("seed", range(10))
def test_joins_without_direction_run_away_from_the_sources(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng, extra=0)
    graph = nx.Graph(network.edges.tolist())
    sources = set(np.flatnonzero(network.is_source).tolist())
    away = nx.multi_source_dijkstra_path_length(graph, sources)
    flow = orient(network)
    for (a, b), way in zip(network.edges.tolist(), flow.tolist(), strict=True):
        assert way == np.sign(away[b] - away[a])


@pytest.mark.parametrize("seed", range(10))
def test_joins_on_a_loop_are_those_that_are_no_bridge(seed: int) -> None:
    network = random_network(np.random.default_rng(seed))
    on_loop = set(loops(network).tolist())
    for row, (a, b) in enumerate(network.edges.tolist()):
        graph = nx.MultiGraph()
        graph.add_edges_from(e for i, e in enumerate(network.edges.tolist()) if i != row)
        assert (row in on_loop) == (
            graph.has_node(a) and graph.has_node(b) and nx.has_path(graph, a, b)
        )


def test_a_closed_valve_cuts_off_what_only_it_feeds() -> None:
    edges = np.array([(0, 1), (1, 2), (2, 3), (4, 5)])
    flags = np.zeros(6, dtype=bool)
    valve, source = flags.copy(), flags.copy()
    valve[1] = source[0] = True
    network = Network(
        count=6, edges=edges, flow=np.ones(4, dtype=np.int8), is_valve=valve,
        ends_flow=flags, is_source=flags, is_drain=flags,
    )  # fmt: skip
    assert cut_off(network, flags).tolist() == []
    assert cut_off(network, valve).tolist() == [2, 3]


def test_what_a_tank_still_feeds_is_not_cut_off_from_the_main() -> None:
    # main 0 - valve 1 - pipe 2 - tank 3
    flags = np.zeros(4, dtype=bool)
    valve, tank = flags.copy(), flags.copy()
    valve[1] = tank[3] = True
    network = Network(
        count=4, edges=np.array([(0, 1), (1, 2), (2, 3)]), flow=np.array([1, 0, 0], dtype=np.int8),
        is_valve=valve, ends_flow=flags, is_source=flags, is_drain=flags, is_store=tank,
    )  # fmt: skip
    assert cut_off(network, valve).tolist() == []
    assert cut_off(replace(network, is_store=None), valve).tolist() == [2, 3]
