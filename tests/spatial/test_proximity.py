"""Nearest things equal those of measuring everything."""

from __future__ import annotations

import numpy as np
import pytest

from fangma.spatial.capsules import Solids, distances_to_point, nearest_between
from fangma.spatial.proximity import ProximityIndex


def compound(rng: np.random.Generator, count: int) -> Solids:
    """Scatter pipes of very different lengths and radii, and some boxes."""
    axes: list[np.ndarray | None] = []
    boxes: list[tuple[float, float, float, float, float, float] | None] = []
    radii: list[float] = []
    for i in range(count):
        start = rng.uniform(0, 60, 3)
        if i % 7 == 0:
            size = rng.uniform(0.05, 3.0, 3)
            axes.append(None)
            (x0, y0, z0), (x1, y1, z1) = start.tolist(), (start + size).tolist()
            boxes.append((x0, y0, z0, x1, y1, z1))
        else:
            steps = rng.normal(0, rng.choice([0.1, 2.0, 20.0]), (rng.integers(1, 4), 3))
            axes.append(np.vstack([start, start + np.cumsum(steps, axis=0)]))
            boxes.append(None)
        radii.append(float(rng.choice([0.01, 0.1, 1.5])))
    return Solids.gather(axes, radii, boxes)


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_are_those_of_measuring_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    solids = compound(rng, 300)
    index = ProximityIndex(solids)
    for point in rng.uniform(-10, 70, (40, 3)):
        distances = distances_to_point(solids, point)
        best = np.full(int(solids.owner.max()) + 1, np.inf)
        np.minimum.at(best, solids.owner, distances)
        order = np.lexsort((np.arange(len(best)), best))[:5]
        found = index.near(point, count=5)
        assert [each.owner for each in found] == order.tolist()
        assert [each.distance_m for each in found] == pytest.approx(best[order].tolist())
        close = index.near(point, count=1000, within_m=4.0)
        assert {each.owner for each in close} == set(np.flatnonzero(best <= 4.0).tolist())


def test_nothing_near_an_empty_network() -> None:
    assert ProximityIndex(Solids.gather([], [], [])).near(np.zeros(3)) == []


@pytest.mark.parametrize("seed", range(4))
def test_the_distance_between_lines_is_that_of_many_points_on_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    solids = compound(rng, 30)
    start, end = rng.uniform(0, 60, (2, 3))
    distances, normals = nearest_between(solids, start, end)
    share = np.linspace(0.0, 1.0, 601)[:, None]
    on_line = start + share * (end - start)
    for row in range(len(solids)):
        on_axis = solids.start[row] + np.linspace(0.0, 1.0, 151)[:, None] * (
            solids.end[row] - solids.start[row]
        )
        off = np.abs(on_line[:, None] - on_axis[None]) - solids.half[row]
        sampled = float(np.linalg.norm(np.maximum(off, 0.0), axis=2).min())
        assert distances[row] <= sampled + 1e-6
        assert distances[row] >= sampled - 0.2
    length = np.linalg.norm(normals, axis=1)
    assert np.allclose(length[distances > 0], 1.0)


def test_what_may_lie_along_a_line_misses_nothing() -> None:
    rng = np.random.default_rng(5)
    solids = compound(rng, 300)
    start, end = rng.uniform(0, 60, (2, 3))
    distances, _ = nearest_between(solids, start, end)
    expected = np.flatnonzero(distances - solids.radius <= 2.0)
    assert ProximityIndex(solids).along(start, end, 2.0).tolist() == expected.tolist()
