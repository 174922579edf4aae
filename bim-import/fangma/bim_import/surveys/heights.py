"""Whether the depths and heights of a survey can be: a depth is no elevation, nor the reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.bim_import.surveys.rows import SurveyLine, SurveyPoint
    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row

#: Rounding of two heights and a depth to centimetres.
AGREES_M: Final = 0.03
_DEEPEST_M: Final = 40.0
# A height that would be a usual depth is taken for one where the pipe would lie deeper than this.
_DEEP_ENOUGH_M: Final = 15.0
_OVERHEAD_M: Final = 15.0
_TALLEST_M: Final = 2.5  # a sewer, inside
# Where the ground is but a few metres above the datum an elevation may pass for a depth. Pressure
# pipes and cables lie less deep than this, but for a crossing here and there ...
_DEEP_M: Final = 2.5
# ... so a table of which most ends are deeper, and would have so little cover as elevations, and at
# least so many, has elevations.
_COVER_M: Final = 2.5
_MOST: Final = 0.8
_FEWEST: Final = 4
# An end that as an elevation would lie as deep as the other end of its line.
_SAME_DEPTH_M: Final = 0.15


def expect_heights(
    row: Row,
    judge: Judge,
    columns: Sequence[tuple[str, float | None]],
    ground: float | None,
) -> bool:
    """Tell heights of a pipe that are depths, or lie nowhere near the ground above.

    Parameters
    ----------
    columns : sequence of (str, float or None)
        Name of the column, and the height that it gives.

    Returns
    -------
    well : bool
        Nothing was told.
    """
    well = True
    for column, height in columns:
        if height is None or ground is None:
            continue
        cover = ground - height
        may_be_depth = 0.0 <= height <= 10.0 < ground
        if -_OVERHEAD_M <= cover <= (_DEEP_ENOUGH_M if may_be_depth else _DEEPEST_M):
            continue
        if may_be_depth:
            rule, expected = "survey-height-is-depth", "an elevation, not a depth below the ground"
        else:
            rule, expected = "survey-height", f"a height near that of the ground, {ground:.2f}"
        judge.wrong(row, column, CellError(expected, "Correct it.", rule=rule))
        well = False
    return well


def expect_depth(
    row: Row,
    judge: Judge,
    column: str,
    depth: float | None,
    ground: float | None,
    heights: Sequence[tuple[str, float | None]],
    *,
    must_agree: bool,
    is_drained: bool,
) -> None:
    """Tell a depth that is an elevation, or contradicts the heights beside it.

    In drains it may be that of the bottom, whatever the height beside it is of. A height that
    stands in another table bears the name of the depth's own column.

    Lines may leave a manhole deeper than its point says, so theirs need not agree.
    """
    if depth is None:
        return
    stated = [height for _, height in heights if height is not None]
    right = [] if ground is None else [ground - height for height in stated]
    agrees = not right or (
        min(right) - AGREES_M <= depth <= max(right) + (_TALLEST_M if is_drained else AGREES_M)
    )
    same = [name for name, height in heights if height is not None and _equal(depth, height)]
    is_height = bool(same) and not agrees
    if is_height and ground is not None and 0.0 < depth < ground / 3:
        # What both cells say is a fine depth, and far below the ground as a height.
        expected = "an elevation, not a depth below the ground"
        if same[0] == column:
            expected = "a depth that is not the elevation of its point too: one of them is wrong"
        judge.wrong(row, same[0], CellError(expected, "Correct it.", rule="survey-height-is-depth"))
        return
    if not stated and ground is not None and ground > 8.0:
        is_height = 0.0 < ground - depth < 0.5 * ground
    if is_height:
        rule, expected = "survey-depth-is-height", "a depth below the ground, not an elevation"
    elif not -_OVERHEAD_M <= depth <= _DEEPEST_M:
        rule, expected = "survey-depth", f"a depth in metres, up to {_DEEPEST_M:g}"
    elif must_agree and not agrees:
        rule, expected = "survey-depth", f"地面高程 less 管顶高程, which is {right[0]:.2f}"
    else:
        return
    judge.wrong(row, column, CellError(expected, "Correct it.", rule=rule))


def _equal(depth: float, height: float) -> bool:
    return abs(depth - height) <= AGREES_M


def expect_buried(
    points: Mapping[str, SurveyPoint],
    lines: Sequence[SurveyLine],
    judge: Judge,
    drains: frozenset[str],
) -> None:
    """Tell depths of pressure pipes and cables that are elevations, where the ground is low.

    Parameters
    ----------
    drains : frozenset of str
        Systems that run out by gravity: these may lie as deep as it seems.
    """
    ends: list[tuple[SurveyLine, str, float, float, float | None]] = []
    for line in lines:
        if line.system in drains:
            continue
        for i, side in enumerate(("start", "end")):
            point, depth = points[line.start if i == 0 else line.end], line.depths_m[i]
            told = (line.crowns_m[i], line.inverts_m[i], point.crown_m, point.invert_m)
            if depth is None or point.ground_m is None or any(h is not None for h in told):
                continue
            ends.append((line, side, depth, point.ground_m - depth, line.depths_m[1 - i]))
    deep = [end for end in ends if end[2] >= _DEEP_M and 0.0 < end[3] <= _COVER_M]
    all_of_them = len(deep) >= _FEWEST and len(deep) >= _MOST * len(ends)
    for line, side, _, cover, other in deep:
        alone = other is not None and other < _DEEP_M and abs(cover - other) <= _SAME_DEPTH_M
        if all_of_them or alone:
            expected = "a depth below the ground, not an elevation"
            judge.wrong(
                line.row,
                f"{side}_depth_m",
                CellError(expected, "Correct it.", rule="survey-depth-is-height"),
            )
