"""What a plan changes, counted: area and excess of each unit, and what moving costs."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.aims import storey_of
from fangma.asset_registry.reallocation.situation import UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.ordering import Step
    from fangma.asset_registry.reallocation.situation import Situation


def units_of(situation: Situation, places: Mapping[str, str | None]) -> dict[str, dict[str, Any]]:
    """Count people, rooms, area, allowed area and excess of each unit.

    Parameters
    ----------
    places : mapping of person to room

    Returns
    -------
    units : dict of unit to dict
        A shared room is divided pro rata of ceilings, as the audit divides it; the excess of one
        is never offset by another. ``allowed_m2`` counts people whose ceiling is known.
    """
    rooms: dict[str, list[str]] = defaultdict(list)
    for id_, code in places.items():
        if code is not None:
            rooms[code].append(id_)
    area: dict[str, Fraction] = defaultdict(Fraction)
    excess: dict[str, Fraction] = defaultdict(Fraction)
    allowed: dict[str, int] = defaultdict(int)
    people: dict[str, int] = defaultdict(int)
    held: dict[str, set[str]] = defaultdict(set)
    storeys: dict[str, set[str]] = defaultdict(set)
    for code, ids in rooms.items():
        room = situation.rooms[code]
        ceilings = [situation.people[id_].ceiling for id_ in ids]
        known = [ceiling for ceiling in ceilings if ceiling is not None]
        is_judged = len(known) == len(ceilings) and UNLIMITED not in known
        total = sum(known) if is_judged and sum(known) > 0 else len(ids)
        for id_, ceiling in zip(ids, ceilings, strict=True):
            person = situation.people[id_]
            weight = ceiling if is_judged and sum(known) > 0 and ceiling is not None else 1
            share = Fraction(room.area * weight, total)
            area[person.unit] += share
            held[person.unit].add(code)
            storeys[person.unit].add(storey_of(room))
            if not person.is_block and person.further_of is None:
                people[person.unit] += 1
            if is_judged and ceiling is not None:
                allowed[person.unit] += ceiling
                excess[person.unit] += max(Fraction(0), share - ceiling)
    return {
        unit: {
            "people": people[unit],
            "rooms": len(held[unit]),
            "storeys": len(storeys[unit]),
            "area_m2": _square_metres(area[unit]),
            "allowed_m2": _square_metres(allowed[unit]),
            "excess_m2": _square_metres(excess[unit]),
        }
        for unit in sorted(area)
    }


def moving_cost(situation: Situation, steps: Sequence[Step], given: Assumptions) -> float:
    """Reckon what the moves of a plan cost, in yuan, from the assumptions."""
    total = 0.0
    for step in steps:
        person = situation.people[step.person]
        if step.to is None:
            continue
        if step.from_ is None:
            total += given["newcomer_yuan"].value
        elif step.is_temporary:
            total += given["temporary_move_yuan"].value
        elif person.is_block:
            area = situation.rooms[step.from_].area / 100
            total += given["unit_room_yuan_per_m2"].value * area
        else:
            one, other = situation.rooms[step.from_], situation.rooms[step.to]
            if one.building != other.building:
                total += given["move_between_buildings_yuan"].value
            elif one.storey != other.storey:
                total += given["move_within_building_yuan"].value
            else:
                total += given["move_within_storey_yuan"].value
    return round(total, 2)


def _square_metres(hundredths: Fraction | int) -> float:
    return round(float(Fraction(hundredths) / 100), 2)
