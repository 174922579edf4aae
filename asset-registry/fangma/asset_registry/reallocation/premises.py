"""Rooms, people and units as they stand, from a registry or from the request itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.reallocation.errors import RequestError
from fangma.asset_registry.reallocation.layout import Layout, Spot
from fangma.asset_registry.reallocation.situation import UNLIMITED, Occupant, Room

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.request import Request
    from fangma.asset_registry.standards.standard import Standard


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEntry:
    """A unit, as far as a plan needs it."""

    code: str
    name: str | None = None
    parent: str | None = None
    organ_class: str | None = None
    unit_rank: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """What there is before a plan.

    Attributes
    ----------
    rooms : mapping of code to Room
        All of them, corridors too; ``is_destination`` tells where people may be placed.
    people : mapping of id to Occupant
        Who holds a room; a unit's rooms without names among them.
    unplaced : mapping of id to Occupant
        Who is known and holds none.
    has_practice : bool
        Rules of practice (leaders alone, organisations apart) hold unless the request says
        otherwise; a request that brings its own facts states its own rules.
    """

    rooms: Mapping[str, Room]
    people: Mapping[str, Occupant]
    units: Mapping[str, UnitEntry]
    layout: Layout
    standard: Standard
    unplaced: Mapping[str, Occupant] = field(default_factory=dict)
    has_practice: bool = True
    notes: tuple[tuple[str, str], ...] = ()

    def organisation(self, unit: str) -> str:
        """Return the unit at the top above a unit."""
        return organisation_of(self.units, unit)


def organisation_of(units: Mapping[str, UnitEntry], unit: str) -> str:
    """Climb to the unit at the top; a ring of parents ends where it began."""
    seen = {unit}
    while (entry := units.get(unit)) is not None and entry.parent and entry.parent not in seen:
        unit = entry.parent
        seen.add(unit)
    return unit


def ceiling_of(
    units: Mapping[str, UnitEntry], standard: Standard, unit: str, row: Mapping[str, Any]
) -> tuple[int | None, bool, str, str]:
    """Tell the ceiling of a rank in a unit.

    Parameters
    ----------
    row : mapping
        With ``rank`` or ``ceiling_m2`` (null = none is set).

    Returns
    -------
    ceiling : int or None
        Hundredths of a square metre; None when it cannot be told.
    leads : bool
    missing_zh, missing_en : str
        What is missing when it cannot be told.
    """
    if "ceiling_m2" in row:
        given = row["ceiling_m2"]
        return (UNLIMITED if given is None else hundredths(given)), False, "", ""
    entry = units.get(unit)
    right = standard.entitlement(
        entry.organ_class if entry else None, entry.unit_rank if entry else None, row.get("rank")
    )
    if right.ceiling is None:
        return None, False, right.missing_zh, right.missing_en
    return int(right.ceiling.m2.value * 100), bool(right.ceiling.leads), "", ""


def hundredths(area_m2: float | Decimal) -> int:
    """Return an area in hundredths of a square metre, noise of arithmetic taken away.

    Examples
    --------
    >>> hundredths(18.005), hundredths(17.999999999)
    (1801, 1800)
    """
    exact = Decimal(repr(round(float(area_m2), 6))) * 100
    return int(exact.to_integral_value("ROUND_HALF_UP"))


def premises_of_request(request: Request, standard: Standard, given: Assumptions) -> Premises:
    """Take the facts that a request brings.

    Raises
    ------
    RequestError
        When a row names what is not there, twice the same, or no ceiling can be told.
    """
    return _Inline(request, standard, given).premises()


class _Inline:
    def __init__(self, request: Request, standard: Standard, given: Assumptions) -> None:
        self._request = request
        self._standard = standard
        self._per_person = request.settings.get(
            "area_per_person_m2", given["area_per_person_m2"].value
        )
        self._problems: list[str] = []
        self._units: dict[str, UnitEntry] = {}
        self._rooms: dict[str, Room] = {}

    def premises(self) -> Premises:
        self._read_units()
        layout = self._read_rooms()
        people, unplaced = self._read_people()
        self._read_blocks(people)
        if self._problems:
            raise RequestError(self._problems)
        return Premises(
            rooms=self._rooms,
            people=people,
            units=self._units,
            layout=layout,
            standard=self._standard,
            unplaced=unplaced,
            has_practice=False,
        )

    def _read_units(self) -> None:
        for n, row in enumerate(self._request.units or ()):
            if row["unit"] in self._units:
                self._problems.append(f"units[{n}].unit: found {row['unit']} twice, expected once")
            self._units[row["unit"]] = UnitEntry(
                code=row["unit"], name=row.get("name"), parent=row.get("parent"),
                organ_class=row.get("organ_class"), unit_rank=row.get("unit_rank"),
            )  # fmt: skip

    def _read_rooms(self) -> Layout:
        spots: dict[str, Spot] = {}
        beside: dict[str, set[str]] = {row["room"]: set() for row in self._request.rooms or ()}
        doors: set[tuple[str, str]] = set()
        for n, row in enumerate(self._request.rooms or ()):
            code = row["room"]
            if code in self._rooms:
                self._problems.append(f"rooms[{n}].room: found {code} twice, expected once")
            for key in ("beside", "doors"):
                for i, other in enumerate(row.get(key, ())):
                    if other not in beside or other == code:
                        self._problems.append(
                            f"rooms[{n}].{key}[{i}]: found {other}, expected the code of another "
                            "room of this request"
                        )
                        continue
                    beside[code].add(other)
                    beside[other].add(code)
                    if key == "doors":
                        doors.add((min(code, other), max(code, other)))
            building, storey = row.get("building", ""), row.get("storey", "")
            capacity = row.get("capacity", max(1, int(row["area_m2"] // self._per_person)))
            self._rooms[code] = Room(
                code=code, area=hundredths(row["area_m2"]), capacity=capacity, building=building,
                storey=storey, level=row.get("level", 0),
                is_accessible=row.get("accessible", True), is_destination=row.get("usable", True),
                number=row.get("number"), use=row.get("use"),
            )  # fmt: skip
            spots[code] = Spot(
                building=building, storey=storey, level=row.get("level", 0), x_m=row.get("x_m"),
                y_m=row.get("y_m"), is_shaft=row.get("use") in {"楼梯", "电梯"},
            )  # fmt: skip
        self._rooms = {
            code: replace(room, beside=frozenset(beside[code]))
            for code, room in self._rooms.items()
        }
        return Layout(
            spots=spots,
            beside={code: frozenset(others) for code, others in beside.items()},
            doors=tuple(sorted(doors)),
        )

    def _read_people(self) -> tuple[dict[str, Occupant], dict[str, Occupant]]:
        people: dict[str, Occupant] = {}
        unplaced: dict[str, Occupant] = {}
        for n, row in enumerate(self._request.persons or ()):
            id_, path = row["person"], f"persons[{n}]"
            if id_ in people or id_ in unplaced:
                self._problems.append(f"{path}.person: found {id_} twice, expected once")
            unit = row.get("unit", "")
            if unit and self._units and unit not in self._units:
                self._problems.append(f"{path}.unit: found {unit}, expected a unit of this request")
            ceiling = self._ceiling(path, unit, row)
            person = Occupant(
                id=id_, unit=unit, organisation=organisation_of(self._units, unit),
                rank=row.get("rank"), ceiling=ceiling, room=row.get("room"),
                is_alone=row.get("alone", False),
            )  # fmt: skip
            if person.room is None:
                unplaced[id_] = person
                continue
            self._known(f"{path}.room", person.room)
            people[id_] = person
            for i, room in enumerate(row.get("further_rooms", ())):
                self._known(f"{path}.further_rooms[{i}]", room)
                people[f"{id_}@{room}"] = replace(
                    person, id=f"{id_}@{room}", room=room, ceiling=0, further_of=id_
                )
        return people, unplaced

    def _ceiling(self, path: str, unit: str, row: Mapping[str, Any]) -> int | None:
        if "rank" not in row and "ceiling_m2" not in row:
            self._problems.append(
                f"{path}: found neither rank nor ceiling_m2, expected one of them; "
                "ceiling_m2: null sets no ceiling"
            )
            return None
        ceiling, _, _, missing = ceiling_of(self._units, self._standard, unit, row)
        if ceiling is None:
            self._problems.append(
                f"{path}.rank: found {row.get('rank')!r}, and {missing}; expected a rank of the "
                "table of ceilings and the unit's organ_class, or ceiling_m2"
            )
        return ceiling

    def _read_blocks(self, people: dict[str, Occupant]) -> None:
        for n, row in enumerate(self._request.units or ()):
            for i, room in enumerate(row.get("rooms", ())):
                if not self._known(f"units[{n}].rooms[{i}]", room):
                    continue
                if any(person.room == room for person in people.values()):
                    self._problems.append(
                        f"units[{n}].rooms[{i}]: found {room}, which others hold too, expected a "
                        "room that the unit has alone"
                    )
                people[f"{row['unit']}@{room}"] = block(
                    row["unit"], organisation_of(self._units, row["unit"]), self._rooms[room]
                )

    def _known(self, path: str, room: str) -> bool:
        if room in self._rooms:
            return True
        self._problems.append(f"{path}: found {room}, expected a room of this request")
        return False


def block(unit: str, organisation: str, room: Room) -> Occupant:
    """Return a unit's room that no person is named for: it moves whole, or not at all."""
    return Occupant(
        id=f"{unit}@{room.code}", unit=unit, organisation=organisation, room=room.code,
        is_alone=True, is_block=True,
    )  # fmt: skip
