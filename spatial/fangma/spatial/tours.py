"""The shortest way through some places, each once: exact for few, close to it for many."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.spatial.errors import SpatialError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Up to so many places the answer is the best there is (Held and Karp 1962: n^2 2^n steps).
EXACT_UP_TO: Final = 11
_STARTS: Final = 8


class TourError(SpatialError):
    """Distances that are none."""


def tour(distances: NDArray[np.float64], start: int | None = None) -> list[int]:
    """Order places so that the way from the first to the last is short.

    Parameters
    ----------
    distances : (n, n) float64
        Between places, symmetric, finite, none negative.
    start : int or None
        Where the way begins; None = wherever is best. It ends wherever is best.

    Returns
    -------
    order : list of int
        Each place once. Up to :data:`EXACT_UP_TO` places no shorter way exists; beyond, none is
        found by reversing or moving a piece of up to three places.

    Raises
    ------
    TourError

    Examples
    --------
    >>> import numpy as np
    >>> along = np.array([0.0, 30.0, 10.0, 20.0])
    >>> tour(np.abs(along[:, None] - along[None, :]), start=0)
    [0, 2, 3, 1]
    """
    n = len(distances)
    if distances.shape != (n, n) or not np.isfinite(distances).all() or (distances < 0).any():
        raise TourError(
            f"found distances of shape {distances.shape}, expected a square of finite numbers"
        )
    if n < 2:
        return list(range(n))
    order = _exact(distances, start) if n <= EXACT_UP_TO else _improved(distances, start)
    # Of the two directions of the same way, one: the answer does not depend on chance.
    return order if start is not None or order[0] < order[-1] else order[::-1]


def length(distances: NDArray[np.float64], order: list[int]) -> float:
    """Measure the way through places in an order."""
    return float(sum(distances[a, b] for a, b in pairwise(order)))


def _exact(distances: NDArray[np.float64], start: int | None) -> list[int]:
    n = len(distances)
    d = distances.tolist()
    best: dict[tuple[int, int], tuple[float, int]] = {
        (1 << i, i): (0.0, -1) for i in range(n) if start is None or i == start
    }
    for size in range(2, n + 1):
        for members in combinations(range(n), size):
            mask = sum(1 << i for i in members)
            for last in members:
                before = mask ^ (1 << last)
                ways = [
                    (best[before, at][0] + d[at][last], at)
                    for at in members
                    if at != last and (before, at) in best
                ]
                if ways:
                    best[mask, last] = min(ways)
    mask = (1 << n) - 1
    last = min((i for i in range(n) if (mask, i) in best), key=lambda i: best[mask, i])
    order = []
    while last >= 0:
        order.append(last)
        before = best[mask, last][1]
        mask ^= 1 << last
        last = before
    return order[::-1]


def _improved(distances: NDArray[np.float64], start: int | None) -> list[int]:
    """Start from several nearest-neighbour ways and improve each; keep the shortest."""
    n = len(distances)
    # A place n that is nowhere makes the way a ring; it sits before the start.
    ring = np.zeros((n + 1, n + 1))
    ring[:n, :n] = distances
    if start is not None:
        ring[n, :n] = ring[:n, n] = float(distances.sum())
        ring[n, start] = ring[start, n] = 0.0
    firsts = [start] if start is not None else np.linspace(0, n - 1, _STARTS).astype(int).tolist()
    ways = [_locally_best(ring, [n, *_nearest_neighbours(distances, first)]) for first in firsts]
    shortest = min(ways, key=lambda way: _round_length(ring, way))
    at = shortest.index(n)
    order = [*shortest[at + 1 :], *shortest[:at]]
    return order if start is None or order[0] == start else order[::-1]


def _nearest_neighbours(distances: NDArray[np.float64], first: int) -> list[int]:
    left = np.ones(len(distances), dtype=bool)
    order = [first]
    left[first] = False
    while left.any():
        candidates = np.flatnonzero(left)
        order.append(int(candidates[distances[order[-1], candidates].argmin()]))
        left[order[-1]] = False
    return order


def _locally_best(ring: NDArray[np.float64], way: list[int]) -> list[int]:
    while True:
        better = _reversed_piece(ring, way) or _moved_piece(ring, way)
        if better is None:
            return way
        way = better


def _reversed_piece(ring: NDArray[np.float64], way: list[int]) -> list[int] | None:
    """Return the way with the piece reversed that shortens it most (2-opt), if any does."""
    w = np.array(way)
    after = np.roll(w, -1)
    step = ring[w, after]
    gain = step[:, None] + step[None, :] - ring[np.ix_(w, w)] - ring[np.ix_(after, after)]
    gain[np.tril_indices(len(w))] = 0.0
    i, j = np.unravel_index(int(gain.argmax()), gain.shape)
    if gain[i, j] <= 1e-9:
        return None
    return [*way[: i + 1], *way[i + 1 : j + 1][::-1], *way[j + 1 :]]


def _moved_piece(ring: NDArray[np.float64], way: list[int]) -> list[int] | None:
    """Return the way with a piece of up to three places put elsewhere (or-opt), if any helps."""
    n = len(way)
    for size in (1, 2, 3):
        for at in range(n):
            turned = [*way[at:], *way[:at]]
            piece, rest = turned[:size], np.array(turned[size:])
            saved = ring[rest[-1], piece[0]] + ring[piece[-1], rest[0]] - ring[rest[-1], rest[0]]
            after = rest[1:]
            for ends in (piece, piece[::-1]):
                cost = ring[rest[:-1], ends[0]] + ring[ends[-1], after] - ring[rest[:-1], after]
                k = int(cost.argmin())
                if cost[k] < saved - 1e-9:
                    return [*rest[: k + 1].tolist(), *ends, *rest[k + 1 :].tolist()]
    return None


def _round_length(ring: NDArray[np.float64], way: list[int]) -> float:
    w = np.array(way)
    return float(ring[w, np.roll(w, -1)].sum())
