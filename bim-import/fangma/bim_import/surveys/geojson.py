"""Lines and points of GeoJSON (RFC 7946, and the projected GeoJSON that is older)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.bim_import.surveys.drawn import Drawing, DrawnLine, DrawnSpot
from fangma.bim_import.tables.errors import RefusedTable, error, refuse
from fangma.bim_import.tables.sheets import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.tables.values import Cell

_LINES: Final = {"LineString": False, "MultiLineString": True}
_POINTS: Final = {"Point": False, "MultiPoint": True}


def read_geojson(path: Path) -> Drawing:
    """Read the lines and points of a file.

    Raises
    ------
    RefusedTable
        When it is no GeoJSON, or features have coordinates that are none.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise refuse(
            "table-too-large",
            f"{path.name} has {path.stat().st_size} bytes, expected at most {LARGEST_FILE}.",
            "Split it into several files.",
        )
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise refuse(
            "drawing-format", f"{path.name} is no JSON: {failure}.", "Export it anew."
        ) from None
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise refuse(
            "drawing-format",
            f"{path.name} is no GeoJSON FeatureCollection.",
            "Export the layer as GeoJSON.",
        )
    lines: list[DrawnLine] = []
    spots: list[DrawnSpot] = []
    wrong: list[Finding] = []
    for index, feature in enumerate(document["features"], 1):
        label = f"feature {index}"
        try:
            for geometry in _parts(feature):
                _take(geometry, feature, label, path.stem, lines, spots)
        except (TypeError, ValueError, KeyError, AttributeError, IndexError) as failure:
            wrong.append(
                error(
                    "drawing-geometry",
                    f"{label[0].upper()}{label[1:]}: found a geometry that is none ({failure}), "
                    "expected a Point or LineString of numbers.",
                    "Correct or delete it.",
                    label,
                )
            )
    if wrong:
        raise RefusedTable(wrong)
    return Drawing(lines=tuple(lines), spots=tuple(spots), crs=_crs(document), is_geographic=True)


def _parts(feature: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the type and coordinates of every single geometry of a feature."""
    pending = [feature["geometry"]]
    while pending:
        geometry = pending.pop()
        if geometry is None:
            continue
        kind = geometry["type"]
        if kind == "GeometryCollection":
            pending += geometry["geometries"]
        elif kind in _LINES or kind in _POINTS:
            several = (_LINES | _POINTS)[kind]
            for coordinates in geometry["coordinates"] if several else [geometry["coordinates"]]:
                yield kind, coordinates


def _take(
    geometry: tuple[str, Any],
    feature: dict[str, Any],
    label: str,
    layer: str,
    lines: list[DrawnLine],
    spots: list[DrawnSpot],
) -> None:
    kind, coordinates = geometry
    properties = _properties(feature)
    if kind in _POINTS:
        x, y, z = _position(coordinates)
        spots.append(DrawnSpot(label=label, place=(x, y, z), properties=properties, layer=layer))
        return
    path: NDArray[np.float64] = np.array([_position(each) for each in coordinates])
    if len(path) < 2:
        raise ValueError("fewer than two positions")
    lines.append(DrawnLine(label=label, path=path, properties=properties, layer=layer))


def _position(values: Any) -> tuple[float, float, float]:  # noqa: ANN401 - as JSON has it
    if any(isinstance(value, bool) for value in values):
        raise TypeError("true or false among the coordinates")
    numbers = [float(value) for value in values]
    if not 2 <= len(numbers) <= 4 or not np.isfinite(numbers).all():
        raise ValueError(f"{len(numbers)} coordinates")
    return numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else float("nan")


def _properties(feature: dict[str, Any]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for name, value in (feature.get("properties") or {}).items():
        if isinstance(value, str | int | float | bool):
            found[str(name)] = value
    if isinstance(feature.get("id"), str | int):
        found.setdefault("id", feature["id"])
    return found


def _crs(document: dict[str, Any]) -> str | None:
    """Return the CRS that GeoJSON of 2008 names; RFC 7946 knows only longitude and latitude."""
    declared = document.get("crs")
    if not isinstance(declared, dict):
        return None
    name = (declared.get("properties") or {}).get("name")
    return name if isinstance(name, str) else None
