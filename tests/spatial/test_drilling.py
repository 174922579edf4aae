"""Drilling against chance: what is green is free, and worse data never turn red to green."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings, strategies as st
from tests.spatial.drill_oracle import LAYOUTS, play

from fangma.spatial.capsules import Solids
from fangma.spatial.drilling import Accuracy, Dig, Drill, drill
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
    assert found.instead[2] == 0.0
    other = hole(0.0).moved(found.instead)
    assert drill(index, known, other, data_missing=False).verdict == "green"
    assert np.linalg.norm(found.instead) < 0.06 + 2.33 * 0.05 + 0.06


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


@pytest.mark.parametrize("correlated", [False, True], ids=["independent", "one survey"])
@pytest.mark.parametrize("pits", [False, True], ids=["holes", "pits"])
def test_what_is_called_green_is_free_in_99_of_100_cases(correlated: bool, pits: bool) -> None:
    """Each hole against hundreds of layouts that the data allow; ten thousand in the benchmark."""
    score = play(40 if pits else 100, np.random.default_rng(11), correlated=correlated, pits=pits)
    assert score.greens >= (15 if pits else 50), score  # else nothing would be shown
    assert score.greens_hit <= 0.01 * score.greens
    # No green hole is riskier than that by more than the chance of throwing layouts allows.
    assert score.worst <= 0.01 + 4 * np.sqrt(0.01 / LAYOUTS)
    assert score.green_without_data == 0
    assert score.red_turned_green == 0


@given(
    y=st.floats(0.0, 2.0), turn=st.floats(0.0, 3.2), plan=st.floats(0.0, 0.5),
    depth=st.floats(0.0, 0.5), more=st.floats(1.0, 50.0), pit=st.booleans(),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_the_verdict_is_monotone_in_the_uncertainty(
    y: float, turn: float, plan: float, depth: float, more: float, pit: bool
) -> None:
    work: Drill | Dig
    if pit:
        outline = shapely.affinity.rotate(shapely.box(-0.3, y, 0.3, y + 0.4), turn * 57, (0, y))
        work = Dig(outline=outline, low=-1.0, high=1.0)
    else:
        start = np.array([0.0, y, 0.0])
        way = np.array([np.sin(turn), 0.2, -np.cos(turn)])
        work = Drill(start=start, end=start + way, diameter_m=0.03)
    index = straight()
    before, after = (
        drill(index, accuracy(1, plan * k, depth * k), work, data_missing=False, seek_place=False)
        for k in (1.0, more)
    )
    assert not (before.verdict in {"amber", "red"} and after.verdict == "green")
    if before.items and after.items:
        assert after.items[0].bound >= before.items[0].bound - 1e-12


def test_a_pit_is_judged_by_the_pipes_under_and_beside_it() -> None:
    known = accuracy(1, 0.05, 0.05)
    pit = Dig(outline=shapely.box(-1.0, 1.0, 1.0, 2.0), low=-0.5, high=0.5)
    assert drill(straight(), known, pit, data_missing=False).verdict == "green"
    assert drill(straight(height=-1.5), known, pit, data_missing=False).verdict == "green"
    over = Dig(outline=shapely.box(-1.0, -0.5, 1.0, 2.0), low=-0.5, high=0.5)
    found = drill(straight(), known, over, data_missing=False)
    assert found.verdict == "red"
    assert found.items[0].clearance_m == pytest.approx(-0.05)
    shallow = Dig(outline=over.outline, low=0.15, high=0.5)
    found = drill(straight(), known, shallow, data_missing=False)
    assert found.verdict == "amber"
    assert found.items[0].clearance_m == pytest.approx(0.1)
    deeper = Dig(outline=over.outline, low=0.5, high=1.0)
    assert drill(straight(), known, deeper, data_missing=False).verdict == "green"


def test_a_hollow_pit_about_a_pipe_is_judged_by_both_of_its_arms() -> None:
    # A pipe that stands upright between the arms of a U: each arm alone is as near.
    arms = shapely.box(-1, -1, 1, 1).difference(shapely.box(-0.2, -0.2, 0.2, 2.0))
    axis = np.array([[0.0, 0.3, -1.0], [0.0, 0.3, 1.0]])
    index = ProximityIndex(Solids.gather([axis], [0.02], [None]))
    known = accuracy(1, 0.07, 0.07)
    found = drill(index, known, Dig(outline=arms, low=-0.5, high=0.5), data_missing=False)
    one = Dig(outline=shapely.box(-1, -1, -0.2, 1), low=-0.5, high=0.5)
    alone = drill(index, known, one, data_missing=False)
    assert found.items[0].bound >= 1.9 * alone.items[0].bound
    assert found.items[0].hit_probability == pytest.approx(
        2 * alone.items[0].hit_probability, rel=0.2
    )


def test_the_place_told_instead_of_a_pit_is_green() -> None:
    known = accuracy(1, 0.05, 0.05)
    pit = Dig(outline=shapely.box(-1.0, -0.5, 1.0, 0.5), low=-0.5, high=0.5)
    found = drill(straight(), known, pit, data_missing=False)
    assert found.instead is not None
    assert found.instead[2] == 0.0
    assert drill(straight(), known, pit.moved(found.instead), data_missing=False).verdict == "green"
    assert 0.5 + 0.05 < np.linalg.norm(found.instead) <= 1.0


def test_nothing_is_green_near_a_pipe_whose_accuracy_nobody_knows() -> None:
    axes = [np.array([[-5.0, y, 0.0], [5.0, y, 0.0]]) for y in (0.0, 2.0)]
    index = ProximityIndex(Solids.gather(axes, [0.05, 0.05], [None, None]))
    known = Accuracy(plan_m=np.array([0.05, np.nan]), depth_m=np.array([0.05, np.nan]))
    found = drill(index, known, hole(0.0), data_missing=False)
    assert found.verdict == "red"
    assert found.instead is None or abs(found.instead[1] - 2.0) > 3.0
    assert drill(index, known, hole(-2.0), data_missing=False).verdict == "green"
    assert drill(index, known, hole(4.5), data_missing=False).verdict == "unknown"
