"""From the rows of a table to the facts that they tell; compared with the registry later."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from fangma.asset_registry.occupation.facts import (
    Assignment,
    Dated,
    Lease,
    Named,
    PersonalDetail,
    Post,
    UnitState,
)
from fangma.bim_import.tables import books, references, values
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row, Table
    from fangma.bim_import.tables.rooms import RoomIndex
    from fangma.bim_import.tables.values import Cell

_ORGANS: Final = {
    word: organ
    for organ, words in {
        "中央": ("中央", "中央机关", "central"),
        "省级": ("省级", "省", "省级机关", "provincial"),
        "市级": ("市级", "市", "市级机关", "municipal"),
        "县级": ("县级", "县", "区级", "县级机关", "county"),
        "乡级": ("乡级", "乡", "镇", "乡镇", "乡级机关", "township"),
    }.items()
    for word in words
}
_STATUS: Final = {
    word: status
    for status, words in {
        "在职": ("在职", "在岗", "active", "inpost"),
        "退休": ("退休", "retired"),
        "调离": ("调离", "调出", "离任", "离职", "transferred", "left"),
    }.items()
    for word in words
}
_DIRECTIONS: Final = {
    word: direction
    for direction, words in {
        "出租": ("出租", "租出", "out", "leaseout"),
        "租入": ("租入", "承租", "租用", "in", "leasein"),
    }.items()
    for word in words
}
_BETWEEN_POSTS: Final = re.compile(r"[;,、|]+")  # after folding full-width forms
_BETWEEN_UNITS: Final = re.compile(r"[;；,，、|]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the registry, and the tables imported before in the same run, know by name."""

    units: dict[str, UUID]
    people: dict[str, UUID]
    parents: dict[UUID, UUID | None]
    rooms: RoomIndex


@dataclass(slots=True, kw_only=True)
class Told:
    """What a table tells.

    Attributes
    ----------
    facts : list of Dated
        Units, posts and ledger entries have no dates of their own: they hold from whenever the
        planner says.
    """

    facts: list[Dated] = field(default_factory=list)
    units: list[Named] = field(default_factory=list)
    people: list[Named] = field(default_factory=list)
    details: list[PersonalDetail] = field(default_factory=list)


def tell(table: Table, known: Known, judge: Judge) -> Told:
    """Read a table of any kind that is imported by rows.

    Raises
    ------
    RefusedTable
        When anything in it is wrong, with every bad cell.
    """
    told = Told()
    facts = list(_TELLERS[table.kind.name](table, known, judge, told))
    judge.expect_apart(facts)
    judge.expect_all_well()
    told.facts = [fact for _, fact in facts]
    return told


def _units(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    ids = dict(known.units)
    for row in table.rows:
        code = judge.need(row, "unit", references.code)
        if code is not None and code not in ids:
            ids[code] = uuid4()
            told.units.append(Named(id=ids[code], code=code))
    by_word = _with_names(table, ids)
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        code = references.quietly(row, "unit", references.code)
        parent = judge.read(
            row, "parent", partial(references.one_of, by_word, "单位 unit", "unknown-unit")
        )
        name = judge.need(row, "name", values.text)
        organ = judge.need(row, "organ_class", _organ)
        authorised = judge.read(row, "authorised", values.count)
        rank = judge.read(row, "unit_rank", values.text)
        credit = judge.read(row, "credit_code", values.text)
        posts = judge.read(row, "posts", _posts) or ()
        division = judge.read(row, "division", _division)
        if code is None:
            continue
        facts.append(
            (
                row,
                UnitState(
                    unit_id=ids[code],
                    name=name,
                    parent_id=parent,
                    organ_class=organ,
                    unit_rank=rank,
                    authorised=authorised,
                    credit_code=credit,
                    posts=posts,
                    division=division,
                    notes=row.notes,
                ),
            )
        )
    _expect_no_circle(facts, known, judge)
    return facts


def _with_names(table: Table, ids: dict[str, UUID]) -> dict[str, UUID]:
    """Let a parent be named by its name too, where one unit of the table has that name."""
    named: dict[str, set[UUID]] = {}
    for row in table.rows:
        code, name = (
            references.quietly(row, "unit", references.code),
            references.quietly(row, "name", values.text),
        )
        if code is not None and name is not None:
            named.setdefault(name, set()).add(ids[code])
    return {**{name: next(iter(of)) for name, of in named.items() if len(of) == 1}, **ids}


def _expect_no_circle(facts: list[tuple[Row, Dated]], known: Known, judge: Judge) -> None:
    parents = dict(known.parents)
    for _, fact in facts:
        if isinstance(fact, UnitState):
            parents[fact.unit_id] = fact.parent_id
    sound: set[UUID] = set()
    for row, fact in facts:
        if not isinstance(fact, UnitState):
            continue
        path: dict[UUID, None] = {}
        at: UUID | None = fact.unit_id
        while at is not None and at not in sound and at not in path:
            path[at] = None
            at = parents.get(at)
        if at is not None and at in path:
            if at == fact.unit_id:
                judge.wrong(
                    row,
                    "parent",
                    CellError(
                        "a unit that is not below this one", "Correct it.", rule="unit-circle"
                    ),
                )
        else:
            sound.update(path)


def _people(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    ids = dict(known.people)
    facts: list[tuple[Row, Dated]] = []
    has_names = any("name" in row.cells for row in table.rows)
    for row in table.rows:
        code = judge.need(row, "person", references.code)
        unit = judge.need(
            row, "unit", partial(references.one_of, known.units, "单位 unit", "unknown-unit")
        )
        name = judge.read(row, "name", values.text)
        rank = judge.read(row, "rank", values.text)
        post = judge.read(row, "post", values.text)
        left_on = judge.read(row, "left_on", partial(values.day, open_ended=True))
        # Who has a day of leaving and no status has left.
        status = judge.read(row, "status", _status) or ("在职" if left_on is None else "调离")
        second = judge.read(row, "second_units", values.text)
        approved = judge.read(row, "second_approved", values.yes_or_no)
        if code is None or unit is None:
            continue
        if code not in ids:
            ids[code] = uuid4()
            told.people.append(Named(id=ids[code], code=code))
        if has_names or row.notes:
            told.details.append(PersonalDetail(person_id=ids[code], name=name, notes=row.notes))
        ended = judge.read(row, "second_ended", partial(values.day, open_ended=True))
        if ended is None and status == "在职":
            ended = left_on  # Who is in post and left one, left the second.
        others = [word.strip() for word in _BETWEEN_UNITS.split(second or "") if word.strip()]
        facts.append(
            (
                row,
                Post(
                    person_id=ids[code],
                    unit_id=unit,
                    rank=rank,
                    post=post,
                    status=status,
                    left_on=left_on,
                    second=tuple(_second(word, approved, ended) for word in others),
                ),
            )
        )
    return facts


def _second(unit: str, approved: bool | None, ended: date | None) -> dict[str, Any]:
    post: dict[str, Any] = {"unit": unit, "approved": approved}
    if ended is not None:
        post["ended"] = ended.isoformat()
    return post


def _assignments(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    del told
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        room = references.room(row, known.rooms, judge)
        person = judge.read(
            row, "person", partial(references.one_of, known.people, "人员 person", "unknown-person")
        )
        unit = judge.read(
            row, "unit", partial(references.one_of, known.units, "单位 unit", "unknown-unit")
        )
        use = judge.read(row, "use", references.use)
        since, until = judge.period(row)
        if not references.filled(row, "person") and not references.filled(row, "unit"):
            judge.wrong(
                row,
                "person" if "person" in row.cells else "unit",
                CellError(
                    "a person or a unit", "Fill in 人员编号 or 单位编码.", rule="missing-value"
                ),
            )
        if room is None or since is None or (person is None and unit is None):
            continue
        facts.append(
            (
                row,
                Assignment(
                    valid_from=since,
                    valid_to=until,
                    entry_id=room,
                    person_id=person,
                    unit_id=unit,
                    use=use,
                    notes=row.notes,
                ),
            )
        )
    return facts


def _leases(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    del told
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        room = references.room(row, known.rooms, judge)
        tenant = judge.read(row, "tenant", values.text) or ""
        direction = judge.need(row, "direction", _direction)
        since, until = judge.period(row)
        due = judge.read(row, "due", partial(values.number, least=0))
        paid = judge.read(row, "paid", partial(values.number, least=0))
        if room is None or direction is None or since is None:
            continue
        facts.append(
            (
                row,
                Lease(
                    valid_from=since,
                    valid_to=until,
                    entry_id=room,
                    direction=direction,
                    tenant=tenant,
                    due=due,
                    paid=paid,
                    notes=row.notes,
                ),
            )
        )
    return facts


def _ledger(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    del told
    return books.tell_ledger(table, known.rooms, known.units, judge)


def _buildings(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    del told
    return books.tell_buildings(table, known.rooms, judge)


def _titles(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    del told
    return books.tell_titles(table, known.rooms, judge)


_TELLERS: Final[dict[str, Callable[[Table, Known, Judge, Told], list[tuple[Row, Dated]]]]] = {
    "units": _units,
    "people": _people,
    "assignments": _assignments,
    "leases": _leases,
    "ledger": _ledger,
    "buildings": _buildings,
    "titles": _titles,
}

TOLD_BY_ROWS: Final = tuple(_TELLERS)
"""Kinds that are imported here, in the order in which later ones speak of earlier ones."""


def _organ(cell: Cell) -> str | None:
    return values.choice(cell, _ORGANS, "中央, 省级, 市级, 县级 or 乡级")


def _status(cell: Cell) -> str | None:
    return values.choice(cell, _STATUS, "在职, 退休 or 调离")


def _direction(cell: Cell) -> str | None:
    return values.choice(cell, _DIRECTIONS, "出租 or 租入")


def _posts(cell: Cell) -> tuple[tuple[str, int], ...] | None:
    """Read 核定职数, such as ``正局(处)级:1；副局(处)级:3；局(处)级以下:40``."""
    words = values.text(cell)
    if words is None:
        return None
    posts: dict[str, int] = {}
    for part in _BETWEEN_POSTS.split(unicodedata.normalize("NFKC", words)):
        if not part.strip():
            continue
        rank, _, count = part.rpartition(":")
        rank, count = rank.strip(), count.strip().removesuffix("人")
        if not rank or not count.isdecimal() or not count.isascii() or len(count) > 5:
            raise CellError("ranks with counts", "Write it like 正局(处)级:1；局(处)级以下:40")
        if rank in posts:
            raise CellError(f"each rank once; {rank} stands there twice", "Add the counts.")
        posts[rank] = int(count)
    return tuple(posts.items())


def _division(cell: Cell) -> str | None:
    word = values.text(cell)
    if word is None:
        return None
    plain = unicodedata.normalize("NFKC", word)
    if len(plain) != 6 or not plain.isascii() or not plain.isdigit():
        raise CellError("six digits of GB/T 2260", "Write it like 330302.")
    return plain
