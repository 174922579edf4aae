"""May one drill here? Distance and chance of hitting a pipe whose place is known only so well.

A survey knows a pipe to some accuracy: its true place is off by an offset that is normally
distributed, with one standard deviation in plan (each way) and one in depth. The drill hits when
the offset falls into the drill's path swollen by the pipe's axis and radius, which for a straight
piece is a convex body. Two numbers follow:

- ``hit_probability``, the share of fixed, well-spread offsets that hit;
- ``bound``, the chance that the offset passes the plane that touches that convex body where it is
  nearest: never less than the true chance, and growing with either standard deviation.

Green rests on the bound alone. So worse data can turn green to amber, and never red to green, as a
mere probability would: a pipe that may lie anywhere is unlikely to lie just here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from fangma.spatial.capsules import Solids, nearest_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

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
_FARTHEST_M = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A straight hole: metres, frame of the solids; ``diameter_m`` of the bit."""

    start: Floats
    end: Floats
    diameter_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Standard deviations of where things lie, one row a thing, metres; NaN = not known."""

    plan_m: Floats
    depth_m: Floats


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
    """The answer: what may be hit, nearest first, and where else to drill."""

    verdict: Verdict
    items: tuple[Clearance, ...]
    instead: tuple[Floats, Floats] | None = None


def drill(
    index: ProximityIndex,
    accuracy: Accuracy,
    hole: Drill,
    *,
    data_missing: bool,
    within_m: float = 1.0,
    seek_place: bool = True,
) -> Drilling:
    """Say whether a hole may be drilled.

    Parameters
    ----------
    accuracy : Accuracy
        By owner. Where it is not known the data count as missing.
    data_missing : bool
        The place is not covered by data, so that nothing found proves nothing.
    within_m : float
        Things with a clearance up to this are told even when they are out of danger.
    seek_place : bool
        Look for the nearest parallel hole that is green.

    Returns
    -------
    drilling : Drilling
        Red when the data say that the hole meets something, or a hit is likely; green when the sum
        of all bounds is at most one in a hundred; else amber. What would be green without data is
        unknown.
    """
    told = index.along(hole.start, hole.end, within_m + hole.diameter_m / 2)
    solids = index.solids
    plan, depth = accuracy.plan_m[solids.owner], accuracy.depth_m[solids.owner]
    blind = bool(np.isnan(plan[told]).any() or np.isnan(depth[told]).any())
    known = np.nan_to_num(np.maximum(plan, depth))
    worst = float(known.max()) if len(known) else 0.0
    rows = index.along(hole.start, hole.end, max(within_m, _FAR * worst) + hole.diameter_m / 2)
    near = solids.take(rows)
    plan, depth = np.nan_to_num(plan[rows]), np.nan_to_num(depth[rows])
    items = _clearances(near, plan, depth, hole, within_m)
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
    solids: Solids, plan: Floats, depth: Floats, hole: Drill, within_m: float
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
    solids: Solids, plan: Floats, depth: Floats, hole: Drill, moved: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return clearance, its standard deviation, and the bound of every piece."""
    distance, normal = nearest_between(solids, hole.start, hole.end, moved)
    clearance = distance - solids.radius - hole.diameter_m / 2
    flat = normal[:, 0] ** 2 + normal[:, 1] ** 2
    touching = distance <= 0.0
    sigma = np.sqrt(plan**2 * flat + depth**2 * normal[:, 2] ** 2)
    sigma = np.where(touching, np.maximum(plan, depth), sigma)
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = np.where(sigma > 0.0, ndtr(-clearance / sigma), (clearance <= 0.0) * 1.0)
    # Inside the body no plane separates: the chance may be anything.
    return clearance, sigma, np.where(clearance <= 0.0, 1.0, bound)


@cache
def _offsets() -> Floats:
    """Spread standard normal offsets evenly: the same for every question."""
    spread = qmc.Sobol(3, scramble=True, rng=20261121).random(_SAMPLES)
    offsets: Floats = ndtri(np.clip(spread, 1e-9, 1.0 - 1e-9))
    return offsets


def _hit_share(solids: Solids, plan: float, depth: float, hole: Drill) -> float:
    offsets = _offsets() * np.array([plan, plan, depth])
    hit = np.zeros(len(offsets), dtype=bool)
    for row in range(len(solids)):
        piece = solids.take(np.full(len(offsets), row))
        distance, _ = nearest_between(piece, hole.start, hole.end, offsets)
        hit |= distance <= piece.radius + hole.diameter_m / 2
    return float(hit.mean())


def _place_beside(
    index: ProximityIndex, accuracy: Accuracy, hole: Drill
) -> tuple[Floats, Floats] | None:
    """Find the nearest parallel hole that is green, on rings around this one."""
    way = hole.end - hole.start
    length = float(np.linalg.norm(way))
    if length <= 0.0:
        return None
    way = way / length
    aside = np.cross(way, [0.0, 0.0, 1.0] if abs(way[2]) < 0.9 else [1.0, 0.0, 0.0])
    aside /= np.linalg.norm(aside)
    other = np.cross(way, aside)
    known = np.nan_to_num(np.maximum(accuracy.plan_m, accuracy.depth_m))
    worst = float(known.max()) if len(known) else 0.0
    rows = index.along(hole.start, hole.end, _FARTHEST_M + _FAR * worst + hole.diameter_m / 2)
    solids = index.solids.take(rows)
    plan, depth = accuracy.plan_m[solids.owner], accuracy.depth_m[solids.owner]
    plan, depth = np.nan_to_num(plan), np.nan_to_num(depth)
    angles = 2.0 * np.pi * np.arange(_TURNS) / _TURNS
    ways = np.cos(angles)[:, None] * aside + np.sin(angles)[:, None] * other
    tiled = solids.take(np.tile(np.arange(len(solids)), _TURNS))
    plan, depth = np.tile(plan, _TURNS), np.tile(depth, _TURNS)
    for ring in range(1, int(_FARTHEST_M / _STEP_M) + 1):
        shifts = ring * _STEP_M * ways
        moved = -np.repeat(shifts, len(solids), axis=0)
        clearance, _, bound = _bounds(tiled, plan, depth, hole, moved)
        risk = bound.reshape(_TURNS, -1).sum(axis=1)
        free = (clearance.reshape(_TURNS, -1) > 0.0).all(axis=1) & (risk <= GREEN_AT_MOST)
        if free.any():
            shift = shifts[int(np.argmax(free))]
            return hole.start + shift, hole.end + shift
    return None
