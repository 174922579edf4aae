"""Which things are nearest to a point, exactly, by the distance to their outer surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from fangma.spatial.capsules import Solids, distances_to_point, nearest_between

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.spatial.prisms import Prism

# Pieces longer than this are found by several points on them, so that one long pipe does not make
# every search wide.
_LONGEST_PIECE_M = 2.0
_FIRST_LOOK = 16
_FIRST_REACH_M = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A thing near a point: its row, and the metres to its surface (negative: inside)."""

    owner: int
    distance_m: float


@dataclass(frozen=True, slots=True)
class _Class:
    """Samples of pieces of about one size; nothing of theirs is farther than ``reach`` from one."""

    tree: cKDTree
    piece: NDArray[np.intp]
    reach: float


class ProximityIndex:
    """Finds what is near in large networks.

    Pieces are sampled by points. A piece whose nearest sample is ``d`` away has its surface no
    nearer than ``d - reach``: the search widens until that bound shows that nothing was missed, so
    the answer equals that of measuring everything. Classes by size keep one big tank from widening
    the search among thin pipes.
    """

    def __init__(self, solids: Solids) -> None:
        self.solids = solids
        length = np.linalg.norm(solids.end - solids.start, axis=1)
        parts = np.maximum(1, np.ceil(length / _LONGEST_PIECE_M)).astype(np.int64)
        piece = np.repeat(np.arange(len(solids)), parts)
        first = np.repeat(np.cumsum(parts) - parts, parts)
        share = ((np.arange(len(piece)) - first + 0.5) / parts[piece])[:, None]
        samples = solids.start[piece] * (1.0 - share) + solids.end[piece] * share
        reach = (
            (length / parts / 2)[piece]
            + solids.radius[piece]
            + np.linalg.norm(solids.half, axis=1)[piece]
        )
        size = np.ceil(np.log2(np.maximum(reach, 0.25))).astype(np.int64)
        self._classes = [
            _Class(tree=cKDTree(samples[rows]), piece=piece[rows], reach=float(reach[rows].max()))
            for rows in (np.flatnonzero(size == value) for value in np.unique(size))
        ]

    def near(
        self, point: NDArray[np.float64], *, count: int = 5, within_m: float | None = None
    ) -> list[Near]:
        """Find the things nearest to a point.

        Parameters
        ----------
        point : (3,) float64
            Metres, frame of the solids.
        count : int
            How many things at most.
        within_m : float, optional
            No farther than this.

        Returns
        -------
        near : list of Near
            Nearest first; of equal distance the lower row first.
        """
        if count < 1 or not self._classes:
            return []
        best: dict[int, float] = {}
        limit = np.inf if within_m is None else within_m
        for each in self._classes:
            self._look(each, point, count, limit, best)
        ordered = sorted((d, owner) for owner, d in best.items() if d <= limit)
        return [Near(owner=owner, distance_m=d) for d, owner in ordered[:count]]

    def near_body(
        self, body: Sequence[Prism], *, count: int = 5, within_m: float | None = None
    ) -> list[Near]:
        """Find the things nearest to a body: a room, a wall; 0 for what reaches into it.

        Parameters
        ----------
        body : sequence of Prism
            Convex parts of the body, frame of the solids.
        """
        corners = np.concatenate(
            [[[*each.corners[i], z] for i in range(len(each.corners))] for each in body
             for z in (each.low, each.high)]
        )  # fmt: skip
        centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
        size = float(np.linalg.norm(corners - centre, axis=1).max())
        limit = np.inf if within_m is None else within_m
        look = _FIRST_REACH_M
        total = len(self.solids)
        while count >= 1 and total:
            rows = self.about(centre, size + min(look, limit))
            best: dict[int, float] = {}
            if len(rows):
                solids = self.solids.take(rows)
                away = np.min([each.gaps(solids)[0] for each in body], axis=0) - solids.radius
                for owner, d in zip(solids.owner.tolist(), away.tolist(), strict=True):
                    best[owner] = min(max(d, 0.0), best.get(owner, np.inf))
            # What was not looked at is farther from the body than the reach.
            sure = sorted((d, owner) for owner, d in best.items() if d <= min(look, limit))
            if len(sure) >= count or len(rows) == total or look >= limit:
                if len(rows) == total:
                    sure = sorted((d, owner) for owner, d in best.items() if d <= limit)
                return [Near(owner=owner, distance_m=d) for d, owner in sure[:count]]
            look *= 4
        return []

    def _look(
        self,
        each: _Class,
        point: NDArray[np.float64],
        count: int,
        limit: float,
        best: dict[int, float],
    ) -> None:
        total, look = len(each.piece), max(_FIRST_LOOK, 2 * count)
        done = 0
        while True:
            away, rows = each.tree.query(point, k=min(look, total))
            away, rows = np.atleast_1d(away), np.atleast_1d(rows)
            fresh = np.unique(each.piece[rows[done:]])
            found = self.solids.take(fresh)
            distances = distances_to_point(found, point)
            for owner, d in zip(found.owner.tolist(), distances.tolist(), strict=True):
                if d < best.get(owner, np.inf):
                    best[owner] = d
            done = len(rows)
            nearest = sorted(best.values())
            worst = nearest[count - 1] if len(nearest) >= count else np.inf
            if done == total or away[-1] - each.reach > min(worst, limit):
                return
            look *= 4

    def about(self, centre: NDArray[np.float64], within_m: float) -> NDArray[np.intp]:
        """Find the pieces some of which may lie within a distance of a point.

        Returns
        -------
        pieces : (k,) intp
            Rows of ``solids``, ascending; some may turn out to be farther.
        """
        found: set[int] = set()
        for each in self._classes:
            rows = each.tree.query_ball_point(centre, within_m + each.reach)
            found.update(each.piece[rows].tolist())
        return np.array(sorted(found), dtype=np.intp)

    def along(
        self, start: NDArray[np.float64], end: NDArray[np.float64], within_m: float
    ) -> NDArray[np.intp]:
        """Find the pieces whose surface may lie within a distance of a straight line.

        Returns
        -------
        pieces : (k,) intp
            Rows of ``solids``, ascending; some may turn out to be farther.
        """
        steps = max(1, int(np.ceil(float(np.linalg.norm(end - start)) / _LONGEST_PIECE_M)))
        half = float(np.linalg.norm(end - start)) / steps / 2
        share = ((np.arange(steps) + 0.5) / steps)[:, None]
        stops = start + share * (end - start)
        found: set[int] = set()
        for each in self._classes:
            for rows in each.tree.query_ball_point(stops, within_m + half + each.reach):
                found.update(each.piece[rows].tolist())
        pieces = np.array(sorted(found), dtype=np.intp)
        if not len(pieces):
            return pieces
        solids = self.solids.take(pieces)
        distances, _ = nearest_between(solids, start, end)
        close: NDArray[np.intp] = pieces[distances - solids.radius <= within_m]
        return close
