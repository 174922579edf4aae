"""Joins told from geometry: end to end, end to side, through bodies, never across systems."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import trimesh

from fangma.spatial.networks.joining import SURE_FROM, Join, StatedJoin, infer_joins
from fangma.spatial.networks.parts import Part, PortEnd, axis_of_body


def pipe(*points: tuple[float, float, float], radius: float = 0.05, system: str = "JS") -> Part:
    return Part(kind="pipe", system=system, axis=np.array(points, dtype=float), radius=radius)


def body(kind: str, mesh: trimesh.Trimesh, system: str | None = "JS") -> Part:
    return Part(kind=kind, system=system, triangles=np.asarray(mesh.triangles, dtype=float))


def pairs(joins: list[Join]) -> set[tuple[int, int]]:
    return {(join.a, join.b) for join in joins if join.confidence >= SURE_FROM}


def moved(mesh: trimesh.Trimesh, *by: float) -> trimesh.Trimesh:
    mesh.apply_translation(by)
    return mesh


def test_pipes_that_meet_end_to_end_are_joined() -> None:
    joins = infer_joins([pipe((0, 0, 0), (1, 0, 0)), pipe((1.01, 0, 0), (2, 0, 0))])
    assert pairs(joins) == {(0, 1)}
    assert joins[0].method == "end"


def test_pipes_that_end_side_by_side_are_not() -> None:
    # Two risers that stop at one ceiling.
    joins = infer_joins(
        [pipe((0, 0, 0), (0, 0, 3), radius=0.1), pipe((0.06, 0, 0), (0.06, 0, 3), radius=0.1)]
    )
    assert pairs(joins) == set()


def test_pipes_that_only_cross_are_not_joined() -> None:
    assert infer_joins([pipe((-1, 0, 0), (1, 0, 0)), pipe((0, -1, 0), (0, 1, 0))]) == []


def test_a_branch_that_runs_into_the_side_of_a_pipe_is_joined() -> None:
    joins = infer_joins([pipe((0, 0, 0), (4, 0, 0)), pipe((2, 0.05, 0), (2, 1, 0), radius=0.02)])
    assert pairs(joins) == {(0, 1)}
    assert joins[0].method == "side"


def test_two_systems_are_never_joined_without_a_device() -> None:
    cold, hot = pipe((0, 0, 0), (1, 0, 0)), pipe((1, 0, 0), (2, 0, 0), system="RS")
    assert infer_joins([cold, hot]) == []
    unknown = Part(kind="fitting", system=None, triangles=_box(0.1, 1.0, 0.0, 0.0))
    # A fitting of no known system takes that of its surest neighbour, and bridges none.
    assert len(pairs(infer_joins([cold, hot, unknown]))) == 1
    heater = Part(kind="device", system="RL", triangles=_box(0.4, 1.2, 0.0, 0.0))
    assert pairs(infer_joins([cold, pipe((1.4, 0, 0), (2, 0, 0), system="RS"), heater])) == {
        (0, 2),
        (1, 2),
    }


def _box(size: float, x: float, y: float, z: float) -> np.ndarray:
    mesh = trimesh.creation.box((size, size, size))
    return np.asarray(moved(mesh, x, y, z).triangles, dtype=float)


def test_pipes_are_joined_through_an_elbow_without_ports() -> None:
    # Two short cylinders that meet at the corner stand for the elbow.
    a = trimesh.creation.cylinder(0.06, segment=[(0.9, 0, 0), (1, 0, 0)])
    b = trimesh.creation.cylinder(0.06, segment=[(1, 0, 0), (1, 0.1, 0)])
    joined = trimesh.util.concatenate([a, b])
    assert isinstance(joined, trimesh.Trimesh)
    parts = [
        pipe((0, 0, 0), (0.9, 0, 0)),
        pipe((1, 0.1, 0), (1, 1, 0)),
        body("fitting", joined),
    ]
    assert pairs(infer_joins(parts)) == {(0, 2), (1, 2)}


def test_a_port_that_stands_in_two_connections_keeps_the_partner_that_is_there() -> None:
    def ported(x: float) -> Part:
        return Part(
            kind="fitting",
            system="JS",
            ports=(PortEnd(position=np.array([x, 0.0, 0.0]), flow=None),),
        )

    stated = [StatedJoin(first=(0, 0), second=(1, 0)), StatedJoin(first=(0, 0), second=(2, 0))]
    joins = infer_joins([ported(0.0), ported(0.0), ported(3.0)], stated)
    assert {(j.a, j.b): j.confidence for j in joins} == {(0, 1): 1.0}


def test_the_flow_of_ports_is_the_flow_of_the_join() -> None:
    def ended(flow: str, x: float) -> Part:
        port = PortEnd(position=np.array([1.0, 0.0, 0.0]), flow=flow)  # type: ignore[arg-type]
        return Part(
            kind="pipe", system="JS", axis=np.array([[x, 0, 0], [1, 0, 0]], dtype=float),
            radius=0.05, ports=(port,),
        )  # fmt: skip

    (join,) = infer_joins([ended("in", 0.0), ended("out", 2.0)])
    assert (join.a, join.b, join.flow, join.method) == (0, 1, -1, "port")


def test_joins_between_files_are_sought_without_repeating_those_inside() -> None:
    mine = [pipe((0, 0, 0), (1, 0, 0)), pipe((1, 0, 0), (2, 0, 0))]
    other = Part(
        kind="pipe", system="JS", axis=np.array([[2.1, 0, 0], [9, 0, 0]]), radius=0.05,
        slack_m=0.2, group=1,
    )  # fmt: skip
    assert pairs(infer_joins([*mine, other], between_groups_only=True)) == {(1, 2)}


@pytest.mark.parametrize("way", list(itertools.product((-1, 0.3, 2), repeat=2)))
def test_the_axis_of_a_duct_is_told_from_its_body(way: tuple[float, float]) -> None:
    end = np.array([*way, 1.0])
    mesh = trimesh.creation.box((0.4, 0.2, float(np.linalg.norm(end))))
    turn = trimesh.geometry.align_vectors([0, 0, 1], end / np.linalg.norm(end))
    mesh.apply_transform(turn)
    mesh.apply_translation(end / 2 + 5.0)
    found = axis_of_body(np.asarray(mesh.triangles))
    assert found is not None
    axis, half = found
    expected = np.array([[5.0, 5.0, 5.0], end + 5.0])
    assert np.allclose(axis, expected, atol=1e-6) or np.allclose(axis[::-1], expected, atol=1e-6)
    assert 0.2 - 1e-6 <= half <= 0.2236068 + 1e-6


def test_a_lattice_is_found_again_in_any_order() -> None:
    """Random runs on a lattice, each with a gap at its ends; order and direction do not matter."""
    rng = np.random.default_rng(3)
    nodes = rng.integers(0, 4, (40, 3)).astype(float)
    edges = {
        tuple(sorted((tuple(a), tuple(np.roll((1.0, 0, 0), k) + a))))
        for a, k in zip(nodes, rng.integers(0, 3, 40), strict=True)
    }
    runs = sorted(edges)
    truth = {
        (i, j) for (i, a), (j, b) in itertools.combinations(enumerate(runs), 2) if set(a) & set(b)
    }
    parts = []
    for a, b in runs:
        start, end = np.array(a), np.array(b)
        trim = (end - start) * rng.uniform(0.0, 0.004, 2)[:, None]
        ends = np.array([start + trim[0], end - trim[1]])
        parts.append(pipe(*map(tuple, ends[:: rng.choice([1, -1])]), radius=0.03))
    assert pairs(infer_joins(parts)) == truth


def _arms(centre: tuple[float, float, float], *ways: tuple[int, int, int]) -> np.ndarray:
    """Make a fitting of short cylinders from its middle."""
    start = np.array(centre, dtype=float)
    arms = [
        trimesh.creation.cylinder(0.055, segment=[start, start + 0.1 * np.array(way)])
        for way in ways
    ]
    return np.concatenate([np.asarray(arm.triangles, dtype=float) for arm in arms])


def test_pipes_drawn_to_the_middle_of_a_valve_meet_only_through_it() -> None:
    valve = Part(kind="valve", system="JS", triangles=_arms((1, 0, 0), (-1, 0, 0), (1, 0, 0)))
    joins = infer_joins([pipe((0, 0, 0), (1, 0, 0)), pipe((1, 0, 0), (2, 0, 0)), valve])
    assert pairs(joins) == {(0, 2), (1, 2)}


def test_an_opening_without_a_port_is_joined_by_its_body() -> None:
    tee = Part(
        kind="fitting",
        system="JS",
        triangles=_arms((1, 0, 0), (-1, 0, 0), (1, 0, 0), (0, 1, 0)),
        ports=(PortEnd(position=np.array([0.9, 0, 0])), PortEnd(position=np.array([1.1, 0, 0]))),
    )
    run = [pipe((0, 0, 0), (0.9, 0, 0)), pipe((1.1, 0, 0), (2, 0, 0)), pipe((1, 0.1, 0), (1, 2, 0))]
    assert pairs(infer_joins([*run, tee])) == {(0, 3), (1, 3), (2, 3)}
    # Where it has a port, that says what is joined: a second pipe that ends there is not.
    beside = pipe((0.9, 0.03, 0), (0, 1, 0))
    assert (3, 4) not in pairs(infer_joins([*run, tee, beside]))


def test_a_valve_on_the_third_mouth_of_a_tee_is_joined_and_one_that_lies_beside_is_not() -> None:
    run = [pipe((0, 0, 0), (0.9, 0, 0)), pipe((1.1, 0, 0), (2, 0, 0))]
    tee = Part(
        kind="fitting",
        system="JS",
        triangles=_arms((1, 0, 0), (-1, 0, 0), (1, 0, 0), (0, 1, 0)),
    )
    on = Part(kind="valve", system="JS", triangles=_arms((1, 0.2, 0), (0, -1, 0), (0, 1, 0)))
    assert (2, 3) in pairs(infer_joins([*run, tee, on]))
    beside = Part(kind="valve", system="JS", triangles=_arms((1, 0, 0.112), (-1, 0, 0), (1, 0, 0)))
    far = [pipe((0, 0, 0.112), (0.9, 0, 0.112)), pipe((1.1, 0, 0.112), (2, 0, 0.112))]
    assert (2, 3) not in pairs(infer_joins([*run, tee, beside, *far]))


def test_a_mouth_may_stop_three_centimetres_short_of_what_it_points_at() -> None:
    thin = 0.01
    fitting = Part(kind="fitting", system="JS", triangles=_arms((1, 0, 0), (-1, 0, 0), (0, 1, 0)))
    short = pipe((0, 0, 0), (0.871, 0, 0), radius=thin)
    assert pairs(infer_joins([short, fitting])) == {(0, 1)}
    beside = pipe((0, -0.084, 0), (0.9, -0.084, 0), radius=thin)  # as far, and points past it
    assert pairs(infer_joins([beside, fitting])) == set()
    main = pipe((1, -1, 0), (1, 1, 0), radius=0.02)
    assert pairs(infer_joins([pipe((0, 0, 0), (0.951, 0, 0), radius=thin), main])) == {(0, 1)}
    assert pairs(infer_joins([pipe((0, 0, 0), (0.93, 0, 0), radius=thin), main])) == set()


def test_a_pipe_that_ends_inside_a_tank_feeds_it_and_one_that_runs_through_does_not() -> None:
    tank = Part(kind="device", system="JS", triangles=_box(1.0, 1.0, 0.0, 0.0))
    through = pipe((1, -2, 0.2), (1, 2, 0.2))
    assert pairs(infer_joins([pipe((-1, 0, 0), (0.7, 0, 0)), tank, through])) == {(0, 1)}
