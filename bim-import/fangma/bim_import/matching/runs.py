"""Pipes and ducts whose ends moved: the same run, lengthened, shortened or cut."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from shapely import LineString
from shapely.strtree import STRtree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.matching.features import Feature
    from fangma.bim_import.matching.ledger import Ledger

_BESIDE_M = 0.05  # between two axes that are one
_SAME_BORE_M = 0.01
_SHARED = 0.5  # of the longer run
_SLENDER = 2.0  # length over width from which a box has an axis
_COVERED = 0.8  # of a run that was cut is in its parts: a valve or a tee takes the rest
_BEYOND_M = 0.05  # a part may end this much outside the run that it was cut from
_LEAST_PART_M = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    bore_m: float

    @property
    def length_m(self) -> float:
        return float(np.linalg.norm(self.end - self.start))


def _run(feature: Feature) -> _Run | None:
    """Return the straight axis of a pipe: stated, or that of a slender upright box."""
    if feature.axis is not None and feature.axis.has_z:
        points = np.array(feature.axis.coords)
        width = feature.diameter_m or 0.0
        start, end = points[0], points[-1]
        straight = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
        if straight > 1.001 * float(np.linalg.norm(end - start)):
            return None
        return _Run(start=start, end=end, bore_m=width)
    if feature.box is None:
        return None
    low, high = np.array(feature.box[:3]), np.array(feature.box[3:])
    size = high - low
    along = int(size.argmax())
    width = float(np.delete(size, along).max())
    if size[along] < _SLENDER * width:
        return None
    start, end = (low + high) / 2, (low + high) / 2
    start[along], end[along] = low[along], high[along]
    return _Run(start=start, end=end, bore_m=width)


def _shared(a: _Run, b: _Run) -> float:
    """Measure the part of the longer run that both have; 0 where they lie on different lines."""
    long, short = (a, b) if a.length_m >= b.length_m else (b, a)
    if long.length_m <= 0.0 or abs(a.bore_m - b.bore_m) > _SAME_BORE_M:
        return 0.0
    way = (long.end - long.start) / long.length_m
    ends = np.array([short.start, short.end]) - long.start
    along = ends @ way
    if np.linalg.norm(ends - np.outer(along, way), axis=1).max() > _BESIDE_M:
        return 0.0
    common = min(float(along.max()), long.length_m) - max(float(along.min()), 0.0)
    return max(0.0, common / long.length_m)


def tie_runs(ledger: Ledger) -> None:
    """Find pipes that were cut into several, and several that were made one.

    Asked of what has no twin at its place any more: the parts lie on the line of the whole, within
    its ends, beside each other, and cover four fifths of it.
    """
    olds = _by_system(ledger.old, ledger.free_olds(_is_pipe))
    news = _by_system(ledger.new, ledger.free_news(_is_pipe))
    for system, here in olds.items():
        for one, parts in _cut(here, news.get(system, ())):
            ledger.split(one, parts)
    for system, there in news.items():
        left = [(j, run) for j, run in there if j in ledger.free_new]
        for one, parts in _cut(left, [r for r in olds.get(system, ()) if r[0] in ledger.free_old]):
            ledger.merge(one, parts)


def _cut(
    wholes: Sequence[tuple[int, _Run]], parts: Sequence[tuple[int, _Run]]
) -> list[tuple[int, list[int]]]:
    """List the wholes that parts tile, each with its parts; a part belongs to one whole."""
    if not wholes or not parts:
        return []
    boxes = STRtree([LineString([run.start, run.end]) for _, run in parts])
    found: list[tuple[int, list[int]]] = []
    taken: set[int] = set()
    for whole, run in wholes:
        near = boxes.query(LineString([run.start, run.end]).buffer(_BEYOND_M)).tolist()
        inside = sorted(
            (span, parts[k][0])
            for k in near
            if parts[k][0] not in taken and (span := _within(run, parts[k][1])) is not None
        )
        covered = sum(end - start for (start, end), _ in inside)
        apart = all(a[1] <= b[0] + _BEYOND_M for (a, _), (b, _) in pairwise(inside))
        if len(inside) >= 2 and apart and covered >= _COVERED * run.length_m:
            found.append((whole, [part for _, part in inside]))
            taken.update(found[-1][1])
    return found


def _within(whole: _Run, part: _Run) -> tuple[float, float] | None:
    """Return from where to where a part lies along a run, metres; None when it does not."""
    if not _LEAST_PART_M <= part.length_m < whole.length_m:
        return None
    if abs(whole.bore_m - part.bore_m) > _SAME_BORE_M:
        return None
    way = (whole.end - whole.start) / whole.length_m
    ends = np.array([part.start, part.end]) - whole.start
    along = ends @ way
    if np.linalg.norm(ends - np.outer(along, way), axis=1).max() > _BESIDE_M:
        return None
    if along.min() < -_BEYOND_M or along.max() > whole.length_m + _BEYOND_M:
        return None
    return float(along.min()), float(along.max())


def _is_pipe(feature: Feature) -> bool:
    return feature.kind == "pipe"


def match_runs(ledger: Ledger) -> None:
    """Match free pipes of one system and diameter that lie on one line, where nothing competes."""
    olds = _by_system(ledger.old, ledger.free_olds(_is_pipe))
    news = _by_system(ledger.new, ledger.free_news(_is_pipe))
    for system, here in olds.items():
        found = [
            (i, j, share)
            for i, a in here
            for j, b in news.get(system, ())
            if (share := _shared(a, b)) > 0.0
        ]
        rivals_old: dict[int, int] = defaultdict(int)
        rivals_new: dict[int, int] = defaultdict(int)
        for i, j, _ in found:
            rivals_old[i] += 1
            rivals_new[j] += 1
        for i, j, share in found:
            if share >= _SHARED and rivals_old[i] == 1 and rivals_new[j] == 1:
                ledger.pair(i, j, f"system, diameter, axis shared by {share:.0%}", 0.9)


def _by_system(
    features: Sequence[Feature], free: Sequence[int]
) -> dict[str | None, list[tuple[int, _Run]]]:
    found: dict[str | None, list[tuple[int, _Run]]] = defaultdict(list)
    for i in free:
        run = _run(features[i])
        if run is not None:
            found[features[i].system].append((i, run))
    return found
