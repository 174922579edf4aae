"""The rows of a survey as points and lines, judged one by one; the registry is not asked.

Heights are those of the 1985 national datum. A depth is measured from the ground to the top of the
pipe where the point table has 管顶高程, else in gravity drains to its inner bottom, as CJJ 61 has
it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.kinds import SYSTEMS
from fangma.asset_registry.networks import DRAIN_SYSTEMS
from fangma.bim_import.tables import values
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row, Table
    from fangma.bim_import.tables.values import Cell

# Rounding of two heights and a depth to centimetres.
_AGREES_M: Final = 0.03
_DEEPEST_M: Final = 40.0
_TALLEST_M: Final = 2.5  # a sewer, inside
_FAR_M: Final = 50_000.0
_SIZE: Final = re.compile(r"(?:DN|[ΦØФφ]|D)?(\d+(?:\.\d+)?)(?:[X×*](\d+(?:\.\d+)?))?(?:MM)?$")
_LETTERS: Final = re.compile(r"([A-Z]{2})")
_FLOWS: Final = {
    word: flow
    for flow, words in {
        1: ("+", "1", "正", "正向"),
        -1: ("-", "\N{MINUS SIGN}", "-1", "逆", "反向"),
        0: ("0", "不明"),
    }.items()
    for word in words
}
_ORIGINS: Final = {"1": "探测", "探测": "探测", "2": "施工图", "施工图": "施工图", "3": "竣工图",
                   "竣工图": "竣工图", "4": "推测", "推测": "推测"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPoint:
    """A point of the survey, metres.

    Attributes
    ----------
    crown_m, invert_m : float or None
        Height of the top, or of the inner bottom; the one that the survey gives.
    is_open : bool
        明显点: seen in the open, not located through the ground.
    """

    number: str
    system: str
    east: float
    north: float
    ground_m: float | None
    crown_m: float | None
    invert_m: float | None
    depth_m: float | None
    feature: str
    annex: str
    is_open: bool
    surveyed_on: date | None
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLine:
    """A line between two points; ``depths_m`` at its start and end where the table has them.

    Attributes
    ----------
    width_m, height_m : float or None
        Of the section; equal for a pipe.
    flow : int
        1 from start to end, -1 back, 0 unknown.
    """

    number: str
    system: str
    start: str
    end: str
    depths_m: tuple[float | None, float | None]
    width_m: float | None
    height_m: float | None
    material: str
    flow: int
    origin: str
    row: Row


def read_points(
    table: Table, judge: Judge, origin: tuple[float, float] | None
) -> list[SurveyPoint]:
    """Read a point table; what is wrong is told to the judge.

    Parameters
    ----------
    origin : (float, float) or None
        East and north of the site, where it is known: swapped columns lie far from it.
    """
    points = []
    seen: dict[str, int] = {}
    for row in table.rows:
        number = judge.need(row, "point", _word)
        north = judge.need(row, "x", values.number)
        east = judge.need(row, "y", values.number)
        ground = judge.read(row, "ground_m", values.number)
        crown = judge.read(row, "top_m", values.number)
        invert = judge.read(row, "bottom_m", values.number)
        depth = judge.read(row, "depth_m", values.number)
        system = judge.read(row, "system", partial(_system, number or ""))
        found = judge.read(row, "found", _word) or ""
        day = judge.read(row, "surveyed_on", values.day)
        annex = judge.read(row, "annex", _word) or ""
        feature = judge.read(row, "feature", _word) or ""
        if number is None or north is None or east is None or system is None:
            continue
        if number in seen:
            judge.wrong(
                row,
                "point",
                CellError(
                    f"a number of its own; row {seen[number]} has it too",
                    "Give one of the two another number, or delete it.",
                    rule="survey-duplicate-point",
                ),
            )
            continue
        seen[number] = row.number
        _expect_right_way(row, judge, east, north, origin)
        _expect_depth(
            row,
            judge,
            "depth_m",
            depth,
            ground,
            (crown, invert),
            must_agree=True,
            is_drained=is_drain(system),
        )
        if crown is None and invert is None and (ground is None or depth is None):
            judge.wrong(
                row,
                "top_m" if "top_m" in row.cells else "point",
                CellError(
                    "管顶高程, 管底高程, or 地面高程 with 埋深",
                    "Fill in one of them: without a height nobody knows where the pipe lies.",
                    rule="survey-no-height",
                ),
            )
            continue
        points.append(
            SurveyPoint(
                number=number, system=system, east=east, north=north, ground_m=ground,
                crown_m=crown, invert_m=invert, depth_m=depth, feature=feature, annex=annex,
                is_open="明显" in found, surveyed_on=day, row=row,
            )
        )  # fmt: skip
    _expect_apart(points, judge)
    return points


def read_lines(table: Table, judge: Judge, points: Mapping[str, SurveyPoint]) -> list[SurveyLine]:
    """Read a line table; what is wrong is told to the judge."""
    lines = []
    seen: dict[str, int] = {}
    for row in table.rows:
        start, end = (judge.need(row, column, _word) for column in ("start", "end"))
        system = judge.read(row, "system", partial(_system, start or ""))
        depths = [judge.read(row, c, values.number) for c in ("start_depth_m", "end_depth_m")]
        size = judge.read(row, "size", _size)
        flow = judge.read(row, "flow", _flow) or 0
        origin = judge.read(row, "origin", _origin) or "探测"
        material = judge.read(row, "material", _word) or ""
        number = judge.read(row, "line", _word) or f"{start}-{end}"
        state = judge.read(row, "state", _word) or ""
        if start is None or end is None or system is None:
            continue
        ends = [_known_end(row, judge, c, p, points) for c, p in (("start", start), ("end", end))]
        if start == end:
            judge.wrong(
                row,
                "end",
                CellError("another point than the start", "Correct it.", rule="survey-no-length"),
            )
        if number in seen:
            judge.wrong(
                row,
                "line" if "line" in row.cells else "start",
                CellError(
                    f"a line of its own; row {seen[number]} is the same",
                    "Delete one of the two.",
                    rule="survey-duplicate-line",
                ),
            )
            continue
        seen[number] = row.number
        for column, depth, point in zip(
            ("start_depth_m", "end_depth_m"), depths, ends, strict=True
        ):
            if point is not None:
                heights = (point.crown_m, point.invert_m)
                _expect_depth(
                    row,
                    judge,
                    column,
                    depth,
                    point.ground_m,
                    heights,
                    must_agree=False,
                    is_drained=is_drain(system),
                )
        if state == "报废" or None in ends or start == end:
            continue
        lines.append(
            SurveyLine(
                number=number, system=system, start=start, end=end,
                depths_m=(depths[0], depths[1]), width_m=None if size is None else size[0],
                height_m=None if size is None else size[1], material=material, flow=flow,
                origin=origin, row=row,
            )
        )  # fmt: skip
    return lines


def _expect_right_way(
    row: Row, judge: Judge, east: float, north: float, origin: tuple[float, float] | None
) -> None:
    """Tell X and Y that were swapped, and points that lie nowhere near the site.

    On the Gauss-Krueger grids of China north is 2,000 to 6,000 km and east, without the number of
    the zone, 0 to 1,000 km.
    """
    swapped = 0.0 < north < 1_000_000.0 and 1_800_000.0 < east < 6_200_000.0
    if origin is not None and math.hypot(*origin) > _FAR_M:
        off = math.hypot(east - origin[0], north - origin[1])
        turned = math.hypot(north - origin[0], east - origin[1])
        swapped = swapped or (off > _FAR_M >= turned)
        if off > _FAR_M and not swapped:
            judge.wrong(
                row,
                "x",
                CellError(
                    f"a point near the site, which lies at X {origin[1]:.0f}, Y {origin[0]:.0f}",
                    "Check the coordinate system; leave the number of the zone out of Y.",
                    rule="survey-far-away",
                ),
            )
    if swapped:
        judge.wrong(
            row,
            "x",
            CellError(
                "the north coordinate; X and Y are swapped",
                "Swap the two columns: X is north, Y is east.",
                rule="survey-swapped",
            ),
        )


def _expect_depth(
    row: Row,
    judge: Judge,
    column: str,
    depth: float | None,
    ground: float | None,
    heights: Sequence[float | None],
    *,
    must_agree: bool,
    is_drained: bool,
) -> None:
    """Tell a depth that is an elevation, or contradicts the heights beside it.

    In drains it may be that of the bottom, whatever the height beside it is of.

    Lines may leave a manhole deeper than its point says, so theirs need not agree.
    """
    if depth is None:
        return
    stated = [height for height in heights if height is not None]
    right = [] if ground is None else [ground - height for height in stated]
    agrees = not right or (
        min(right) - _AGREES_M <= depth <= max(right) + (_TALLEST_M if is_drained else _AGREES_M)
    )
    is_height = any(abs(depth - height) <= _AGREES_M for height in stated) and not agrees
    if not stated and ground is not None and ground > 8.0:
        is_height = 0.0 < ground - depth < 0.5 * ground
    if is_height:
        rule, expected = "survey-depth-is-height", "a depth below the ground, not an elevation"
    elif not -1.0 <= depth <= _DEEPEST_M:
        rule, expected = "survey-depth", f"a depth in metres, up to {_DEEPEST_M:g}"
    elif must_agree and not agrees:
        rule, expected = "survey-depth", f"地面高程 less 管顶高程, which is {right[0]:.2f}"
    else:
        return
    judge.wrong(row, column, CellError(expected, "Correct it.", rule=rule))


def _expect_apart(points: Iterable[SurveyPoint], judge: Judge) -> None:
    """Tell points of one system that lie in the same place under different numbers."""
    places: dict[tuple[str, int, int, int], list[SurveyPoint]] = defaultdict(list)
    for point in points:
        height = point.crown_m or point.invert_m or 0.0
        x, y, z = (round(value * 1000) for value in (point.east, point.north, height))
        places[point.system, x, y, z].append(point)
    for same in places.values():
        for point in same[1:]:
            judge.wrong(
                point.row,
                "point",
                CellError(
                    f"a place of its own; {same[0].number} (row {same[0].row.number}) lies there",
                    "Delete one of the two, and name the other in the line table.",
                    rule="survey-duplicate-point",
                ),
            )


def _known_end(
    row: Row, judge: Judge, column: str, number: str, points: Mapping[str, SurveyPoint]
) -> SurveyPoint | None:
    point = points.get(number)
    if point is None:
        judge.wrong(
            row,
            column,
            CellError(
                "a point of the point table",
                "Add the point, or correct the number; import both tables together.",
                rule="survey-missing-end",
            ),
        )
    return point


def _word(cell: Cell) -> str | None:
    return values.text(cell, longest=100)


def _system(number: str, cell: Cell) -> str | None:
    """Read the two letters of a system; without the column, the letters that open the number."""
    word = values.text(cell)
    letters = unicodedata.normalize("NFKC", word or "").upper()
    if not letters:
        opening = _LETTERS.match(unicodedata.normalize("NFKC", number).upper())
        letters = opening[1] if opening else ""
    named = {system.zh: key for key, system in SYSTEMS.items()}
    letters = named.get(letters, letters)
    if letters in SYSTEMS:
        return letters
    raise CellError(
        f"a system such as {', '.join(list(SYSTEMS)[:8])}",
        "Write its two letters into 管线类型.",
        rule="survey-system",
    )


def _size(cell: Cell) -> tuple[float, float] | None:
    """Read 100, DN100 or 300X200, in millimetres, as width and height in metres."""
    word = values.text(cell)
    if word is None:
        return None
    found = _SIZE.match(unicodedata.normalize("NFKC", word).upper().replace(" ", ""))
    if found is None:
        raise CellError("a size in mm such as 100 or 300X200", "Correct it.", rule="survey-size")
    width = float(found[1]) / 1000
    height = width if found[2] is None else float(found[2]) / 1000
    if not 0.0 < max(width, height) <= 10.0:
        raise CellError("a size in millimetres, up to 10000", "Correct it.", rule="survey-size")
    return width, height


def _flow(cell: Cell) -> int | None:
    word = values.text(cell)
    if word is None:
        return None
    flow = _FLOWS.get(unicodedata.normalize("NFKC", word))
    if flow is None:
        raise CellError("+, - or 0", "Write + when it flows from start to end.", rule="survey-flow")
    return flow


def _origin(cell: Cell) -> str | None:
    return values.choice(cell, _ORIGINS, "1 探测, 2 施工图, 3 竣工图 or 4 推测")


def is_drain(system: str) -> bool:
    """Tell whether a system runs out by gravity."""
    return system in DRAIN_SYSTEMS
