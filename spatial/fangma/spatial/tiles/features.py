"""What a tile says of its elements, in columns, and which placements belong to which feature."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.spatial.tiles.errors import TileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MAX_ORDINAL: Final = 2**32 - 1  # UINT32 in the property table: 64-bit integers are slow in browsers


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """Attributes of elements, one row an element.

    Attributes
    ----------
    element : (n,) int64
        Key that :class:`fangma.spatial.mesh.Placements` uses for the element; no key twice.
    ordinal : (n,) int64
        Stable number of the element in the registry, 1 to 2**32 - 1: the viewer's texel.
    code : tuple of str
        Its code, ``""`` where it has none.
    categories : mapping of str to tuple of str
        Further columns with few distinct words, each n long: ``ifcClass``, ``kind``, ``layer``.

    Raises
    ------
    TileError
        When a column is not n long, a key stands twice or an ordinal is out of range.
    """

    element: NDArray[np.int64]
    ordinal: NDArray[np.int64]
    code: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.element)
        columns = {"ordinal": len(self.ordinal), "code": len(self.code)}
        columns |= {name: len(column) for name, column in self.categories.items()}
        for name, length in columns.items():
            if length != count:
                raise TileError(
                    f"found {length} values of {name} for {count} elements, expected one each",
                    "give every column as many values as there are elements",
                )
        if len(np.unique(self.element)) != count:
            raise TileError("found an element twice, expected one row each", "merge its rows")
        if count and not 1 <= self.ordinal.min() <= self.ordinal.max() <= MAX_ORDINAL:
            raise TileError(
                f"found ordinals from {self.ordinal.min()} to {self.ordinal.max()}, "
                f"expected 1 to {MAX_ORDINAL}",
                "number the elements of a registry from one",
            )

    def __len__(self) -> int:
        return len(self.element)

    def taken(self, rows: NDArray[np.intp]) -> Features:
        """Return the features at ``rows``, in that order."""
        return Features(
            element=self.element[rows],
            ordinal=self.ordinal[rows],
            code=tuple(self.code[row] for row in rows),
            categories={
                name: tuple(column[row] for row in rows) for name, column in self.categories.items()
            },
        )
