"""Who sits where: units, people, assignments, leases and the ledger. Pure functions.

Rooms are filled so that everybody is within the ceilings of the 2014 standard for 市级 organs;
what is not is planted by :mod:`fangma.bim_import.sample.planted`.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from fangma.bim_import.sample.names import DIVISIONS, bureau_name, person_name
from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.bim_import.sample.plan import Building, Room

AS_OF = "2026-11-21"  # the day for which the expected answers hold
CEILINGS = {  # 建标169-2014, table 3, 市级机关: square metres a person
    "市级正职": 42.0,
    "市级副职": 30.0,
    "正局(处)级": 24.0,
    "副局(处)级": 18.0,
    "局(处)级以下": 9.0,
}
# 市机关事务管理局 keeps the plant and whatever has no unit.
_CARETAKER_NUMBER = 900
CARETAKER = f"D{_CARETAKER_NUMBER}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit; ``parent`` is empty for a bureau."""

    code: str
    name: str
    parent: str = ""
    rank: str = ""
    authorised: int = 0
    credit_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person of the estate (invented)."""

    id: str
    name: str
    unit: str
    rank: str
    post: str
    status: str = "在职"
    left_on: str = ""
    second_units: str = ""
    second_approved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A room given to a person or a unit."""

    building: str
    number: str
    person: str = ""
    unit: str = ""
    use: str
    since: str
    until: str = ""


@dataclass(slots=True)
class Occupancy:
    """The people side of the compound while it is being filled."""

    units: list[Unit] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    names: dict[tuple[str, str], str] = field(default_factory=dict)  # room names by use
    bureaus: dict[tuple[str, str], str] = field(default_factory=dict)  # unit by building, storey


def occupy(buildings: Iterable[Building], seed: int) -> Occupancy:
    """Fill the offices of all buildings."""
    rng = Random(f"{seed}/occupancy")  # noqa: S311  (no secret)
    made = Occupancy()
    made.units.append(
        Unit(
            code=CARETAKER,
            name="市机关事务管理局",
            rank="正处级",
            authorised=60,
            credit_code=credit_code(_CARETAKER_NUMBER),
        )
    )
    numbers = (number for number in itertools.count(1) if number != _CARETAKER_NUMBER)
    for building in buildings:
        for storey in building.storeys:
            rooms = [room for room in storey.rooms if room.use == "office"]
            unit = CARETAKER
            if rooms and not storey.is_basement:
                number = next(numbers)
                unit = f"D{number:03d}"
                _bureau(made, building, rooms, unit, bureau_name(number - 1), rng)
            made.bureaus[building.code, storey.name] = unit
            for room in storey.rooms:
                kind = USES[room.use].kind
                if room.use == "office" or kind == "公共":
                    continue
                holder = unit if kind == "服务用房" else CARETAKER
                made.assignments.append(
                    Assignment(
                        building=building.name,
                        number=room.number,
                        unit=holder,
                        use=kind,
                        since=_day(rng),
                    )
                )
    return made


def _bureau(
    made: Occupancy,
    building: Building,
    rooms: list[Room],
    code: str,
    name: str,
    rng: Random,
) -> None:
    """Seat one bureau in the offices of a storey, leaders first."""
    before = len(made.people)
    city = any(room.area_m2 > 40 and room.area_m2 <= 42 for room in rooms)
    divisions = [f"{code}-{i + 1:02d}" for i in range(min(len(DIVISIONS), max(2, len(rooms) // 2)))]
    deputies = 0
    shared: list[Room] = []
    head = False
    for room in rooms:
        area = room.area_m2
        if city and 40 < area <= 42:
            _seat(made, building, room, code, "市级正职", "市长", rng)
        elif city and 27 < area <= 30:
            _seat(made, building, room, code, "市级副职", "副市长", rng)
        elif not city and not head and 20 < area <= 24:
            head = True
            _seat(made, building, room, code, "正局(处)级", "局长", rng)
        elif not city and deputies < 2 and 15 < area <= 18:
            deputies += 1
            _seat(made, building, room, code, "副局(处)级", "副局长", rng)
        else:
            shared.append(room)
    for i, room in enumerate(shared):
        division = divisions[i % len(divisions)]
        title = DIVISIONS[i % len(divisions)]
        made.names[building.code, room.number] = (
            f"{title}办公室" if title != "办公室" else "综合科办公室"
        )
        for _ in range(math.ceil(room.area_m2 / CEILINGS["局(处)级以下"])):
            _seat(made, building, room, division, "局(处)级以下", "科员", rng)
    heads = len(made.people) - before
    made.units.append(
        Unit(
            code=code,
            name=name,
            rank="正处级",
            authorised=heads + rng.randint(0, 4),
            credit_code=credit_code(int(code[1:])),
        )
    )
    made.units += [
        Unit(code=division, name=f"{name}{DIVISIONS[i]}", parent=code)
        for i, division in enumerate(divisions)
    ]


def _seat(
    made: Occupancy, building: Building, room: Room, unit: str, rank: str, post: str, rng: Random
) -> None:
    person = Person(
        id=f"P{len(made.people) + 1:05d}", name=person_name(rng), unit=unit, rank=rank, post=post
    )
    made.people.append(person)
    leader = post != "科员"
    if leader:
        made.names[building.code, room.number] = f"{post}办公室"
    made.assignments.append(
        Assignment(
            building=building.name,
            number=room.number,
            person=person.id,
            use="领导办公室" if leader else "办公室",
            since=_day(rng),
        )
    )


def _day(rng: Random) -> str:
    return f"{rng.randint(2018, 2025)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"


def credit_code(number: int) -> str:
    """Build a unified social credit code with a right check character (GB 32100-2015).

    Registration department 1, organ 1, division 330302; the body is invented.
    """
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"11330302{'FM' + f'{number:07d}'}"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]
