"""Outlines in the site's projected CRS, as GeoJSON for who measures again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from psycopg.rows import dict_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site

_NOT_PROPERTIES: Final = frozenset({"footprint"})


def outlines(conn: Connection, site: Site, moment: Moment, kind: str = "room") -> dict[str, Any]:
    """Return what of a kind has a measured outline, as far as the reader sees it.

    Coordinates are metres east and north in the site's projected CRS (``crs`` names it, as GeoJSON
    2008 did; RFC 7946 knows degrees only), so that areas can be reckoned from them. Bounding boxes
    that stand for bodies are left out: they are no measurement.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    """
    asked = {"site_id": site.id, "kind": kind, "at": moment.at, "known": moment.known}
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load("outlines")["outlines"], asked).fetchall()
    document: dict[str, Any] = {"type": "FeatureCollection"}
    if site.epsg is not None:
        document["crs"] = {
            "type": "name",
            "properties": {"name": f"urn:ogc:def:crs:EPSG::{site.epsg}"},
        }
    document["features"] = [
        {
            "type": "Feature",
            "id": row["code"],
            "geometry": orjson.loads(row["footprint"]),
            "properties": {k: v for k, v in row.items() if k not in _NOT_PROPERTIES},
        }
        for row in rows
    ]
    return document
