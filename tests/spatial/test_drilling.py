"""Drilling against chance: what is green is free, and worse data never turn red to green."""

from __future__ import annotations

import numpy as np
import pytest

from fangma.spatial.capsules import Solids, nearest_between
from fangma.spatial.drilling import Accuracy, Drill, drill
from fangma.spatial.proximity import ProximityIndex

RANK = {"green": 0, "unknown": 1, "amber": 2, "red": 3}


def straight(radius: float = 0.05, height: float = 0.0) -> ProximityIndex:
    """Lay one pipe along x."""
    axis = np.array([[-5.0, 0.0, height], [5.0, 0.0, height]])
    return ProximityIndex(Solids.gather([axis], [radius], [None]))


def accuracy(count: int, plan: float, depth: float) -> Accuracy:
    return Accuracy(plan_m=np.full(count, plan), depth_m=np.full(count, depth))


def hole(y: float, diameter: float = 0.02) -> Drill:
    """Drill down beside the pipe."""
    start = np.array([0.0, y, 1.0])
    return Drill(start=start, end=start - [0.0, 0.0, 2.0], diameter_m=diameter)


def test_a_hole_through_a_pipe_is_red_however_well_it_is_known() -> None:
    for sigma in (0.0, 0.01, 0.5):
        found = drill(straight(), accuracy(1, sigma, sigma), hole(0.0), data_missing=False)
        assert found.verdict == "red"
        assert found.items[0].clearance_m == pytest.approx(-0.06)


def test_the_probability_is_that_of_the_normal_distribution_across_the_pipe() -> None:
    # A long hole beside a long pipe: only the offset across both counts.
    from scipy.stats import norm

    found = drill(straight(), accuracy(1, 0.1, 0.2), hole(0.2), data_missing=False)
    expected = norm.cdf((-0.2 + 0.06) / 0.1) - norm.cdf((-0.2 - 0.06) / 0.1)
    assert found.items[0].hit_probability == pytest.approx(expected, abs=0.005)
    assert found.items[0].clearance_m == pytest.approx(0.14)
    assert found.items[0].uncertainty_m == pytest.approx(0.1)
    assert found.verdict == "amber"


def test_nothing_is_green_where_data_are_missing() -> None:
    far = hole(50.0)
    assert drill(straight(), accuracy(1, 0.1, 0.1), far, data_missing=False).verdict == "green"
    assert drill(straight(), accuracy(1, 0.1, 0.1), far, data_missing=True).verdict == "unknown"
    near = hole(0.5)
    unknown = accuracy(1, np.nan, np.nan)
    assert drill(straight(), unknown, near, data_missing=False).verdict == "unknown"


def test_the_place_told_instead_is_green_and_parallel() -> None:
    index, known = straight(), accuracy(1, 0.05, 0.05)
    found = drill(index, known, hole(0.0), data_missing=False)
    assert found.instead is not None
    start, end = found.instead
    assert np.allclose(end - start, [0.0, 0.0, -2.0])
    other = Drill(start=start, end=end, diameter_m=0.02)
    assert drill(index, known, other, data_missing=False).verdict == "green"
    assert np.linalg.norm(start - hole(0.0).start) < 0.06 + 2.33 * 0.05 + 0.06


def test_more_uncertainty_never_turns_red_to_green() -> None:
    rng = np.random.default_rng(7)
    for _ in range(120):
        axis = rng.uniform(-1.5, 1.5, (2, 3))
        index = ProximityIndex(Solids.gather([axis], [rng.uniform(0.01, 0.2)], [None]))
        place = Drill(
            start=rng.uniform(-1, 1, 3), end=rng.uniform(-1, 1, 3), diameter_m=rng.uniform(0, 0.1)
        )
        plan, depth = rng.uniform(0, 0.1, 2)
        was_danger = False
        for more in (1.0, 1.5, 3.0, 10.0, 100.0):
            known = accuracy(1, plan * more, depth * more)
            verdict = drill(index, known, place, data_missing=False, seek_place=False).verdict
            assert not (was_danger and verdict == "green")
            was_danger |= RANK[verdict] >= RANK["amber"]


def test_what_is_called_green_is_free_in_99_of_100_cases() -> None:
    """Thousands of drills, each with one true layout drawn from what the data allow."""
    rng = np.random.default_rng(11)
    pipes = 60
    axes = [
        p + np.vstack([np.zeros(3), rng.normal(0, 1.5, 3)]) for p in rng.uniform(0, 8, (pipes, 3))
    ]
    radii = rng.uniform(0.01, 0.15, pipes)
    solids = Solids.gather(list(axes), radii.tolist(), [None] * pipes)
    index = ProximityIndex(solids)
    known = Accuracy(plan_m=rng.uniform(0.01, 0.2, pipes), depth_m=rng.uniform(0.01, 0.3, pipes))
    green = hits = told = struck = 0.0
    for _ in range(1500):
        start = rng.uniform(0, 8, 3)
        place = Drill(start=start, end=start + rng.normal(0, 0.5, 3), diameter_m=0.02)
        found = drill(index, known, place, data_missing=False, seek_place=False)
        off = rng.normal(size=(pipes, 3)) * np.stack([known.plan_m, known.plan_m, known.depth_m], 1)
        distance, _ = nearest_between(solids, place.start, place.end, off[solids.owner])
        hit = distance <= solids.radius + 0.01
        told += sum(item.hit_probability for item in found.items)
        struck += hit.sum()
        if found.verdict == "green":
            green += 1
            hits += hit.any()
    assert green > 200
    assert hits <= 0.01 * green
    # The probabilities add up to the hits that happen.
    assert told == pytest.approx(struck, rel=0.1)
