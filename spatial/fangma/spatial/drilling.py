"""May one drill or dig here? Distance and chance of hitting what lies only about there.

A survey knows a pipe to some accuracy: its true place is off by an offset that is normally
distributed, with one standard deviation in plan (each way) and one in depth. The drill hits when
the offset falls into the drill's path swollen by the pipe's axis and radius, which for a straight
piece is a convex body. Two numbers follow:

- ``hit_probability``, the share of fixed, well-spread offsets that hit;
- ``bound``, the chance that the offset passes the plane that touches that convex body where it is
  nearest: never less than the true chance, and growing with either standard deviation.

Both hold whether the offsets of several pipes are independent or one and the same, as of a survey
that was tied in wrongly: bounds of pieces and of things add up, and a sum is no less than the
chance of any of several events, however they depend on each other.

Green rests on the bound alone. So worse data can turn green to amber, and never red to green, as a
mere probability would: a pipe that may lie anywhere is unlikely to lie just here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol, Self

import numpy as np
import shapely
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from fangma.spatial.capsules import Solids, nearest_between
from fangma.spatial.prisms import clipped, prisms_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from fangma.spatial.proximity import ProximityIndex

    Floats = NDArray[np.float64]

Verdict = Literal["green", "amber", "red", "unknown"]

GREEN_AT_MOST = 0.01  # what is green is free in 99 of 100 cases
RED_FROM = 0.10
_SAMPLES = 4096
# Beyond so many standard deviations the bound is under one in a million.
_FAR = 4.8
_STEP_M = 0.05
_TURNS = 24
_TOLD_WITHIN_M = 1.0
# Nothing is green this near to a thing of which nobody knows how well its place is known.
_BLIND_WITHIN_M = 3.0
_PIT_STEP_M = 0.25
_FARTHEST_PIT_M = 10.0
_FARTHEST_M = 3.0


class Convex(Protocol):
    """A convex body from which pieces are measured."""

    def gaps(self, solids: Solids, shift: Floats | None = None) -> tuple[Floats, Floats]:
        """Measure to the axes of pieces as :func:`fangma.spatial.capsules.nearest_between`."""


class Work(Protocol):
    """What takes room in the ground or in a wall: a hole, a pit; metres, frame of the solids."""

    @property
    def margin_m(self) -> float:
        """Half the width that it takes beyond what is measured from."""

    def parts(self) -> Sequence[Convex]:
        """Return the convex bodies that it is made of: of each the bound is told by a plane."""

    def hits(self, piece: Solids, offsets: Floats) -> NDArray[np.bool_]:
        """Tell which of some (n, 3) offsets of one piece, given n times, bring it into the work."""

    def near(self, index: ProximityIndex, within_m: float) -> NDArray[np.intp]:
        """Find the pieces whose surface may lie within a distance."""

    def shifts(self) -> tuple[Floats, Floats]:
        """Return where else it may go: (k,) distances, (n, 3) unit directions."""

    def moved(self, shift: Floats) -> Self:
        """Return it elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A straight hole: metres, frame of the solids; ``diameter_m`` of the bit."""

    start: Floats
    end: Floats
    diameter_m: float

    @property
    def margin_m(self) -> float:
        """Half the bit."""
        return self.diameter_m / 2

    def parts(self) -> Sequence[Convex]:
        """Return itself."""
        return (self,)

    def gaps(self, solids: Solids, shift: Floats | None = None) -> tuple[Floats, Floats]:
        """Measure from the middle of the hole."""
        return nearest_between(solids, self.start, self.end, shift)

    def hits(self, piece: Solids, offsets: Floats) -> NDArray[np.bool_]:
        """Measure each."""
        distance, _ = self.gaps(piece, offsets)
        hit: NDArray[np.bool_] = distance <= piece.radius + self.margin_m
        return hit

    def near(self, index: ProximityIndex, within_m: float) -> NDArray[np.intp]:
        """Look along the hole."""
        return index.along(self.start, self.end, within_m)

    def shifts(self) -> tuple[Floats, Floats]:
        """Go aside, square to the hole."""
        way = self.end - self.start
        length = float(np.linalg.norm(way))
        if length <= 0.0:
            return np.zeros(0), np.zeros((0, 3))
        way = way / length
        aside = np.cross(way, [0.0, 0.0, 1.0] if abs(way[2]) < 0.9 else [1.0, 0.0, 0.0])
        aside /= np.linalg.norm(aside)
        other = np.cross(way, aside)
        steps = np.arange(1, int(_FARTHEST_M / _STEP_M) + 1, dtype=np.float64)
        return _STEP_M * steps, _round(aside, other)

    def moved(self, shift: Floats) -> Self:
        """Return a parallel hole."""
        return replace(self, start=self.start + shift, end=self.end + shift)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dig:
    """A pit: an outline in plan from the ground at ``high`` down to ``low``, metres."""

    outline: Polygon | MultiPolygon
    low: float
    high: float

    @property
    def margin_m(self) -> float:
        """The outline is where one digs."""
        return 0.0

    def parts(self) -> Sequence[Convex]:
        """Cut the outline into convex ones."""
        return prisms_of(self.outline, self.low, self.high)

    def hits(self, piece: Solids, offsets: Floats) -> NDArray[np.bool_]:
        """Cut each axis to the heights of the pit, measure in plan: at rims a bit too often."""
        reach = piece.radius + piece.half[:, 2]
        lines, within = clipped(
            piece.start + offsets, piece.end + offsets, self.low - reach, self.high + reach
        )
        wide = piece.radius + np.hypot(piece.half[:, 0], piece.half[:, 1])
        shapely.prepare(self.outline)
        plans = shapely.linestrings(lines[..., :2])
        hit: NDArray[np.bool_] = within & shapely.dwithin(plans, self.outline, wide)
        return hit

    def near(self, index: ProximityIndex, within_m: float) -> NDArray[np.intp]:
        """Look about the pit."""
        x0, y0, x1, y1 = self.outline.bounds
        low, high = np.array([x0, y0, self.low]), np.array([x1, y1, self.high])
        return index.about((low + high) / 2, float(np.linalg.norm(high - low)) / 2 + within_m)

    def shifts(self) -> tuple[Floats, Floats]:
        """Go aside, level."""
        aside, other = np.eye(3)[:2]
        steps = np.arange(1, int(_FARTHEST_PIT_M / _PIT_STEP_M) + 1, dtype=np.float64)
        return _PIT_STEP_M * steps, _round(aside, other)

    def moved(self, shift: Floats) -> Self:
        """Return the same pit elsewhere."""
        outline = shapely.transform(self.outline, lambda xy: xy + shift[:2])
        return replace(self, outline=outline, low=self.low + shift[2], high=self.high + shift[2])


def _round(aside: Floats, other: Floats) -> Floats:
    angles = 2.0 * np.pi * np.arange(_TURNS) / _TURNS
    turned: Floats = np.cos(angles)[:, None] * aside + np.sin(angles)[:, None] * other
    return turned


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Standard deviations of where things lie, one row a thing, metres; NaN = not known.

    Attributes
    ----------
    plan_m, depth_m : (n,) float64
        In plan each way, and in depth.
    worst_m : float
        The greatest of all that are known.
    """

    plan_m: Floats
    depth_m: Floats
    worst_m: float = field(init=False)

    def __post_init__(self) -> None:
        """Keep the greatest that is known: every question looks as far as it asks for."""
        known = np.nan_to_num(np.maximum(self.plan_m, self.depth_m))
        object.__setattr__(self, "worst_m", float(known.max(initial=0.0)))

    def of(self, owners: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return both of some things, NaN = not known."""
        return self.plan_m[owners], self.depth_m[owners]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """One thing beside the hole.

    Attributes
    ----------
    clearance_m : float
        Between the surfaces, as the data say; negative when they overlap.
    uncertainty_m : float
        Standard deviation of that clearance.
    bound : float
        No less than the chance of a hit.
    """

    owner: int
    clearance_m: float
    uncertainty_m: float
    hit_probability: float
    bound: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drilling:
    """The answer: what may be hit, nearest first, and the shift to where one may, (3,) metres."""

    verdict: Verdict
    items: tuple[Clearance, ...]
    instead: Floats | None = None


def drill(
    index: ProximityIndex,
    accuracy: Accuracy,
    hole: Work,
    *,
    data_missing: bool,
    within_m: float = _TOLD_WITHIN_M,
    seek_place: bool = True,
) -> Drilling:
    """Say whether a hole may be drilled, or a pit dug.

    Parameters
    ----------
    accuracy : Accuracy
        By owner. Where it is not known the data count as missing.
    data_missing : bool
        The place is not covered by data, so that nothing found proves nothing.
    within_m : float
        Things with a clearance up to this are told even when they are out of danger.
    seek_place : bool
        Look for the nearest place where the same hole or pit is green.

    Returns
    -------
    drilling : Drilling
        Red when the data say that the hole meets something, or a hit is likely; green when the sum
        of all bounds is at most one in a hundred; else amber. What would be green without data is
        unknown.
    """
    told = hole.near(index, max(within_m, _BLIND_WITHIN_M) + hole.margin_m)
    solids = index.solids
    plan, depth = accuracy.of(solids.owner[told])
    blind = bool(np.isnan(plan).any() or np.isnan(depth).any())
    rows = hole.near(index, max(within_m, _FAR * accuracy.worst_m) + hole.margin_m)
    near = solids.take(rows)
    plan, depth = accuracy.of(near.owner)
    items = _clearances(near, np.nan_to_num(plan), np.nan_to_num(depth), hole, within_m)
    risk = sum(item.bound for item in items)
    if any(item.clearance_m <= 0.0 or item.hit_probability >= RED_FROM for item in items):
        verdict: Verdict = "red"
    elif risk > GREEN_AT_MOST:
        verdict = "amber"
    else:
        verdict = "unknown" if data_missing or blind else "green"
    instead = None
    if seek_place and verdict in {"red", "amber"} and not (data_missing or blind):
        instead = _place_beside(index, accuracy, hole)
    return Drilling(verdict=verdict, items=tuple(items), instead=instead)


def _clearances(
    solids: Solids, plan: Floats, depth: Floats, hole: Work, within_m: float
) -> list[Clearance]:
    """Measure every thing near the hole; the bounds of its pieces add up."""
    if not len(solids):
        return []
    clearance, sigma, bound = _bounds(solids, plan, depth, hole)
    items = []
    for owner in np.unique(solids.owner):
        own = np.flatnonzero(solids.owner == owner)
        most = float(min(1.0, bound[own].sum()))
        nearest = own[np.argmin(clearance[own])]
        if clearance[nearest] > within_m and most < 1e-6:
            continue
        chance = 0.0
        if most >= 1e-6:
            share = _hit_share(solids.take(own), plan[own[0]], depth[own[0]], hole)
            chance = min(share, most)
        items.append(
            Clearance(
                owner=int(owner),
                clearance_m=float(clearance[nearest]),
                uncertainty_m=float(sigma[nearest]),
                hit_probability=chance,
                bound=most,
            )
        )
    return sorted(items, key=lambda item: (item.clearance_m, item.owner))


def _bounds(
    solids: Solids, plan: Floats, depth: Floats, hole: Work, moved: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return clearance, its standard deviation, and the bound of every piece.

    A plane parts a piece from each convex part of the work; the bounds of the parts add up.
    """
    nearest, sigma = np.full(len(solids), np.inf), np.zeros(len(solids))
    total = np.zeros(len(solids))
    for part in hole.parts():
        distance, normal = part.gaps(solids, moved)
        clearance = distance - solids.radius - hole.margin_m
        flat = normal[:, 0] ** 2 + normal[:, 1] ** 2
        touching = distance <= 0.0
        own = np.sqrt(plan**2 * flat + depth**2 * normal[:, 2] ** 2)
        own = np.where(touching, np.maximum(plan, depth), own)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            bound = np.where(own > 0.0, ndtr(-clearance / own), (clearance <= 0.0) * 1.0)
        # Inside the body no plane separates: the chance may be anything.
        total += np.where(clearance <= 0.0, 1.0, bound)
        nearer = clearance < nearest
        nearest = np.where(nearer, clearance, nearest)
        sigma = np.where(nearer, own, sigma)
    return nearest, sigma, np.minimum(total, 1.0)


@cache
def _offsets() -> Floats:
    """Spread standard normal offsets evenly: the same for every question."""
    spread = qmc.Sobol(3, scramble=True, rng=20261121).random(_SAMPLES)
    offsets: Floats = ndtri(np.clip(spread, 1e-9, 1.0 - 1e-9))
    return offsets


def _hit_share(solids: Solids, plan: float, depth: float, hole: Work) -> float:
    offsets = _offsets() * np.array([plan, plan, depth])
    hit = np.zeros(len(offsets), dtype=bool)
    for row in range(len(solids)):
        piece = solids.take(np.full(len(offsets), row))
        hit |= hole.hits(piece, offsets)
    return float(hit.mean())


def _place_beside(index: ProximityIndex, accuracy: Accuracy, hole: Work) -> Floats | None:
    """Find the nearest shift that makes it green, on rings around this place."""
    distances, ways = hole.shifts()
    if not len(distances):
        return None
    seen = _FAR * accuracy.worst_m
    rows = hole.near(index, float(distances[-1]) + max(seen, _BLIND_WITHIN_M) + hole.margin_m)
    solids = index.solids.take(rows)
    plan, depth = accuracy.of(solids.owner)
    unknown = np.isnan(plan) | np.isnan(depth)
    if unknown.any():
        seen = max(seen, _BLIND_WITHIN_M)
    plan, depth = np.nan_to_num(plan), np.nan_to_num(depth)
    here = _bounds(solids, plan, depth, hole)[0]
    for distance in distances:
        shifts = distance * ways
        # What is farther off than the work moves and one looks is no danger on this ring.
        close = np.flatnonzero(here <= distance + seen)
        tiled = np.tile(close, len(ways))
        moved = -np.repeat(shifts, len(close), axis=0)
        away, _, bound = _bounds(solids.take(tiled), plan[tiled], depth[tiled], hole, moved)
        away = away.reshape(len(ways), -1)
        risk = bound.reshape(len(ways), -1).sum(axis=1)
        # Beside what nobody knows the place of nothing is green.
        blind = ((away <= _BLIND_WITHIN_M) & unknown[close]).any(axis=1)
        free = (away > 0.0).all(axis=1) & (risk <= GREEN_AT_MOST) & ~blind
        if free.any():
            shift: Floats = shifts[int(np.argmax(free))]
            return shift
    return None
