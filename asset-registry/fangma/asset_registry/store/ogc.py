"""Registry entries as geographic features, for OGC API - Features: CRS84 in and out."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row
from psycopg.types.range import TimestamptzRange
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

Box = tuple[float, float, float, float]
_CRS84: Final = "OGC:CRS84"
_DENSIFY: Final = 21  # points an edge: a parallel is a curve in the projection


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """An entry with its geometry as GeoJSON text in CRS84; heights in the site's own datum."""

    ordinal: int
    code: str | None
    kind: str
    name: str | None
    number: str | None
    use: str | None
    system: str | None
    building: str | None
    storey: str | None
    elevation_m: float | None
    floor_z: float | None
    ceiling_z: float | None
    area_m2: float | None
    inner_diameter_m: float | None
    outer_diameter_m: float | None
    valid_from: datetime | None
    valid_to: datetime | None
    geometry: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a site lies: cheap to ask, unlike all that it holds (``store.sites``).

    Attributes
    ----------
    origin : list of 3 float
        East, north, height of the local origin of its tiles, in ``epsg``.
    """

    id: UUID
    epsg: int | None
    origin: list[float]
    latitude: float | None
    longitude: float | None


def find_place(conn: Connection, code: str) -> Place | None:
    """Return where the site of a canonical code lies, if the reader sees anything of it."""
    with conn.cursor(row_factory=class_row(Place)) as cursor:
        return cursor.execute(load("ogc")["place"], {"code": code}).fetchone()


def find_features(
    conn: Connection,
    kind: str,
    *,
    known: datetime,
    during: tuple[datetime | None, datetime | None],
    box: Box | None = None,
    code: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> list[Feature]:
    """Return a page of the entries of a kind, ascending by ordinal.

    Parameters
    ----------
    during : (datetime or None, datetime or None)
        Closed interval of valid time; None = open. Both alike = an instant.
    box : tuple of four floats or None
        West, south, east, north in CRS84 degrees; west > east crosses the antimeridian. Things of
        sites without a CRS are in no box.
    after : int
        Ordinal of the last row of the page before.
    """
    boxes = None if box is None else _boxes(conn, box)
    columns = (
        dict.fromkeys(("site_ids", "west", "south", "east", "north"))
        if boxes is None
        else {
            "site_ids": [site for site, _ in boxes],
            "west": [where[0] for _, where in boxes],
            "south": [where[1] for _, where in boxes],
            "east": [where[2] for _, where in boxes],
            "north": [where[3] for _, where in boxes],
        }
    )
    with conn.cursor(row_factory=class_row(Feature)) as cursor:
        return cursor.execute(
            load("ogc")["features"],
            {
                "kind": kind,
                "known": known,
                "during": TimestamptzRange(*during, bounds="[]"),
                "code": code,
                "after": after,
                "limit": limit,
                **columns,
            },
        ).fetchall()


def extent(conn: Connection) -> Box | None:
    """Return the box in CRS84 of everything that the reader may see; None for nothing."""
    projected = dict(_projected_sites(conn))
    found: list[Box] = []
    for site, *corners in conn.execute(load("ogc")["extent"]):
        if site in projected and None not in corners:
            west, south, east, north = corners
            box = _transformed((west, south, east, north), projected[site], inverse=True)
            if box is not None:
                found.append(box)
    if not found:
        return None
    west, south, east, north = zip(*found, strict=True)
    return min(west), min(south), max(east), max(north)


def geojson_of(feature: Feature) -> dict[str, Any]:
    """Write a feature as GeoJSON (RFC 7946); its id is the code, for life."""
    return {
        "type": "Feature",
        "id": feature.code,
        "geometry": None if feature.geometry is None else json.loads(feature.geometry),
        "properties": {
            "code": feature.code,
            "kind": feature.kind,
            "name": feature.name,
            "number": feature.number,
            "use": feature.use,
            "system": feature.system,
            "building": feature.building,
            "storey": feature.storey,
            "elevation_m": feature.elevation_m,
            "floor_z": feature.floor_z,
            "ceiling_z": feature.ceiling_z,
            "area_m2": feature.area_m2,
            "inner_diameter_m": feature.inner_diameter_m,
            "outer_diameter_m": feature.outer_diameter_m,
            "valid_from": feature.valid_from and feature.valid_from.isoformat(),
            "valid_to": feature.valid_to and feature.valid_to.isoformat(),
        },
    }


def _projected_sites(conn: Connection) -> list[tuple[UUID, int]]:
    return [(row[0], row[1]) for row in conn.execute(load("ogc")["sites"])]


def _boxes(conn: Connection, box: Box) -> list[tuple[UUID, Box]]:
    """Turn a box of degrees into envelopes in the sites' own CRSs, so that their index is used."""
    west, south, east, north = box
    parts = [box] if west <= east else [(west, south, 180.0, north), (-180.0, south, east, north)]
    found = []
    for site, epsg in _projected_sites(conn):
        for part in parts:
            clipped = _clipped(part, epsg)
            envelope = _transformed(clipped, epsg) if clipped is not None else None
            if envelope is not None:
                found.append((site, envelope))
    return found


def _clipped(box: Box, epsg: int) -> Box | None:
    """Cut a box to where the CRS is of use: beyond, a projection gives nonsense or nothing."""
    crs = _crs(epsg)
    area = crs.area_of_use if crs is not None else None
    if area is None:
        return box
    west, south = max(box[0], area.west), max(box[1], area.south)
    east, north = min(box[2], area.east), min(box[3], area.north)
    return (west, south, east, north) if west <= east and south <= north else None


def _transformed(box: Box, epsg: int, *, inverse: bool = False) -> Box | None:
    transformer = _transformer(epsg, inverse=inverse)
    if transformer is None:
        return None
    try:
        out = transformer.transform_bounds(*box, densify_pts=_DENSIFY)
    except ProjError:
        return None
    return out if all(map(math.isfinite, out)) else None


@lru_cache(maxsize=64)
def _crs(epsg: int) -> CRS | None:
    try:
        return CRS.from_epsg(epsg)
    except CRSError:
        return None


@lru_cache(maxsize=128)
def _transformer(epsg: int, *, inverse: bool) -> Transformer | None:
    crs = _crs(epsg)
    if crs is None:
        return None
    source, target = (crs, _CRS84) if inverse else (_CRS84, crs)
    return Transformer.from_crs(source, target, always_xy=True)
