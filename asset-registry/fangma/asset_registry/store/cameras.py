"""Cameras in the database: where they look, whether they work, and what they are to watch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from fangma.asset_registry.cameras.views import (
    CAMERA_KINDS,
    CameraError,
    CameraView,
    check_view,
)
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store.connection import OPERATOR
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "cameras"
#: What gates of the grounds are called.
_GATES: Final = (
    "大门|道闸|闸机|车闸|伸缩门|turnstile|(entrance|vehicle|security|boom) (gate|barrier)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """A camera then; without a heading nobody knows where it looks.

    Attributes
    ----------
    x, y, z : float or None
        The lens, the site's CRS.
    middle : list of float or None
        Of its body, where a model holds one.
    """

    id: UUID
    code: str
    kind: str
    name: str | None
    number: str | None
    storey_id: UUID | None
    storey: str | None
    building: str | None
    x: float | None
    y: float | None
    z: float | None
    heading_deg: float | None
    horizontal_deg: float | None
    vertical_deg: float | None
    tilt_deg: float | None
    range_m: float | None
    pixels: int | None
    origin: str | None
    since: datetime | None
    middle: list[float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardRow:
    """What a stream of a camera said last; ``at`` None when it never said anything."""

    entry_id: UUID
    sensor: str
    observed_property: str | None
    at: datetime | None
    number: float | None
    word: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """An alarm of a camera that was not over."""

    entry_id: UUID
    rule: str
    message: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """A room with its outline (WKB, the site's CRS)."""

    code: str
    number: str | None
    name: str | None
    use: str | None
    storey: str | None
    building: str | None
    floor_z: float
    ceiling_z: float | None
    footprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRow:
    """An element that may stand in the way; ``extent`` least, then greatest corner."""

    id: UUID
    ifc_class: str
    name: str | None
    model_id: UUID | None
    extent: list[float]


def write(
    conn: Connection,
    views: Sequence[CameraView],
    blinded: Sequence[UUID],
    times: Mapping[str, Any],
) -> None:
    """Write the views of a change set; called by :mod:`.applying` under the lock.

    Parameters
    ----------
    blinded : sequence of UUID
        Cameras whose view is taken back.
    times : mapping
        ``valid``, ``before``, ``after``, ``recorded_at``, ``revision``.

    Raises
    ------
    CameraError
        When a number cannot be, or a camera is not there or of a kind that does not look.
    """
    sql = load(_FILE)
    told = [check_view(view) for view in views]
    entries = [view.entry_id for view in told]
    conn.execute(sql["close_views"], {**times, "entries": [*entries, *blinded]})
    added = conn.execute(
        sql["add_views"],
        {
            **{key: times[key] for key in ("valid", "recorded_at", "revision")},
            "entries": entries,
            "x": [view.place[0] for view in told],
            "y": [view.place[1] for view in told],
            "z": [view.place[2] for view in told],
            "heading": [view.heading_deg for view in told],
            "horizontal": [view.horizontal_deg for view in told],
            "vertical": [view.vertical_deg for view in told],
            "tilt": [view.tilt_deg for view in told],
            "range_m": [view.range_m for view in told],
            "pixels": [view.pixels for view in told],
            "origin": [view.origin for view in told],
        },
    ).rowcount
    if added != len(told):
        raise CameraError(
            f"only {added} of {len(told)} views could be written: the others are of things that "
            f"the registry does not have, or of another kind than {', '.join(CAMERA_KINDS)}",
            "name devices; list them with fangma list device",
        )
    follow_rooms(conn)


def follow_rooms(conn: Connection) -> None:
    """Make cameras as secret as the rooms that they hang in.

    Whoever points a camera may not see the secret room in which it hangs, so that this is done as
    the operator; the caller's reader is put back.
    """
    sql = load("connection")
    row = conn.execute(load(_FILE)["whose"]).fetchone()
    conn.execute(sql["set_reader"], {"reader": OPERATOR})
    conn.execute(load(_FILE)["follow_rooms"])
    conn.execute(sql["set_reader"], {"reader": row[0] if row else ""})


def cameras(
    conn: Connection, site_id: UUID, moment: Moment, *, code: str | None = None
) -> list[CameraRow]:
    """Return the cameras of a site that the reader may see, with a view or without one."""
    asked = {
        "site_id": site_id, "at": moment.at, "known": moment.known, "code": code,
    }  # fmt: skip
    with conn.cursor(row_factory=class_row(CameraRow)) as cursor:
        return cursor.execute(load(_FILE)["cameras"], asked).fetchall()


def camera(conn: Connection, site_id: UUID, code: str, moment: Moment) -> CameraRow:
    """Return one camera.

    Raises
    ------
    UnknownCodeError
    """
    found = cameras(conn, site_id, moment, code=code)
    if not found:
        raise UnknownCodeError(code, "fangma cameras list shows the cameras")
    return found[0]


def heard(
    conn: Connection, entries: Iterable[UUID], moment: Moment, known: datetime | None
) -> list[HeardRow]:
    """Return what the streams of some cameras had said last; ``known`` None = all that is known."""
    asked = {"entries": list(entries), "at": moment.at, "known": moment.known, "heard": known}
    with conn.cursor(row_factory=class_row(HeardRow)) as cursor:
        return cursor.execute(load(_FILE)["heard"], asked).fetchall()


def alarms(conn: Connection, entries: Iterable[UUID], moment: Moment) -> list[AlarmRow]:
    """Return the alarms of some cameras that had begun and were not over."""
    with conn.cursor(row_factory=class_row(AlarmRow)) as cursor:
        return cursor.execute(
            load(_FILE)["alarms"], {"entries": list(entries), "at": moment.at}
        ).fetchall()


def orders(conn: Connection, entries: Iterable[UUID], moment: Moment) -> list[tuple[UUID, int]]:
    """Return the work orders on some cameras that were open: camera and number."""
    rows = conn.execute(load(_FILE)["orders"], {"entries": list(entries), "at": moment.at})
    return [(row[0], int(row[1])) for row in rows]


def rooms(
    conn: Connection, site_id: UUID, moment: Moment, *, storey: str | None = None
) -> list[RoomRow]:
    """Return rooms with outline and floor that the reader may see: of one storey, or of a site."""
    asked = {"site_id": site_id, "at": moment.at, "known": moment.known, "storey": storey}
    with conn.cursor(row_factory=class_row(RoomRow)) as cursor:
        return cursor.execute(load(_FILE)["rooms"], asked).fetchall()


def bodies(
    conn: Connection,
    site_id: UUID,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    classes: Sequence[str],
    moment: Moment,
) -> list[BodyRow]:
    """Return the elements of some classes that the reader may see within a box."""
    asked = {
        "site_id": site_id, "at": moment.at, "known": moment.known, "classes": list(classes),
        "x0": low[0], "y0": low[1], "z0": low[2], "x1": high[0], "y1": high[1], "z1": high[2],
    }  # fmt: skip
    with conn.cursor(row_factory=class_row(BodyRow)) as cursor:
        return cursor.execute(load(_FILE)["bodies"], asked).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """A gate or barrier: the middle of its foot."""

    name: str | None
    building: str | None
    x: float
    y: float
    z: float


def gates(conn: Connection, site_id: UUID, moment: Moment) -> list[GateRow]:
    """Return the gates and barriers that a model shows."""
    asked = {"site_id": site_id, "at": moment.at, "known": moment.known, "gates": _GATES}
    with conn.cursor(row_factory=class_row(GateRow)) as cursor:
        return cursor.execute(load(_FILE)["gates"], asked).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class MountRow:
    """What a camera is said to be, or to hang in; ``floor_z`` of rooms and storeys."""

    id: UUID
    code: str
    kind: str
    name: str | None
    storey_id: UUID | None
    building_id: UUID | None
    floor_z: float | None
    middle: list[float] | None


def mounts(conn: Connection, codes: Iterable[str]) -> dict[str, MountRow]:
    """Return what cameras may be said to be, or to hang in, by code, as it is now."""
    with conn.cursor(row_factory=class_row(MountRow)) as cursor:
        return {
            row.code: row for row in cursor.execute(load(_FILE)["mounts"], {"codes": list(codes)})
        }


def room_at(conn: Connection, site_id: UUID, point: tuple[float, float, float]) -> MountRow | None:
    """Return the room that holds a point of the site's CRS now; None outdoors."""
    asked = {"site_id": site_id, "x": point[0], "y": point[1], "z": point[2]}
    with conn.cursor(row_factory=class_row(MountRow)) as cursor:
        return cursor.execute(load(_FILE)["room_at"], asked).fetchone()


def views_now(conn: Connection, entries: Iterable[UUID]) -> dict[UUID, CameraView]:
    """Return where some cameras look now."""
    rows = conn.execute(load(_FILE)["views_now"], {"entries": list(entries)}).fetchall()
    return {
        row[0]: CameraView(
            entry_id=row[0], place=(row[1], row[2], row[3]), heading_deg=row[4],
            horizontal_deg=row[5], vertical_deg=row[6], tilt_deg=row[7], range_m=row[8],
            pixels=row[9], origin=row[10],
        )
        for row in rows
    }  # fmt: skip


def codes_of(conn: Connection, entries: Iterable[UUID]) -> dict[UUID, str]:
    """Return the codes of some cameras."""
    return dict(conn.execute(load(_FILE)["codes_of"], {"entries": list(entries)}).fetchall())
