"""Premises as the registry holds them: the audit's facts and the layout of the rooms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.areas import read_area
from fangma.asset_registry.auditing.standing import LEFT
from fangma.asset_registry.auditing.uses import Part, UseClass, part_of_office, use_in_fact
from fangma.asset_registry.reallocation.premises import (
    Premises,
    UnitEntry,
    block,
    ceiling_of,
    organisation_of,
)
from fangma.asset_registry.reallocation.situation import Occupant, Room
from fangma.asset_registry.standards.ranks import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.auditing.facts import AssignmentFact, AuditFacts, RoomFact
    from fangma.asset_registry.reallocation.layout import Layout
    from fangma.asset_registry.standards.standard import Standard

_LIFTS: Final = frozenset({"电梯", "电梯厅"})


def premises_of_registry(
    facts: AuditFacts,
    layout: Layout,
    standard: Standard,
    *,
    area_per_person_m2: float,
    leaders_alone: bool,
) -> Premises:
    """Take the facts of a site on a day.

    Parameters
    ----------
    facts : AuditFacts
        As the audit is told them; rows that are not valid on its day are left out.
    layout : Layout
        Of the same rooms.
    area_per_person_m2 : float
        Capacity of a room = its area over this.
    leaders_alone : bool
        领导人员 hold rooms alone.
    """
    return _Registry(facts, layout, standard, area_per_person_m2, leaders_alone).premises()


class _Registry:
    def __init__(
        self,
        facts: AuditFacts,
        layout: Layout,
        standard: Standard,
        per_person: float,
        leaders_alone: bool,
    ) -> None:
        day = facts.day
        self._facts = facts
        self._layout = layout
        self._standard = standard
        self._per_person = per_person
        self._leaders_alone = leaders_alone
        self._held: dict[str, list[AssignmentFact]] = defaultdict(list)
        for row in facts.assignments:
            if (row.since is None or row.since <= day) and (row.until is None or day <= row.until):
                self._held[row.room].append(row)
        self._rooms_now = {
            room.code: room
            for room in facts.rooms
            if (room.since is None or room.since <= day)
            and (room.until is None or day <= room.until)
        }
        self._units = {
            unit.code: UnitEntry(
                code=unit.code, name=unit.name, parent=unit.parent,
                organ_class=unit.organ_class, unit_rank=unit.unit_rank,
            )
            for unit in facts.units
        }  # fmt: skip
        self._leased = {
            lease.room
            for lease in facts.leases
            if lease.direction == "出租"
            and (lease.since is None or lease.since <= day)
            and (lease.until is None or day <= lease.until)
        }
        self._notes: list[tuple[str, str]] = []

    def premises(self) -> Premises:
        rooms = {code: self._room(fact) for code, fact in sorted(self._rooms_now.items())}
        people, unplaced = self._people(rooms)
        for code, rows in sorted(self._held.items()):
            units = sorted({row.unit for row in rows if row.person is None and row.unit})
            if units and code in rows_of_units(rows) and code in rooms:
                held = block(units[0], organisation_of(self._units, units[0]), rooms[code])
                people.setdefault(held.id, held)
        return Premises(
            rooms=rooms,
            people=people,
            units=self._units,
            layout=self._layout,
            standard=self._standard,
            unplaced=unplaced,
            notes=tuple(self._notes),
        )

    def _room(self, fact: RoomFact) -> Room:
        area = read_area(fact.measured_m2)
        spot = self._layout.spots.get(fact.code)
        rows = self._held.get(fact.code, [])
        use = use_in_fact(fact, rows[0] if rows else None)
        is_units = fact.code in rows_of_units(rows)
        return Room(
            code=fact.code,
            area=int(area * 100) if area is not None else 0,
            capacity=max(1, int(float(area or 0) // self._per_person)),
            building=fact.building or "",
            storey=fact.storey or "",
            level=spot.level if spot is not None else 0,
            is_accessible=self._is_accessible(fact, spot.level if spot is not None else 0),
            is_destination=(
                area is not None
                and area > 0
                and use is UseClass.OFFICE
                and not is_units
                and fact.code not in self._leased
                and fact.sealed_on is None
                and fact.annex_of is None
            ),
            beside=self._layout.beside.get(fact.code, frozenset()),
            number=fact.number,
            use=fact.use,
        )

    def _is_accessible(self, fact: RoomFact, level: int) -> bool:
        if level == 0:
            return True
        if not hasattr(self, "_lifted"):
            self._lifted = {
                (room.building, room.storey)
                for room in self._rooms_now.values()
                if room.use in _LIFTS
            }
        return (fact.building, fact.storey) in self._lifted

    def _people(self, rooms: Mapping[str, Room]) -> tuple[dict[str, Occupant], dict[str, Occupant]]:
        held: dict[str, list[str]] = defaultdict(list)
        for code, rows in self._held.items():
            for row in rows:
                if (
                    row.person is not None
                    and code in self._rooms_now
                    and part_of_office(self._rooms_now[code], row) is Part.OFFICE
                ):
                    held[row.person].append(code)
        people: dict[str, Occupant] = {}
        unplaced: dict[str, Occupant] = {}
        left = []
        for fact in sorted(self._facts.people, key=lambda each: each.id):
            codes = sorted(set(held.get(fact.id, ())), key=lambda code: (-rooms[code].area, code))
            ceiling, leads, _, _ = ceiling_of(
                self._units, self._standard, fact.unit, {"rank": fact.rank}
            )
            person = Occupant(
                id=fact.id, unit=fact.unit, organisation=organisation_of(self._units, fact.unit),
                rank=fact.rank, ceiling=ceiling, room=codes[0] if codes else None,
                is_alone=self._leaders_alone and leads,
            )  # fmt: skip
            if fold(fact.status) in LEFT:
                if codes:
                    left.append(fact.id)
                else:
                    continue
            if not codes:
                unplaced[fact.id] = person
                continue
            people[fact.id] = person
            for code in codes[1:]:
                people[f"{fact.id}@{code}"] = Occupant(
                    id=f"{fact.id}@{code}", unit=person.unit, organisation=person.organisation,
                    rank=fact.rank, ceiling=0, room=code, further_of=fact.id,
                )  # fmt: skip
        known = {fact.id for fact in self._facts.people}
        for id_ in sorted(held.keys() - known):
            for code in sorted(set(held[id_])):
                people[id_ if code == min(held[id_]) else f"{id_}@{code}"] = Occupant(
                    id=id_ if code == min(held[id_]) else f"{id_}@{code}", unit="", ceiling=None,
                    room=code, further_of=None if code == min(held[id_]) else id_,
                )  # fmt: skip
        self._tell(left, people)
        return people, unplaced

    def _tell(self, left: list[str], people: Mapping[str, Occupant]) -> None:
        if left:
            self._notes.append(
                (
                    f"{'、'.join(left[:5])}等{len(left)}人已离任仍占用房间，可用“leave”要求腾退",
                    f"{len(left)} who have left hold rooms; a demand “leave” asks for them: "
                    + ", ".join(left[:5]),
                )
            )
        unknown = [p.id for p in people.values() if p.ceiling is None]
        if unknown:
            self._notes.append(
                (
                    f"{'、'.join(unknown[:5])}等{len(unknown)}人标准不明，不作调整",
                    f"{len(unknown)} have no known ceiling and stay ({', '.join(unknown[:5])})",
                )
            )


def rows_of_units(rows: list[AssignmentFact]) -> set[str]:
    """Return the rooms of these rows that a unit holds and no person."""
    return {row.room for row in rows if row.unit} - {row.room for row in rows if row.person}
