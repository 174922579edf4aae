"""Pipes drawn in DXF: lines on layers of systems, symbols as blocks, sizes as texts beside them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.surveys.drawn import Drawing, DrawnLine, DrawnSpot, system_of_layer
from fangma.bim_import.tables.errors import refuse
from fangma.bim_import.tables.sheets import LARGEST_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fangma.bim_import.tables.values import Cell

Entity = Any  # ezdxf
_LINES: Final = {"LINE", "LWPOLYLINE", "POLYLINE", "SPLINE", "ARC"}
# Leaders and marks stand on layers of the system too, and are no pipes.
_MARKS: Final = re.compile(r"TEXT|MARK|ANNO|DIM|标注|注记|扯旗|图框|注释|文字", re.IGNORECASE)
_UNITS_M: Final = {1: 0.0254, 2: 0.3048, 4: 0.001, 5: 0.01, 6: 1.0, 14: 0.1}
_FLAT: Final = 0.02
# Of the size of a curve: however large one says to be, it becomes some thousand pieces at most.
_FLAT_SHARE: Final = 1e-6
_SIZE: Final = re.compile(r"(?:DN|[ΦØφD])\s*\d+(?:\.\d+)?|\d+\s*[X×x*]\s*\d+")
_MATERIALS: Final = (
    "球墨铸铁", "铸铁", "镀锌钢", "不锈钢", "钢筋砼", "钢筋混凝土", "混凝土", "砼", "HDPE", "PVC",
    "PE", "PPR", "PP-R", "钢", "铜", "光纤", "砖石",
)  # fmt: skip
_ANNEXES: Final = (
    ("阀", "阀门"), ("VALVE", "阀门"), ("检查井", "检查井"), ("窨井", "检查井"),
    ("MANHOLE", "检查井"),
    ("消火栓", "消火栓"), ("消防栓", "消火栓"), ("HYDRANT", "消火栓"), ("水表", "水表"),
    ("METER", "水表"), ("雨水篦", "雨水篦"), ("雨水口", "雨水口"), ("GULLY", "雨水口"),
    ("井", "检查井"), ("PUMP", "泵"), ("泵", "泵"),
)  # fmt: skip
_DEPTH: Final = re.compile(r"(?:埋深|[hH]\s*=)\s*(\d+(?:\.\d+)?)")
_TEXT_WITHIN: Final = 3.0  # heights of the text
_TEXT_LEAST: Final = 2.0  # drawing units
_LAYERS_NAMED: Final = 8


def read_dxf(path: Path) -> Drawing:
    """Read what lies in model space on layers named after a system.

    Raises
    ------
    RefusedTable
        When it is no DXF, or no layer is one of pipes.
    """
    from ezdxf import recover
    from ezdxf.lldxf.const import DXFError

    if path.stat().st_size > LARGEST_FILE:
        raise refuse(
            "table-too-large",
            f"{path.name} has {path.stat().st_size} bytes, expected at most {LARGEST_FILE}.",
            "Purge it, or export the layers of pipes alone.",
        )
    try:
        document, _ = recover.readfile(path)
    except (DXFError, OSError, ValueError, KeyError, IndexError, AttributeError) as failure:
        raise refuse(
            "drawing-format",
            f"{path.name} is no DXF that can be read: {failure}.",
            "Save it as DXF (2000 or newer); a DWG must be converted first.",
        ) from None
    lines: list[DrawnLine] = []
    spots: list[DrawnSpot] = []
    texts: list[tuple[str, str, NDArray[np.float64], float]] = []
    strange: dict[str, int] = {}
    for entity in _entities(document.modelspace()):
        layer = str(entity.dxf.layer)
        system = system_of_layer(layer)
        if system is None:
            strange[layer] = strange.get(layer, 0) + (entity.dxftype() in _LINES)
            continue
        label = f"entity {entity.dxf.handle} on layer {layer}"
        kind = entity.dxftype()
        if kind in {"TEXT", "MTEXT"}:
            height = float(entity.dxf.height if kind == "TEXT" else entity.dxf.char_height)
            word = entity.plain_text() if kind == "MTEXT" else str(entity.dxf.text)
            texts.append((system, word, np.array(tuple(entity.dxf.insert)[:2]), height))
        elif kind in _LINES and not _MARKS.search(layer):
            points = _path(entity, path.name, label)
            if len(points) > 1:
                lines.append(DrawnLine(label=label, path=points, layer=layer))
        elif kind in {"INSERT", "POINT"} and not _MARKS.search(layer):
            spots.append(_spot(entity, label, layer))
    if not lines:
        named = ", ".join(list(strange)[:_LAYERS_NAMED]) or "none"
        raise refuse(
            "drawing-layers",
            f"{path.name} has no line on a layer of pipes; its layers: {named}.",
            "Name layers by the system, such as JSLINE, WS or 给水管线 (CJJ 61).",
        )
    findings = []
    ignored = [name for name, count in strange.items() if count]
    if ignored:
        findings.append(
            Finding(
                severity=Severity.WARNING,
                rule="drawing-layers-left-out",
                element=None,
                message=f"Lines on {len(ignored)} layers that name no system were left out: "
                f"{', '.join(ignored[:_LAYERS_NAMED])}.",
                remedy="Name layers of pipes by the system, such as JSLINE or 给水.",
            )
        )
    return Drawing(
        lines=_lettered(_without_flat_heights(lines), texts),
        spots=tuple(spots),
        unit_m=_UNITS_M.get(int(document.header.get("$INSUNITS", 0) or 0)),
        findings=tuple(findings),
    )


def _entities(space: Iterable[Entity]) -> Iterator[Entity]:
    for entity in space:
        if entity.dxftype() in _LINES | {"TEXT", "MTEXT", "INSERT", "POINT"}:
            yield entity


def _path(entity: Entity, file: str, label: str) -> NDArray[np.float64]:
    """Return the vertices of a line, (k, 3).

    Raises
    ------
    RefusedTable
        When its curve is none.
    """
    from ezdxf.lldxf.const import DXFError

    try:
        return _points(entity)
    except (DXFError, ArithmeticError, ValueError, IndexError, TypeError) as failure:
        raise refuse(
            "drawing-geometry",
            f"{file}, {label}: found a curve that is none ({failure}).",
            "Delete it, or draw it anew.",
        ) from None


def _points(entity: Entity) -> NDArray[np.float64]:
    """Return the vertices of a line, (k, 3); arcs are cut into straight pieces."""
    match entity.dxftype():
        case "LINE":
            points = [entity.dxf.start, entity.dxf.end]
        case "LWPOLYLINE":
            z = float(entity.dxf.elevation or 0.0)
            points = [(x, y, z) for x, y in entity.get_points("xy")]
            if entity.has_arc:
                from ezdxf.path import make_path

                bulge = max(abs(float(b)) for (b,) in entity.get_points("b"))
                points = list(make_path(entity).flattening(_flat(points, 1.0 + bulge)))
            elif entity.closed:
                points.append(points[0])
        case "POLYLINE":
            if not (entity.is_2d_polyline or entity.is_3d_polyline):
                return np.zeros((0, 3))
            points = [vertex.dxf.location for vertex in entity.vertices]
            if entity.is_2d_polyline:
                z = float(entity.dxf.elevation[2]) if entity.dxf.hasattr("elevation") else 0.0
                points = [(p[0], p[1], p[2] or z) for p in points]
            if entity.is_closed and points:
                points.append(points[0])
        case "ARC":
            radius = abs(float(entity.dxf.radius))
            points = list(entity.flattening(_flat([(0.0, 0.0), (radius, radius)])))
        case _:
            drawn = [tuple(p) for p in (*entity.control_points, *entity.fit_points)]
            points = list(entity.flattening(_flat(drawn)))
    found = np.array([tuple(p)[:3] for p in points], dtype=np.float64).reshape(-1, 3)
    kept = np.ones(len(found), dtype=bool)
    kept[1:] = (np.abs(np.diff(found, axis=0)) > 1e-9).any(axis=1)
    return found[kept]


def _flat(points: Sequence[Sequence[float]], times: float = 1.0) -> float:
    """Return how far from a curve its pieces may be, drawing units.

    Raises
    ------
    ValueError
        When the curve goes on without end.
    """
    if not points:
        return _FLAT
    size = float(np.ptp(np.array(points, dtype=np.float64), axis=0).max()) * times
    if not np.isfinite(size):
        raise ValueError("it goes on without end")
    return max(_FLAT, _FLAT_SHARE * size)


def _spot(entity: Entity, label: str, layer: str) -> DrawnSpot:
    properties: dict[str, Cell] = {}
    if entity.dxftype() == "INSERT":
        properties = {str(a.dxf.tag): str(a.dxf.text).strip() for a in entity.attribs}
        annex = _annex(str(entity.dxf.name))
        if annex is not None:
            properties.setdefault("附属物", annex)
        place = entity.dxf.insert
    else:
        place = entity.dxf.location
    # The height of a symbol is that of the ground, or none: the line says where the pipe lies.
    return DrawnSpot(
        label=label, place=(place[0], place[1], float("nan")), properties=properties, layer=layer
    )


def _annex(block: str) -> str | None:
    """Tell from the name of a block what stands there; None for a plain point of the survey."""
    plain = block.upper()
    return next((annex for word, annex in _ANNEXES if word in plain), None)


def _without_flat_heights(lines: Sequence[DrawnLine]) -> list[DrawnLine]:
    """Take zero, where every line has it, for no height at all: the drawing is flat."""
    if any((line.path[:, 2] != 0.0).any() for line in lines):
        return list(lines)
    flat = []
    for line in lines:
        path = line.path.copy()
        path[:, 2] = np.nan
        flat.append(replace(line, path=path))
    return flat


def _lettered(
    lines: Sequence[DrawnLine],
    texts: Sequence[tuple[str, str, NDArray[np.float64], float]],
) -> tuple[DrawnLine, ...]:
    """Give each text that says a size, material or depth to the nearest line of its system."""
    told: list[dict[str, Cell]] = [dict(line.properties) for line in lines]
    away: list[dict[str, float]] = [{} for _ in lines]
    drawn = shapely.linestrings
    shapes = [drawn(line.path[:, :2]) for line in lines]
    systems = [system_of_layer(line.layer) for line in lines]
    tree = shapely.STRtree(shapes)
    for system, word, place, height in texts:
        said = _said(word)
        if not said:
            continue
        here = shapely.Point(place)
        reach = max(_TEXT_LEAST, _TEXT_WITHIN * height)
        near = [
            (shapes[i].distance(here), i)
            for i in tree.query(here, predicate="dwithin", distance=reach).tolist()
            if systems[i] == system
        ]
        if not near:
            continue
        distance, row = min(near)
        for name, value in said.items():
            if distance < away[row].get(name, np.inf):
                away[row][name] = distance
                told[row][name] = value
    return tuple(replace(line, properties=each) for line, each in zip(lines, told, strict=True))


def _said(word: str) -> dict[str, Cell]:
    said: dict[str, Cell] = {}
    size = _SIZE.search(word)
    if size is not None:
        said["管径"] = size[0].replace(" ", "")
    material = next((name for name in _MATERIALS if name in word), None)
    if material is not None:
        said["材质"] = material
    depth = _DEPTH.search(word)
    if depth is not None:
        said["埋深"] = depth[1]
    return said
