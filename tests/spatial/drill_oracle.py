"""Random holes and pits judged, and the same by throwing the true layout thousands of times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from fangma.spatial.capsules import Solids
from fangma.spatial.drilling import Accuracy, Dig, Drill, drill
from fangma.spatial.proximity import ProximityIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SIDE_M = 10.0
LAYOUTS = 400
_STEPS = 48


@dataclass(slots=True)
class Score:
    """What came out.

    Attributes
    ----------
    verdicts : dict of str to int
    greens_hit : float
        Sum over green verdicts of the share of layouts in which something was hit.
    worst : float
        The greatest such share of any green verdict.
    green_without_data : int
    red_turned_green : int
        With every standard deviation doubled.
    """

    verdicts: dict[str, int] = field(default_factory=dict)
    greens_hit: float = 0.0
    worst: float = 0.0
    green_without_data: int = 0
    red_turned_green: int = 0

    @property
    def greens(self) -> int:
        """Count the green verdicts."""
        return self.verdicts.get("green", 0)


def play(
    count: int, rng: np.random.Generator, *, correlated: bool, pits: bool = False, pipes: int = 60
) -> Score:
    """Judge random holes, each against layouts drawn from what the data allow.

    Parameters
    ----------
    correlated : bool
        One error moves all pipes alike, as of a survey that was tied in wrongly; else each its own.
    pits : bool
        Dig outlines of three to six corners instead of drilling.
    """
    axes = [
        p + np.vstack([np.zeros(3), rng.normal(0, 1.5, 3)])
        for p in rng.uniform(0, SIDE_M, (pipes, 3))
    ]
    radii = rng.uniform(0.01, 0.15, pipes)
    index = ProximityIndex(Solids.gather(list(axes), radii.tolist(), [None] * pipes))
    plan, depth = rng.uniform(0.01, 0.2, pipes), rng.uniform(0.01, 0.3, pipes)
    known = Accuracy(plan_m=plan, depth_m=depth)
    worse = Accuracy(plan_m=2 * plan, depth_m=2 * depth)
    starts, ends = np.array([a[0] for a in axes]), np.array([a[1] for a in axes])
    score = Score()
    for _ in range(count):
        work = _pit(rng) if pits else _hole(rng)
        verdict = drill(index, known, work, data_missing=False, seek_place=False).verdict
        score.verdicts[verdict] = score.verdicts.get(verdict, 0) + 1
        blind = drill(index, known, work, data_missing=True, seek_place=False).verdict
        score.green_without_data += blind == "green"
        if verdict == "red":
            again = drill(index, worse, work, data_missing=False, seek_place=False).verdict
            score.red_turned_green += again == "green"
        if verdict == "green":
            thrown = rng.normal(size=(LAYOUTS, 1 if correlated else pipes, 3))
            offsets = thrown * np.stack([plan, plan, depth], axis=1)
            share = float(_hits(work, starts, ends, radii, offsets).mean())
            score.greens_hit += share
            score.worst = max(score.worst, share)
    return score


def _hole(rng: np.random.Generator) -> Drill:
    start = rng.uniform(0, SIDE_M, 3)
    return Drill(
        start=start, end=start + rng.normal(0, 0.5, 3), diameter_m=float(rng.uniform(0.005, 0.1))
    )


def _pit(rng: np.random.Generator) -> Dig:
    """Make an outline that may be hollow: corners at angles in order, at any distance."""
    corners = int(rng.integers(3, 7))
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    ring = rng.uniform(0.1, 1.0, corners)[:, None] * np.column_stack(
        [np.cos(angles), np.sin(angles)]
    )
    top = rng.uniform(0, SIDE_M)
    outline = shapely.Polygon(ring + rng.uniform(0, SIDE_M, 2)).buffer(0)
    if outline.is_empty:
        return _pit(rng)
    return Dig(outline=outline, low=top - rng.uniform(0.2, 1.5), high=top)


def _hits(
    work: Drill | Dig, starts: Floats, ends: Floats, radii: Floats, offsets: Floats
) -> NDArray[np.bool_]:
    """Tell for each layout whether anything is hit, by points set densely along pipe or hole."""
    least = _away(work, starts, ends)
    # Six standard deviations of the offsets that were thrown; what is farther cannot be hit.
    near = least <= radii + 6.0 * offsets.std(axis=0).max(axis=-1)
    hit = np.zeros(len(offsets), dtype=bool)
    for k in np.flatnonzero(near):
        a, b = starts[k] + offsets[:, k], ends[k] + offsets[:, k]
        hit |= _away(work, a, b) <= radii[k]
    return hit


def _away(work: Drill | Dig, a: Floats, b: Floats) -> Floats:
    """Measure from the surface of the work to lines, a row each."""
    if isinstance(work, Drill):
        stops = np.linspace(work.start, work.end, _STEPS)
        distance: Floats = np.min([_from_line(stop, a, b) for stop in stops], axis=0)
        return distance - work.diameter_m / 2
    share = np.linspace(0.0, 1.0, _STEPS)
    points = a[:, None] + share[None, :, None] * (b - a)[:, None]
    flat = shapely.distance(shapely.points(points[..., :2]), work.outline)
    up = np.maximum(points[..., 2] - work.high, 0) + np.maximum(work.low - points[..., 2], 0)
    nearest: Floats = np.hypot(flat, up).min(axis=1)
    return nearest


def _from_line(point: Floats, a: Floats, b: Floats) -> Floats:
    way = b - a
    share = np.clip(((point - a) * way).sum(axis=1) / (way**2).sum(axis=1), 0.0, 1.0)
    away: Floats = np.linalg.norm(a + share[:, None] * way - point, axis=1)
    return away
