"""Rows that point at tiles, and the switch from one tileset to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.rows import class_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fangma.asset_registry.changes import Tile
    from fangma.asset_registry.store.connection import Connection


class TileScopeError(RegistryError):
    """A tile of a building or secrecy that its writer may not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRow:
    """One content of the tileset of now, as its reader gets it.

    Attributes
    ----------
    hash, plain_hash : str
        SHA-256 of the file, and of its form without instancing where there is one.
    box : sequence of 12 float
        3D Tiles ``boundingVolume.box``, in the tileset's frame.
    masked : bool
        A grey mass that stands for a secret room.
    """

    id: int
    building: str | None
    storey: str | None
    model_id: UUID | None
    role: str
    discipline: str
    secret: bool
    masked: bool
    hash: str
    plain_hash: str | None
    box: Sequence[float]
    geometric_error: float
    elements: int
    bytes: int


def switch_tiles(
    conn: Connection,
    *,
    tiles: Iterable[Tile],
    retired: Sequence[int],
    model_id: UUID | None,
    revision_id: int,
) -> None:
    """Add and retire rows, in the transaction and revision of :func:`applying.apply`.

    Their files are on disk already. A secret tile gets a second row that everybody sees, which
    points at its grey mass.
    """
    sql = load("tiles")
    if retired:
        conn.execute(sql["retire"], {"ids": list(retired), "revision": revision_id})
    for tile in tiles:
        row = _row(tile) | {"model_id": model_id, "revision": revision_id}
        tile_id = _add(conn, row)
        if tile.secret and tile.masked_hash is not None:
            mask = {
                "secret": False,
                "mask_of": tile_id,
                "hash": tile.masked_hash,
                "plain_hash": tile.masked_hash,
                "elements": 0,  # a count would tell of what is behind it
                "bytes": 0,
            }
            _add(conn, row | mask)


def tiles(conn: Connection, site_id: UUID) -> list[TileRow]:
    """Return the contents of a site's tileset, as this reader may see them."""
    with conn.cursor(row_factory=class_row(TileRow)) as cursor:
        return cursor.execute(load("tiles")["current"], {"site_id": site_id}).fetchall()


def tiles_of_model(conn: Connection, model_id: UUID) -> tuple[int, ...]:
    """Return the rows that a new revision of a model retires."""
    rows = conn.execute(load("tiles")["of_model"], {"model_id": model_id}).fetchall()
    return tuple(row[0] for row in rows)


def may_read(conn: Connection, site_id: UUID, content_hash: str) -> bool:
    """Tell whether a file is, or was, part of a tileset that this reader may see."""
    asked = {"site_id": site_id, "hash": content_hash}
    row = conn.execute(load("tiles")["may_read"], asked).fetchone()
    return bool(row and row[0])


def newest_revision(conn: Connection, site_id: UUID) -> int:
    """Return a number that changes when the site's tileset does; 0 = there is none yet."""
    row = conn.execute(load("tiles")["newest_revision"], {"site_id": site_id}).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _row(tile: Tile) -> dict[str, Any]:
    return {
        "site_id": tile.site_id,
        "building_id": tile.building_id,
        "part": "grounds" if tile.building_id is None else "building",
        "secret": tile.secret,
        "storey_id": tile.storey_id,
        "role": tile.role,
        "discipline": tile.discipline,
        "mask_of": None,
        "hash": tile.hash,
        "plain_hash": tile.plain_hash,
        "box": list(tile.box),
        "geometric_error": tile.geometric_error,
        "elements": tile.elements,
        "bytes": tile.bytes,
    }


def _add(conn: Connection, row: dict[str, Any]) -> int:
    sql = load("tiles")
    conn.execute(sql["add_scope"], row)
    added = conn.execute(sql["add"], row).fetchone()
    if added is None:
        raise TileScopeError(
            f"tile {row['hash'][:12]} lies in a building that the reader may not see",
            "publish as somebody with a grant of the site",
        )
    return int(added[0])
