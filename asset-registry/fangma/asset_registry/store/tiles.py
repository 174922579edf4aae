"""Rows that point at tiles, and the switch from one tileset to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.queries import load
from fangma.spatial.tiles.rows import TileRow

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.asset_registry.changes import Tile, TileSwitch
    from fangma.asset_registry.store.connection import Connection


class TileScopeError(RegistryError):
    """A tile of a building or secrecy that its writer may not see."""


def switch_tiles(
    conn: Connection, switch: TileSwitch, *, site_id: UUID, model_id: UUID, revision_id: int
) -> None:
    """Add and retire rows, in the transaction and revision of :func:`applying.apply`.

    Their files are on disk already.

    Raises
    ------
    TileScopeError
        When the writer may not see what a tile shows, or one that should be retired.
    """
    sql = load("tiles")
    retired = conn.execute(
        sql["retire"], {"ids": list(switch.retired), "revision": revision_id}
    ).rowcount
    if retired != len(switch.retired):
        raise TileScopeError(
            f"found {retired} of {len(switch.retired)} tiles that should be replaced",
            "plan the import again; publish as somebody who may see secret rooms",
        )
    for tile in switch.added:
        row = _columns(tile) | {
            "site_id": site_id,
            "model_id": model_id,
            "revision": revision_id,
        }
        conn.execute(sql["add_scope"], row)
        if conn.execute(sql["add"], row).rowcount != 1:
            raise TileScopeError(
                f"tile {tile.row.sha256[:12]} lies in a building that its writer may not see",
                "publish as somebody with a grant of the site",
            )


def tiles(conn: Connection, site_id: UUID) -> list[TileRow]:
    """Return the rows of a site's tileset of now that this reader may see.

    Secret tiles are among them for those entitled only; grey masses for all, and
    :func:`fangma.spatial.tiles.tileset.compose_tileset` drops a mass beside its secret twin.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load("tiles")["current"], {"site_id": site_id}).fetchall()
    return [
        TileRow(
            building=row["building"],
            storey=row["storey"],
            discipline=row["discipline"],
            model=row["model"],
            level=row["level"],
            part=row["part"],
            visibility=row["visibility"],
            sha256=row["sha256"],
            plain_sha256=row["plain_sha256"],
            byte_length=row["byte_length"],
            plain_byte_length=row["plain_byte_length"],
            box=tuple(row["box"]),
            matrix_site_from_content=tuple(row["matrix"]),
            geometric_error_m=row["geometric_error"],
            elements=row["elements"],
            triangles=row["triangles"],
            draws=row["draws"],
        )
        for row in rows
    ]


def is_secret(conn: Connection, site_id: UUID, sha256: str) -> bool | None:
    """Tell whether a file shows secret rooms.

    None when it neither is nor was part of a tileset that this reader may see.
    """
    asked = {"site_id": site_id, "hash": sha256}
    row = conn.execute(load("tiles")["is_secret"], asked).fetchone()
    return None if row is None or row[0] is None else bool(row[0])


def newest_revision(conn: Connection, site_id: UUID) -> int:
    """Return a number that changes when the site's tileset does; 0 = there is none yet."""
    row = conn.execute(load("tiles")["newest_revision"], {"site_id": site_id}).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _columns(tile: Tile) -> dict[str, Any]:
    row = tile.row
    return {
        "building_id": tile.building_id,
        "storey_id": tile.storey_id,
        "scope_part": "grounds" if tile.building_id is None else "building",
        "secret": row.visibility == "secret",
        "discipline": row.discipline,
        "level": row.level,
        "part": row.part,
        "visibility": row.visibility,
        "hash": row.sha256,
        "plain_hash": row.plain_sha256,
        "bytes": row.byte_length,
        "plain_bytes": row.plain_byte_length,
        "box": list(row.box),
        "matrix": list(row.matrix_site_from_content),
        "geometric_error": row.geometric_error_m,
        "elements": row.elements,
        "triangles": row.triangles,
        "draws": row.draws,
    }
