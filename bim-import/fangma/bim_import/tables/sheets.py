"""What a file of either format is read into: named sheets of numbered rows of cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.bim_import.tables.values import Cell

MOST_ROWS: Final = 1_000_000
"""Rows of one table: twice the sensors of an estate of 1.5 million square metres, 7 a room."""

MOST_COLUMNS: Final = 500
"""Further ones are not read: formatted columns without end, or a delimiter that is none."""

LONGEST_CELL: Final = 32_767
"""Characters that spreadsheet programs write into a cell."""

LARGEST_FILE: Final = 200 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Cells merged into one: rows and columns from 1, both ends in."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def __str__(self) -> str:
        """Write it as rows and columns."""
        return (
            f"rows {self.first_row} to {self.last_row}, "
            f"columns {self.first_column} to {self.last_column}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """One sheet.

    Attributes
    ----------
    rows : iterator of (int, list)
        Number as a spreadsheet program shows it, and the cells; can be read once.
    merges : tuple of Merge
    """

    name: str
    rows: Iterator[tuple[int, list[Cell]]]
    encoding: str | None = None
    merges: tuple[Merge, ...] = field(default=())
