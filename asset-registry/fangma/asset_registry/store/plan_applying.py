"""Carry a plan out, and take it back: both write assignments with their own times.

What is written is found again by its revision, so that taking back is exact: what the plan added
ends, what it ended goes on.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import dict_row

from fangma.asset_registry.auditing.facts import CHINA
from fangma.asset_registry.changes import Applied, ChangeSet
from fangma.asset_registry.occupation.facts import Assignment, OccupationChanges
from fangma.asset_registry.reallocation.errors import ReallocationError
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.plans import room_ids
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from uuid import UUID

    from fangma.asset_registry.reallocation.ordering import Step
    from fangma.asset_registry.reallocation.situation import Situation
    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.plans import Plan

_OFFICE: Final = "办公室"
_FILE: Final = "plans"


class CarryOutError(ReallocationError):
    """The registry has changed so that a plan cannot be carried out, or taken back, as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    id: int
    entry_id: UUID
    person_id: UUID | None
    unit_id: UUID | None
    use: str | None
    notes: dict[str, str]
    valid_from: datetime | None
    valid_to: datetime | None

    def fact(self) -> Assignment:
        return Assignment(
            entry_id=self.entry_id, person_id=self.person_id, unit_id=self.unit_id, use=self.use,
            notes=self.notes, valid_from=self.valid_from, valid_to=self.valid_to,
        )  # fmt: skip


def start_of(day: date) -> datetime:
    """Return the start of a day in China."""
    return datetime.combine(day, time(), CHINA)


def carry_out(
    conn: Connection,
    plan: Plan,
    situation: Situation,
    steps: Sequence[Step],
    released: Sequence[tuple[str, str]],
    *,
    actor: str,
) -> Applied:
    """Write the assignments of a plan, each from the day of its step on.

    Parameters
    ----------
    conn : Connection
        Inside ``recording``, the recording lock taken.
    situation : Situation
        Of the same plan, as things stand.
    steps : sequence of Step
        In order; temporary ones are of the movers and leave no trace here.
    released : sequence of (person, room)
        Further rooms that are given back.

    Raises
    ------
    CarryOutError
        When a person, a unit or an assignment is not there (any more).
    """
    last = {step.person: step for step in steps}
    begins = {step.person: step.from_ for step in reversed(steps)}
    codes = {code for p in last for code in (begins[p], last[p].to) if code is not None}
    codes |= {room for _, room in released}
    ids = room_ids(conn, codes)
    missing = sorted(codes - ids.keys())
    if missing:
        raise CarryOutError(
            f"found no room {', '.join(missing[:5])} that you may see",
            "the room is retired, or secret; draw the plan up again",
        )
    changes = _Changes(conn, plan, situation, ids)
    for id_, step in sorted(last.items()):
        start = start_of(step.on)
        begin = begins[id_]
        if begin is not None:
            changes.end(id_, begin, start)
        if step.to is not None:
            changes.give(id_, step.to, start)
    for id_, room in released:
        changes.end(id_, room, start_of(plan.planned_on))
    return apply(
        conn,
        ChangeSet(site_id=plan.site_id, valid_from=None, occupation=changes.occupation()),
        actor=actor,
        action="edit",
        reason=f"plan {plan.number}: {plan.title}",
        detail={"plan": plan.number},
    )


class _Changes:
    """What is closed and added, row by row."""

    def __init__(
        self, conn: Connection, plan: Plan, situation: Situation, ids: dict[str, UUID]
    ) -> None:
        self._plan = plan
        self._situation = situation
        self._ids = ids
        people = {
            self._person_code(id_)
            for id_ in (*situation.people, *(p for p, _ in situation.released))
        }
        asked = {"site_id": plan.site_id}
        self._people: dict[str, UUID] = dict(
            conn.execute(load(_FILE)["people_ids"], {**asked, "codes": sorted(people)}).fetchall()
        )
        units = sorted({person.unit for person in situation.people.values()})
        self._units: dict[str, UUID] = dict(
            conn.execute(load(_FILE)["unit_ids"], {**asked, "codes": units}).fetchall()
        )
        self._held: dict[UUID, list[_Row]] = defaultdict(list)
        with conn.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(load(_FILE)["held"], {"entry_ids": list(ids.values())}):
                self._held[row["entry_id"]].append(_Row(**row))
        self._closed: set[int] = set()
        self._added: list[Assignment] = []

    def end(self, id_: str, code: str, start: datetime) -> None:
        """End what somebody holds of a room."""
        person, unit = self._holder(id_)
        rows = [
            row
            for row in self._held[self._ids[code]]
            if (
                row.person_id == person if person else row.person_id is None and row.unit_id == unit
            )
        ]
        rows = [row for row in rows if row.valid_to is None or row.valid_to > start]
        if not rows:
            raise CarryOutError(
                f"found that {id_} does not hold {code} any more on {start.date()}",
                "somebody changed it meanwhile: draw the plan up again",
            )
        for row in rows:
            self._closed.add(row.id)
            if row.valid_from is None or row.valid_from < start:
                self._added.append(replace(row.fact(), valid_to=start))

    def give(self, id_: str, code: str, start: datetime) -> None:
        """Give somebody a room, or their unit while nobody knows who it will be."""
        person, unit = self._holder(id_)
        entry_id = self._ids[code]
        there: list[_Row | Assignment] = list(self._added)
        there.extend(row for row in self._held[entry_id] if row.id not in self._closed)
        if unit is not None and any(
            row.entry_id == entry_id
            and row.unit_id == unit
            and row.person_id is None
            and (row.valid_to is None or row.valid_to > start)
            for row in there
        ):
            return  # several to come of one unit share one row
        occupant = self._situation.people[id_]
        notes = {"plan": str(self._plan.number)}
        if occupant.is_newcomer and person is None:
            notes["for"] = f"{occupant.unit} {occupant.rank or ''}".strip()
        self._added.append(
            Assignment(
                entry_id=entry_id, person_id=person, unit_id=unit, use=_OFFICE, notes=notes,
                valid_from=start,
            )
        )  # fmt: skip

    def occupation(self) -> OccupationChanges:
        closed = {"assignment": tuple(sorted(self._closed))} if self._closed else {}
        return OccupationChanges(closed=closed, added=tuple(self._added))

    def _holder(self, id_: str) -> tuple[UUID | None, UUID | None]:
        code = self._person_code(id_)
        if code in self._people:
            return self._people[code], None
        occupant = self._situation.people.get(id_)
        unit = occupant.unit if occupant is not None else ""
        if unit not in self._units:
            raise CarryOutError(
                f"found neither a person {code} nor a unit {unit or '?'} in the registry",
                "import the tables of units and people that the plan counts on, then carry it out",
            )
        return None, self._units[unit]

    def _person_code(self, id_: str) -> str:
        occupant = self._situation.people.get(id_)
        return occupant.further_of or id_ if occupant is not None else id_


def take_back(conn: Connection, plan: Plan, *, on: date, actor: str, reason: str) -> Applied:
    """End what a plan wrote and let what it ended go on, from a day on.

    Parameters
    ----------
    conn : Connection
        Inside ``recording``, the recording lock taken.
    on : date
        From that day on people are where they were; what lay between stays on record.

    Raises
    ------
    CarryOutError
        When somebody was given or lost a room of the plan since.
    """
    if plan.applied_by is None:
        raise AssertionError  # the life of a plan lets only an applied one come here
    asked = {"revision": plan.applied_by}
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load(_FILE)["written_by"], asked).fetchall()
    entries = sorted({row["entry_id"] for row in rows})
    touched = conn.execute(load(_FILE)["touched_since"], {"entry_ids": entries, **asked}).fetchall()
    if touched:
        raise CarryOutError(
            f"found rooms that changed hands after the plan was carried out: "
            f"{', '.join(code for (code,) in touched[:5])}",
            "make a new plan from how things stand",
        )
    start = start_of(on)
    closed, added = [], []
    for row in rows:
        fact = _fact(row)
        if row["was_added"] and row["is_held"]:
            closed.append(row["id"])
            if fact.valid_to is not None and fact.valid_to <= start:
                added.append(fact)  # what had been cut short; joined with the rest below
            elif fact.valid_from is None or fact.valid_from < start:
                added.append(replace(fact, valid_to=start))
        elif not row["was_added"]:
            until = fact.valid_to
            if until is None or until > start:
                begin = (
                    start if fact.valid_from is None or fact.valid_from < start else fact.valid_from
                )
                added.append(replace(fact, valid_from=begin))
    return apply(
        conn,
        ChangeSet(
            site_id=plan.site_id,
            valid_from=None,
            occupation=OccupationChanges(
                closed={"assignment": tuple(sorted(closed))}, added=tuple(_joined(added))
            ),
        ),
        actor=actor,
        action="rollback",
        reason=reason,
        detail={"plan": plan.number, "undoes": plan.applied_by},
    )


def _fact(row: dict[str, Any]) -> Assignment:
    keys = ("entry_id", "person_id", "unit_id", "use", "notes", "valid_from", "valid_to")
    return Assignment(**{key: row[key] for key in keys})


def _joined(facts: list[Assignment]) -> list[Assignment]:
    """Join stretches of one holder that meet, and cut those that overlap."""
    by_subject: dict[tuple[object, ...], list[Assignment]] = defaultdict(list)
    for fact in facts:
        by_subject[fact.subject].append(fact)
    found: list[Assignment] = []
    for held in by_subject.values():
        held.sort(
            key=lambda fact: fact.valid_from.timestamp() if fact.valid_from else float("-inf")
        )
        for fact in held:
            before = found[-1] if found and found[-1].subject == fact.subject else None
            if (
                before is not None
                and before.valid_to is not None
                and fact.valid_from is not None
                and fact.valid_from <= before.valid_to
            ):
                if fact.valid_to is None or fact.valid_to > before.valid_to:
                    found[-1] = replace(before, valid_to=fact.valid_to)
            else:
                found.append(fact)
    return found
