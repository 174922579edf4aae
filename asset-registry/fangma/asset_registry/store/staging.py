"""Bring a change set into temporary tables by COPY, before any lock is taken."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

import orjson

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fangma.asset_registry.changes import ChangeSet, NewEntry, Point, Shape, Source, State
    from fangma.asset_registry.store.connection import Connection

# EWKB of a line of two points with z, little-endian.
_LINE_Z: Final = struct.Struct("<BII6d")
_LINE_STRING_Z: Final = 0x80000002


def stage(conn: Connection, changes: ChangeSet) -> None:
    """Fill the staging tables of this connection with the rows of a change set."""
    conn.execute(load("applying")["make_staging"])
    _copy(conn, "copy_entries", map(_entry, changes.new))
    _copy(conn, "copy_states", map(_state, changes.states))
    _copy(conn, "copy_shapes", map(_shape, changes.shapes))
    _copy(conn, "copy_sources", map(_source, changes.sources))
    _copy(conn, "copy_retired", ((entry_id.hex,) for entry_id in changes.retired))
    _copy(conn, "copy_superseded", ((entry_id.hex,) for entry_id in changes.superseded))
    moves = ((entry.hex, building.hex, None) for entry, building in changes.moved)
    marks = ((entry.hex, None, secret) for entry, secret in changes.marked_secret)
    _copy(conn, "copy_moves", (row for rows in (moves, marks) for row in rows))
    conn.execute(load("applying")["analyze_staging"])


def stage_codes(conn: Connection, codes: dict[UUID, str]) -> None:
    """Add the codes that were given under the lock."""
    _copy(conn, "copy_codes", ((entry_id.hex, code) for entry_id, code in codes.items()))
    conn.execute(load("applying")["analyze_codes"])


def as_json(value: object) -> str:
    """Write a value as jsonb takes it: no NUL and no half of a surrogate pair; NaN becomes null."""
    try:
        text = orjson.dumps(value, default=str).decode()
    except TypeError:  # halves of surrogate pairs
        text = orjson.dumps(_whole(value), default=str).decode()
    return text.replace("\\u0000", "\\ufffd")


def _whole(value: object) -> object:
    match value:
        case str():
            return _text(value)
        case dict():
            return {_text(str(key)): _whole(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole(item) for item in value]
        case _:
            return value


def _copy(conn: Connection, name: str, rows: Iterable[tuple[Any, ...]]) -> None:
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return
    with conn.cursor() as cursor, cursor.copy(load("applying")[name]) as copy:
        copy.write_row(first)
        for row in iterator:
            copy.write_row(row)


def _entry(entry: NewEntry) -> tuple[Any, ...]:
    building = entry.id if entry.kind == "building" else entry.building_id
    part = "site" if entry.kind == "site" else "grounds" if building is None else "building"
    return (
        entry.id.hex,
        entry.kind,
        entry.site_id.hex,
        _hex(None if part == "site" else building),
        part,
        entry.secret,
    )


def _state(state: State) -> tuple[Any, ...]:
    return (
        state.entry_id.hex,
        _text(state.name),
        _text(state.number),
        _hex(state.building_id),
        _hex(state.storey_id),
        _text(state.use),
        _text(state.system),
        _text(state.ifc_class),
        _text(state.predefined_type),
        state.elevation_m,
        state.inferred,
    )


def _shape(shape: Shape) -> tuple[Any, ...]:
    return (
        shape.entry_id.hex,
        None if shape.footprint is None else shape.footprint.hex(),
        None if shape.axis is None else shape.axis.hex(),
        None if shape.extent is None else _extent(*shape.extent),
        shape.floor_z,
        shape.ceiling_z,
        shape.area_m2,
        shape.volume_m3,
        shape.method,
        as_json(shape.declared) if shape.declared else "[]",
        shape.inner_diameter_m,
        shape.outer_diameter_m,
        shape.kernel,
        shape.mesh_hash,
    )


def _source(source: Source) -> tuple[Any, ...]:
    return (
        source.entry_id.hex,
        _text(source.guid),
        source.step_key,
        source.fingerprint,
        as_json(source.properties) if source.properties else "{}",
    )


def _extent(lowest: Point, highest: Point) -> str:
    return _LINE_Z.pack(1, _LINE_STRING_Z, 2, *lowest, *highest).hex()


def _hex(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _text(value: str | None) -> str | None:
    """PostgreSQL holds no NUL and no half of a surrogate pair; files do."""
    if value is None or (value.isascii() and "\0" not in value):
        return value
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
