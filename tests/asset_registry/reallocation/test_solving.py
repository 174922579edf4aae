"""The solver against every plan there is, against HiGHS, and against its own checker."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from tests.asset_registry.reallocation.instances import DAY, best_by_trying, situation_of

from fangma.asset_registry.reallocation.aims import figures
from fangma.asset_registry.reallocation.checking import check_places, check_steps
from fangma.asset_registry.reallocation.conflict import Conflict
from fangma.asset_registry.reallocation.ordering import order_moves
from fangma.asset_registry.reallocation.requirements import Arrive, Close
from fangma.asset_registry.reallocation.situation import (
    Aim,
    Ceilings,
    Occupant,
    Room,
    Settings,
    Sharing,
    Situation,
)
from fangma.asset_registry.reallocation.solving import Solution, solve


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 10**6))
@example(seed=1888)  # somebody of unknown rank leaves a shared room
def test_the_solver_finds_what_trying_every_plan_finds(seed: int):
    situation = situation_of(seed)
    best = best_by_trying(situation)
    found = solve(situation)
    if isinstance(found, Conflict):
        assert best is None
        return
    assert best == tuple(level.value for level in found.levels)
    assert found.is_optimal
    reached = figures(situation, found.places)
    assert tuple(reached[level.aim] for level in found.levels) == best
    steps = order_moves(situation, found.places)
    assert check_places(situation, found.places) == ()
    assert check_steps(situation, found.places, steps) == ()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
@example(seed=76)  # two of one kind who each want a room alone
def test_a_conflict_is_one_and_without_any_member_there_is_a_plan(seed: int):
    situation = situation_of(seed)
    found = solve(situation)
    if isinstance(found, Solution) or not found.requirements:
        return
    kept = found.requirements
    assert found.is_minimal
    assert best_by_trying(replace(situation, requirements=kept)) is None
    for left_out in kept:
        rest = tuple(each for each in kept if each is not left_out)
        assert best_by_trying(replace(situation, requirements=rest)) is not None


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_taken_apart_a_problem_gives_a_plan_and_bounds_that_hold(seed: int):
    situation = situation_of(seed)
    settings_ = replace(situation.settings, aims=(Aim.MOVES, Aim.EXCESS), ceilings=Ceilings.PLACED)
    situation = replace(situation, settings=settings_)
    best, found = best_by_trying(situation), solve(situation, large=0)
    if isinstance(found, Conflict):
        assert best is None
        return
    assert best is not None
    assert check_places(situation, found.places) == ()
    assert tuple(level.value for level in found.levels) >= best
    assert found.levels[0].bound <= best[0]
    if found.levels[0].value == best[0]:
        assert found.levels[1].bound <= best[1] <= found.levels[1].value


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("aim", [Aim.MOVES, Aim.EXCESS])
def test_highs_agrees_on_the_linear_case(seed: int, aim: Aim):
    situation = _linear_case(seed, aim)
    found = solve(situation)
    assert isinstance(found, Solution)
    assert found.levels[0].value == _by_highs(situation, aim)


def test_the_same_seed_gives_the_same_plan():
    situation = _linear_case(3, Aim.MOVES)
    one, other = solve(situation), solve(situation)
    assert isinstance(one, Solution)
    assert isinstance(other, Solution)
    assert one.places == other.places


def _linear_case(seed: int, aim: Aim) -> Situation:
    """Forty people in twenty rooms, some closed; anybody may share, ceilings are an aim."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    rooms = {
        f"R{n}": Room(code=f"R{n}", area=rng.randint(8, 40) * 100, capacity=rng.randint(2, 4))
        for n in range(20)
    }
    seats = [code for code, room in rooms.items() for _ in range(room.capacity)]
    rng.shuffle(seats)
    people = {
        f"P{n}": Occupant(
            id=f"P{n}", unit="U", ceiling=rng.choice([900, 1200, 1800]),
            room=seats[n] if n < 28 else None,
        )
        for n in range(33)
    }  # fmt: skip
    new = frozenset(id_ for id_, person in people.items() if person.room is None)
    return Situation(
        rooms=rooms,
        people=people,
        settings=Settings(on=DAY, aims=(aim,), ceilings=Ceilings.AIM, sharing=Sharing.ANY),
        requirements=(
            Close(id="c", path="", zh="", en="", rooms=frozenset({"R0", "R1"})),
            Arrive(id="a", path="", zh="", en="", people=new),
        ),
    )


def _by_highs(situation: Situation, aim: Aim) -> int:
    """Solve person by person as a mixed-integer program of its own, by HiGHS."""
    ids, codes = sorted(situation.people), sorted(situation.rooms.keys() - situation.closed)
    x = {(p, r): n for n, (p, r) in enumerate((p, r) for p in ids for r in codes)}
    used = {r: len(x) + n for n, r in enumerate(codes)}
    over = {r: len(x) + len(codes) + n for n, r in enumerate(codes)}
    count = len(x) + 2 * len(codes)
    rows, least, most = [], [], []

    def add(terms: dict[int, float], low: float, high: float) -> None:
        row = np.zeros(count)
        for column, weight in terms.items():
            row[column] += weight
        rows.append(row)
        least.append(low)
        most.append(high)

    for p in ids:
        add({x[p, r]: 1 for r in codes}, 1, 1)
    for r in codes:
        room = situation.rooms[r]
        add({x[p, r]: 1 for p in ids}, 0, room.capacity)
        for p in ids:
            add({x[p, r]: 1, used[r]: -1}, -1, 0)
        ceilings = {x[p, r]: float(situation.people[p].ceiling or 0) for p in ids}
        add({**ceilings, over[r]: 1, used[r]: -room.area}, 0, np.inf)
    cost = np.zeros(count)
    fixed = 0
    if aim is Aim.EXCESS:
        cost[list(over.values())] = 1
    else:
        for p in ids:
            here = situation.people[p].room
            fixed += here is not None
            if here in codes:
                cost[x[p, here]] = -1
    upper = np.ones(count)
    upper[list(over.values())] = 1e6
    integral = np.ones(count)
    integral[list(over.values())] = 0
    found = milp(
        cost, integrality=integral, bounds=Bounds(np.zeros(count), upper),
        constraints=LinearConstraint(np.array(rows), np.array(least), np.array(most)),
    )  # fmt: skip
    assert found.success, found.message
    return round(found.fun) + fixed
