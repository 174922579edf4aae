"""One file of a survey, whatever its format, as tables of points and of lines with their judges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fangma.bim_import.surveys.combined import LINES, POINTS, is_combined, split
from fangma.bim_import.surveys.drawn import Drawing
from fangma.bim_import.surveys.dxf import read_dxf
from fangma.bim_import.surveys.geojson import read_geojson
from fangma.bim_import.surveys.projecting import project
from fangma.bim_import.surveys.shapefiles import read_shapefile
from fangma.bim_import.surveys.weaving import weave
from fangma.bim_import.tables.errors import refuse
from fangma.bim_import.tables.judging import Judge
from fangma.bim_import.tables.reading import Table, read_sheets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

KIND: Final = "survey"

_READERS: Final[dict[str, Callable[[Path], Drawing]]] = {
    ".dxf": read_dxf,
    ".geojson": read_geojson,
    ".json": read_geojson,
    ".shp": read_shapefile,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of points or of lines, and who judges its rows."""

    table: Table
    judge: Judge

    @property
    def has_points(self) -> bool:
        """Tell whether its rows are points."""
        return self.table.kind is POINTS


def read_drawing(path: Path, epsg: int | None, origin: tuple[float, float] | None) -> Drawing:
    """Read a drawing or map file in the site's frame.

    Parameters
    ----------
    epsg, origin
        Of the site, where it is known: drawings are projected to the one and checked by the other.

    Raises
    ------
    RefusedTable
        When the file cannot be read, or holds no pipe.
    """
    drawing = project(_READERS[path.suffix.lower()](path), path.name, epsg, origin)
    if not drawing.lines and not drawing.spots:
        raise refuse(
            "drawing-geometry",
            f"{path.name} holds no line and no point.",
            "Export the layers of pipes.",
        )
    return drawing


def woven(drawings: Mapping[str, Drawing]) -> list[Sheet]:
    """Make points and lines of drawings that belong together, by the names of their files."""
    several = len(drawings) > 1

    def named(label: str, file: str) -> str:
        return f"{file}, {label}" if several else label

    whole = Drawing(
        lines=tuple(
            replace(line, label=named(line.label, file))
            for file, drawing in drawings.items()
            for line in drawing.lines
        ),
        spots=tuple(
            replace(spot, label=named(spot.label, file))
            for file, drawing in drawings.items()
            for spot in drawing.spots
        ),
    )
    return [Sheet(table=table, judge=Judge(table.kind)) for table in weave(whole)]


def read_tables(path: Path) -> list[Sheet]:
    """Read every sheet of points, of lines, or of both.

    Raises
    ------
    RefusedTable
        When the file cannot be read, or is no survey.
    """
    sheets = []
    tables = read_sheets(path, KIND)
    for table in tables:
        noun = "row" if len(tables) == 1 else f"sheet {table.sheet}, row"
        judge = Judge(table.kind, noun=noun)
        if is_combined(table):
            points, lines = split(table, judge)
            by_line = Judge(LINES, noun=noun)
            sheets += [Sheet(table=points, judge=judge), Sheet(table=lines, judge=by_line)]
        else:
            sheets.append(Sheet(table=table, judge=judge))
    return sheets
