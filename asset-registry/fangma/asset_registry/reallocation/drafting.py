"""A draft as it stands: its places judged, put in order and counted, whoever wrote them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.accounts import moving_cost, units_of
from fangma.asset_registry.reallocation.aims import figures
from fangma.asset_registry.reallocation.answer import (
    figures_told,
    step_dict,
    violation_dict,
)
from fangma.asset_registry.reallocation.checking import Violation, check_places, check_steps
from fangma.asset_registry.reallocation.ordering import Step, order_moves
from fangma.asset_registry.reallocation.solving import places_before

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.situation import Situation


def whole_places(situation: Situation, places: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return where everybody is after a draft: where it says, else where they are."""
    return {id_: places.get(id_, person.room) for id_, person in sorted(situation.people.items())}


def faults_of(
    situation: Situation,
    places: Mapping[str, str | None],
    origins: Mapping[str, str | None] | None = None,
) -> tuple[Violation, ...]:
    """Judge a draft.

    Parameters
    ----------
    places : mapping of person to room
        Of those whom it places.
    origins : mapping of person to room, optional
        Where those were when it was written: whoever is elsewhere by now is a fault.
    """
    found = [
        Violation(
            rule="unknown", zh=f"{id_} 不在本方案范围内", en=f"{id_} is not in the plan's scope",
            people=(id_,),
        )
        for id_ in sorted(places.keys() - situation.people.keys())
    ]  # fmt: skip
    for id_, room in sorted((origins or {}).items()):
        person = situation.people.get(id_)
        if person is not None and person.room != room:
            found.append(
                Violation(
                    rule="moved-meanwhile",
                    zh=f"{id_} 已由 {room or '无房间'} 变为 {person.room or '无房间'}",
                    en=f"{id_} was in {room or 'no room'} when the plan was written and is in "
                    f"{person.room or 'no room'} now",
                    people=(id_,),
                    rooms=tuple(code for code in (room, person.room) if code is not None),
                )
            )
    known = {
        id_: code
        for id_, code in whole_places(situation, places).items()
        if code is None or code in situation.rooms
    }
    for id_, code in sorted(places.items()):
        if code is not None and code not in situation.rooms and id_ in situation.people:
            found.append(
                Violation(
                    rule="unknown",
                    zh=f"房间 {code} 不在本方案范围内",
                    en=f"room {code} is not in the scope of the plan",
                    people=(id_,),
                    rooms=(code,),
                )
            )
            known[id_] = situation.people[id_].room
    return (*found, *check_places(situation, known))


def steps_of(situation: Situation, places: Mapping[str, str | None]) -> tuple[Step, ...]:
    """Return the order of moves of a draft without faults."""
    return order_moves(situation, whole_places(situation, places))


def check_draft(
    situation: Situation,
    places: Mapping[str, str | None],
    given: Assumptions,
    origins: Mapping[str, str | None] | None = None,
) -> dict[str, Any]:
    """Return everything that is told of a draft beside what it says.

    Returns
    -------
    check : dict
        ``ok``, ``violations``, ``before``, ``objective``, ``units``, ``rooms`` (those that change,
        who holds them before and after), ``moves`` and ``cost`` (when there is no violation).
    """
    violations = list(faults_of(situation, places, origins))
    usable = {
        id_: code
        for id_, code in places.items()
        if id_ in situation.people and (code is None or code in situation.rooms)
    }
    whole = whole_places(situation, usable)
    steps: tuple[Step, ...] = ()
    if not violations:
        steps = steps_of(situation, usable)
        violations.extend(check_steps(situation, whole, steps))
    before = units_of(situation, places_before(situation))
    after = units_of(situation, whole)
    return {
        "ok": not violations,
        "violations": [violation_dict(each) for each in violations],
        "before": figures_told(figures(situation, places_before(situation))),
        "objective": figures_told(figures(situation, whole)),
        "units": [
            {
                "unit": unit,
                "name": situation.unit_names.get(unit),
                "before": before.get(unit),
                "after": after.get(unit),
            }
            for unit in sorted(before.keys() | after.keys())
        ],
        "rooms": _rooms(situation, whole),
        "moves": [step_dict(situation, step) for step in steps if step.to is not None],
        "cost_yuan": moving_cost(situation, steps, given) if steps else 0.0,
    }


def _rooms(situation: Situation, whole: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Tell of each room that changes who holds it before and after."""
    after: dict[str, list[str]] = defaultdict(list)
    for id_, code in whole.items():
        if code is not None:
            after[code].append(id_)
    told = []
    for code, room in situation.rooms.items():
        was, will = sorted(situation.holders[code]), sorted(after[code])
        if was != will:
            told.append(
                {
                    "room": code,
                    "building": room.building,
                    "storey": room.storey,
                    "area_m2": room.area / 100,
                    "capacity": room.capacity,
                    "before": was,
                    "after": will,
                    "units_before": sorted({situation.people[p].unit for p in was}),
                    "units_after": sorted({situation.people[p].unit for p in will}),
                }
            )
    return told
