"""Judge the plain rooms of an estate in one pass: most rooms, and nine people out of ten.

It says nothing that the whole judgement of persons and rooms would not say (tests hold the two
together, on any estate); what is not plain is left to that. An audit of 60,000 rooms takes half the
time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.auditing.areas import ZERO, part, rounded
from fangma.asset_registry.auditing.books import agrees_plainly, reconcile
from fangma.asset_registry.auditing.findings import Verdict
from fangma.asset_registry.auditing.results import Holding, PersonResult, RoomResult
from fangma.asset_registry.auditing.settings import Sharing
from fangma.asset_registry.auditing.standing import LEFT
from fangma.asset_registry.auditing.uses import Part, UseClass, part_of_office, use_in_fact
from fangma.asset_registry.standards.ranks import fold

if TYPE_CHECKING:
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import AssignmentFact, RoomFact
    from fangma.asset_registry.auditing.findings import Finding


def judge_plain_rooms(
    estate: Estate,
) -> tuple[dict[str, PersonResult], dict[str, RoomResult]]:
    """Judge every room that is plain, and the people who sit in it and nowhere else.

    Plain are an office that only people in post hold who hold no other room, with known ceilings
    that are together no less than its area, without annexes; and a measured room that nobody holds
    in person and that no rule of offices speaks of.
    """
    persons: dict[str, PersonResult] = {}
    rooms: dict[str, RoomResult] = {}
    is_pro_rata = estate.settings.sharing is Sharing.PRO_RATA
    for code, room in estate.rooms.items():
        area = estate.areas[code]
        if area is None or room.annex_of is not None:
            continue
        rows = estate.assigned.get(code)
        if not rows or rows[0].person is None:
            found = _common(estate, room, area, rows)
        elif is_pro_rata or len(rows) == 1:
            found = _office(estate, room, area, rows, persons)
        else:
            found = None
        if found is not None:
            rooms[code] = found
    return persons, rooms


def _common(
    estate: Estate, room: RoomFact, area: Decimal, rows: list[AssignmentFact] | None
) -> RoomResult | None:
    """Judge a room that nobody holds in person."""
    if not rows:
        units: tuple[str, ...] = ()
        use = use_in_fact(room, None)
    elif len(rows) == 1 and rows[0].unit is not None:
        units = (rows[0].unit,)
        use = use_in_fact(room, rows[0])
        if use is UseClass.OFFICE:
            return None  # who sits there is not known
    else:
        return None
    return RoomResult(
        code=room.code,
        building=room.building,
        use=str(use) if use is not None else None,
        area_m2=area,
        allowed_m2=None,
        excess_m2=None,
        verdict=Verdict.WITHIN,
        persons=(),
        units=units,
        findings=_books(estate, room, rows),
    )


def _office(
    estate: Estate,
    room: RoomFact,
    area: Decimal,
    rows: list[AssignmentFact],
    persons: dict[str, PersonResult],
) -> RoomResult | None:
    """Judge an office and those who hold it; None when anything about it is not plain."""
    code = room.code
    if room.toilet_m2 or room.rest_room_m2 or estate.annexes(code):
        return None
    held, people = estate.held, estate.people
    total = ZERO
    ceilings: dict[str, Decimal] = {}
    for row in rows:
        person = row.person
        if person is None or person in ceilings or len(held[person]) != 1:
            return None
        if fold(people[person].status) in LEFT or part_of_office(room, row) is not Part.OFFICE:
            return None
        ceiling = estate.entitlement(person).ceiling
        if ceiling is None:
            return None
        ceilings[person] = ceiling.m2.value
        total += ceiling.m2.value
    if area > total:
        return None
    is_shared = len(rows) > 1
    for row in rows:
        person = row.person
        assert person is not None  # noqa: S101 - seen above
        fact, allowed = people[person], ceilings[person]
        share = part(area, allowed, total) if is_shared else area
        persons[person] = PersonResult(
            id=person,
            unit=fact.unit,
            rank=fact.rank,
            allowed_m2=allowed,
            used_m2=rounded(share) if is_shared else area,
            excess_m2=ZERO,
            verdict=Verdict.WITHIN,
            holdings=(
                Holding(
                    room=code,
                    share=share,
                    part=Part.OFFICE,
                    use=use_in_fact(room, row),
                    ceiling_m2=allowed,
                ),
            ),
            findings=(),
        )
    use = use_in_fact(room, rows[0])
    return RoomResult(
        code=code,
        building=room.building,
        use=str(use) if use is not None else None,
        area_m2=area,
        allowed_m2=total,
        excess_m2=ZERO,
        verdict=Verdict.WITHIN,
        persons=tuple(sorted(ceilings)) if is_shared else tuple(ceilings),
        units=(),
        findings=_books(estate, room, rows),
    )


def _books(
    estate: Estate, room: RoomFact, rows: list[AssignmentFact] | None
) -> tuple[Finding, ...]:
    return () if agrees_plainly(estate, room, rows) else tuple(reconcile(estate, room.code))
