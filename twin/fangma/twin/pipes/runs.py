"""Where pipes lie and how well that is known; and the run that a pipe is part of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from fangma.asset_registry.store import networks
from fangma.twin.pipes.needs import Joined
from fangma.twin.pipes.questions import codes_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection
    from fangma.twin.pipes.book import PipeBook
    from fangma.twin.pipes.needs import ReadBook

    Floats = NDArray[np.float64]

Source = Literal["surveyed", "drawn", "guessed", "modelled"]

#: What a place rests on, by the basis that the survey names (数据来源 of CJJ 61; docs/pipes.md).
_SOURCES: Final[dict[str, Source]] = {
    "明显点": "surveyed", "隐蔽点": "surveyed", "竣工图": "drawn", "施工图": "drawn",
    "推测": "guessed", "精度不明": "guessed",
}  # fmt: skip
# A run ends where it has become longer than anybody follows with a slider.
_MOST_PIECES: Final = 500
_ENDS: Final = 2


def places(
    book: PipeBook, *, first: int, count: int, box: Sequence[float] | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Tell where pieces with an axis lie, in the order of the book.

    Parameters
    ----------
    first : int
        Row of the book to begin at.
    count : int
        Pieces at most.
    box : sequence of 4 floats, optional
        Only pieces that reach into it: least x and y, then greatest, metres, the site's CRS.

    Returns
    -------
    pieces : list of dict
        ``code``, ``kind``, ``system``, ``axis`` (metres, the site's CRS), ``diameter_m`` (outer),
        ``plan_m`` and ``depth_m`` (one standard deviation; None where nobody knows the size, on
        which every distance would rest), ``source``, ``surveyed_on``.
    following : int or None
        Row at which the next pieces begin; None at the end.
    """
    at = book.placed if box is None else book.placed_in(box)
    rows = at[np.searchsorted(at, first) :].tolist()
    following = rows[count] if len(rows) > count else None
    return [_piece(book, row) for row in rows[:count]], following


def run(conn: Connection, read: ReadBook, code: str) -> dict[str, Any]:
    """Follow a pipe both ways to where it branches, ends, or meets a device.

    Returns
    -------
    answer : dict
        ``codes`` of everything on the way, in order; ``pieces`` as of :func:`places`, each axis
        turned so that it leads on from the one before; ``length_m`` of their axes.

    Raises
    ------
    NetworkError
        When the code is part of no network then.
    """
    entry = networks.find(conn, code)
    book = read(Joined(frozenset({entry.id})))
    start = row_of(book, entry)
    order = _followed(book, start)
    pieces = _turned([_piece(book, row) for row in order if book.axes[row] is not None])
    return {
        "codes": codes_of(book, order),
        "pieces": pieces,
        "length_m": round(sum(_length(np.array(piece["axis"])) for piece in pieces), 3),
    }


def _followed(book: PipeBook, start: int) -> list[int]:
    """Return the rows of a run: from ``start`` both ways while exactly one way leads on."""
    joined = book.network.joined

    def neighbours(row: int) -> list[int]:
        found: list[int] = joined.indices[joined.indptr[row] : joined.indptr[row + 1]].tolist()
        return found

    def goes_on(row: int) -> bool:
        part = book.parts[row]
        return (
            part.kind in {"pipe", "fitting", "valve"} and len(set(neighbours(row))) <= 2
        )  # in and out

    seen = {start}
    ways: list[list[int]] = []
    beginnings = sorted(set(neighbours(start)) - {start}) if goes_on(start) else []
    for beginning in beginnings:
        way: list[int] = []
        row = beginning
        while row not in seen and len(seen) < _MOST_PIECES and goes_on(row):
            seen.add(row)
            way.append(row)
            row = next((each for each in neighbours(row) if each not in seen), row)
        ways.append(way)
    before, after = [*ways, [], []][:2]
    return [*reversed(before), start, *after]


def _turned(pieces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turn axes round so that each begins where the one before ends, or near it."""
    for at, piece in enumerate(pieces):
        axis = np.array(piece["axis"])
        if at == 0:
            if len(pieces) > 1:
                following = np.array(pieces[1]["axis"])[[0, -1]]
                is_backwards = _gap(axis[0], following) < _gap(axis[-1], following)
            else:
                is_backwards = False
        else:
            end = np.array(pieces[at - 1]["axis"])[-1:]
            is_backwards = _gap(axis[-1], end) < _gap(axis[0], end)
        if is_backwards:
            piece["axis"] = axis[::-1].tolist()
    return pieces


def _gap(point: Floats, ends: Floats) -> float:
    return float(np.linalg.norm(ends - point, axis=1).min())


def _piece(book: PipeBook, row: int) -> dict[str, Any]:
    part, axis = book.parts[row], book.axes[row]
    if axis is None:
        raise AssertionError  # callers leave out what has no axis
    plan, depth = book.accuracy.plan_m[row], book.accuracy.depth_m[row]
    known = bool(np.isfinite(plan) and np.isfinite(depth))
    return {
        "code": part.code,
        "kind": part.kind,
        "system": part.system,
        "axis": np.round(axis, 4).tolist(),
        "diameter_m": part.outer_diameter_m,
        "plan_m": round(float(plan), 4) if known else None,
        "depth_m": round(float(depth), 4) if known else None,
        "source": "modelled" if part.basis is None else _SOURCES.get(part.basis, "guessed"),
        "surveyed_on": None if part.surveyed_on is None else part.surveyed_on.isoformat(),
    }


def _length(axis: Iterable[Iterable[float]]) -> float:
    return float(np.linalg.norm(np.diff(np.array(axis), axis=0), axis=1).sum())
