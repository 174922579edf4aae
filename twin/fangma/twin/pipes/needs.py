"""Which part of large networks a question needs: reading those of a whole estate takes minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.asset_registry.store import networks
from fangma.asset_registry.store.join_columns import join_columns
from fangma.spatial.networks.joining import SURE_FROM
from fangma.twin.pipes.book import PipeBook

if TYPE_CHECKING:
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment

LARGE: Final = 300_000
"""Parts above which a question reads no more than it needs; :class:`Touched` always is."""
_STEP_M: Final = 100.0


@dataclass(frozen=True, slots=True)
class Near:
    """All parts of the buildings that have one in a box, and all outdoors.

    Attributes
    ----------
    low, high : (float, float, float)
        Least and greatest corner, metres, the site's CRS.
    """

    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Joined:
    """All parts that some parts are joined to, however far off; ``ids`` are entries."""

    ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Touched:
    """All parts that some parts are joined to, and some others as they lie, without their joins.

    Attributes
    ----------
    joined : frozenset of UUID
        Entries whose connected pieces are needed whole.
    beside : frozenset of UUID
        Entries that are needed alone; those that are no part of a network are left out.
    """

    joined: frozenset[UUID]
    beside: frozenset[UUID]


Need = Near | Joined | Touched
#: Gives a book that holds what is needed, or more; None = everything.
ReadBook = Callable[[Need | None], PipeBook]


def about(points: NDArray[np.float64], within_m: float) -> Near:
    """Return what lies about some points, in wide steps: questions near each other need the same.

    Parameters
    ----------
    points : (n, 3) float64
        Metres, the site's CRS.
    """
    x0, y0, z0 = (np.floor((points.min(axis=0) - within_m) / _STEP_M) * _STEP_M).tolist()
    x1, y1, z1 = (np.ceil((points.max(axis=0) + within_m) / _STEP_M) * _STEP_M).tolist()
    return Near((x0, y0, z0), (x1, y1, z1))


def read(conn: Connection, moment: Moment, site_id: UUID | None, need: Need | None) -> PipeBook:
    """Read what is needed, None = everything.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    """
    if need is None:
        return PipeBook.read(conn, moment, site_id)
    if isinstance(need, Near):
        scopes = networks.scopes_about(conn, site_id, need.low, need.high)
        parts = networks.parts(conn, moment, site_id, scopes=scopes)
    elif isinstance(need, Joined):
        ids = networks.joined_to(conn, moment, SURE_FROM, need.ids)
        parts = networks.parts(conn, moment, site_id, ids=ids)
    else:
        followed = networks.joined_to(conn, moment, SURE_FROM, need.joined)
        parts = networks.parts(conn, moment, site_id, ids=[*need.beside.union(followed)])
    joins = join_columns(conn, moment, SURE_FROM, [part.id for part in parts])
    return PipeBook(parts=parts, joins=joins, at=moment.at, is_whole=False)


def reader(conn: Connection, moment: Moment, site_id: UUID | None) -> ReadBook:
    """Return what reads books for the questions of one command, each once."""
    is_large = networks.are_many(conn, site_id, LARGE)

    @cache
    def book(need: Need | None) -> PipeBook:
        return read(conn, moment, site_id, need)

    return lambda need: book(need if is_large or isinstance(need, Touched) else None)
