"""What became of an entry, told as changes: who, when, of what, from when on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.types.range import TimestamptzRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One row of a fact: what was held, for what time of the world, by which revisions."""

    valid: TimestamptzRange
    opened_by: int
    closed_by: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one revision said about an entry.

    Attributes
    ----------
    what : str
        ``created``, ``changed``, ``corrected`` (nothing new, but another time) or ``retired``.
    valid_from, valid_to : datetime or None
        The time of the world that it is about; None = since ever, until told otherwise.
    values : mapping of str to (object, object)
        Before and after, for what differs.
    """

    revision: int
    what: str
    valid_from: datetime | None
    valid_to: datetime | None
    values: Mapping[str, tuple[Any, Any]]


def changes_of(rows: Sequence[Held]) -> list[Change]:
    """Tell the rows of one fact as changes, oldest revision first.

    What a revision only carried over, because it cut the time of a row short, is not told.
    """
    revisions = {row.opened_by for row in rows}
    revisions.update(row.closed_by for row in rows if row.closed_by is not None)
    told: list[Change] = []
    for revision in sorted(revisions):
        before = [
            row for row in rows if row.opened_by < revision and not _closed(row, revision - 1)
        ]
        opened = [row for row in rows if row.opened_by == revision]
        kept = [row for row in before if row.closed_by != revision]
        told.extend(_opened(revision, before, opened))
        told.extend(_ended(revision, before, [*opened, *kept]))
    return told


def _closed(row: Held, revision: int) -> bool:
    return row.closed_by is not None and row.closed_by <= revision


def _opened(revision: int, before: Sequence[Held], opened: Sequence[Held]) -> Iterable[Change]:
    for row in sorted(opened, key=lambda row: _start(row.valid)):
        old = _preceding(row, before)
        if old is None:
            what = "changed" if before else "created"
            values = {key: (None, value) for key, value in row.values.items() if value is not None}
        else:
            values = {
                key: (old.values.get(key), value)
                for key, value in row.values.items()
                if old.values.get(key) != value
            }
            if not values and _within(row.valid, old.valid):
                continue
            what = "changed" if values else "corrected"
        yield Change(
            revision=revision,
            what=what,
            valid_from=row.valid.lower,
            valid_to=row.valid.upper,
            values=values,
        )


def _ended(revision: int, before: Sequence[Held], after: Sequence[Held]) -> Iterable[Change]:
    """Tell each time that had a row and has none any more: the thing is no longer."""
    rest = _merged(row.valid for row in before)
    for row in after:
        rest = [piece for valid in rest for piece in _without(valid, row.valid)]
    for valid in rest:
        yield Change(
            revision=revision,
            what="retired",
            valid_from=valid.lower,
            valid_to=valid.upper,
            values={},
        )


def _merged(times: Iterable[TimestamptzRange]) -> list[TimestamptzRange]:
    """Join ranges that meet; they do not overlap."""
    joined: list[TimestamptzRange] = []
    for valid in sorted(times, key=_start):
        if joined and joined[-1].upper == valid.lower and valid.lower is not None:
            joined[-1] = TimestamptzRange(joined[-1].lower, valid.upper)
        else:
            joined.append(valid)
    return joined


def _without(valid: TimestamptzRange, hole: TimestamptzRange) -> Iterable[TimestamptzRange]:
    """Cut a time out of another; what is left lies before or after it."""
    if not _overlap(valid, hole):
        yield valid
        return
    if _start(valid) < _start(hole):
        yield TimestamptzRange(valid.lower, hole.lower)
    if _end(hole) < _end(valid):
        yield TimestamptzRange(hole.upper, valid.upper)


def _preceding(row: Held, before: Sequence[Held]) -> Held | None:
    """Find what was held of the time that a row covers, the earliest of it first."""
    overlapping = [old for old in before if _overlap(old.valid, row.valid)]
    return min(overlapping, key=lambda old: _start(old.valid), default=None)


def _start(valid: TimestamptzRange) -> float:
    return float("-inf") if valid.lower is None else valid.lower.timestamp()


def _end(valid: TimestamptzRange) -> float:
    return float("inf") if valid.upper is None else valid.upper.timestamp()


def _overlap(a: TimestamptzRange, b: TimestamptzRange) -> bool:
    return _start(a) < _end(b) and _start(b) < _end(a)


def _within(inner: TimestamptzRange, outer: TimestamptzRange) -> bool:
    return _start(outer) <= _start(inner) and _end(inner) <= _end(outer)
