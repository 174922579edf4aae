"""Make rows of facts from columns, many at once."""

from __future__ import annotations

from collections import deque
from dataclasses import MISSING, fields
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_Fact = TypeVar("_Fact")


def make_rows(kind: type[_Fact], **columns: Sequence[Any]) -> tuple[_Fact, ...]:
    """Make one instance of a slotted dataclass for each row of the columns.

    The same as calling the class row by row, in a third of the time: 60,000 rooms of 28 fields are
    1.7 million calls of a frozen class's ``__init__`` less.

    Parameters
    ----------
    kind : type
        A dataclass with slots and without ``__post_init__``.
    **columns : sequence
        By field, of one length. A field that is left out has its default in every row.

    Raises
    ------
    ValueError
        When the columns are of different lengths.
    TypeError
        When a field without a default is left out, or a column is no field.
    """
    lengths = {len(column) for column in columns.values()}
    if len(lengths) != 1:
        msg = f"found columns of {sorted(lengths)} rows, expected one length"
        raise ValueError(msg)
    (count,) = lengths
    rows = list(map(object.__new__, repeat(kind, count)))
    left = dict(columns)
    for field in fields(kind):  # type: ignore[arg-type]
        column: Iterable[Any]
        if field.name in left:
            column = left.pop(field.name)
        elif field.default is not MISSING:
            column = repeat(field.default)
        else:
            msg = f"{kind.__name__} needs a column {field.name}"
            raise TypeError(msg)
        fill: Callable[[Any, Any], None] = getattr(kind, field.name).__set__
        deque(map(fill, rows, column), maxlen=0)
    if left:
        msg = f"{kind.__name__} has no field {', '.join(sorted(left))}"
        raise TypeError(msg)
    return tuple(rows)


def transpose(rows: Sequence[Sequence[Any]], width: int) -> tuple[Sequence[Any], ...]:
    """Turn rows into columns; no rows are ``width`` columns of nothing."""
    return tuple(zip(*rows, strict=True)) if rows else ((),) * width
