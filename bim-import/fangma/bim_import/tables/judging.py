"""Judge the cells of a table one by one; every bad one is told, and one is enough to refuse it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar

from fangma.asset_registry.auditing.facts import CHINA
from fangma.asset_registry.occupation.timelines import overlapping
from fangma.bim_import.tables import values
from fangma.bim_import.tables.errors import RefusedTable, error
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from fangma.asset_registry.occupation.facts import Dated
    from fangma.bim_import.findings import Finding
    from fangma.bim_import.tables.columns import TableKind
    from fangma.bim_import.tables.reading import Row
    from fangma.bim_import.tables.values import Cell

V = TypeVar("V")


class Judge:
    """Collects what is wrong with a table."""

    def __init__(self, kind: TableKind, *, noun: str = "row") -> None:
        """Judge a table of a kind; ``noun`` is what its rows are called, such as ``feature``."""
        self._kind = kind
        self._noun = noun
        self._findings: list[Finding] = []

    def read(self, row: Row, column: str, reader: Callable[[Cell], V | None]) -> V | None:
        """Read a cell; None when it is empty or wrong, and then that is told."""
        cell = row.cells.get(column)
        try:
            return reader(cell)
        except CellError as failure:
            self.wrong(row, column, failure)
            return None

    def need(self, row: Row, column: str, reader: Callable[[Cell], V | None]) -> V | None:
        """Read a cell that must not be empty."""
        before = len(self._findings)
        value = self.read(row, column, reader)
        if value is None and len(self._findings) == before:
            self.wrong(
                row,
                column,
                CellError("a value", "Fill it in, or delete the row.", rule="missing-value"),
            )
        return value

    def wrong(self, row: Row, column: str | None, failure: CellError) -> None:
        """Tell that a cell, or a row as a whole, is wrong."""
        place = row.label or f"{self._noun} {row.number}"
        whole = place[0].upper() + place[1:]
        if column is None:
            message = f"{whole}: expected {failure.expected}."
        else:
            label = self._kind.label(column)
            place = f"{place}, {label}"
            found = row.cells.get(column)
            shown = "nothing" if found is None or not str(found).strip() else repr(_short(found))
            message = f"{whole}, {label}: found {shown}, expected {failure.expected}."
        self._findings.append(error(failure.rule, message, failure.remedy, place))

    def period(self, row: Row) -> tuple[datetime | None, datetime | None]:
        """Read 起始日期 and 截止日期, which is the last day, as a time of the world."""
        since = self.need(row, "from", values.day)
        until = self.read(row, "to", lambda cell: values.day(cell, open_ended=True))
        if since is not None and until is not None and until < since:
            self.wrong(
                row,
                "to",
                CellError(
                    f"a day not before the first one, {since}",
                    "Correct one of the two.",
                    rule="bad-period",
                ),
            )
            return start_of(since), None
        return (
            None if since is None else start_of(since),
            None if until is None else start_of(until + timedelta(days=1)),
        )

    def expect_apart(self, facts: Iterable[tuple[Row, Dated]]) -> None:
        """Tell rows of one subject that hold at the same time."""
        seen: dict[tuple[object, ...], list[tuple[Row, Dated]]] = {}
        for row, fact in facts:
            others = seen.setdefault(fact.subject, [])
            for other, known in others:
                if overlapping(known, fact):
                    self.wrong(row, None, self._clash(row, other))
                    break
            others.append((row, fact))

    def _clash(self, row: Row, other: Row) -> CellError:
        """Say how a row clashes with one before it: the same row twice is no contradiction."""
        if _words(row) == _words(other):
            return CellError(
                f"each row once; this is row {other.number} again, word for word",
                "Delete one of the two.",
                rule="duplicate-row",
            )
        has_dates = any(column.name == "from" for column in self._kind.columns)
        return CellError(
            f"that it does not contradict row {other.number}, which tells of the same thing"
            + (" at the same time" if has_dates else ""),
            "Delete one of the two, or correct "
            + ("its dates." if has_dates else "its number if another one is meant."),
            rule="duplicate-row",
        )

    def expect_all_well(self) -> None:
        """Refuse the table when anything was wrong.

        Raises
        ------
        RefusedTable
            With every bad cell.
        """
        if self._findings:
            raise RefusedTable(self._findings)


def start_of(day: date) -> datetime:
    """Return the first moment of a day in China."""
    return datetime.combine(day, time.min, CHINA)


def _words(row: Row) -> dict[str, str]:
    """Return what stands in a row, columns of ours and others, but for space around it."""
    said = [*row.cells.items(), *row.notes.items()]
    return {name: word for name, cell in said if cell is not None and (word := str(cell).strip())}


def _short(cell: Cell) -> str:
    word = str(cell)
    return word if len(word) <= 60 else f"{word[:57]}..."
