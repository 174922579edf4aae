"""Orders of moves: swaps through a spare room, declared swaps, days; the checker sees faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fangma.asset_registry.reallocation.checking import check_places, check_steps
from fangma.asset_registry.reallocation.ordering import Step, order_moves
from fangma.asset_registry.reallocation.requirements import (
    Allow,
    Alone,
    Apart,
    Arrive,
    Close,
    Leave,
    Stay,
    Together,
    Within,
)
from fangma.asset_registry.reallocation.situation import (
    Ceilings,
    Occupant,
    Room,
    Settings,
    Sharing,
    Situation,
)

DAY = date(2026, 12, 1)
SAID: dict[str, Any] = {"path": "", "zh": "愿望", "en": "wish"}


def rooms(**areas: int) -> dict[str, Room]:
    return {
        code: Room(
            code=code, area=area, capacity=2, building="A", storey=code[0],
            beside=frozenset(areas) - {code},
        )
        for code, area in areas.items()
    }  # fmt: skip


def person(id_: str, room: str | None, **more: object) -> Occupant:
    return Occupant(id=id_, unit="U", organisation="U", ceiling=900, room=room, **more)  # type: ignore[arg-type]


def situation(people: list[Occupant], held: dict[str, Room], *requirements: object) -> Situation:
    return Situation(
        rooms=held,
        people={each.id: each for each in people},
        settings=Settings(on=DAY, ceilings=Ceilings.PLACED, sharing=Sharing.ORGANISATION),
        requirements=tuple(requirements),  # type: ignore[arg-type]
    )


def test_a_swap_goes_through_a_spare_room():
    held = rooms(A1=900, A2=900, A3=900)
    two = situation([person("P", "A1", is_alone=True), person("Q", "A2", is_alone=True)], held)
    places = {"P": "A2", "Q": "A1"}
    steps = order_moves(two, places)
    assert [step.is_temporary for step in steps] == [True, False, False]
    assert steps[0].to == "A3"
    assert not any(step.is_swap for step in steps)
    assert check_steps(two, places, steps) == ()


def test_a_swap_without_a_spare_room_is_declared_to_be_at_the_same_time():
    held = rooms(A1=900, A2=900)
    two = situation([person("P", "A1", is_alone=True), person("Q", "A2", is_alone=True)], held)
    places = {"P": "A2", "Q": "A1"}
    steps = order_moves(two, places)
    assert {step.number for step in steps} == {1}
    assert all(step.is_swap for step in steps)
    assert check_steps(two, places, steps) == ()


def test_whoever_makes_room_goes_first_and_whoever_is_to_come_comes_on_the_day():
    held = rooms(A1=900, A2=900, A3=900)
    comes = person("N", None, is_alone=True, is_newcomer=True, arrives=date(2027, 1, 4))
    three = situation(
        [person("P", "A1", is_alone=True), person("Q", "A2", is_alone=True), comes],
        held,
        Arrive(id="a", people=frozenset({"N"}), **SAID),
    )
    places = {"P": "A2", "Q": "A3", "N": "A1"}
    steps = order_moves(three, places)
    assert [(step.person, step.on.year) for step in steps] == [
        ("Q", 2026),
        ("P", 2026),
        ("N", 2027),
    ]
    assert check_steps(three, places, steps) == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"to": "A3"}, "incomplete"),
        ({"from_": "A3"}, "from"),
        ({"to": None}, "no-room"),
        ({"on": date(2026, 11, 1)}, "day"),
    ],
)
def test_a_step_that_cannot_be_done_is_found(change: dict[str, object], rule: str):
    one = situation([person("P", "A1")], rooms(A1=900, A2=900, A3=900))
    step = Step(number=1, on=DAY, person="P", from_="A1", to="A2")
    assert check_steps(one, {"P": "A2"}, (step,)) == ()
    faults = check_steps(one, {"P": "A2"}, (replace(step, **change),))  # type: ignore[arg-type]
    assert rule in {fault.rule for fault in faults}


def test_two_in_a_room_for_one_on_the_way_are_found():
    held = rooms(A1=900, A2=900)
    two = situation([person("P", "A1", is_alone=True), person("Q", "A2", is_alone=True)], held)
    steps = (
        Step(number=1, on=DAY, person="P", from_="A1", to="A2"),
        Step(number=2, on=DAY, person="Q", from_="A2", to="A1"),
    )
    assert "alone" in {fault.rule for fault in check_steps(two, {"P": "A2", "Q": "A1"}, steps)}


@pytest.mark.parametrize(
    ("places", "rule"),
    [
        ({"P": None}, "no-room"),
        ({"P": "A2", "Q": "A2", "R": "A2"}, "capacity"),
        ({"P": "A3"}, "ceiling"),
        ({"S": "A1"}, "sharing"),
        ({"T": "A1"}, "alone"),
        ({"P": "A4"}, "destination"),
        ({"Q": "A5"}, "closed"),
        ({"V": "A2"}, "unknown-rank"),
    ],
)
def test_each_rule_that_is_broken_is_told_in_both_tongues(places: dict[str, str | None], rule: str):
    held = rooms(A1=900, A2=1800, A3=1900, A4=900, A5=900, A6=900, A7=900, A8=900, A9=900)
    held["A4"] = replace(held["A4"], is_destination=False)
    people = [
        person("P", "A1"), person("Q", "A2"), person("R", "A6"),
        replace(person("S", "A7"), organisation="V"), person("T", "A8", is_alone=True),
        replace(person("V", "A9"), ceiling=None),
    ]  # fmt: skip
    closed = Close(id="c", rooms=frozenset({"A5"}), **SAID)
    now = situation(people, held, closed)
    start = {each.id: each.room for each in people}
    assert check_places(now, start) == ()
    faults = [f for f in check_places(now, start | places) if f.rule == rule]
    assert faults
    assert faults[0].zh
    assert faults[0].en
    assert faults[0].zh != faults[0].en


@pytest.mark.parametrize(
    "wish",
    [
        Allow(id="w", people=frozenset({"P"}), rooms=frozenset({"A1"}), **SAID),
        Stay(id="w", people=frozenset({"P"}), **SAID),
        Together(id="w", people=frozenset({"P", "R"}), within=Within.STOREY, **SAID),
        Apart(id="w", people=frozenset({"P"}), others=frozenset({"Q"}), **SAID),
        Alone(id="w", people=frozenset({"P"}), **SAID),
        Leave(id="w", people=frozenset({"P"}), **SAID),
        Arrive(id="w", people=frozenset({"N"}), **SAID),
    ],
    ids=lambda wish: type(wish).__name__,
)
def test_each_demand_and_wish_that_is_not_met_is_told(wish: object):
    held = rooms(A1=900, B2=1800, A3=900)
    people = [person("P", "A1"), person("Q", "B2"), person("R", "A3"), person("N", None)]
    now = situation(people, held, wish)
    faults = check_places(now, {"P": "B2", "Q": "B2", "R": "A3", "N": None})
    assert "w" in {fault.requirement for fault in faults}
