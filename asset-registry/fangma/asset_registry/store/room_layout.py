"""Read where the rooms of a site lie to one another, as far as the reader sees them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from psycopg.rows import dict_row

from fangma.asset_registry.reallocation.layout import Layout, Spot
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

WALL_M: Final = 0.5
"""Rooms no further apart than this have one wall between them."""
REACH_M: Final = 0.3
"""A door's box, this much larger, touches the rooms that it joins."""

_SHAFTS: Final = frozenset({"楼梯", "电梯"})
# The storey part of a storey's own code: F05, B01, M02.
_STOREY: Final = re.compile(r"-([FBM])(\d\d)-[0-9A-Z]$")


def room_layout(conn: Connection, site_id: UUID, moment: Moment) -> Layout:
    """Return rooms with their places, neighbours and doors.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    """
    asked = {
        "site_id": site_id, "at": moment.at, "known": moment.known,
        "wall_m": WALL_M, "reach_m": REACH_M,
    }  # fmt: skip
    sql = load("room_layout")
    with conn.cursor(row_factory=dict_row) as cursor:
        spots = {
            row["code"]: Spot(
                building=row["building"] or "",
                storey=row["storey"] or "",
                level=level_of(row["storey"]),
                x_m=row["x_m"],
                y_m=row["y_m"],
                is_shaft=row["use"] in _SHAFTS,
            )
            for row in cursor.execute(sql["spots"], asked)
        }
    beside: dict[str, set[str]] = defaultdict(set)
    for one, other in conn.execute(sql["beside"], asked):
        beside[one].add(other)
        beside[other].add(one)
    doors = conn.execute(sql["doors"], asked).fetchall()
    return Layout(
        spots=spots,
        beside={code: frozenset(others) for code, others in beside.items()},
        doors=tuple((one, other) for one, other in doors),
    )


def level_of(storey: str | None) -> int:
    """Return the storeys above the ground floor from a storey's own code; 0 when it has none.

    Examples
    --------
    >>> level_of("330302-001-A02-F05-C"), level_of("330302-001-A02-B01-T"), level_of(None)
    (4, -1, 0)
    """
    found = _STOREY.search(storey or "")
    if found is None:
        return 0
    letter, number = found[1], int(found[2])
    return -number if letter == "B" else number - 1 if letter == "F" else number
