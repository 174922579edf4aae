"""The rows of a survey as points and lines, judged one by one; the registry is not asked.

Heights are those of the 1985 national datum. A depth is measured from the ground to the top of the
pipe where the point table has 管顶高程, else in gravity drains to its inner bottom, as CJJ 61 has
it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.kinds import SYSTEMS
from fangma.asset_registry.networks import DRAIN_SYSTEMS
from fangma.bim_import.surveys.drawn import SINGLE
from fangma.bim_import.surveys.heights import expect_buried, expect_depth, expect_heights
from fangma.bim_import.surveys.places import expect_places, expect_short
from fangma.bim_import.tables import values
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row, Table
    from fangma.bim_import.tables.values import Cell

_SIZE: Final = re.compile(r"(?:DN|[ΦØФφ]|D)?(\d+(?:\.\d+)?)(?:[X×*](\d+(?:\.\d+)?))?(?:MM)?$")
_THINNEST_M: Final = 0.005
_THICKEST_M: Final = 10.0
_LETTERS: Final = re.compile(r"([A-Z]+)")
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
                   "竣工图": "竣工图", "4": "推测", "推测": "推测",
                   "精度不明": "精度不明"}  # fmt: skip


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
    """A line between two points.

    Attributes
    ----------
    depths_m, crowns_m, inverts_m : (float or None, float or None)
        Depth, and height of the top and of the inner bottom, at its start and end, where the line's
        own row gives them.
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
    crowns_m: tuple[float | None, float | None]
    inverts_m: tuple[float | None, float | None]
    width_m: float | None
    height_m: float | None
    material: str
    laid: str
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
        heights = (("top_m", crown), ("bottom_m", invert))
        if expect_heights(row, judge, heights, ground):
            expect_depth(
                row,
                judge,
                "depth_m",
                depth,
                ground,
                heights,
                must_agree=True,
                is_drained=is_drain(system),
            )
        if crown is None and invert is None and ground is None:
            judge.wrong(
                row,
                "top_m" if "top_m" in row.cells else "point",
                CellError(
                    "管顶高程, 管底高程, or 地面高程 with 埋深 here or in the line table",
                    "Fill one of them in: without a height nobody knows where the pipe lies.",
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
    expect_places(points, judge, origin)
    return points


def read_lines(
    table: Table,
    judge: Judge,
    points: Mapping[str, SurveyPoint],
    named: Collection[str] = (),
) -> list[SurveyLine]:
    """Read a line table; what is wrong is told to the judge.

    Parameters
    ----------
    named : collection of str
        Points that have a row, though perhaps a bad one, which is told already.
    """
    lines = []
    seen: dict[str, int] = {}
    for row in table.rows:
        start, end = (judge.need(row, column, _word) for column in ("start", "end"))
        system = judge.read(row, "system", partial(_system, start or ""))
        depths, crowns, inverts = (
            [judge.read(row, f"{end}_{what}_m", values.number) for end in ("start", "end")]
            for what in ("depth", "top", "bottom")
        )
        size = judge.read(row, "size", _size)
        flow = judge.read(row, "flow", _flow) or 0
        origin = judge.read(row, "origin", _origin) or "探测"
        material = judge.read(row, "material", _word) or ""
        laid = judge.read(row, "laid", _word) or ""
        number = judge.read(row, "line", _word) or f"{start}-{end}"
        state = judge.read(row, "state", _word) or ""
        if start is None or end is None or system is None:
            continue
        ends = [
            _known_end(row, judge, column, number_of_end, points, named)
            for column, number_of_end in (("start", start), ("end", end))
        ]
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
        for i, (side, point) in enumerate(zip(("start", "end"), ends, strict=True)):
            if point is None:
                continue
            own = ((f"{side}_top_m", crowns[i]), (f"{side}_bottom_m", inverts[i]))
            if _is_without_height(point, (depths[i], crowns[i], inverts[i])):
                judge.wrong(
                    row,
                    f"{side}_depth_m",
                    CellError(
                        f"a depth or height of this end: point {point.number} has none either",
                        "Fill in 埋深 or 管顶高程, here or in the point table.",
                        rule="survey-no-height",
                    ),
                )
                continue
            if expect_heights(row, judge, own, point.ground_m):
                expect_depth(
                    row,
                    judge,
                    f"{side}_depth_m",
                    depths[i],
                    point.ground_m,
                    own
                    if any(own_m is not None for _, own_m in own)
                    else tuple(
                        (f"{side}_depth_m", height) for height in (point.crown_m, point.invert_m)
                    ),
                    must_agree=False,
                    is_drained=is_drain(system),
                )
        if state == "报废" or None in ends or start == end:
            continue
        lines.append(
            SurveyLine(
                number=number, system=system, start=start, end=end,
                depths_m=(depths[0], depths[1]), crowns_m=(crowns[0], crowns[1]),
                inverts_m=(inverts[0], inverts[1]), width_m=None if size is None else size[0],
                height_m=None if size is None else size[1], material=material, laid=laid, flow=flow,
                origin=origin, row=row,
            )
        )  # fmt: skip
    expect_short(points, lines, judge)
    expect_buried(points, lines, judge, frozenset(DRAIN_SYSTEMS))
    _expect_once(lines, judge)
    return lines


def _expect_once(lines: Sequence[SurveyLine], judge: Judge) -> None:
    """Tell a line that stands twice under different numbers, perhaps the other way about.

    Two lines between the same points may be two pipes, where size or material differ.
    """
    seen: dict[tuple[object, ...], int] = {}
    for line in lines:
        ends = frozenset((line.start, line.end))
        same = (ends, line.system, line.width_m, line.height_m, line.material)
        first = seen.setdefault(same, line.row.number)
        if first != line.row.number:
            judge.wrong(
                line.row,
                "start",
                CellError(
                    f"a line of its own; row {first} is the same under another number",
                    "Delete one of the two; if these are two pipes, say how they differ.",
                    rule="survey-duplicate-line",
                ),
            )


def _is_without_height(
    point: SurveyPoint, own: tuple[float | None, float | None, float | None]
) -> bool:
    depth, crown, invert = own
    if depth is not None and point.ground_m is not None:
        return False
    if point.depth_m is not None and point.ground_m is not None:
        return False
    return all(height is None for height in (crown, invert, point.crown_m, point.invert_m))


def _known_end(
    row: Row,
    judge: Judge,
    column: str,
    number: str,
    points: Mapping[str, SurveyPoint],
    named: Collection[str],
) -> SurveyPoint | None:
    point = points.get(number)
    if point is None and number not in named:
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
    """Read the two letters of a system; without the column, the letters that open the number.

    One letter will do where it stands for one system only: J12 is water, W3 foul water.
    """
    word = values.text(cell)
    letters = unicodedata.normalize("NFKC", word or "").upper()
    if not letters:
        opening = _LETTERS.match(unicodedata.normalize("NFKC", number).upper())
        letters = opening[1] if opening else ""
    named = {system.zh: key for key, system in SYSTEMS.items()}
    letters = named.get(letters, letters)
    if letters not in SYSTEMS:
        letters = letters[:2] if letters[:2] in SYSTEMS else SINGLE.get(letters, letters)
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
    if not _THINNEST_M <= min(width, height) <= max(width, height) <= _THICKEST_M:
        raise CellError("a size in millimetres, 5 to 10000", "Correct it.", rule="survey-size")
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
