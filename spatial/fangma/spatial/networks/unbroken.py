"""Valves that stand on a pipe which runs through them unbroken: drawn there, but joined to nothing.

Such a valve cuts nothing in the network, since nobody said where the pipe is parted. It is told, so
that it is neither relied on nor overlooked.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# A wheel on its spindle draws the middle of a valve's box aside by at most its own half height.
_ASIDE: Final = 0.5


def threaded(boxes: Sequence[Sequence[float]], axes: Sequence[Floats]) -> list[tuple[int, int]]:
    """Find the pipe that runs through each box from one side to the other.

    Parameters
    ----------
    boxes : sequence of 6 floats
        Of valves that nothing is joined to: least corner, then greatest, metres.
    axes : sequence of (k, 3) float64
        Of pipes.

    Returns
    -------
    pairs : list of (int, int)
        Row of the box and of the axis; of several pipes the one nearest to the box's middle.
    """
    runs = [(row, a, b) for row, axis in enumerate(axes) for a, b in itertools.pairwise(axis)]
    if not len(boxes) or not runs:
        return []
    spans = np.array([[*np.minimum(a, b)[:2], *np.maximum(a, b)[:2]] for _, a, b in runs])
    tree = shapely.STRtree(shapely.box(*spans.T))
    found = []
    for row, each in enumerate(boxes):
        low, high = np.array(each[:3], dtype=np.float64), np.array(each[3:], dtype=np.float64)
        middle, size = (low + high) / 2, high - low
        through = []
        for k in tree.query(shapely.box(*low[:2], *high[:2])).tolist():
            pipe, a, b = runs[k]
            span = _span_inside(a, b, low, high)
            if span is None or span[0] <= 0.0 or span[1] >= 1.0:
                continue  # an end lies in the box: that is a matter of joins
            foot = a + np.clip((middle - a) @ (b - a) / ((b - a) @ (b - a)), 0.0, 1.0) * (b - a)
            off = np.abs(foot - middle)
            if (off <= _ASIDE * size).all():
                through.append((float(np.linalg.norm(off)), pipe))
        if through:
            found.append((row, min(through)[1]))
    return found


def _span_inside(a: Floats, b: Floats, low: Floats, high: Floats) -> tuple[float, float] | None:
    """Tell from which to which share of its length a segment lies inside a box; None if nowhere."""
    way = b - a
    still = np.abs(way) < 1e-12
    if bool((still & ((a < low) | (a > high))).any()) or bool(still.all()):
        return None
    step = np.where(still, 1.0, way)
    ends = np.sort(np.array([(low - a) / step, (high - a) / step]), axis=0)
    first = float(np.where(still, -np.inf, ends[0]).max())
    last = float(np.where(still, np.inf, ends[1]).min())
    return (first, last) if first < last else None
