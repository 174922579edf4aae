"""What a row speaks of: the room, building, unit or person that its cells name."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from fangma.asset_registry.room_uses import CLASSES, room_uses
from fangma.bim_import.tables import values
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row
    from fangma.bim_import.tables.rooms import RoomIndex
    from fangma.bim_import.tables.values import Cell


def room(row: Row, rooms: RoomIndex, judge: Judge) -> UUID | None:
    """Find the room of a row; the column that is blamed is the one that was filled in."""
    column = "room" if filled(row, "room") or "number" not in row.cells else "number"
    try:
        return rooms.find(
            *(values.text(row.cells.get(name)) for name in ("room", "building", "number"))
        )
    except CellError as failure:
        judge.wrong(row, column, failure)
        return None


def office(row: Row, rooms: RoomIndex, judge: Judge) -> UUID | None:
    """Find the office that 所属办公室 names: a code, or a door number in the row's own building."""
    try:
        named = values.text(row.cells.get("annex_of"))
        if named is None:
            return None
        return rooms.find(named, values.text(row.cells.get("building")), None)
    except CellError as failure:
        judge.wrong(row, "annex_of", failure)
        return None


def building(row: Row, rooms: RoomIndex, judge: Judge) -> UUID | None:
    """Find the building of a row."""
    try:
        named = values.text(row.cells.get("building"))
        if named is None:
            raise CellError(
                "a building: its code, name or short name", "Fill in 楼栋.", rule="missing-value"
            )
        return rooms.find_building(named)
    except CellError as failure:
        judge.wrong(row, "building", failure)
        return None


def filled(row: Row, column: str) -> bool:
    """Tell whether a cell says anything."""
    cell = row.cells.get(column)
    return cell is not None and str(cell).strip() != ""


def quietly(row: Row, column: str, reader: Callable[[Cell], str | None]) -> str | None:
    """Read a cell that has been judged already."""
    try:
        return reader(row.cells.get(column))
    except CellError:
        return None


def code(cell: Cell) -> str | None:
    """Read a code of the table's own, such as 单位编码."""
    return values.text(cell, longest=100)


def one_of(ids: dict[str, UUID], what: str, rule: str, cell: Cell) -> UUID | None:
    """Find what a code names.

    Raises
    ------
    CellError
    """
    named = code(cell)
    if named is None:
        return None
    found = ids.get(named)
    if found is None:
        raise CellError(
            f"a {what} that is known",
            "Correct it, or import the table that it stands in first.",
            rule=rule,
        )
    return found


def use(cell: Cell) -> str | None:
    """Read a use of a room.

    Raises
    ------
    CellError
    """
    return values.choice(
        cell,
        _uses(),
        "办公室, 领导办公室, 服务用房, 设备用房, 附属用房, 技术业务用房 or a finer use",
    )


@cache
def _uses() -> dict[str, str]:
    known = {name.casefold(): name for name in CLASSES}
    for each in room_uses():
        known[each.name.casefold()] = each.name
        known.setdefault(each.en.casefold().replace(" ", ""), each.name)
    return known
