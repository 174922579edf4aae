"""Lines and points of ESRI Shapefiles; attributes in whatever encoding the .dbf has."""

from __future__ import annotations

import math
import struct
import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapefile

from fangma.bim_import.surveys.drawn import Drawing, DrawnLine, DrawnSpot
from fangma.bim_import.tables.errors import RefusedTable, error, refuse
from fangma.bim_import.tables.sheets import LARGEST_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.tables.values import Cell

_LINES: Final = {shapefile.POLYLINE, shapefile.POLYLINEZ, shapefile.POLYLINEM}
_POINTS: Final = {
    shapefile.POINT, shapefile.POINTZ, shapefile.POINTM,
    shapefile.MULTIPOINT, shapefile.MULTIPOINTZ, shapefile.MULTIPOINTM,
}  # fmt: skip
_MAGIC: Final = struct.pack(">i", 9994)
# What pyshp raises for files that were cut off or written by hand.
_DAMAGED: Final = (
    shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError, OSError,
    AssertionError, TypeError, OverflowError, MemoryError, Warning,
)  # fmt: skip
# Language driver of the .dbf, by which its writer says the encoding: 0x4D is GBK.
_DRIVERS: Final = {0x4D: "gb18030", 0x7A: "gb18030"}


def read_shapefile(path: Path) -> Drawing:
    """Read the lines or points of a shapefile.

    Raises
    ------
    RefusedTable
        When it is none, when .dbf or .shx are missing, or features are damaged.
    """
    real = path.resolve()  # the parts lie beside the file itself, not beside a link to it
    with real.open("rb") as file:
        if file.read(4) != _MAGIC:
            raise refuse(
                "drawing-format", f"{path.name} is no shapefile.", "Export the layer anew."
            )
    if real.stat().st_size > LARGEST_FILE:
        raise refuse(
            "table-too-large",
            f"{path.name} has {real.stat().st_size} bytes, expected at most {LARGEST_FILE}.",
            "Split it into several files.",
        )
    dbf = _beside(real, ".dbf")
    if dbf is None or _beside(real, ".shx") is None:
        raise refuse(
            "drawing-parts",
            f"{path.name} lacks its .dbf or .shx.",
            "Put all files of the same name into one folder: .shp, .shx, .dbf, .prj.",
        )
    try:
        return _read(path, real, _encoding(dbf))
    except _DAMAGED as failure:
        raise refuse(
            "drawing-format",
            f"{path.name} is damaged: {type(failure).__name__}: {failure}.",
            "Export the layer anew; the copy may be incomplete.",
        ) from None


def _read(path: Path, real: Path, encoding: str) -> Drawing:
    lines: list[DrawnLine] = []
    spots: list[DrawnSpot] = []
    wrong: list[Finding] = []
    with (
        warnings.catch_warnings(),
        shapefile.Reader(str(real), encoding=encoding, encodingErrors="replace") as reader,
    ):
        # A file that is shorter than its header says was cut off; pyshp only warns.
        warnings.simplefilter("error")
        if reader.shapeType not in _LINES | _POINTS:
            raise refuse(
                "drawing-geometry",
                f"{path.name} holds {reader.shapeTypeName}, expected lines or points.",
                "Export the layers of pipes and of their points.",
            )
        for index, found in enumerate(reader.iterShapeRecords(), 1):
            label = f"feature {index}"
            properties = _properties(found.record)
            shape = found.shape
            if shape.shapeType == shapefile.NULL or not shape.points:
                wrong.append(
                    error(
                        "drawing-geometry",
                        f"Feature {index}: found no geometry, expected a line or point.",
                        "Delete it, or draw it.",
                        label,
                    )
                )
                continue
            heights = getattr(shape, "z", None) or [math.nan] * len(shape.points)
            places = np.column_stack([np.array(shape.points)[:, :2], np.array(heights)])
            if shape.shapeType in _POINTS:
                spots += [
                    DrawnSpot(label=label, place=(x, y, z), properties=properties, layer=path.stem)
                    for x, y, z in places.tolist()
                ]
                continue
            ends = [*list(shape.parts)[1:], len(places)]
            lines += [
                DrawnLine(
                    label=label, path=places[start:end], properties=properties, layer=path.stem
                )
                for start, end in zip(shape.parts, ends, strict=True)
                if end - start > 1
            ]
    if wrong:
        raise RefusedTable(wrong)
    prj = _beside(real, ".prj")
    crs = None if prj is None else prj.read_text("utf-8", "replace").strip() or None
    return Drawing(lines=tuple(lines), spots=tuple(spots), crs=crs)


def _beside(path: Path, ending: str) -> Path | None:
    for each in (path.with_suffix(ending), path.with_suffix(ending.upper())):
        if each.is_file():
            return each
    return None


def _encoding(dbf: Path) -> str:
    """Tell the encoding of the attributes: as .cpg says, or what all of the bytes are."""
    cpg = _beside(dbf, ".cpg")
    raw = dbf.read_bytes()
    told = "" if cpg is None else cpg.read_text("ascii", "replace").strip().lower()
    if told in {"936", "gbk", "gb2312", "cp936", "gb18030"}:
        return "gb18030"
    if not told and len(raw) > 29 and raw[29] in _DRIVERS:
        return _DRIVERS[raw[29]]
    try:
        raw[32:].decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _properties(record: Any) -> dict[str, Cell]:  # noqa: ANN401 - pyshp has no types
    return {
        str(name).strip(): value.strip() if isinstance(value, str) else value
        for name, value in record.as_dict().items()
        if value is not None
    }
