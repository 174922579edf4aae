"""Metered zones with leaks, simulated by EPANET through wntr: readings, and where it leaks."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from fangma.spatial.networks.graph import Network

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wntr

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

HEAD_M = 50.0
DEMAND = 0.02 / 1000  # cubic metres a second at each junction by night


@dataclass(frozen=True, kw_only=True)
class District:
    """Zones of a town: pipes and junctions as parts, one meter at the inlet of each zone."""

    network: Network
    length: NDArray[np.float64]
    resistance: NDArray[np.float64]
    pipes: dict[str, int]
    joints: dict[str, int]
    zone_of: dict[str, int]
    meters: dict[int, str]
    model: Any


def district(
    rng: np.random.Generator, *, zones: int = 2, joints: int = 14, loops: int = 0
) -> District:
    """Grow a random tree in each zone, with some loops closed, on a main from a reservoir."""
    model = wntr.network.WaterNetworkModel()
    model.options.hydraulic.headloss = "H-W"
    model.add_reservoir("R", base_head=HEAD_M)
    model.add_junction("M", base_demand=0.0, elevation=0.0)
    model.add_pipe("main", "R", "M", length=50.0, diameter=0.3, roughness=100)
    zone_of: dict[str, int] = {}
    meters: dict[int, str] = {}
    ends: dict[str, tuple[str, str]] = {"main": ("R", "M")}
    for zone in range(zones):
        names = [f"{zone}-{i}" for i in range(joints)]
        for name in names:
            model.add_junction(name, base_demand=DEMAND, elevation=0.0)
        meter = f"meter-{zone}"
        model.add_pipe(meter, "M", names[0], length=1.0, diameter=0.2, roughness=100)
        ends[meter] = ("M", names[0])
        meters[zone] = meter
        tree = nx.random_labeled_tree(joints, seed=int(rng.integers(1 << 30)))
        pairs = [tuple(sorted(edge)) for edge in nx.bfs_edges(tree, 0)]
        while len(pairs) < joints - 1 + loops:
            a, b = sorted(int(x) for x in rng.choice(joints, 2, replace=False))
            if (a, b) not in pairs:
                pairs.append((a, b))
        for a, b in pairs:
            pipe = f"p{zone}-{a}-{b}"
            size = float(rng.choice([0.05, 0.08, 0.1]))
            model.add_pipe(pipe, names[a], names[b], length=float(rng.uniform(20, 80)),
                           diameter=size, roughness=100)  # fmt: skip
            ends[pipe] = (names[a], names[b])
            zone_of[pipe] = zone
    return _as_network(model, ends, zone_of, meters)


def _as_network(
    model: Any, ends: dict[str, tuple[str, str]], zone_of: dict[str, int], meters: dict[int, str]
) -> District:
    pipes = {name: i for i, name in enumerate(ends)}
    joints = {
        name: len(pipes) + i
        for i, name in enumerate([*model.reservoir_name_list, *model.junction_name_list])
    }
    count = len(pipes) + len(joints)
    edges, flow = [], []
    for name, (a, b) in ends.items():
        known = name == "main" or name in meters.values()
        edges += [(joints[a], pipes[name]), (pipes[name], joints[b])]
        flow += [1, 1] if known else [0, 0]
    length, resistance = np.zeros(count), np.zeros(count)
    for name, row in pipes.items():
        pipe = model.get_link(name)
        length[row] = pipe.length
        resistance[row] = pipe.length / pipe.diameter**4.87
    nothing = np.zeros(count, dtype=bool)
    source = nothing.copy()
    source[joints["R"]] = True
    network = Network(
        count=count, edges=np.array(edges), flow=np.array(flow, dtype=np.int8),
        is_valve=nothing, ends_flow=nothing, is_source=source, is_drain=nothing,
    )  # fmt: skip
    return District(
        network=network, length=length, resistance=resistance, pipes=pipes, joints=joints,
        zone_of=zone_of, meters=meters, model=model,
    )  # fmt: skip


def readings(
    town: District, folder: Path, leak_at: str | None, leak: float = 2.0
) -> tuple[dict[str, float], dict[str, float]]:
    """Return flows in the meters (m3/h) and pressures at the junctions (m) by one simulation.

    Parameters
    ----------
    leak_at : str or None
        The junction beside the pipe that leaks.
    leak : float
        Cubic metres an hour, about.
    """
    for name in town.model.junction_name_list:
        town.model.get_node(name).emitter_coefficient = None
    if leak_at is not None:
        # EPANET: flow = coefficient * pressure^0.5, in SI here.
        node = town.model.get_node(leak_at)
        node.emitter_coefficient = leak / 3600 / HEAD_M**0.5
    town.model.options.time.duration = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = wntr.sim.EpanetSimulator(town.model).run_sim(file_prefix=str(folder / "leak"))
    flows = result.link["flowrate"].iloc[0]
    pressures = result.node["pressure"].iloc[0]
    return (
        {name: float(flows[name]) * 3600 for name in town.meters.values()},
        {name: float(pressures[name]) for name in town.model.junction_name_list},
    )
