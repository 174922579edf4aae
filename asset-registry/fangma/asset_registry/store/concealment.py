"""What stands about pipes and may hide them: read for many pipes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "concealment"
#: Classes of the model that hide pipes, or by which one gets at them.
CLASSES: Final = (
    "IfcWall", "IfcWallStandardCase", "IfcWallElementedCase", "IfcCurtainWall", "IfcSlab",
    "IfcSlabStandardCase", "IfcSlabElementedCase", "IfcRoof", "IfcFooting", "IfcCovering",
    "IfcColumn", "IfcColumnStandardCase", "IfcBeam", "IfcBeamStandardCase", "IfcDoor",
)  # fmt: skip
#: Names of hatches and panels that can be opened, of any class (a regular expression).
PANELS: Final = "检修|检查口|检查门|access (panel|door|hatch)|inspection (panel|hatch)"
_ASIDE_M: Final = 1.5
_OVER_M: Final = 3.0
_GROUND_WITHIN_M: Final = 5.0
_ENTRANCES_WITHIN_M: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRow:
    """An element; ``extent`` least, then greatest corner, the site's CRS."""

    id: UUID
    ifc_class: str | None
    predefined_type: str | None
    name: str | None
    guid: str | None
    model_id: UUID | None
    extent: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """A room with its outline (WKB)."""

    id: UUID
    code: str
    name: str | None
    number: str | None
    use: str | None
    footprint: bytes
    floor_z: float
    ceiling_z: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceRow:
    """A manhole near a pipe; ``away`` metres in plan."""

    entry_id: UUID
    code: str
    name: str | None
    system: str | None
    properties: dict[str, Any]
    away: float


def bodies_near(conn: Connection, ids: Sequence[UUID], moment: Moment) -> list[BodyRow]:
    """Return the elements that the reader may see near some pipes."""
    with conn.cursor(row_factory=class_row(BodyRow)) as cursor:
        return cursor.execute(
            load(_FILE)["bodies_near"],
            {**_asked(ids, moment), "classes": list(CLASSES), "panels": PANELS},
        ).fetchall()


def rooms_near(conn: Connection, ids: Sequence[UUID], moment: Moment) -> list[RoomRow]:
    """Return the rooms that the reader may see near some pipes."""
    with conn.cursor(row_factory=class_row(RoomRow)) as cursor:
        return cursor.execute(load(_FILE)["rooms_near"], _asked(ids, moment)).fetchall()


def told_by_surveys(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what surveys say of some pipes beside their place."""
    return dict(conn.execute(load(_FILE)["told_by_surveys"], {"ids": list(ids)}).fetchall())


def grounds_near(conn: Connection, ids: Sequence[UUID], moment: Moment) -> dict[UUID, float]:
    """Return the height of the ground where something was surveyed close to some pipes."""
    return dict(
        conn.execute(
            load(_FILE)["grounds_near"],
            {"ids": list(ids), "at": moment.at, "known": moment.known, "within": _GROUND_WITHIN_M},
        ).fetchall()
    )


def entrances_near(conn: Connection, ids: Sequence[UUID], moment: Moment) -> list[EntranceRow]:
    """Return manholes near some pipes, nearest first."""
    with conn.cursor(row_factory=class_row(EntranceRow)) as cursor:
        return cursor.execute(
            load(_FILE)["entrances_near"],
            {"ids": list(ids), "at": moment.at, "known": moment.known,
             "within": _ENTRANCES_WITHIN_M},
        ).fetchall()  # fmt: skip


def _asked(ids: Sequence[UUID], moment: Moment) -> dict[str, Any]:
    return {
        "ids": list(ids), "at": moment.at, "known": moment.known, "aside": _ASIDE_M,
        "over": _OVER_M,
    }  # fmt: skip
