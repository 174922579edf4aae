"""Run an audit, whole or after a change."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from fangma.asset_registry.auditing.buildings import judge_buildings
from fangma.asset_registry.auditing.errors import NotRevisableError
from fangma.asset_registry.auditing.estate import Estate
from fangma.asset_registry.auditing.idle import idle_room
from fangma.asset_registry.auditing.persons import judge_person
from fangma.asset_registry.auditing.plain_rooms import judge_plain_rooms
from fangma.asset_registry.auditing.reconciliation import Reconciliation, reconcile_books
from fangma.asset_registry.auditing.report import AuditReport
from fangma.asset_registry.auditing.rooms import judge_room
from fangma.asset_registry.auditing.settings import AuditSettings
from fangma.asset_registry.auditing.units import judge_unit
from fangma.asset_registry.auditing.uses import UseClass, use_in_fact
from fangma.asset_registry.collector import collector_paused
from fangma.asset_registry.standards.choosing import shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from fangma.asset_registry.auditing.facts import (
        AssignmentFact,
        AuditFacts,
        FactChanges,
        LeaseFact,
        RoomFact,
    )
    from fangma.asset_registry.auditing.results import IdleRoom, UnitResult
    from fangma.asset_registry.standards.pack import Pack


_Fact = TypeVar("_Fact")
_Held = TypeVar("_Held", bound="AssignmentFact | LeaseFact")
_BOOKED: Final = frozenset({UseClass.OFFICE, UseClass.SERVICE})


def audit(
    facts: AuditFacts,
    *,
    standard: str | None = None,
    packs: Sequence[Pack] | None = None,
    settings: AuditSettings | None = None,
) -> AuditReport:
    """Judge every person, room and unit on one day.

    Parameters
    ----------
    facts : AuditFacts
        As they were true on that day.
    standard : str or None
        Name of a national pack; None = the one in force on that day.
    packs : sequence of Pack or None
        Rule packs; None = those shipped.
    settings : AuditSettings or None
        Choices that the standard leaves; None = those of the packs.

    Returns
    -------
    report : AuditReport
        The same facts give the same bytes.

    Raises
    ------
    AuditError
        When an area is no area.
    UnknownStandardError, NotInForceError
        When the standard is not there, or was not in force on that day.
    """
    return Audit(facts, standard=standard, packs=packs, settings=settings).report()


class Audit:
    """An audit that can be brought up to date after a changed assignment.

    Attributes
    ----------
    estate : Estate
    persons, rooms, units : dict of results by id or code, ascending
    """

    def __init__(
        self,
        facts: AuditFacts,
        *,
        standard: str | None = None,
        packs: Sequence[Pack] | None = None,
        settings: AuditSettings | None = None,
    ) -> None:
        self._facts = facts
        self._settings = settings or AuditSettings()
        with collector_paused():
            self._judge(shipped() if packs is None else packs, standard)

    def _judge(self, packs: Sequence[Pack], standard: str | None) -> None:
        estate = self.estate = Estate(self._facts, packs, standard, self._settings)
        self._members: dict[str, list[str]] = {}
        for unit, answering in estate.group.items():
            self._members.setdefault(answering, []).append(unit)
        plain_persons, plain_rooms = judge_plain_rooms(estate)
        self.persons = {
            person: plain_persons.get(person) or judge_person(estate, person)
            for person in estate.people
        }
        self.rooms = {
            room: plain_rooms.get(room) or judge_room(estate, room, self.persons)
            for room in estate.rooms
        }
        self.units = {unit: self._unit(unit) for unit in estate.units}
        self._booked = {room.building for room in estate.rooms.values() if room.in_ledger}
        self._idle: dict[str, IdleRoom] = {}
        self._not_in_ledger: set[str] = set()
        for code, room in estate.rooms.items():
            # Nine rooms out of ten are in the ledger, assigned, and watched by no counter.
            is_plain = room.in_ledger and room.sealed_on is None and room.presence_from is None
            if not (is_plain and code in estate.assigned):
                self._look_at(code)
        self.buildings = tuple(judge_buildings(estate, self._facts.buildings))

    def replace(
        self, *, removed: Iterable[AssignmentFact] = (), added: Iterable[AssignmentFact] = ()
    ) -> None:
        """Take assignments away, add others, and judge again whom that concerns.

        Concerned are the rooms named, all who hold a share of them before or after, every other
        room of these people, and the units that answer for them.
        """
        gone, new = tuple(removed), tuple(added)
        self._change(
            lambda: self.estate.replace(gone, new),
            rooms={assignment.room for assignment in (*gone, *new)},
            people={a.person for a in (*gone, *new) if a.person is not None},
            units={a.unit for a in (*gone, *new) if a.unit is not None},
        )

    def revised(self, changes: FactChanges, *, at: datetime, known: datetime | None) -> Audit:
        """Return the audit of changed facts; this one stays as it is.

        The answer is that of a new audit of the changed facts, in some hundredths of its time.

        Parameters
        ----------
        at, known : datetime
            The moment of the changed facts, on the day of this audit.

        Raises
        ------
        NotRevisableError
            When another day is asked for, or a room is new: make a new audit.
        """
        facts, day = self._facts, self.estate.day
        now = {fact.code: fact for fact in changes.rooms}
        moved = replace(
            facts,
            at=at,
            known=known,
            rooms=_replaced(facts.rooms, "code", now),
            people=_replaced(
                tuple(person for person in facts.people if person.id not in changes.gone),
                "id",
                {fact.id: fact for fact in changes.people},
            ),
            assignments=_regrouped(facts.assignments, changes.assigned),
            leases=_regrouped(facts.leases, changes.leases),
        )
        is_other = any(fact.since is not None or fact.until is not None for fact in changes.rooms)
        if moved.day != day or is_other or not now.keys() <= self.estate.rooms.keys():
            raise NotRevisableError(
                "found facts of another day, or a room that begins, ends or is not known",
                "make a new audit of them",
            )
        with collector_paused():
            told = copy.copy(self)
            told._facts = moved
            told.estate = estate = self.estate.copied()
            told.persons, told.rooms = dict(self.persons), dict(self.rooms)
            told.units, told._idle = dict(self.units), dict(self._idle)
            told._not_in_ledger = set(self._not_in_ledger)
            before = [self.estate.rooms[code] for code in now]
            told._change(
                lambda: estate.revise(changes),
                rooms={*now, *changes.assigned, *changes.leases},
                people={*(fact.id for fact in changes.people), *changes.gone},
                units=set(),
            )
            told._look_again(before, changes.rooms)
        return told

    def _change(
        self,
        carry_out: Callable[[], set[str]],
        *,
        rooms: set[str],
        people: set[str],
        units: set[str],
    ) -> None:
        """Carry a change of the estate out, and judge again whom and what it concerns.

        Parameters
        ----------
        carry_out : callable
            Changes the estate and returns the rooms that are divided anew.
        rooms, people, units : set
            Those that the change names.
        """
        estate = self.estate
        people |= {person for room in rooms for person in estate.holders(room)}
        units |= {estate.people[key].unit for key in people & estate.people.keys()}
        units |= {a.unit for room in rooms for a in estate.assigned.get(room, ()) if a.unit}
        touched = carry_out() | rooms
        people |= {person for room in touched for person in estate.holders(room)}
        for person in people & self.persons.keys():
            touched |= {holding.room for holding in self.persons[person].holdings}
        is_new = bool((people & estate.people.keys()) - self.persons.keys())
        for person in sorted(people):
            if person not in estate.people:
                self.persons.pop(person, None)
                continue
            self.persons[person] = judge_person(estate, person)
            touched |= {holding.room for holding in self.persons[person].holdings}
            units.add(estate.people[person].unit)
        if is_new:
            self.persons = dict(sorted(self.persons.items()))
        for room in touched & estate.rooms.keys():
            self.rooms[room] = judge_room(estate, room, self.persons)
            self._look_at(room)
            units |= {a.unit for a in estate.assigned.get(room, ()) if a.unit}
        for unit in units & estate.units.keys():
            for concerned in {unit, estate.group[unit]}:
                self.units[concerned] = self._unit(concerned)

    def _look_again(self, before: Iterable[RoomFact], after: Iterable[RoomFact]) -> None:
        """Tell what hangs on a building as a whole, where its rooms are told otherwise."""
        estate = self.estate
        booked = {room.building for room in estate.rooms.values() if room.in_ledger}
        if booked != self._booked:
            concerned, self._booked = booked ^ self._booked, booked
            for code, room in estate.rooms.items():
                if room.building in concerned:
                    self._look_at(code)
        if any(
            (one.building, one.use, one.measured_m2) != (two.building, two.use, two.measured_m2)
            for one, two in zip(before, after, strict=True)
        ):
            self.buildings = tuple(judge_buildings(estate, self._facts.buildings))

    def report(self) -> AuditReport:
        """Return the report as things stand."""
        estate = self.estate
        chosen = estate.standard()
        return AuditReport(
            standard=chosen.name,
            layers=chosen.layers,
            at=self._facts.at,
            known=self._facts.known,
            tolerance_m2=estate.tolerance_m2(),
            sharing=estate.sharing,
            persons=tuple(self.persons.values()),
            units=tuple(self.units.values()),
            rooms=tuple(self.rooms.values()),
            buildings=self.buildings,
            idle=tuple(self._idle[code] for code in sorted(self._idle)),
            not_in_ledger=tuple(sorted(self._not_in_ledger)),
        )

    def asked_at(self, at: datetime, known: datetime | None) -> Audit:
        """Return the same audit for another moment at which the same facts hold."""
        if (at, known) == (self._facts.at, self._facts.known):
            return self
        told = copy.copy(self)
        told._facts = replace(self._facts, at=at, known=known)
        return told

    def reconciliation(self) -> Reconciliation:
        """Compare the books with the registry, the measure and the certificates (办法 art. 6)."""
        return reconcile_books(self.estate, self._facts, sorted(self._not_in_ledger))

    def _unit(self, code: str) -> UnitResult:
        return judge_unit(self.estate, code, self.persons, self._members.get(code, ()))

    def _look_at(self, code: str) -> None:
        """Tell whether a room is idle, and whether the ledger of its building leaves it out."""
        room = self.estate.rooms[code]
        idle = idle_room(self.estate, code)
        if idle is not None:
            self._idle[code] = idle
        else:
            self._idle.pop(code, None)
        if (
            not room.in_ledger
            and room.building in self._booked
            and use_in_fact(room, self.estate.assignment(code)) in _BOOKED
        ):
            self._not_in_ledger.add(code)
        else:
            self._not_in_ledger.discard(code)


def _replaced(rows: tuple[_Fact, ...], key: str, now: Mapping[str, _Fact]) -> tuple[_Fact, ...]:
    """Put facts in the place of those of the same key, new ones at the end."""
    if not now:
        return rows
    had = {getattr(row, key) for row in rows}
    kept = (now.get(getattr(row, key), row) for row in rows)
    return (*kept, *(row for code, row in now.items() if code not in had))


def _regrouped(rows: tuple[_Held, ...], now: Mapping[str, tuple[_Held, ...]]) -> tuple[_Held, ...]:
    """Put facts of rooms in the place of all that those rooms had."""
    if not now:
        return rows
    return (*(r for r in rows if r.room not in now), *(r for own in now.values() for r in own))
