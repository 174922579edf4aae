"""From the rows of a table to the facts that they tell; compared with the registry later."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from fangma.asset_registry.occupation.facts import (
    Assignment,
    Dated,
    Lease,
    LedgerEntry,
    Named,
    PersonalDetail,
    Post,
    UnitState,
)
from fangma.asset_registry.room_uses import CLASSES, room_uses
from fangma.bim_import.tables import values
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Callable

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
        code = judge.need(row, "unit", _code)
        if code is not None and code not in ids:
            ids[code] = uuid4()
            told.units.append(Named(id=ids[code], code=code))
    by_word = _with_names(table, ids)
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        code = _quietly(row, "unit", _code)
        parent = judge.read(row, "parent", partial(_one_of, by_word, "单位 unit", "unknown-unit"))
        name = judge.need(row, "name", values.text)
        organ = judge.need(row, "organ_class", _organ)
        authorised = judge.read(row, "authorised", values.count)
        rank = judge.read(row, "unit_rank", values.text)
        credit = judge.read(row, "credit_code", values.text)
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
        code, name = _quietly(row, "unit", _code), _quietly(row, "name", values.text)
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
        code = judge.need(row, "person", _code)
        unit = judge.need(row, "unit", partial(_one_of, known.units, "单位 unit", "unknown-unit"))
        name = judge.read(row, "name", values.text)
        rank = judge.read(row, "rank", values.text)
        post = judge.read(row, "post", values.text)
        status = judge.read(row, "status", _status) or "在职"
        left_on = judge.read(row, "left_on", partial(values.day, open_ended=True))
        second = judge.read(row, "second_units", values.text)
        approved = judge.read(row, "second_approved", values.yes_or_no)
        if code is None or unit is None:
            continue
        if code not in ids:
            ids[code] = uuid4()
            told.people.append(Named(id=ids[code], code=code))
        if has_names or row.notes:
            told.details.append(PersonalDetail(person_id=ids[code], name=name, notes=row.notes))
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
                    second=tuple({"unit": word, "approved": approved} for word in others),
                ),
            )
        )
    return facts


def _assignments(table: Table, known: Known, judge: Judge, told: Told) -> list[tuple[Row, Dated]]:
    del told
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        room = _room(row, known, judge)
        person = judge.read(
            row, "person", partial(_one_of, known.people, "人员 person", "unknown-person")
        )
        unit = judge.read(row, "unit", partial(_one_of, known.units, "单位 unit", "unknown-unit"))
        use = judge.read(row, "use", _use)
        since, until = judge.period(row)
        if not _filled(row, "person") and not _filled(row, "unit"):
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
        room = _room(row, known, judge)
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
    facts: list[tuple[Row, Dated]] = []
    for row in table.rows:
        room = _room(row, known, judge)
        area = judge.need(row, "area_m2", partial(values.number, above=0))
        use = judge.read(row, "use", values.text)
        unit = judge.read(row, "unit", partial(_one_of, known.units, "单位 unit", "unknown-unit"))
        certificate = judge.read(row, "certificate", values.text)
        certified = judge.read(row, "certificate_m2", partial(values.number, above=0))
        if room is None or area is None:
            continue
        facts.append(
            (
                row,
                LedgerEntry(
                    entry_id=room,
                    area_m2=area,
                    use=use,
                    unit_id=unit,
                    certificate=certificate,
                    certificate_m2=certified,
                    notes=row.notes,
                ),
            )
        )
    return facts


_TELLERS: Final[dict[str, Callable[[Table, Known, Judge, Told], list[tuple[Row, Dated]]]]] = {
    "units": _units,
    "people": _people,
    "assignments": _assignments,
    "leases": _leases,
    "ledger": _ledger,
}

TOLD_BY_ROWS: Final = tuple(_TELLERS)
"""Kinds that are imported here, in the order in which later ones speak of earlier ones."""


def _room(row: Row, known: Known, judge: Judge) -> UUID | None:
    """Find the room of a row; the column that is blamed is the one that was filled in."""
    column = "room" if _filled(row, "room") or "number" not in row.cells else "number"
    try:
        return known.rooms.find(
            *(values.text(row.cells.get(name)) for name in ("room", "building", "number"))
        )
    except CellError as failure:
        judge.wrong(row, column, failure)
        return None


def _filled(row: Row, column: str) -> bool:
    cell = row.cells.get(column)
    return cell is not None and str(cell).strip() != ""


def _quietly(row: Row, column: str, reader: Callable[[Cell], str | None]) -> str | None:
    """Read a cell that has been judged already."""
    try:
        return reader(row.cells.get(column))
    except CellError:
        return None


def _code(cell: Cell) -> str | None:
    return values.text(cell, longest=100)


def _one_of(ids: dict[str, UUID], what: str, rule: str, cell: Cell) -> UUID | None:
    code = _code(cell)
    if code is None:
        return None
    found = ids.get(code)
    if found is None:
        raise CellError(
            f"a {what} that is known",
            "Correct it, or import the table that it stands in first.",
            rule=rule,
        )
    return found


def _organ(cell: Cell) -> str | None:
    return values.choice(cell, _ORGANS, "中央, 省级, 市级, 县级 or 乡级")


def _status(cell: Cell) -> str | None:
    return values.choice(cell, _STATUS, "在职, 退休 or 调离")


def _direction(cell: Cell) -> str | None:
    return values.choice(cell, _DIRECTIONS, "出租 or 租入")


def _use(cell: Cell) -> str | None:
    return values.choice(
        cell,
        _uses(),
        "办公室, 领导办公室, 服务用房, 设备用房, 附属用房, 技术业务用房 or a finer use",
    )


@cache
def _uses() -> dict[str, str]:
    known = {name.casefold(): name for name in CLASSES}
    for use in room_uses():
        known[use.name.casefold()] = use.name
        known.setdefault(use.en.casefold().replace(" ", ""), use.name)
    return known
