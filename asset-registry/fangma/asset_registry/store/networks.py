"""Networks in the database: how joins, valve positions and accuracies are written and read."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg.rows import class_row

from fangma.asset_registry.changes import Applied, ChangeSet
from fangma.asset_registry.codes import parse
from fangma.asset_registry.errors import RegistryError, UnknownCodeError
from fangma.asset_registry.networks import (
    NETWORK_KINDS,
    POSITIONS,
    NetworkChanges,
    ValvePosition,
)
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray
    from psycopg import Cursor

    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "networks"
_POINT_Z: Final = struct.Struct("<BI3d")
_WKB_POINT_Z: Final = 0x80000001
# What is joined lies nearer than this, and than so many standard deviations of its survey.
_WIDER_M: Final = 3.0
_WIDER_SIGMAS: Final = 4.0


class NetworkError(RegistryError):
    """A network fact that does not fit what the registry holds, or a code that is of none."""


class PartRow(NamedTuple):
    """A part of a network as of a moment: a tuple, since there are a million of them.

    Attributes
    ----------
    extent : list of 6 float or None
        Least, then greatest corner, the site's CRS.
    since : str or None
        When the newest file that holds it was written, as its header has it.
    surveyed : bool or None
        It stands in a survey table.
    ground_m : float or None
        Height of the ground over it, where the survey says.
    """

    id: UUID
    code: str | None
    kind: str
    system: str | None
    ifc_class: str | None
    predefined_type: str | None
    site_id: UUID
    building_id: UUID | None
    axis: bytes | None
    outer_diameter_m: float | None
    extent: list[float] | None
    plan_m: float | None
    depth_m: float | None
    basis: str | None
    surveyed_on: date | None
    position: str | None
    position_since: datetime | None
    since: str | None
    surveyed: bool | None
    name: str | None
    ground_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearRow:
    """A part that others may be joined to: its line or box, and how far off a survey may be."""

    id: UUID
    kind: str
    system: str | None
    axis: bytes | None
    outer_diameter_m: float | None
    extent: list[float] | None
    plan_m: float | None
    depth_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRow:
    """A join as of a moment; ``flow`` 1 runs from entry to other."""

    entry_id: UUID
    other_id: UUID
    flow: int
    confidence: float
    method: str
    x: float
    y: float
    z: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """What a code names."""

    id: UUID
    code: str
    kind: str
    site_id: UUID


def write(conn: Connection, changes: NetworkChanges, times: Mapping[str, Any]) -> None:
    """Write the network part of a change set; called by :mod:`.applying` under the lock.

    Parameters
    ----------
    times : mapping
        ``valid``, ``before``, ``after``, ``recorded_at``, ``revision``.

    Raises
    ------
    NetworkError
        When a part is not there or a position is said of something that is no valve.
    """
    sql = load(_FILE)
    conn.execute(sql["make_staging"])
    _copy(conn, "copy_joins", (
        (j.entry_id.hex, j.other_id.hex, j.flow, _point(j.point), j.confidence, j.method)
        for j in changes.joins
    ))  # fmt: skip
    _copy(conn, "copy_rejoined", ((entry.hex,) for entry in changes.rejoined))
    _copy(conn, "copy_positions", ((p.entry_id.hex, p.position) for p in changes.positions))
    _copy(conn, "copy_accuracies", (
        (a.entry_id.hex, a.plan_m, a.depth_m, a.basis, a.surveyed_on) for a in changes.accuracies
    ))  # fmt: skip
    conn.execute(sql["analyze_staging"])
    adding = {key: times[key] for key in ("valid", "recorded_at", "revision")}
    conn.execute(sql["close_joins"], times)
    conn.execute(sql["add_joins"], adding)
    conn.execute(sql["close_positions"], times)
    added = conn.execute(sql["add_positions"], adding).rowcount
    _expect_all("valve positions", added, len(changes.positions))
    conn.execute(sql["close_accuracies"], times)
    added = conn.execute(sql["add_accuracies"], adding).rowcount
    _expect_all("accuracies", added, len(changes.accuracies))


def parts(
    conn: Connection,
    moment: Moment,
    site_id: UUID | None = None,
    *,
    ids: Sequence[UUID] | None = None,
    scopes: Sequence[int] | None = None,
) -> list[PartRow]:
    """Return the parts of networks that the reader may see; only of ``ids``, and of ``scopes``."""
    if ids is None and scopes is None:
        conn.execute(load(_FILE)["room_to_sort"])
    with conn.cursor(row_factory=_part_rows) as cursor:
        return cursor.execute(
            load(_FILE)["parts"],
            {
                "at": moment.at,
                "known": moment.known,
                "kinds": list(NETWORK_KINDS),
                "site_id": site_id,
                "ids": None if ids is None else list(ids),
                "scopes": None if scopes is None else list(scopes),
            },
        ).fetchall()


def _part_rows(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], PartRow]:
    columns = tuple(column.name for column in cursor.description or ())
    if columns and columns != PartRow._fields:
        raise AssertionError(columns)  # the query has them in this order
    return PartRow._make


def are_many(conn: Connection, site_id: UUID | None, least: int) -> bool:
    """Tell whether the reader may see more than some number of parts."""
    asked = {"site_id": site_id, "kinds": list(NETWORK_KINDS), "least": least}
    row = conn.execute(load(_FILE)["are_many"], asked).fetchone()
    return row is not None and bool(row[0])


def scopes_about(
    conn: Connection,
    site_id: UUID | None,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
) -> list[int]:
    """Return the scopes of outdoors and of the buildings that have, or had, a part in a box."""
    corners = dict(zip(("x0", "y0", "z0", "x1", "y1", "z1"), (*low, *high), strict=True))
    asked = {"site_id": site_id, "kinds": list(NETWORK_KINDS), **corners}
    return [row[0] for row in conn.execute(load(_FILE)["scopes_about"], asked)]


def joined_to(conn: Connection, moment: Moment, least: float, ids: Iterable[UUID]) -> list[UUID]:
    """Return all that some parts are joined to, and the valves that are joined to nothing."""
    asked = {"ids": list(ids), "at": moment.at, "known": moment.known, "least": least}
    return [row[0] for row in conn.execute(load(_FILE)["joined_to"], asked, binary=True)]


def reaching_into(
    conn: Connection,
    moment: Moment,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
) -> list[UUID]:
    """Return all that reaches into a box, part of a network or not."""
    corners = dict(zip(("x0", "y0", "z0", "x1", "y1", "z1"), (*low, *high), strict=True))
    asked = {"at": moment.at, "known": moment.known, **corners}
    return [row[0] for row in conn.execute(load(_FILE)["reaching_into"], asked)]


def count_parts(conn: Connection, moment: Moment, site_id: UUID | None = None) -> int:
    """Count what :func:`parts` returns of everything."""
    asked = {
        "at": moment.at, "known": moment.known, "site_id": site_id, "kinds": list(NETWORK_KINDS),
    }  # fmt: skip
    row = conn.execute(load(_FILE)["count_parts"], asked).fetchone()
    return 0 if row is None else int(row[0])


def parts_near(
    conn: Connection, moment: Moment, site_id: UUID, boxes: NDArray[np.float64]
) -> list[NearRow]:
    """Return the parts that may reach into one of some boxes of the site, however far off.

    Parameters
    ----------
    boxes : (n, 6) float64
        Least corner, then greatest; metres, site frame. They are widened by what a survey of the
        known parts may be wrong.
    """
    moments = {"at": moment.at, "known": moment.known}
    row = conn.execute(load(_FILE)["widest_accuracy"], moments).fetchone()
    wider = _WIDER_M + _WIDER_SIGMAS * float(row[0] if row else 0.0)
    corners = {f"{axis}0": (boxes[:, i] - wider).tolist() for i, axis in enumerate("xyz")}
    corners |= {f"{axis}1": (boxes[:, i + 3] + wider).tolist() for i, axis in enumerate("xyz")}
    with conn.cursor(row_factory=class_row(NearRow)) as cursor:
        return cursor.execute(
            load(_FILE)["parts_near"],
            moments | corners | {"site_id": site_id, "kinds": list(NETWORK_KINDS)},
        ).fetchall()


def joins_of(conn: Connection, moment: Moment, least: float, ids: Iterable[UUID]) -> list[JoinRow]:
    """Return the joins of some parts, of at least some confidence."""
    with conn.cursor(row_factory=class_row(JoinRow)) as cursor:
        return cursor.execute(
            load(_FILE)["joins_of"],
            {"at": moment.at, "known": moment.known, "least": least, "ids": list(ids)},
        ).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """Where a thing is, and the model whose file holds its body; geometry as WKB."""

    id: UUID
    footprint: bytes | None
    floor_z: float | None
    ceiling_z: float | None
    extent: list[float] | None
    model_id: UUID | None


def place_of(conn: Connection, entry_id: UUID, moment: Moment) -> PlaceRow | None:
    """Return where an entry is; None when nothing is known of it."""
    return _place(conn, moment, entry_id, None)


def place_of_guid(conn: Connection, guid: str, moment: Moment) -> PlaceRow | None:
    """Return where the element is that a model calls so."""
    return _place(conn, moment, None, guid)


def _place(
    conn: Connection, moment: Moment, entry_id: UUID | None, guid: str | None
) -> PlaceRow | None:
    with conn.cursor(row_factory=class_row(PlaceRow)) as cursor:
        return cursor.execute(
            load(_FILE)["place_of"],
            {"id": entry_id, "guid": guid, "at": moment.at, "known": moment.known},
        ).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterRow:
    """A value that a bound stream observed."""

    code: str | None
    sensor: str
    property: str
    unit: str | None
    at: datetime
    value: float


def water_readings(
    conn: Connection, moment: Moment, properties: Sequence[str], days: int
) -> list[WaterRow]:
    """Return what streams of some properties observed in the nights of the last days."""
    with conn.cursor(row_factory=class_row(WaterRow)) as cursor:
        return cursor.execute(
            load(_FILE)["water_readings"],
            {"properties": list(properties), "at": moment.at, "known": moment.known, "days": days},
        ).fetchall()


def code_of_sensor(conn: Connection, sensor: str) -> str | None:
    """Return the code of what a sensor is bound to now; None where it is bound to nothing."""
    row = conn.execute(load(_FILE)["code_of_sensor"], {"sensor": sensor}).fetchone()
    return None if row is None else row[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureRow:
    """A valve that stands closed from a time to a time; None = since ever, for good."""

    entry_id: UUID
    since: datetime | None
    until: datetime | None


def closures(conn: Connection, start: datetime, end: datetime, moment: Moment) -> list[ClosureRow]:
    """Return the closures of valves that fall into a time."""
    with conn.cursor(row_factory=class_row(ClosureRow)) as cursor:
        return cursor.execute(
            load(_FILE)["closures"], {"start": start, "end": end, "known": moment.known}
        ).fetchall()


def people_in(conn: Connection, rooms: Sequence[str], moment: Moment) -> int:
    """Count the people who hold some rooms; never more of them than how many."""
    row = conn.execute(
        load(_FILE)["people_in"],
        {"codes": list(rooms), "at": moment.at, "known": moment.known},
    ).fetchone()
    return 0 if row is None else int(row[0])


def holds_until(conn: Connection, moment: Moment) -> datetime | None:
    """Return when the next fact of networks begins or ends that is known already; None = never."""
    row = conn.execute(
        load(_FILE)["holds_until"], {"at": moment.at, "known": moment.known}
    ).fetchone()
    return None if row is None else row[0]


def scopes_seen(conn: Connection) -> str:
    """Return one text for all that the reader may see: equal texts mean equal sight."""
    row = conn.execute(load(_FILE)["scopes_seen"]).fetchone()
    return "" if row is None else str(row[0])


def have_changed(conn: Connection, since: int) -> bool:
    """Tell whether networks are others than at a revision; how valves stand is left out."""
    row = conn.execute(load(_FILE)["have_changed"], {"since": since}).fetchone()
    return row is None or bool(row[0])


def turned(conn: Connection, since: int) -> list[UUID]:
    """List the valves of whose positions something was recorded after a revision."""
    return [row[0] for row in conn.execute(load(_FILE)["turned"], {"since": since})]


def entries_seen(conn: Connection) -> str:
    """Return one text for which things the reader sees, and in which scope each is."""
    row = conn.execute(load(_FILE)["entries_seen"]).fetchone()
    return "" if row is None else str(row[0])


def rooms_of(conn: Connection, ids: Iterable[UUID], moment: Moment) -> list[str]:
    """Return the codes of the rooms in which some things lie, each once, sorted."""
    rows = conn.execute(
        load(_FILE)["rooms_of"], {"ids": list(ids), "at": moment.at, "known": moment.known}
    )
    return sorted({code for _, code in rows if code is not None})


def contents_of_room(conn: Connection, room_id: UUID, moment: Moment) -> list[UUID]:
    """Return the parts of networks in a room."""
    rows = conn.execute(
        load(_FILE)["contents_of_room"],
        {"room_id": room_id, "at": moment.at, "known": moment.known, "kinds": list(NETWORK_KINDS)},
    )
    return [row[0] for row in rows]


def find(conn: Connection, code: str) -> EntryRow:
    """Return what a code names.

    Raises
    ------
    UnknownCodeError
        When the reader sees nothing of that code.
    """
    text = str(parse(code))
    with conn.cursor(row_factory=class_row(EntryRow)) as cursor:
        row = cursor.execute(load(_FILE)["entry_of_code"], {"code": text}).fetchone()
    if row is None:
        raise UnknownCodeError(text, "look it up with fangma list pipe, valve or room")
    return row


def set_valve(
    conn: Connection,
    code: str,
    position: str,
    *,
    actor: str,
    valid_from: datetime,
    reason: str | None = None,
) -> Applied:
    """Record how a valve stands from a time on.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.recording`.

    Raises
    ------
    NetworkError
        When the code is no valve's, or the position none of :data:`POSITIONS`.
    """
    from fangma.asset_registry.store.applying import apply

    entry = find(conn, code)
    chosen = next((each for each in POSITIONS if each == position), None)
    if chosen is None:
        raise NetworkError(
            f"found position {position!r}, expected {', '.join(POSITIONS)}", "say one of these"
        )
    if entry.kind != "valve":
        raise NetworkError(
            f"{code} is a {entry.kind}, expected a valve", "list valves with fangma list valve"
        )
    return apply(
        conn,
        ChangeSet(
            site_id=entry.site_id,
            valid_from=valid_from,
            network=NetworkChanges(positions=(ValvePosition(entry_id=entry.id, position=chosen),)),
        ),
        actor=actor,
        action="edit",
        reason=reason,
        detail={"valve": code, "position": position},
    )


def _copy(conn: Connection, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with conn.cursor() as cursor, cursor.copy(load(_FILE)[name]) as copy:
        for row in rows:
            copy.write_row(row)


def _point(point: tuple[float, float, float]) -> str:
    return _POINT_Z.pack(1, _WKB_POINT_Z, *point).hex()


def _expect_all(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise NetworkError(
            f"only {found} of {expected} {what} could be written: the others name things that the "
            "registry does not have, or that are of another kind",
            "plan the change again from what the registry holds now",
        )
