"""Whether the points of a survey lie where they can: near the site, X north, in metres, apart."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fangma.bim_import.surveys.rows import SurveyLine, SurveyPoint
    from fangma.bim_import.tables.judging import Judge

_FAR_M: Final = 50_000.0
# A local plane has small coordinates: nothing can be told from where its origin is.
_GRID_M: Final = 50_000.0
# China in degrees: north, east.
_LATITUDES: Final = (3.0, 54.0)
_LONGITUDES: Final = (73.0, 136.0)
# Lines of a survey are shorter; a swapped end makes one longer than this ...
_LONG_M: Final = 200.0
# ... and the right way about it is at least so many times shorter.
_SHORTER: Final = 20.0


def expect_places(
    points: Sequence[SurveyPoint], judge: Judge, origin: tuple[float, float] | None
) -> None:
    """Tell points that are swapped, in degrees, far away, or where another one is.

    Parameters
    ----------
    origin : (float, float) or None
        East and north of the site. Where it is not known, or is that of a local plane, the middle
        of the survey stands for it.
    """
    if origin is None or math.hypot(*origin) <= _GRID_M:
        if points and all(_are_degrees(point) for point in points):
            for point in points:
                _tell_degrees(point, judge)
            return
        origin = _middle(points)
    for point in points:
        _expect_right_way(point, judge, origin)
    _expect_apart(points, judge)


def expect_short(
    points: Mapping[str, SurveyPoint], lines: Sequence[SurveyLine], judge: Judge
) -> None:
    """Tell lines one end of which has X and Y swapped, in a local plane where nothing else tells.

    A point is swapped when every line that it ends is hundreds of metres long and would be a
    twentieth of that the other way about.
    """
    at: dict[str, list[SurveyLine]] = defaultdict(list)
    for line in lines:
        at[line.start].append(line)
        at[line.end].append(line)
    for number, own in at.items():
        point = points[number]
        turned = True
        for line in own:
            other = points[line.end if line.start == number else line.start]
            length = math.hypot(point.east - other.east, point.north - other.north)
            back = math.hypot(point.north - other.east, point.east - other.north)
            turned = turned and length > _LONG_M and back < length / _SHORTER
        neighbours = {each for line in own for each in (line.start, line.end)} - {number}
        # Of two swapped against each other the one with fewer lines is the wrong one.
        if turned and all(len(at[each]) > len(own) for each in neighbours):
            judge.wrong(
                own[0].row,
                "start" if own[0].start == number else "end",
                CellError(
                    f"a point near the other end; {number} lies hundreds of metres off, and would "
                    "not with X and Y swapped",
                    "Swap X and Y of that point: X is north, Y is east.",
                    rule="survey-swapped",
                ),
            )


def _middle(points: Sequence[SurveyPoint]) -> tuple[float, float] | None:
    """Return the middle of a survey in a projected grid; None for a few points or a local plane."""
    if len(points) < 3:
        return None
    middle = (
        statistics.median(point.east for point in points),
        statistics.median(point.north for point in points),
    )
    return middle if math.hypot(*middle) > _GRID_M else None


def _are_degrees(point: SurveyPoint) -> bool:
    return (
        _LATITUDES[0] <= point.north <= _LATITUDES[1]
        and _LONGITUDES[0] <= point.east <= _LONGITUDES[1]
    ) or (
        _LATITUDES[0] <= point.east <= _LATITUDES[1]
        and _LONGITUDES[0] <= point.north <= _LONGITUDES[1]
    )


def _tell_degrees(point: SurveyPoint, judge: Judge) -> None:
    judge.wrong(
        point.row,
        "x",
        CellError(
            "metres in the site's projected CRS, not degrees of latitude and longitude",
            "Project the coordinates first, such as to CGCS2000 3-degree Gauss-Krueger; or give "
            "GeoJSON or a Shapefile with its .prj, which are projected here.",
            rule="survey-degrees",
        ),
    )


def _expect_right_way(point: SurveyPoint, judge: Judge, origin: tuple[float, float] | None) -> None:
    """Tell X and Y that were swapped, and points that lie nowhere near the site.

    On the Gauss-Krueger grids of China north is 2,000 to 6,000 km and east, without the number of
    the zone, 0 to 1,000 km.
    """
    east, north = point.east, point.north
    swapped = 0.0 < north < 1_000_000.0 and 1_800_000.0 < east < 6_200_000.0
    if origin is not None and not swapped:
        off = math.hypot(east - origin[0], north - origin[1])
        turned = math.hypot(north - origin[0], east - origin[1])
        swapped = off > _FAR_M >= turned
        if off > _FAR_M and not swapped:
            if _are_degrees(point):
                _tell_degrees(point, judge)
                return
            judge.wrong(
                point.row,
                "x",
                CellError(
                    f"a point near the site, which lies at X {origin[1]:.0f}, Y {origin[0]:.0f}",
                    _remedy(east, north, origin),
                    rule="survey-far-away",
                ),
            )
    if swapped:
        judge.wrong(
            point.row,
            "x",
            CellError(
                "the north coordinate; X and Y are swapped",
                "Swap the two columns: X is north, Y is east.",
                rule="survey-swapped",
            ),
        )


def _remedy(east: float, north: float, origin: tuple[float, float]) -> str:
    """Say what brings a far point near, where something simple does."""
    zone = math.floor(east / 1e6)
    if 13 <= zone <= 45 and math.hypot(east - zone * 1e6 - origin[0], north - origin[1]) <= _FAR_M:
        return f"Leave the number of the zone, {zone}, out of Y."
    for factor, unit in ((1e-3, "millimetres"), (1e-2, "centimetres"), (1e3, "kilometres")):
        if math.hypot(east * factor - origin[0], north * factor - origin[1]) <= _FAR_M:
            return f"The coordinates look like {unit}: give metres."
    return "Check the coordinate system; leave the number of the zone out of Y."


def _expect_apart(points: Iterable[SurveyPoint], judge: Judge) -> None:
    """Tell points of one system that lie in the same place under different numbers."""
    places: dict[tuple[str, int, int, int], list[SurveyPoint]] = defaultdict(list)
    for point in points:
        height = point.crown_m or point.invert_m or 0.0
        x, y, z = (round(value * 1000) for value in (point.east, point.north, height))
        places[point.system, x, y, z].append(point)
    for same in places.values():
        first = same[0].row.label or f"row {same[0].row.number}"
        for point in same[1:]:
            judge.wrong(
                point.row,
                "point",
                CellError(
                    f"a place of its own; {same[0].number} ({first}) lies there",
                    "Delete one of the two, and name the other in the line table.",
                    rule="survey-duplicate-point",
                ),
            )
