"""Judge the plain rooms of an estate in one pass: most rooms, and nine people out of ten.

It says nothing that the whole judgement of persons and rooms would not say (tests hold the two
together, on any estate); what is not plain is left to that. What depends on a rank, a use or a
certificate alone is looked up once each, and the rows of results are made as columns. An audit of
60,000 rooms takes a third of the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.auditing.areas import ZERO, part, rounded
from fangma.asset_registry.auditing.books import PlainBooks, reconcile
from fangma.asset_registry.auditing.findings import Verdict
from fangma.asset_registry.auditing.results import Holding, PersonResult, RoomResult
from fangma.asset_registry.auditing.standing import LEFT
from fangma.asset_registry.auditing.uses import Part, UseClass, part_of_office, use_in_fact
from fangma.asset_registry.columns import make_rows, transpose
from fangma.asset_registry.standards.pack import Sharing
from fangma.asset_registry.standards.ranks import fold

if TYPE_CHECKING:
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import AssignmentFact, RoomFact

_HOLDING = ("room", "share", "use", "ceiling_m2")
_PERSON = ("id", "unit", "rank", "allowed_m2", "used_m2")
_ROOM = (
    "code", "building", "use", "area_m2", "allowed_m2", "excess_m2", "verdict", "persons", "units",
    "findings",
)  # fmt: skip


def judge_plain_rooms(
    estate: Estate,
) -> tuple[dict[str, PersonResult], dict[str, RoomResult]]:
    """Judge every room that is plain, and the people who sit in it and nowhere else.

    Plain are an office that only people in post hold who hold no other room, with known ceilings
    that are together no less than its area, without annexes; and a measured room that nobody holds
    in person and that no rule of offices speaks of.
    """
    return _PlainRooms(estate).judge()


class _PlainRooms:
    """One pass over an estate; the columns of what it finds."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.books = PlainBooks(estate)
        self.ceilings = _plain_ceilings(estate)
        self.uses: dict[
            tuple[str | None, str | None], tuple[bool, UseClass | None, str | None]
        ] = {}
        self.holdings: list[tuple[Any, ...]] = []
        self.persons: list[tuple[Any, ...]] = []
        self.rooms: list[tuple[Any, ...]] = []

    def judge(self) -> tuple[dict[str, PersonResult], dict[str, RoomResult]]:
        estate = self.estate
        is_pro_rata = estate.sharing is Sharing.PRO_RATA
        assigned = estate.assigned
        # Areas stand in the order of rooms.
        for room, area in zip(estate.rooms.values(), estate.areas.values(), strict=True):
            if area is None or room.annex_of is not None:
                continue
            rows = assigned.get(room.code)
            if not rows or rows[0].person is None:
                self.common(room, area, rows)
            elif is_pro_rata or len(rows) == 1:
                self.office(room, area, rows)
        count = len(self.persons)  # each holds one room
        holdings = make_rows(
            Holding, part=(Part.OFFICE,) * count, **_named(_HOLDING, self.holdings)
        )
        persons = make_rows(
            PersonResult,
            holdings=tuple(zip(holdings, strict=True)),
            excess_m2=(ZERO,) * count,
            verdict=(Verdict.WITHIN,) * count,
            findings=((),) * count,
            **_named(_PERSON, self.persons),
        )
        rooms = make_rows(RoomResult, **_named(_ROOM, self.rooms))
        return {row.id: row for row in persons}, {row.code: row for row in rooms}

    def common(self, room: RoomFact, area: Decimal, rows: list[AssignmentFact] | None) -> None:
        """Judge a room that nobody holds in person, unless who sits there is not known."""
        units: tuple[str, ...] = ()
        if not rows:
            _, _, name = self.use(room, None)
        else:
            row = rows[0]
            if len(rows) > 1 or row.unit is None:
                return
            units = (row.unit,)
            _, use, name = self.use(room, row)
            if use is UseClass.OFFICE:
                return
        findings = () if self.books.agree(room, rows) else tuple(reconcile(self.estate, room.code))
        self.rooms.append(
            (room.code, room.building, name, area, None, None, Verdict.WITHIN, (), units, findings)
        )

    def office(self, room: RoomFact, area: Decimal, rows: list[AssignmentFact]) -> None:
        """Judge an office and those who hold it, unless anything about it is not plain."""
        code, estate = room.code, self.estate
        if room.toilet_m2 or room.rest_room_m2 or estate.annexes(code):
            return
        ceilings, uses, model = self.ceilings, self.uses, room.use
        total = ZERO
        held: dict[str, tuple[Decimal, UseClass | None]] = {}
        for row in rows:
            person = row.person
            ceiling = ceilings.get(person) if person is not None else None
            if person is None or ceiling is None or person in held:
                return
            is_office, use, _ = uses.get((row.use, model)) or self.use(room, row)
            if not is_office:
                return
            held[person] = (ceiling, use)
            total += ceiling
        if area > total:
            return
        people, is_alone = estate.people, len(held) == 1
        shares: dict[Decimal, tuple[Decimal, Decimal]] = {}
        for person, (allowed, use) in held.items():
            if is_alone:
                share = used = area
            elif allowed in shares:
                share, used = shares[allowed]
            else:
                share = part(area, allowed, total)
                used = rounded(share)
                shares[allowed] = (share, used)
            fact = people[person]
            self.holdings.append((code, share, use, allowed))
            self.persons.append((person, fact.unit, fact.rank, allowed, used))
        findings = () if self.books.agree(room, rows) else tuple(reconcile(estate, code))
        _, _, name = self.use(room, rows[0])
        persons = tuple(held) if is_alone else tuple(sorted(held))
        self.rooms.append(
            (code, room.building, name, area, total, ZERO, Verdict.WITHIN, persons, (), findings)
        )

    def use(
        self, room: RoomFact, row: AssignmentFact | None
    ) -> tuple[bool, UseClass | None, str | None]:
        """Tell of a room that is no annex whether it is an office, its class of use, its name."""
        key = (row.use if row is not None else None, room.use)
        told = self.uses.get(key)
        if told is None:
            use = use_in_fact(room, row)
            told = (
                part_of_office(room, row) is Part.OFFICE,
                use,
                str(use) if use is not None else None,
            )
            self.uses[key] = told
        return told


def _plain_ceilings(estate: Estate) -> dict[str, Decimal]:
    """Return the ceilings of those in post who hold one room and no other."""
    by_rank: dict[tuple[str, str | None, str], Decimal | None] = {}
    ceilings: dict[str, Decimal] = {}
    people = estate.people
    for person, rooms in estate.held.items():
        if len(rooms) != 1:
            continue
        fact = people[person]
        key = (fact.unit, fact.rank, fact.status)
        if key not in by_rank:
            ceiling = estate.entitlement(person).ceiling
            is_plain = ceiling is not None and fold(fact.status) not in LEFT
            by_rank[key] = ceiling.m2.value if ceiling is not None and is_plain else None
        allowed = by_rank[key]
        if allowed is not None:
            ceilings[person] = allowed
    return ceilings


def _named(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    return dict(zip(names, transpose(rows, len(names)), strict=True))
