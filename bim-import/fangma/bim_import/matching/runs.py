"""Pipes and ducts whose ends moved: the same run, lengthened, shortened or cut."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.matching.features import Feature
    from fangma.bim_import.matching.ledger import Ledger

_BESIDE_M = 0.05  # between two axes that are one
_SAME_BORE_M = 0.01
_SHARED = 0.5  # of the longer run
_SLENDER = 2.0  # length over width from which a box has an axis


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


def match_runs(ledger: Ledger) -> None:
    """Match free pipes of one system and diameter that lie on one line, where nothing competes."""

    def is_pipe(f: Feature) -> bool:
        return f.kind == "pipe"

    olds = _by_system(ledger.old, ledger.free_olds(is_pipe))
    news = _by_system(ledger.new, ledger.free_news(is_pipe))
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
