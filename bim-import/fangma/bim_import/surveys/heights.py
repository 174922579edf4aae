"""Whether the depths and heights of a survey can be: a depth is no elevation, nor the reverse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row

#: Rounding of two heights and a depth to centimetres.
AGREES_M: Final = 0.03
_DEEPEST_M: Final = 40.0
_OVERHEAD_M: Final = 15.0
_TALLEST_M: Final = 2.5  # a sewer, inside


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
        if -_OVERHEAD_M <= cover <= _DEEPEST_M:
            continue
        if 0.0 <= height <= 10.0 < ground:
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

    In drains it may be that of the bottom, whatever the height beside it is of.

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
