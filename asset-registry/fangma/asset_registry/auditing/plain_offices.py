"""Judge whoever sits within the ceiling in one plain office: the short way for nine out of ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.auditing.areas import ZERO, rounded
from fangma.asset_registry.auditing.findings import Verdict
from fangma.asset_registry.auditing.results import Holding, PersonResult
from fangma.asset_registry.auditing.standing import LEFT
from fangma.asset_registry.auditing.uses import Part, part_of_office, use_in_fact
from fangma.asset_registry.standards.ranks import fold

if TYPE_CHECKING:
    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import PersonFact


def judge_plainly(estate: Estate, person: PersonFact) -> PersonResult | None:
    """Judge whoever is in post and within the ceiling in one plain office: nine out of ten.

    Returns None for everybody else. It says nothing that the whole judgement would not say
    (tests hold the two together); it only saves most of the time of a large audit.
    """
    rooms = estate.held.get(person.id)
    if rooms is None or len(rooms) != 1 or fold(person.status) in LEFT:
        return None
    right = estate.entitlement(person.id)
    if right.ceiling is None:
        return None
    (code,) = rooms
    share = estate.division(code).shares.get(person.id)
    if share is None or estate.annexes(code):
        return None
    room, assignment = estate.rooms[code], estate.assignment(code, person.id)
    if part_of_office(room, assignment) is not Part.OFFICE:
        return None
    if room.toilet_m2 or room.rest_room_m2:
        return None
    used, allowed = rounded(share), right.ceiling.m2.value
    if used > allowed:
        return None
    holding = Holding(
        room=code,
        share=share,
        part=Part.OFFICE,
        use=use_in_fact(room, assignment),
        ceiling_m2=allowed,
    )
    return PersonResult(
        id=person.id,
        unit=person.unit,
        rank=person.rank,
        allowed_m2=allowed,
        used_m2=used,
        excess_m2=ZERO,
        verdict=Verdict.WITHIN,
        holdings=(holding,),
        findings=(),
    )
