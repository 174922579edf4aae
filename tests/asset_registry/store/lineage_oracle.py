"""Random histories of rooms, told to the registry and to an oracle that copies a table each time.

The oracle knows nothing of ranges: for each moment of knowledge it keeps, day by day, what every
room is called, or None where it is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fangma.asset_registry.changes import Shape
from fangma.asset_registry.dividing import Part
from fangma.asset_registry.store import lineage, undoing
from fangma.asset_registry.store.connection import OPERATOR, Moment, reading, recording
from fangma.asset_registry.store.editing import EditError, correct, record_edit
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.items import Filters, Item, list_items
from fangma.asset_registry.store.lineage import LineageError, Order
from fangma.asset_registry.store.undoing import UndoError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.asset_registry.store.compound import Compound

DAY0 = datetime(2026, 1, 1, tzinfo=UTC)
LAST = 9
ROOMS = 3
AREA = 24.0
Table = dict[str, dict[int, str | None]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing told: ``edit``, ``correct``, ``split``, ``merge`` or ``undo``; by their place."""

    deed: str
    room: int
    other: int = 0
    start: int = 0
    end: int = LAST + 1
    name: str = ""


@dataclass(kw_only=True)
class Deed:
    """What was told and holds: of which rooms, what they were before, and by which revision."""

    about: tuple[str, ...]
    before: Table
    revision: int | None
    new: tuple[str, ...] = ()


@dataclass(kw_only=True)
class History:
    """The registry and the oracle side by side."""

    compound: Compound
    codes: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    known: list[Moment] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)

    def begin(self) -> None:
        rooms = [self.compound.new_room(f"{100 + i}") for i in range(ROOMS)]
        given = self.compound.record(
            new=tuple(rooms),
            states=tuple(
                self.compound.room_state(r.id, name=f"初{i}") for i, r in enumerate(rooms)
            ),
            shapes=tuple(Shape(entry_id=r.id, area_m2=AREA) for r in rooms),
        ).codes
        self.codes = [given[r.id] for r in rooms]
        days = range(-1, LAST + 1)
        self._note({c: dict.fromkeys(days, f"初{i}") for i, c in enumerate(self.codes)})

    def tell(self, step: Step) -> None:
        """Tell both; what is impossible is told to neither."""
        table = {code: dict(days) for code, days in self.tables[-1].items()}
        code = self.codes[step.room % len(self.codes)]
        other = self.codes[step.other % len(self.codes)]
        conn, at = self.compound.conn, DAY0 + timedelta(days=step.start)
        order = Order(actor="oracle", at=at, reason="试")
        about = [code, other] if step.deed == "merge" else [code]
        if step.deed in {"split", "merge"} and not all(
            table[c][step.start] is not None and table[c][LAST] is not None for c in about
        ):
            # It is not there, or a later decision ends it: told to the registry, it is refused.
            with recording(conn, OPERATOR), pytest.raises(LineageError):
                self._decide(step, about, order)
            return
        before = {c: dict(table[c]) for c in about}
        if step.deed == "undo":
            self._undo(step, table)
        elif step.deed == "split":
            with recording(conn, OPERATOR):
                done = self._decide(step, about, order)
            self.deeds.append(
                Deed(about=(code,), before=before, revision=done.revision, new=done.now)
            )
            for part, name in zip(sorted(done.now), ("左", "右"), strict=True):
                table[part] = _since(step.start, name)
            table[code] |= dict.fromkeys(range(step.start, LAST + 1))
            self._name_parts(table, done.now)
        elif step.deed == "merge":
            if code == other:
                return
            with recording(conn, OPERATOR):
                merged = self._decide(step, about, order)
            (whole,) = merged.now
            self.deeds.append(
                Deed(about=(code, other), before=before, revision=merged.revision, new=merged.now)
            )
            table[whole] = _since(step.start, step.name)
            for gone in (code, other):
                table[gone] |= dict.fromkeys(range(step.start, LAST + 1))
        else:
            days = range(step.start, step.end if step.deed == "correct" else LAST + 1)
            touched = [d for d in days if table[code][d] is not None]
            if not self._amend(step, code):
                assert not touched
                return
            table[code] |= dict.fromkeys(touched, step.name)
            self.deeds.append(Deed(about=(code,), before=before, revision=None))
        self.codes = list(table)
        self._note(table)

    def _decide(self, step: Step, about: list[str], order: Order) -> lineage.Decided:
        if step.deed == "split":
            parts = [Part(name="左"), Part(name="右")]
            return lineage.split(self.compound.conn, about[0], parts, order)
        return lineage.merge(self.compound.conn, about, order, name=step.name)

    def _undo(self, step: Step, table: Table) -> None:
        """Take one of the decisions back; refused where anything was told since of its rooms."""
        decisions = [n for n, deed in enumerate(self.deeds) if deed.revision is not None]
        if not decisions:
            return
        number = decisions[step.room % len(decisions)]
        deed = self.deeds[number]
        touched = {*deed.about, *deed.new}
        rests = any(touched & {*later.about, *later.new} for later in self.deeds[number + 1 :])
        with recording(self.compound.conn, OPERATOR):
            if rests:
                with pytest.raises(UndoError):
                    undoing.undo(
                        self.compound.conn, deed.revision or 0, actor="oracle", reason="试"
                    )
                return
            undoing.undo(self.compound.conn, deed.revision or 0, actor="oracle", reason="试")
        del self.deeds[number]
        for code, days in deed.before.items():
            table[code] = dict(days)
        for code in deed.new:
            table[code] = dict.fromkeys(table[code])

    def _name_parts(self, table: Table, parts: Sequence[str]) -> None:
        """Ask the registry once which part has which name: codes say nothing of their order."""
        with reading(self.compound.conn, OPERATOR, DAY0 + timedelta(days=LAST)) as moment:
            names = {i.code: i.name for i in self._rooms(moment)}
        for part in parts:
            table[part] = {d: n and names[part] for d, n in table[part].items()}

    def _rooms(self, moment: Moment) -> list[Item]:
        here = Filters(site=self.compound.site)
        return list_items(self.compound.conn, "room", moment=moment, filters=here)

    def _amend(self, step: Step, code: str) -> bool:
        conn, at = self.compound.conn, DAY0 + timedelta(days=step.start)
        with reading(conn, OPERATOR) as moment:
            entry_id = find_entry(conn, code, moment)[0]
        try:
            with recording(conn, OPERATOR):
                if step.deed == "edit":
                    record_edit(conn, entry_id, {"name": step.name}, actor="oracle", valid_from=at)
                else:
                    until = DAY0 + timedelta(days=step.end)
                    correct(
                        conn, entry_id, {"name": step.name}, valid_from=at, valid_to=until,
                        actor="oracle", reason="更正",
                    )  # fmt: skip
        except EditError:
            return False
        return True

    def _note(self, table: Table) -> None:
        with reading(self.compound.conn, OPERATOR) as moment:
            self.known.append(moment)
        self.tables.append(table)

    def check(self) -> None:
        """Hold every pair of moments to the oracle, and the area to what it was at the start."""
        conn = self.compound.conn
        with reading(conn, OPERATOR) as now:
            for table, known in zip(self.tables, self.known, strict=True):
                for day in range(-1, LAST + 1):
                    moment = Moment(
                        at=DAY0 + timedelta(days=day, hours=12), known=known.known,
                        revision=known.revision,
                    )  # fmt: skip
                    items = self._rooms(moment)
                    told = {
                        code: days[day] for code, days in table.items() if days[day] is not None
                    }
                    assert {i.code: i.name for i in items} == told, (day, known)
                    area = sum(i.area_m2 or 0.0 for i in items)
                    assert abs(area - ROOMS * AREA) < 1e-6, (day, known)
            for code in self.codes:  # every label that was ever printed, the oldest too
                family = lineage.family(conn, code, now)
                newest = self.tables[-1]
                heirs = [m["code"] for m in family["members"] if m["generation"] > 0]
                is_there = newest[code][LAST] is not None
                assert is_there or any(newest[heir][LAST] is not None for heir in heirs)


def _since(start: int, name: str) -> dict[int, str | None]:
    return {day: name if day >= start else None for day in range(-1, LAST + 1)}


def play(compound: Compound, steps: Sequence[Step]) -> None:
    """Tell a history and check it."""
    history = History(compound=compound)
    history.begin()
    for step in steps:
        history.tell(step)
    history.check()
