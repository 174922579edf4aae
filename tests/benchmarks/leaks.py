"""Find leaks that EPANET simulates: which share has its pipe among the first 1, 5, 10, by gauges.

    python tests/benchmarks/leaks.py [--leaks 12] [--joints 40] [--json]

Each pipe is a valve segment of its own. Roughness of every pipe is off by a fifth, gauges by 0.1 m,
use at every junction by a third, and nobody tells. Beside it what one does without a model: look
first at the pipes nearest to the gauge whose pressure fell the most; and at the longest first.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

from fangma.spatial.networks.graph import directed
from fangma.spatial.networks.leak_places import Pressure
from fangma.spatial.networks.leaking import Meter, find_leaks

sys.path.insert(0, str(Path(__file__).parents[1] / "spatial" / "networks"))
from leak_truth import DEMAND, District, district, readings  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Sequence

AMONG = (1, 5, 10)
GAUGE_SIGMA_M = 0.1


def disturb(town: District, rng: np.random.Generator) -> None:
    """Give the simulated town what nobody knows: another roughness, another use."""
    for name in town.pipes:
        town.model.get_link(name).roughness = float(110.0 * np.exp(rng.normal(0, 0.2)))
    for name in town.model.junction_name_list:
        if name != "M":
            node = town.model.get_node(name)
            node.demand_timeseries_list[0].base_value = DEMAND * float(rng.uniform(0.67, 1.33))


def rank(
    town: District,
    gauges: Sequence[str],
    folder: Path,
    usual: tuple[dict[str, float], dict[str, float]],
    leak_at: str,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Return by method how many pipes are looked at before the one that leaks is."""
    flows, pressures = readings(town, folder, leak_at)
    told = [
        Pressure(
            part=town.joints[name],
            now=pressures[name] + float(rng.normal(0, GAUGE_SIGMA_M)),
            usual=usual[1][name],
        )
        for name in gauges
    ]
    cpu = time.process_time()
    found = find_leaks(
        town.network, town.length,
        meters=[
            Meter(part=town.pipes[name], flow=flows[name], usual=usual[0][name])
            for name in town.meters.values()
        ],
        pressures=told, resistance=town.resistance, count=town.network.count,
    )  # fmt: skip
    cpu = time.process_time() - cpu
    rows = {row: name for name, row in town.pipes.items() if town.zone_of.get(name) == 0}
    right = {
        row
        for row, name in rows.items()
        if leak_at in {town.model.get_link(name).start_node_name,
                       town.model.get_link(name).end_node_name}
    }  # fmt: skip
    by_model = [suspect.part for suspect in found.suspects if suspect.part in rows]
    longest = sorted(rows, key=lambda row: -town.length[row])
    nearest = longest
    if told:
        start = max(told, key=lambda each: each.usual - each.now).part
        edges = np.concatenate([town.network.edges, town.network.edges[:, ::-1]])
        matrix = directed(edges, town.network.count).astype(np.float64)
        away = dijkstra(matrix, indices=[start], unweighted=True)[0]
        nearest = sorted(rows, key=lambda row: (away[row], -town.length[row]))
    pipes = np.array(sorted(rows))
    mass = found.probability[pipes] / max(found.probability[pipes].sum(), 1e-300)
    order = np.argsort(-mass)
    inside = order[: int(np.searchsorted(np.cumsum(mass[order]), 0.8)) + 1]
    return {
        "model": next(i for i, row in enumerate(by_model) if row in right),
        "nearest": next(i for i, row in enumerate(nearest) if row in right),
        "longest": next(i for i, row in enumerate(longest) if row in right),
        "held": bool(right & set(pipes[inside].tolist())),
        "held_of": len(inside),
        "cpu": cpu,
    }


def measure(leaks: int, joints: int) -> list[dict[str, Any]]:
    """Play trees and looped zones with few and many gauges."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for loops in (0, joints // 6):
            rng = np.random.default_rng(11)
            played: dict[int, list[dict[str, Any]]] = {}
            for _ in range(max(1, leaks // 4)):
                town = district(rng, zones=1, joints=joints, loops=loops)
                disturb(town, rng)
                usual = readings(town, Path(folder), None)
                names = [f"0-{i}" for i in rng.permutation(np.arange(1, joints))]
                for leak_at in [f"0-{i}" for i in rng.choice(np.arange(1, joints), 4, False)]:
                    for gauges in (0, 1, joints // 8, joints // 4):
                        one = rank(town, names[:gauges], Path(folder), usual, leak_at, rng)
                        played.setdefault(gauges, []).append(one)
            for gauges, ones in played.items():
                row: dict[str, Any] = {
                    "zone": f"{joints} junctions, {loops} loops",
                    "gauges": gauges,
                    "leaks": len(ones),
                }
                for method in ("model", "nearest", "longest"):
                    places = np.array([one[method] for one in ones])
                    row[method] = [round(float((places < k).mean()), 2) for k in AMONG]
                row["in_80_percent"] = round(float(np.mean([one["held"] for one in ones])), 2)
                row["pipes_in_it"] = float(np.median([one["held_of"] for one in ones]))
                row["cpu_ms"] = round(1000 * float(np.median([one["cpu"] for one in ones])))
                rows.append(row)
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--leaks", type=int, default=12)
    parser.add_argument("--joints", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    table = measure(arguments.leaks, arguments.joints)
    if arguments.json:
        sys.stdout.write(json.dumps(table, indent=2) + "\n")
        return
    for row in table:
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
