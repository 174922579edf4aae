"""A request to begin with, written from what is there."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.aims import figures
from fangma.asset_registry.reallocation.situation import UNLIMITED, Aim
from fangma.asset_registry.reallocation.solving import places_before

if TYPE_CHECKING:
    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.premises import Premises
    from fangma.asset_registry.reallocation.situation import Occupant, Room, Situation


def template_of(
    situation: Situation, premises: Premises, *, site: str, given: Assumptions, whole: bool
) -> dict[str, Any]:
    """Return a request without demands, and beside it what there is to plan with.

    Parameters
    ----------
    whole : bool
        With rooms, people and units, for a what-if without a registry.
    """
    settings = situation.settings
    document: dict[str, Any] = {
        "title": "",
        "on": settings.on.isoformat(),
        "demands": [],
        "wishes": [],
        "aims": [str(aim) for aim in settings.aims],
        "settings": {
            "ceilings": str(settings.ceilings),
            "sharing": str(settings.sharing),
            "leaders_alone": True,
            "least_share": given["least_share"].value,
            "area_per_person_m2": given["area_per_person_m2"].value,
            "standard": premises.standard.name,
            "time_limit_s": settings.time_limit_s,
            "seed": settings.seed,
            "workers": settings.workers,
            "alternatives": settings.alternatives,
        },
    }
    document["title"] = f"{settings.on.isoformat()} 调配方案"
    if whole:
        document["settings"].pop("leaders_alone")  # each person says it
        document |= _facts(situation, premises)
    else:
        document["site"] = site
    document["present"] = _present(situation, premises)
    return document


def _present(situation: Situation, premises: Premises) -> dict[str, Any]:
    """Tell what is there: places of each storey, people of each unit by rank, and the figures."""
    storeys: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for code, room in situation.rooms.items():
        row = storeys[room.building, room.storey]
        row["rooms"] += 1
        row["places"] += room.capacity
        row["people"] += len(situation.holders[code])
        if room.is_destination and not situation.holders[code]:
            row["empty_rooms"] += 1
    units: dict[str, Counter[str]] = defaultdict(Counter)
    for person in situation.people.values():
        if not person.is_block and person.further_of is None:
            units[person.unit][person.rank or ""] += 1
    reached = figures(situation, places_before(situation))
    return {
        "storeys": [
            {"building": building, "storey": storey, "rooms": 0, "places": 0, "people": 0,
             "empty_rooms": 0, **row}
            for (building, storey), row in sorted(storeys.items())
        ],
        "units": [
            {
                "unit": unit,
                "name": situation.unit_names.get(unit),
                "people": dict(sorted(ranks.items())),
            }
            for unit, ranks in sorted(units.items())
        ],
        "excess_m2": reached[Aim.EXCESS] / 100,
        "without_room": sorted(premises.unplaced),
        "notes": [{"zh": zh, "en": en} for zh, en in situation.notes],
    }  # fmt: skip


def _facts(situation: Situation, premises: Premises) -> dict[str, Any]:
    further: dict[str, list[str]] = defaultdict(list)
    blocks: dict[str, list[str]] = defaultdict(list)
    for person in situation.people.values():
        if person.further_of is not None and person.room is not None:
            further[person.further_of].append(person.room)
        elif person.is_block and person.room is not None:
            blocks[person.unit].append(person.room)
    units = {p.unit for p in situation.people.values()} | blocks.keys()
    parents = {u.parent for c in units if (u := premises.units.get(c)) and u.parent}
    while parents - units:
        units |= parents
        parents = {u.parent for c in units if (u := premises.units.get(c)) and u.parent}
    return {
        "rooms": [_room(situation, premises, room) for room in situation.rooms.values()],
        "persons": [
            _person(person, further[person.id])
            for person in situation.people.values()
            if person.further_of is None and not person.is_block and person.ceiling is not None
        ],
        "units": [
            {
                "unit": code,
                **({"name": unit.name} if (unit := premises.units.get(code)) and unit.name else {}),
                **({"parent": unit.parent} if unit and unit.parent else {}),
                **({"organ_class": unit.organ_class} if unit and unit.organ_class else {}),
                **({"unit_rank": unit.unit_rank} if unit and unit.unit_rank else {}),
                **({"rooms": sorted(blocks[code])} if blocks[code] else {}),
            }
            for code in sorted(units)
        ],
    }


def _room(situation: Situation, premises: Premises, room: Room) -> dict[str, Any]:
    spot = premises.layout.spots.get(room.code)
    return {
        "room": room.code,
        "area_m2": room.area / 100,
        "capacity": room.capacity,
        "building": room.building or "-",
        "storey": room.storey or "-",
        "level": room.level,
        "accessible": room.is_accessible,
        "usable": room.is_destination,
        "number": room.number,
        "use": room.use,
        "x_m": round(spot.x_m, 2) if spot is not None and spot.x_m is not None else None,
        "y_m": round(spot.y_m, 2) if spot is not None and spot.y_m is not None else None,
        "beside": sorted(room.beside & situation.rooms.keys()),
    }


def _person(person: Occupant, further: list[str]) -> dict[str, Any]:
    ceiling = person.ceiling
    is_set = ceiling is not None and ceiling < UNLIMITED
    ranked = {"rank": person.rank} if person.rank else {"ceiling_m2": None}
    return {
        "person": person.id,
        **({"unit": person.unit} if person.unit else {}),
        **({"ceiling_m2": ceiling / 100} if is_set and ceiling is not None and not person.rank
           else ranked),
        "room": person.room,
        **({"further_rooms": sorted(further)} if further else {}),
        **({"alone": True} if person.is_alone else {}),
    }  # fmt: skip
