"""Isolation equals what networkx and wntr say, on random networks and some drawn by hand."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from tests.spatial.networks.grids import fed, graph_of, random_network, segment_of

from fangma.spatial.networks.graph import Network
from fangma.spatial.networks.isolating import ValveSegments


def network_of(
    edges: list[tuple[int, int]],
    *,
    valves: set[int],
    sources: set[int],
    ends: frozenset[int] = frozenset(),
    tanks: frozenset[int] = frozenset(),
    flow: list[int] | None = None,
) -> Network:
    count = max(map(max, edges)) + 1
    return Network(
        count=count,
        edges=np.array(edges),
        flow=np.array([0] * len(edges) if flow is None else flow, dtype=np.int8),
        is_valve=np.isin(np.arange(count), list(valves)),
        ends_flow=np.isin(np.arange(count), list(ends)),
        is_source=np.isin(np.arange(count), list(sources)),
        is_drain=np.zeros(count, dtype=bool),
        is_store=np.isin(np.arange(count), list(tanks)),
    )


def none(network: Network) -> np.ndarray:
    return np.zeros(network.count, dtype=bool)


def test_only_the_valve_that_faces_the_source_is_closed() -> None:
    # source 0 - valve 1 - pipe 2 - valve 3 - pipe 4
    line = network_of([(0, 1), (1, 2), (2, 3), (3, 4)], valves={1, 3}, sources={0})
    segments = ValveSegments(line, working=line.is_valve, closed=none(line))
    found = segments.isolate(np.array([2]))
    assert found.best.valves.tolist() == [1]
    assert found.best.isolated.tolist() == [2, 3, 4]
    assert found.fewest is None


@pytest.mark.parametrize(
    ("flow", "valves"),
    [
        ([1, 0, 0, 0, 0, 0], [1, 3]),  # the main is known to feed, of the tank nobody says
        ([1, 1, 1, 1, 1, 1], [1]),  # the tank is filled from here: nothing runs back
        ([1, 1, 1, -1, -1, -1], [1, 3]),  # it feeds from the other side
    ],
)
def test_a_tank_is_closed_against_unless_it_is_only_filled(
    flow: list[int], valves: list[int]
) -> None:
    # main 0 - valve 1 - pipe 2 - valve 3 - pipe 4 - pipe 5 - tank 6
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]
    line = network_of(edges, valves={1, 3}, sources=set(), tanks=frozenset({6}), flow=flow)
    found = ValveSegments(line, working=line.is_valve, closed=none(line)).isolate(np.array([2]))
    assert found.possible
    assert sorted(found.best.valves.tolist()) == valves


def test_in_a_ring_both_valves_are_closed_and_nothing_else_goes_dry() -> None:
    # source 0 at 1; ring 1 - v2 - 3 - v4 - 5 - v6 - 1
    ring = network_of(
        [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 1)], valves={2, 4, 6}, sources={0}
    )
    found = ValveSegments(ring, working=ring.is_valve, closed=none(ring)).isolate(np.array([3]))
    assert sorted(found.best.valves.tolist()) == [2, 4]
    assert found.best.valves.tolist() == [2, 4]  # the one nearer to the source first
    assert found.best.isolated.tolist() == [3]


def test_a_stuck_valve_widens_the_segment_and_is_told() -> None:
    line = network_of([(0, 1), (1, 2), (2, 3), (3, 4)], valves={1, 3}, sources={0})
    working = line.is_valve.copy()
    working[3] = False
    found = ValveSegments(line, working=working, closed=none(line)).isolate(np.array([4]))
    assert found.best.valves.tolist() == [1]
    assert found.best.isolated.tolist() == [2, 3, 4]
    assert found.skipped.tolist() == [3]


def test_where_no_valve_stands_before_the_source_it_is_not_possible() -> None:
    line = network_of([(0, 1), (1, 2)], valves={2}, sources={0})
    found = ValveSegments(line, working=line.is_valve, closed=none(line)).isolate(np.array([1]))
    assert not found.possible
    assert found.best.valves.tolist() == []


def test_a_valve_that_is_to_be_replaced_is_shut_off_on_both_sides() -> None:
    line = network_of(
        [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)], valves={1, 3, 5}, sources={0}
    )
    segments = ValveSegments(line, working=line.is_valve, closed=none(line))
    assert segments.isolate(np.array([3])).best.valves.tolist() == [1]


def test_what_closed_valves_have_shut_off_needs_nothing_more() -> None:
    line = network_of([(0, 1), (1, 2), (2, 3)], valves={1}, sources={0})
    closed = line.is_valve.copy()
    found = ValveSegments(line, working=none(line), closed=closed).isolate(np.array([3]))
    assert found.possible
    assert found.best.valves.tolist() == []


def test_without_a_known_source_every_bounding_valve_is_closed() -> None:
    line = network_of([(0, 1), (1, 2), (2, 3), (3, 4)], valves={1, 3}, sources=set())
    found = ValveSegments(line, working=line.is_valve, closed=none(line)).isolate(np.array([2]))
    assert sorted(found.best.valves.tolist()) == [1, 3]


def test_a_tap_ends_the_pressure_so_that_its_drain_is_not_shut_off() -> None:
    # source 0 - valve 1 - pipe 2 - tap 3 - drain 4
    flow = network_of(
        [(0, 1), (1, 2), (2, 3), (3, 4)], valves={1}, sources={0}, ends=frozenset({3})
    )
    flow.flow[:] = 1
    found = ValveSegments(flow, working=flow.is_valve, closed=none(flow)).isolate(np.array([2]))
    assert found.best.isolated.tolist() == [2, 3]


@pytest.mark.parametrize("seed", range(25))
def test_random_networks_are_isolated_as_networkx_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    network = random_network(rng)
    working = network.is_valve & (rng.random(network.count) > 0.2)  # the others are stuck
    segments = ValveSegments(network, working=working, closed=none(network))
    graph = graph_of(network)
    sources = set(np.flatnonzero(network.sources).tolist())
    for target in np.flatnonzero(~network.is_valve)[::11].tolist():
        own = segment_of(network, working, none(network), target)
        bounds = {v for n in own for v in graph[n] if working[v]}
        outside = graph.copy()
        outside.remove_nodes_from(own)
        facing = {v for v in bounds if nx.node_connected_component(outside, v) & sources}
        found = segments.isolate(np.array([target]))
        if own & sources:
            assert not found.possible
            continue
        assert set(found.best.valves.tolist()) == facing
        dry = (fed(network, set()) - fed(network, facing) - facing) | own
        assert set(found.best.isolated.tolist()) == dry
        assert set(found.skipped.tolist()) == {
            v for v in own if network.is_valve[v] and not working[v]
        }
        if found.fewest is not None:
            chosen = set(found.fewest.valves.tolist())
            assert len(chosen) < len(facing)
            assert target not in fed(network, chosen)
        if len(facing) > 1:
            least = fewest_by_trying(network, working, target, len(facing))
            got = len(facing) if found.fewest is None else len(found.fewest.valves)
            assert got == least


def fewest_by_trying(network: Network, working: np.ndarray, target: int, most: int) -> int:
    """Count the fewest valves that keep a target dry, by maximum flow of networkx."""
    flow = nx.DiGraph()
    for node in range(network.count):
        flow.add_edge((node, 0), (node, 1), capacity=1 if working[node] else 1000)
    for a, b in network.edges.tolist():
        for x, y in itertools.permutations((a, b)):
            flow.add_edge((x, 1), (y, 0), capacity=1000)
    for source in np.flatnonzero(network.sources).tolist():
        flow.add_edge("source", (source, 0), capacity=1000)
    value = nx.maximum_flow_value(flow, "source", (target, 1))
    return min(most, int(value))


@pytest.mark.parametrize("seed", range(5))
def test_segments_are_those_of_wntr(seed: int) -> None:
    wntr = pytest.importorskip("wntr")
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(100 + seed)
    plan = nx.gnm_random_graph(14, 20, seed=seed)
    plan = plan.subgraph(max(nx.connected_components(plan), key=len))
    names = list(plan.edges)
    # wntr sets valves at an end of a pipe; here each is a node between joint and pipe.
    layer = [(f"P{i}", n) for i, e in enumerate(names) for n in e if rng.random() < 0.4]
    joints = {n: i for i, n in enumerate(plan.nodes)}
    edges, is_valve = [], [False] * (len(joints) + len(names))
    for i, ends in enumerate(names):
        for n in ends:
            if (f"P{i}", n) in layer:
                edges += [(joints[n], len(is_valve)), (len(is_valve), len(joints) + i)]
                is_valve.append(True)
            else:
                edges.append((joints[n], len(joints) + i))
    count = len(is_valve)
    ours = Network(
        count=count,
        edges=np.array(edges),
        flow=np.zeros(len(edges), dtype=np.int8),
        is_valve=np.array(is_valve),
        ends_flow=np.zeros(count, dtype=bool),
        is_source=np.zeros(count, dtype=bool),
        is_drain=np.zeros(count, dtype=bool),
    )
    multi = nx.MultiDiGraph()
    multi.add_nodes_from(f"N{n}" for n in plan.nodes)
    for i, (a, b) in enumerate(names):
        multi.add_edge(f"N{a}", f"N{b}", key=f"P{i}")
    table = pd.DataFrame([(p, f"N{n}") for p, n in layer], columns=["link", "node"])
    nodes, links, _ = wntr.metrics.topographic.valve_segments(multi, table)
    labels = ValveSegments(ours, working=ours.is_valve, closed=none(ours)).segment
    theirs = [int(nodes[f"N{n}"]) for n in plan.nodes] + [
        int(links[f"P{i}"]) for i in range(len(names))
    ]
    mine = labels[: len(theirs)].tolist()
    assert len(set(zip(mine, theirs, strict=True))) == len(set(mine)) == len(set(theirs))
