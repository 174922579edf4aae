"""What stands about a place: for pictures and plans of work orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg.rows import class_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "surroundings"
#: More things than this about one place make no picture clearer.
MOST_BODIES: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """What an order is about; geometry as WKB, the site's CRS."""

    id: UUID
    code: str
    kind: str
    system: str | None
    name: str | None
    door: str | None
    site_id: UUID
    axis: bytes | None
    outer_diameter_m: float | None
    extent: list[float] | None
    footprint: bytes | None
    floor_z: float | None
    ceiling_z: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRow:
    """A thing near a place; ``model_id`` names the file of bodies that holds it."""

    id: UUID
    code: str | None
    kind: str
    ifc_class: str | None
    predefined_type: str | None
    system: str | None
    name: str | None
    axis: bytes | None
    outer_diameter_m: float | None
    extent: list[float]
    model_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """A room near a place; ``away`` metres in plan, 0 inside."""

    id: UUID
    code: str
    name: str | None
    door: str | None
    storey: str | None
    storey_name: str | None
    footprint: bytes
    floor_z: float
    ceiling_z: float | None
    away: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """Where a coded thing is, in words and numbers."""

    code: str
    name: str | None
    door: str | None
    storey: str | None
    storey_name: str | None
    room: str | None
    room_name: str | None
    room_door: str | None
    position: str | None
    x: float | None
    y: float | None
    z: float | None
    floor_z: float | None


def target(conn: Connection, entry_id: UUID, moment: Moment) -> TargetRow | None:
    """Return what an entry is and where; None when the reader does not see it."""
    asked = {"id": entry_id, "at": moment.at, "known": moment.known}
    with conn.cursor(row_factory=class_row(TargetRow)) as cursor:
        return cursor.execute(load(_FILE)["target"], asked).fetchone()


def around(
    conn: Connection,
    site_id: UUID,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    moment: Moment,
) -> list[BodyRow]:
    """Return what the reader may see within a box."""
    asked = {
        "site_id": site_id, "at": moment.at, "known": moment.known, "limit": MOST_BODIES,
        "x0": low[0], "y0": low[1], "z0": low[2], "x1": high[0], "y1": high[1], "z1": high[2],
    }  # fmt: skip
    with conn.cursor(row_factory=class_row(BodyRow)) as cursor:
        return cursor.execute(load(_FILE)["around"], asked).fetchall()


def rooms_near(
    conn: Connection,
    site_id: UUID,
    point: tuple[float, float, float],
    moment: Moment,
    *,
    within_m: float,
) -> list[RoomRow]:
    """Return the rooms about a place, the one that holds it first, then by distance."""
    asked = {
        "site_id": site_id, "at": moment.at, "known": moment.known, "within": within_m,
        "x": point[0], "y": point[1], "z": point[2],
    }  # fmt: skip
    with conn.cursor(row_factory=class_row(RoomRow)) as cursor:
        return cursor.execute(load(_FILE)["rooms_near"], asked).fetchall()


def placements(conn: Connection, ids: Iterable[UUID]) -> dict[UUID, list[float]]:
    """Return where the models of the ids stand: 4 x 4 row-major, site's CRS from model frame."""
    rows = conn.execute(load(_FILE)["models"], {"ids": list(ids)}).fetchall()
    return {row[0]: row[1] for row in rows if row[1] is not None}


def places(conn: Connection, codes: Sequence[str], moment: Moment) -> dict[str, PlaceRow]:
    """Return where things are, by code, as far as the reader sees them."""
    asked = {"codes": list(codes), "at": moment.at, "known": moment.known}
    with conn.cursor(row_factory=class_row(PlaceRow)) as cursor:
        return {row.code: row for row in cursor.execute(load(_FILE)["places"], asked)}


def count_holders(conn: Connection, codes: Sequence[str], moment: Moment) -> int:
    """Count the people to whom some rooms are assigned."""
    asked = {"codes": list(codes), "at": moment.at, "known": moment.known}
    row = conn.execute(load(_FILE)["holders"], asked).fetchone()
    return int(row[0]) if row else 0
