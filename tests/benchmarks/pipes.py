"""Measure questions about pipes: nearest, drill, isolation, and joins told anew.

    python tests/benchmarks/pipes.py [--segments 200000] [--edges 200000] [--json] [MODEL.ifc ...]
    python tests/benchmarks/pipes.py --drills 10000        play the drill oracle
    python tests/benchmarks/pipes.py --http [--segments N] ask a real server with a real database

The nearest five are checked against measuring everything in numpy, isolation against networkx, both
in the same run. For each model the joins are inferred as the file states them, with a fifth and
then all of the stated connections taken away, and without any ports; what the file states is truth.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from fangma.spatial.capsules import Solids, distances_to_point
from fangma.spatial.drilling import Accuracy, Drill, drill
from fangma.spatial.networks.graph import Network
from fangma.spatial.networks.isolating import ValveSegments
from fangma.spatial.networks.joining import SURE_FROM, infer_joins
from fangma.spatial.proximity import ProximityIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fangma.spatial.networks.joining import StatedJoin
    from fangma.spatial.networks.parts import Part


def timed(work: Callable[..., Any], *given: Any, **named: Any) -> tuple[Any, float]:
    """Run once; return the answer and milliseconds."""
    start = time.perf_counter()
    answer = work(*given, **named)
    return answer, (time.perf_counter() - start) * 1000


def percentiles(values: list[float]) -> dict[str, float]:
    """Return median and 95th percentile, ms."""
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3)}


def scattered(count: int, rng: np.random.Generator) -> Solids:
    """Lay pipes of usual lengths and sizes through a compound of 500 m by 500 m by 60 m."""
    start = rng.uniform([0, 0, -4], [500, 500, 56], (count, 3))
    axis = rng.integers(0, 3, count)
    end = start.copy()
    end[np.arange(count), axis] += rng.gamma(2.0, 1.0, count)
    radius = rng.choice([0.01, 0.02, 0.05, 0.1, 0.2], count)
    return Solids(
        start=start, end=end, radius=radius, half=np.zeros((count, 3)), owner=np.arange(count)
    )


def measure_near(count: int, rng: np.random.Generator) -> dict[str, Any]:
    """Compare the index with brute force."""
    solids = scattered(count, rng)
    index, build = timed(ProximityIndex, solids)
    points = rng.uniform([0, 0, 0], [500, 500, 50], (300, 3))
    ours, theirs, same = [], [], True
    for i, point in enumerate(points):
        found, ms = timed(index.near, point, count=5)
        ours.append(ms)
        if i < 20:
            distances, ms = timed(distances_to_point, solids, point)
            order, more = timed(np.argpartition, distances, 5)
            theirs.append(ms + more)
            same &= {each.owner for each in found} == set(order[:5].tolist())
    known = Accuracy(plan_m=np.full(count, 0.1), depth_m=np.full(count, 0.15))
    holes = []
    for point in points[:100]:
        hole = Drill(start=point, end=point + rng.normal(0, 0.5, 3), diameter_m=0.02)
        _, ms = timed(drill, index, known, hole, data_missing=False)
        holes.append(ms)
    return {
        "segments": count,
        "build_ms": round(build),
        "near": percentiles(ours),
        "brute_force": percentiles(theirs),
        "times_faster": round(float(np.median(theirs) / np.median(ours)), 1),
        "same_answer": bool(same),
        "drill": percentiles(holes),
    }


def town(count: int, rng: np.random.Generator) -> Network:
    """Make a grid of streets with pipes as nodes; a twentieth of all pipes is a valve."""
    side = int((count / 4) ** 0.5)
    joints = side * side
    numbers = np.arange(joints).reshape(side, side)
    links = np.concatenate(
        [
            np.stack([numbers[:, :-1].ravel(), numbers[:, 1:].ravel()], 1),
            np.stack([numbers[:-1].ravel(), numbers[1:].ravel()], 1),
        ]
    )
    pipes = joints + np.arange(len(links))
    edges = np.concatenate([np.stack([links[:, 0], pipes], 1), np.stack([pipes, links[:, 1]], 1)])
    total = joints + len(links)
    valves = np.zeros(total, dtype=bool)
    valves[pipes] = rng.random(len(links)) < 0.45
    sources = np.zeros(total, dtype=bool)
    sources[[0, joints - 1]] = True
    nothing = np.zeros(total, dtype=bool)
    return Network(
        count=total,
        edges=edges,
        flow=np.zeros(len(edges), dtype=np.int8),
        is_valve=valves,
        ends_flow=nothing,
        is_source=sources,
        is_drain=nothing,
    )


def by_networkx(graph: nx.Graph, network: Network, target: int) -> tuple[set[int], set[int]]:
    """Isolate by plain searches: segment, its valves, those that face a source, what goes dry."""
    valves = network.is_valve

    def spread(starts: list[int], shut: set[int]) -> set[int]:
        seen, pending = set(starts), list(starts)
        while pending:
            for other in graph[pending.pop()]:
                if other not in seen and other not in shut:
                    seen.add(other)
                    pending.append(other)
        return seen

    own, pending = {target}, [target]
    bounds: set[int] = set()
    while pending:
        for other in graph[pending.pop()]:
            if valves[other]:
                bounds.add(other)
            elif other not in own:
                own.add(other)
                pending.append(other)
    sources = [s for s in np.flatnonzero(network.sources).tolist() if s not in own]
    facing = bounds & spread(sources, own)
    dry = set(graph) - spread(sources, facing) - facing
    return facing, dry | own


def measure_isolation(count: int, rng: np.random.Generator) -> dict[str, Any]:
    """Compare with networkx."""
    network = town(count, rng)
    graph = nx.Graph()
    graph.add_nodes_from(range(network.count))
    graph.add_edges_from(network.edges.tolist())
    closed = np.zeros(network.count, dtype=bool)
    segments, build = timed(ValveSegments, network, working=network.is_valve, closed=closed)
    segments.isolate(np.array([1]), alternatives=False)  # the first asks for what is kept
    targets = rng.choice(np.flatnonzero(~network.is_valve), 60)
    ours, theirs, full, same = [], [], [], True
    for i, target in enumerate(targets.tolist()):
        where = np.array([target])
        found, ms = timed(segments.isolate, where, alternatives=False)
        ours.append(ms)
        if i < 15:
            _, ms = timed(segments.isolate, where)
            full.append(ms)
            (valves, dry), ms = timed(by_networkx, graph, network, target)
            theirs.append(ms)
            if found.possible:
                same &= set(found.best.valves.tolist()) == valves
                same &= set(found.best.isolated.tolist()) == dry
    return {
        "edges": len(network.edges),
        "build_ms": round(build),
        "isolate": percentiles(ours),
        "with_alternatives": percentiles(full),
        "networkx": percentiles(theirs),
        "times_faster": round(float(np.median(theirs) / np.median(ours)), 1),
        "same_answer": bool(same),
    }


def measure_joins(path: Path) -> list[dict[str, Any]]:
    """Infer the joins of a model with ever less told."""
    from fangma.bim_import.bodies import measure_bodies
    from fangma.bim_import.networks import network_parts
    from fangma.bim_import.opening import open_model
    from fangma.bim_import.reading import read_model
    from fangma.bim_import.shaping import shape_model

    model = read_model(open_model(path))
    shaped = shape_model(path)
    identity = (
        (1.0, 0.0, 0.0, 0.0),
        (0.0, 1.0, 0.0, 0.0),
        (0.0, 0.0, 1.0, 0.0),
        (0.0, 0.0, 0.0, 1.0),
    )
    pipes = frozenset(e.key for e in model.elements if e.kind == "pipe")
    bodies = measure_bodies(
        shaped.placements, identity, rooms=frozenset(), axes=shaped.axes, pipes=pipes
    )
    _, parts, stated = network_parts(model, shaped.placements, bodies, identity)
    _, bare, _ = network_parts(model, shaped.placements, bodies, identity, with_ports=False)
    truth = {tuple(sorted((s.first[0], s.second[0]))) for s in stated}
    cases: tuple[tuple[str, list[Part], list[StatedJoin]], ...] = (
        ("all connections", parts, stated),
        ("a fifth taken away", parts, [s for i, s in enumerate(stated) if i % 5]),
        ("no connections", parts, []),
        ("no ports", bare, []),
    )
    rows = []
    for name, given, kept in cases:
        joins, ms = timed(infer_joins, given, kept)
        sure = {(j.a, j.b) for j in joins if j.confidence >= SURE_FROM}
        rows.append(
            {
                "model": path.name,
                "told": name,
                "parts": len(parts),
                "truth": len(truth),
                "joins": len(sure),
                "found": len(sure & truth),
                "not_in_file": len(sure - truth),
                "ms": round(ms),
            }
        )
    return rows


def measure_drills(count: int) -> Iterator[dict[str, Any]]:
    """Play random holes and pits against layouts thrown from what the data allow."""
    from drill_oracle import LAYOUTS, play  # type: ignore[import-not-found]  # path set above

    for pits in (False, True):
        for correlated in (False, True):
            number = count if not pits else count // 10
            cpu = time.process_time()
            score = play(number, np.random.default_rng(7), correlated=correlated, pits=pits)
            yield {
                "what": "pits" if pits else "holes",
                "errors": "one for all" if correlated else "each its own",
                "asked": number,
                "layouts_each": LAYOUTS,
                "green": score.greens,
                "hit_share_of_green": round(score.greens_hit / max(1, score.greens), 6),
                "worst_green": score.worst,
                "green_without_data": score.green_without_data,
                "red_turned_green": score.red_turned_green,
                "cpu_s": round(time.process_time() - cpu, 1),
            }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--segments", type=int, default=200_000)
    parser.add_argument("--edges", type=int, default=200_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--drills", type=int)
    parser.add_argument("--http", action="store_true")
    arguments = parser.parse_args()
    if arguments.drills or arguments.http:
        sys.path.insert(0, str(Path(__file__).parents[1] / "spatial"))
        if arguments.drills:
            table = measure_drills(arguments.drills)
        else:
            from pipes_http import measure_http  # type: ignore[import-not-found]  # beside this

            table = measure_http(arguments.segments)
        for row in table:
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()
        return
    rng = np.random.default_rng(1)
    result: dict[str, Any] = {
        "near": measure_near(arguments.segments, rng),
        "isolation": measure_isolation(arguments.edges, rng),
        "joins": [row for path in arguments.models for row in measure_joins(path)],
    }
    if arguments.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return
    for name in ("near", "isolation"):
        sys.stdout.write(f"{name}: {json.dumps(result[name])}\n")
    for row in result["joins"]:
        sys.stdout.write("\t".join(map(str, row.values())) + "\n")


if __name__ == "__main__":
    main()
