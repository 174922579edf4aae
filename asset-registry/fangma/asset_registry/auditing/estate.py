"""The facts of one day, indexed: who holds which room, which unit answers for whom."""

from __future__ import annotations

import copy
import unicodedata
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from fangma.asset_registry.auditing.areas import read_area
from fangma.asset_registry.auditing.facts import PersonFact
from fangma.asset_registry.auditing.sharing import divide
from fangma.asset_registry.standards.choosing import choose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from fangma.asset_registry.auditing.facts import (
        AssignmentFact,
        AuditFacts,
        FactChanges,
        LeaseFact,
        RoomFact,
        TitleFact,
        UnitFact,
    )
    from fangma.asset_registry.auditing.settings import AuditSettings
    from fangma.asset_registry.auditing.sharing import Division
    from fangma.asset_registry.standards.pack import Pack
    from fangma.asset_registry.standards.standard import Entitlement, Standard


class Estate:
    """What is true on the day of the audit, by code.

    Attributes
    ----------
    rooms, units, people : dict
        By code or id, ascending, so that every walk is in the order of the report.
    areas : dict
        Area of each room to 0.01 m2, None where it was not measured.
    assigned : dict of room to list of AssignmentFact
        Valid on the day, each (room, person, unit) once.
    held : dict of person to tuple of rooms
        As assigned, without annexes.
    titles : dict of room or building to list of TitleFact
    certified : dict of certificate number to the rooms and buildings that it is of
    annexes : dict of office to tuple of rooms
        Rest rooms and toilets that nobody is assigned to and that an office leads to.
    group : dict of unit to unit
        Who answers for a unit: itself, or the nearest above with an authorised strength.
    staff : dict of unit to set of people
        By main post, for the unit that answers.
    """

    def __init__(
        self, facts: AuditFacts, packs: Sequence[Pack], name: str | None, settings: AuditSettings
    ) -> None:
        self.day = facts.day
        self.settings = settings
        self._division = facts.division
        self._packs = tuple(packs)
        self._name = name
        self._chosen: dict[str | None, Standard] = {}  # by division
        self._standards: dict[str | None, Standard] = {}  # by unit
        self._entitlements: dict[tuple[str, str | None], Entitlement] = {}
        # Nine rows out of ten say of no day on which they begin or end: they are not asked further.
        rooms = {
            room.code: room
            for room in facts.rooms
            if (room.since is None and room.until is None) or _holds(room, self.day)
        }
        self.rooms: dict[str, RoomFact] = {code: rooms[code] for code in sorted(rooms)}
        self.areas: dict[str, Decimal | None] = {
            code: read_area(room.measured_m2) for code, room in self.rooms.items()
        }
        units = {unit.code: unit for unit in facts.units}
        self.units: dict[str, UnitFact] = {code: units[code] for code in sorted(units)}
        self._codes: dict[str, list[str]] = defaultdict(list)  # by name
        for code, unit in self.units.items():
            if unit.name:
                self._codes[unit.name].append(code)
        self.group = {code: self._answering(code) for code in self.units}
        self.sharing = settings.sharing or self.standard().sharing
        figures = self.standard().figures
        self.mismatch = (figures["mismatch_m2"].value, figures["mismatch_share"].value)
        self.leases: dict[str, list[LeaseFact]] = defaultdict(list)
        for lease in facts.leases:
            if lease.since is None or lease.since <= self.day:
                self.leases[lease.room].append(lease)
        for leases in self.leases.values():
            leases.sort(key=_lease_order)
        self.titles: dict[str, list[TitleFact]] = defaultdict(list)
        self.certified: dict[str, set[str]] = defaultdict(set)
        for title in sorted(facts.titles, key=lambda each: (each.thing, each.certificate)):
            self.titles[title.thing].append(title)
            self.certified[plain_number(title.certificate)].add(title.thing)
        self.assigned: dict[str, list[AssignmentFact]] = defaultdict(list)
        self.held: dict[str, tuple[str, ...]] = {}
        self.unit_rooms: dict[str, set[str]] = defaultdict(set)
        people = {person.id: person for person in facts.people}
        day, assigned, held = self.day, self.assigned, self.held
        for assignment in facts.assignments:
            since, until = assignment.since, assignment.until
            if (since is None or since <= day) and (until is None or day <= until):
                person = assignment.person
                assigned[assignment.room].append(assignment)
                if person is not None and person not in held:
                    held[person] = (assignment.room,)
                else:
                    self._index(assignment)
        for rows in self.assigned.values():
            if len(rows) > 1:
                by_order = {_order(row): row for row in rows}
                rows[:] = [by_order[order] for order in sorted(by_order)]
        # Whom the people table does not know is never silently left out.
        self._strangers = {person for person in self.held if person not in people}
        people |= {person: PersonFact(id=person, unit="") for person in self._strangers}
        self.people: dict[str, PersonFact] = {key: people[key] for key in sorted(people)}
        self._name_second_units()
        self.staff: dict[str, set[str]] = defaultdict(set)
        answering, staff = self.group.get, self.staff
        for key, member in self.people.items():
            staff[answering(member.unit, member.unit)].add(key)
        annexes: dict[str, list[str]] = defaultdict(list)
        for room in self.rooms.values():
            if room.annex_of is not None:
                annexes[room.annex_of].append(room.code)
        self._annexes = {office: tuple(codes) for office, codes in annexes.items()}
        self._divisions: dict[str, Division] = {}

    def _name_second_units(self) -> None:
        """Let second posts name their unit by code, where a table named it by its name."""
        for key, person in self.people.items():
            if person.second_posts:
                self.people[key] = self._named(person)

    def _named(self, person: PersonFact) -> PersonFact:
        if all(post.unit in self.units for post in person.second_posts):
            return person
        posts = []
        for post in person.second_posts:
            codes = self._codes.get(post.unit, ()) if post.unit not in self.units else ()
            posts.append(replace(post, unit=codes[0]) if len(codes) == 1 else post)
        return replace(person, second_posts=tuple(posts))

    # ---- reading ----

    def standard(self, unit: str | None = None) -> Standard:
        """Return the standard for a unit: its division picks provincial and city rules."""
        if unit not in self._standards:
            fact = self.units.get(unit) if unit is not None else None
            division = fact.division if fact is not None and fact.division else self._division
            if division not in self._chosen:
                self._chosen[division] = choose(self._packs, self.day, division, self._name)
            self._standards[unit] = self._chosen[division]
        return self._standards[unit]

    def entitlement(self, person: str) -> Entitlement:
        """Tell the ceiling of a person's rank in the unit of the main post."""
        fact = self.people[person]
        key = (fact.unit, fact.rank)
        held = self._entitlements.get(key)
        if held is None:
            unit = self.units.get(fact.unit)
            organ_class, unit_rank = (unit.organ_class, unit.unit_rank) if unit else (None, None)
            held = self.standard(fact.unit).entitlement(organ_class, unit_rank, fact.rank)
            self._entitlements[key] = held
        return held

    def annexes(self, office: str) -> tuple[str, ...]:
        """Return the rest rooms and toilets that count with an office."""
        if office not in self._annexes:
            return ()
        return tuple(annex for annex in self._annexes[office] if not self.assigned.get(annex))

    def holders(self, room: str) -> tuple[str, ...]:
        """Return the people who hold a room, or the office to which it is annexed."""
        rows = self.assigned.get(room)
        if not rows:
            fact = self.rooms.get(room)
            rows = self.assigned.get(fact.annex_of) if fact is not None and fact.annex_of else None
        if not rows:
            return ()
        if len(rows) == 1:
            return (rows[0].person,) if rows[0].person is not None else ()
        return tuple(sorted({row.person for row in rows if row.person is not None}))

    def assignment(self, room: str, person: str | None = None) -> AssignmentFact | None:
        """Return the assignment of a room (to a person), the oldest of several."""
        rows = self.assigned.get(room, ())
        for assignment in rows:
            if person is None or assignment.person == person:
                return assignment
        return None

    def division(self, room: str) -> Division:
        """Return how a room is divided among those who hold it."""
        if room not in self._divisions:
            self._divisions[room] = divide(self, room)
        return self._divisions[room]

    def tolerance_m2(self, unit: str | None = None) -> Decimal:
        """Return the excess up to which a person or unit is within."""
        if self.settings.tolerance_m2 is not None:
            return self.settings.tolerance_m2
        return self.standard(unit).figures["tolerance_m2"].value

    # ---- changing ----

    def copied(self) -> Estate:
        """Return an estate that can be changed while this one stays as it is."""
        told = copy.copy(self)
        told.rooms, told.areas = dict(self.rooms), dict(self.areas)
        told.people, told.held = dict(self.people), dict(self.held)
        # Their lists are never changed in place.
        told.assigned, told.leases = self.assigned.copy(), self.leases.copy()
        told.unit_rooms = defaultdict(set, {key: set(own) for key, own in self.unit_rooms.items()})
        told.staff = defaultdict(set, {key: set(own) for key, own in self.staff.items()})
        told._strangers = set(self._strangers)
        told._annexes, told._divisions = dict(self._annexes), dict(self._divisions)
        return told

    def revise(self, changes: FactChanges) -> set[str]:
        """Take facts as they are now, and return the rooms that are divided or judged anew."""
        touched: set[str] = set()
        for fact in changes.rooms:
            before = self.rooms[fact.code]
            touched.add(fact.code)
            touched |= {office for office in (before.annex_of, fact.annex_of) if office is not None}
            self.rooms[fact.code] = fact
            self.areas[fact.code] = read_area(fact.measured_m2)
            if before.annex_of != fact.annex_of:
                self._annex(fact.code, before.annex_of, fact.annex_of)
        for room, leases in changes.leases.items():
            touched.add(room)
            begun = [row for row in leases if row.since is None or row.since <= self.day]
            self.leases.pop(room, None)
            if begun:
                self.leases[room] = sorted(begun, key=_lease_order)
        for person in (*(fact.id for fact in changes.people), *changes.gone):
            touched.update(self.held.get(person, ()))
        self._revise_people(changes)
        removed: list[AssignmentFact] = []
        added: list[AssignmentFact] = []
        for room, now in changes.assigned.items():
            had = self.assigned.get(room, ())
            removed += [row for row in had if row not in now]
            added += [row for row in now if row not in had]
        touched |= self.replace(removed, added)
        for room in tuple(touched):
            touched.update(self._annexes.get(room, ()))
        for room in touched:
            self._divisions.pop(room, None)
        return touched

    def _annex(self, code: str, before: str | None, after: str | None) -> None:
        if before is not None:
            rest = tuple(each for each in self._annexes[before] if each != code)
            if rest:
                self._annexes[before] = rest
            else:
                del self._annexes[before]
        if after is not None:
            self._annexes[after] = tuple(sorted((*self._annexes.get(after, ()), code)))

    def _revise_people(self, changes: FactChanges) -> None:
        now: list[PersonFact] = [self._named(fact) for fact in changes.people]
        for person in sorted(changes.gone & self.people.keys()):
            self._leave(person)
            if person in self.held:
                self._strangers.add(person)
                now.append(PersonFact(id=person, unit=""))
            else:
                del self.people[person]
        is_new = False
        for fact in now:
            if fact.id in self.people:
                self._leave(fact.id)
            else:
                is_new = True
            if fact.unit:
                self._strangers.discard(fact.id)
            self.people[fact.id] = fact
            self.staff[self.group.get(fact.unit, fact.unit)].add(fact.id)
        if is_new:
            self.people = dict(sorted(self.people.items()))

    def _leave(self, person: str) -> None:
        unit = self.people[person].unit
        self.staff[self.group.get(unit, unit)].discard(person)

    def replace(
        self, removed: Sequence[AssignmentFact], added: Sequence[AssignmentFact]
    ) -> set[str]:
        """Take assignments away, add others, and return the rooms that are divided anew."""
        rooms: set[str] = set()
        for assignment in removed:
            rooms.add(assignment.room)
            self._remove(assignment)
        for assignment in added:
            rooms.add(assignment.room)
            self._add(assignment)
        self._meet_strangers({a.person for a in (*removed, *added) if a.person is not None})
        for room in tuple(rooms):
            # A toilet given to nobody counts for the office that it is entered from, and back.
            rooms.update(self._annexes.get(room, ()))
            fact = self.rooms.get(room)
            if fact is not None and fact.annex_of is not None:
                rooms.add(fact.annex_of)
        for room in rooms:
            self._divisions.pop(room, None)
        return rooms

    def _meet_strangers(self, people: set[str]) -> None:
        """Keep those who hold a room and are in no table, and forget them when they hold none."""
        changed = False
        for person in sorted(people):
            holds = bool(self.held.get(person))
            if holds and person not in self.people:
                self._strangers.add(person)
                self.people[person] = PersonFact(id=person, unit="")
                self.staff[""].add(person)
                changed = True
            elif not holds and person in self._strangers:
                self._strangers.discard(person)
                del self.people[person]
                self.staff[""].discard(person)
        if changed:
            self.people = dict(sorted(self.people.items()))

    def _add(self, assignment: AssignmentFact) -> None:
        if not _holds(assignment, self.day):
            return
        rows = self.assigned[assignment.room]
        if assignment not in rows:
            self.assigned[assignment.room] = sorted((*rows, assignment), key=_order)
            self._index(assignment)

    def _index(self, assignment: AssignmentFact) -> None:
        person = assignment.person
        if person is not None:
            # Tuples: for 50,000 people sets would take a tenth of the time of the whole audit.
            rooms = self.held.get(person)
            if rooms is None:
                self.held[person] = (assignment.room,)
            elif assignment.room not in rooms:
                self.held[person] = (*rooms, assignment.room)
        elif assignment.unit is not None:
            self.unit_rooms[assignment.unit].add(assignment.room)

    def _remove(self, assignment: AssignmentFact) -> None:
        if assignment not in self.assigned.get(assignment.room, ()):
            return
        rows = [row for row in self.assigned[assignment.room] if row != assignment]
        self.assigned[assignment.room] = rows
        person, unit = assignment.person, assignment.unit
        if person is not None and not any(row.person == person for row in rows):
            rest = tuple(room for room in self.held[person] if room != assignment.room)
            if rest:
                self.held[person] = rest
            else:
                del self.held[person]
        if (
            person is None
            and unit is not None
            and not any(row.person is None and row.unit == unit for row in rows)
        ):
            self.unit_rooms[unit].discard(assignment.room)

    def _answering(self, code: str) -> str:
        """Climb to the nearest unit with an authorised strength; stay when there is none."""
        seen: set[str] = set()
        at: str | None = code
        while at is not None and at in self.units and at not in seen:
            if self.units[at].authorised or self.units[at].posts:
                return at
            seen.add(at)
            at = self.units[at].parent
        return code


def plain_number(certificate: str) -> str:
    """Write a certificate's number in the form in which numbers are compared."""
    return "".join(unicodedata.normalize("NFKC", certificate).casefold().split())


def _holds(fact: RoomFact | AssignmentFact, day: date) -> bool:
    return (fact.since is None or fact.since <= day) and (fact.until is None or day <= fact.until)


def _lease_order(lease: LeaseFact) -> tuple[str, str, str]:
    return (str(lease.until or "9999"), lease.direction, str(lease))


def _order(assignment: AssignmentFact) -> tuple[int, str, str, str, int]:
    """Order the rows of a room, the oldest first; no two different rows are equal."""
    return (
        assignment.since.toordinal() if assignment.since is not None else 0,
        assignment.person or "",
        assignment.unit or "",
        assignment.use or "",
        assignment.until.toordinal() if assignment.until is not None else 0,
    )
