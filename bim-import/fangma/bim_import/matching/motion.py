"""Whether a building moved or turned as a whole between two exports, and how far.

Exporters set another origin, surveyors another true north. Undone first, such a motion changes
nothing about the rooms; taken for what it seems, it would move every one of them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.matching.overlap import plan_of
from fangma.bim_import.matching.things import class_of, plain_class

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.matching.features import Feature

    Points = NDArray[np.float64]
    Rows = NDArray[np.int64]

Matrix = tuple[tuple[float, float, float, float], ...]

_SAME_PLACE_M = 0.05
_STILL_M = 0.03  # a whole building that moved by less is noise
# A building that stands still for this part of its elements is not searched any further.
_SURELY_STILL = 0.85
# A motion must do clearly better than standing still: grids repeat themselves.
_BETTER = 0.15
_NAMED = 0.2
_MOST_ALIKE = 6  # candidates of one signature, on either side
_TRIES = 400
_SAMPLE = 4000
_TRIMMINGS = 4
_FEWEST = 6  # points that a turn is fitted by when others are left out
_EXACT_M = 0.002  # what points are off at most that should not be trimmed
_TURN_M = 2.0  # two points nearer than this say nothing about a turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How a new export is laid on an old one.

    Attributes
    ----------
    turn : float
        Radians, anticlockwise, about the vertical through the origin; done first.
    offset_m : (float, float, float)
        Then moved by this.
    share : float
        Part of the smaller side's elements that then have a partner of their class at their place.
    share_still : float
        The same without any motion.
    rival : float
        The same for the best clearly different motion that was tried; near ``share`` in a building
        that looks the same from two sides.
    """

    turn: float
    offset_m: tuple[float, float, float]
    share: float
    share_still: float
    rival: float = 0.0

    @property
    def is_still(self) -> bool:
        """Tell whether nothing need be undone."""
        return self.turn == 0.0 and self.offset_m == (0.0, 0.0, 0.0)

    @property
    def matrix_old_from_new(self) -> Matrix:
        """The 4 x 4 matrix that lays the new export on the old one."""
        c, s = math.cos(self.turn), math.sin(self.turn)
        x, y, z = self.offset_m
        return ((c, -s, 0.0, x), (s, c, 0.0, y), (0.0, 0.0, 1.0, z), (0.0, 0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Elements as points; built once of a side, used for every question about it.

    Attributes
    ----------
    points : (n, 3) float64
        Centre of the outline (rooms) or of the box, and lowest z, metres.
    rows : mapping of str to (m,) int64
        Rows of each class.
    names : tuple of n hashables
        Class, and name where there is one.
    sizes : tuple of n hashables
        Class, height and what else does not change with a motion.
    """

    points: Points
    rows: Mapping[str, Rows]
    names: tuple[Hashable, ...]
    sizes: tuple[Hashable, ...]


def marks_of(features: Sequence[Feature]) -> Marks:
    """Reduce features to points whose place does not depend on how they are turned."""
    points: list[tuple[float, float, float]] = []
    kinds: list[str] = []
    names: list[Hashable] = []
    sizes: list[Hashable] = []
    for f in features:
        if f.box is None:
            continue
        x0, y0, z0, x1, y1, z1 = f.box
        plan = plan_of(f) if f.kind == "room" else None
        if plan is None:
            points.append(((x0 + x1) / 2, (y0 + y1) / 2, z0))
        else:
            points.append((plan.centroid.x, plan.centroid.y, z0))
        kinds.append(class_of(f))
        names.append((kinds[-1], f.name, f.number))
        area = None if plan is None else round(plan.area, 0)
        sizes.append((kinds[-1], round(z1 - z0, 1), area, f.diameter_m and round(f.diameter_m, 2)))
    return Marks(
        points=np.array(points, dtype=np.float64).reshape(-1, 3), rows=_rows_by(kinds),
        names=tuple(names), sizes=tuple(sizes),
    )  # fmt: skip


def marks_of_boxes(
    classes: Sequence[str],
    numbers: Sequence[str | None],
    names: Sequence[str | None],
    is_room: Sequence[bool],
    boxes: Points,
) -> Marks:
    """Do the same, column by column, for things of which no more is known than their boxes.

    Parameters
    ----------
    boxes : (n, 6) float64
        Least x, y, z and greatest x, y, z, metres.
    """
    low, high = boxes[:, :3], boxes[:, 3:]
    points = np.column_stack([(low[:, :2] + high[:, :2]) / 2, low[:, 2]])
    size = (high - low).tolist()
    plain = {name: plain_class(name) for name in set(classes)}
    kinds = [plain[name] for name in classes]
    return Marks(
        points=points,
        rows=_rows_by(kinds),
        names=tuple(zip(kinds, names, numbers, strict=True)),
        sizes=tuple(
            (kind, round(z, 1), round(x * y, 0) if room and x * y > 0.0 else None, None)
            for kind, room, (x, y, z) in zip(kinds, is_room, size, strict=True)
        ),
    )


def _rows_by(kinds: Sequence[str]) -> dict[str, Rows]:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, kind in enumerate(kinds):
        rows[kind].append(row)
    return {kind: np.array(of_kind, dtype=np.int64) for kind, of_kind in rows.items()}


def moved_marks(marks: Marks, matrix: NDArray[np.float64]) -> Marks:
    """Carry marks through a 4 x 4 matrix that keeps the vertical."""
    return replace(marks, points=marks.points @ matrix[:3, :3].T + matrix[:3, 3])


class _Ground:
    """The old side, searchable by class, and the new side that is laid on it."""

    def __init__(self, old: Marks, new: Marks) -> None:
        from scipy.spatial import cKDTree  # slow to load; a first import has no old side

        self.trees = {kind: cKDTree(old.points[rows]) for kind, rows in old.rows.items()}
        self.old, self.new = old, new
        numbered = {name: number for number, name in enumerate(dict.fromkeys(old.names))}
        self._called_old = np.array([numbered[name] for name in old.names], dtype=np.int64)
        self._called_new = np.array([numbered.get(name, -1) for name in new.names], dtype=np.int64)

    def share(self, points: Points, *, reach: float = _SAME_PLACE_M) -> float:
        """Part of the smaller side with a partner: each point counts once."""
        return self.shares(points, reach=reach)[0]

    def shares(self, points: Points, *, reach: float = _SAME_PLACE_M) -> tuple[float, float]:
        """Part of the smaller side with a partner, and with one of the same name.

        Parameters
        ----------
        points : (n, 3) float64
            Where the new side's points lie for now.
        """
        found = named = 0
        for kind, here, there in self.partners(points, reach):
            single = len(np.unique(there))
            found += single
            if single < len(there):
                found += self._piled(kind, points[here], reach) - single
            named += int((self._called_new[here] == self._called_old[there]).sum())
        size = max(1, min(len(self.old.points), len(self.new.points)))
        return found / size, named / size

    def partners(self, points: Points, reach: float) -> Iterator[tuple[str, Rows, Rows]]:
        """List by class which rows of the new side lie near which nearest ones of the old."""
        for kind, rows in self.new.rows.items():
            tree = self.trees.get(kind)
            if tree is None:
                continue
            distance, partner = tree.query(points[rows], distance_upper_bound=reach)
            near = np.isfinite(distance)
            yield kind, rows[near], self.old.rows[kind][partner[near]]

    def _piled(self, kind: str, points: Points, reach: float) -> int:
        """Count partners where several things of one class lie on one spot."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import maximum_bipartite_matching
        from scipy.spatial import cKDTree

        near = cKDTree(points).sparse_distance_matrix(
            self.trees[kind], reach, output_type="coo_matrix"
        )
        graph = coo_matrix((np.ones(near.nnz, np.int8), (near.row, near.col)), shape=near.shape)
        partner = maximum_bipartite_matching(graph.tocsr(), perm_type="column")
        return int((partner >= 0).sum())


def _turned(points: Points, turn: float, offset: Points) -> Points:
    c, s = math.cos(turn), math.sin(turn)
    turned: Points = points @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]).T + offset
    return turned


def _candidates(old: Marks, new: Marks) -> tuple[Points, Points]:
    """Pair up what is called or sized alike, where few are."""
    left: list[int] = []
    right: list[int] = []
    for mine, yours in ((old.names, new.names), (old.sizes, new.sizes)):
        here: dict[Hashable, list[int]] = defaultdict(list)
        there: dict[Hashable, list[int]] = defaultdict(list)
        for row, value in enumerate(mine):
            here[value].append(row)
        for row, value in enumerate(yours):
            there[value].append(row)
        for value, rows in here.items():
            others = there.get(value, ())
            if others and len(rows) <= _MOST_ALIKE and len(others) <= _MOST_ALIKE:
                left += [i for i in rows for _ in others]
                right += [j for _ in rows for j in others]
    return old.points[left], new.points[right]


def _voted(a: Points, b: Points) -> Points:
    """Find the displacement that most candidates agree on, without a turn."""
    steps = a - b
    cells = np.round(steps / (2 * _SAME_PLACE_M)).astype(np.int64)
    values, where, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    if not len(values):
        return np.zeros(3)
    best = steps[where.reshape(-1) == counts.argmax()]
    middle: Points = np.median(best, axis=0)
    return middle


def _fitted(a: Points, b: Points) -> tuple[float, Points]:
    """Least squares: the turn and move that lay points ``b`` on ``a``."""
    mid_a, mid_b = a.mean(axis=0), b.mean(axis=0)
    u, v = a[:, :2] - mid_a[:2], b[:, :2] - mid_b[:2]
    turn = math.atan2(float((v[:, 0] * u[:, 1] - v[:, 1] * u[:, 0]).sum()), float((v * u).sum()))
    return turn, mid_a - _turned(mid_b[None], turn, np.zeros(3))[0]


def _turns(a: Points, b: Points, random: np.random.Generator) -> list[tuple[int, float, Points]]:
    """Try turns given by two candidates each; most agreed ones first."""
    found: list[tuple[int, float, Points]] = []
    if len(a) < 2:
        return found
    for first, second in random.integers(0, len(a), size=(_TRIES, 2)).tolist():
        u, v = a[second] - a[first], b[second] - b[first]
        long_u, long_v = float(np.hypot(*u[:2])), float(np.hypot(*v[:2]))
        if long_u < _TURN_M or abs(long_u - long_v) > _SAME_PLACE_M:
            continue
        if abs(u[2] - v[2]) > _SAME_PLACE_M:
            continue
        turn = math.atan2(v[0] * u[1] - v[1] * u[0], v[0] * u[0] + v[1] * u[1])
        offset = a[first] - _turned(b[first][None], turn, np.zeros(3))[0]
        near = np.zeros(len(a), dtype=np.bool_)
        for _ in range(2):
            near = np.abs(_turned(b, turn, offset) - a).max(axis=1) <= 4 * _SAME_PLACE_M
            if near.sum() < 3:
                break
            turn, offset = _fitted(a[near], b[near])
        found.append((int(near.sum()), turn, offset))
    return sorted(found, key=lambda item: -item[0])


def find_motion(old: Sequence[Feature], new: Sequence[Feature]) -> Motion:
    """Find how the new export must be moved to lie on the old one.

    Returns
    -------
    motion : Motion
        Standing still where that explains the elements about as well as any motion.
    """
    return lay(marks_of(old), marks_of(new))


def lay(old: Marks, new: Marks) -> Motion:
    """Do the same for marks that were taken before."""
    unmoved = _unmoved(old, new)
    if unmoved >= _SURELY_STILL:
        return Motion(turn=0.0, offset_m=(0.0, 0.0, 0.0), share=unmoved, share_still=unmoved)
    ground = _Ground(old, new)
    still = ground.share(new.points)
    calm = Motion(turn=0.0, offset_m=(0.0, 0.0, 0.0), share=still, share_still=still)
    if still >= _SURELY_STILL or not len(old.points) or not len(new.points):
        return calm
    random = np.random.default_rng(1)
    a, b = _candidates(old, new)
    if len(a) > _SAMPLE:
        pick = random.choice(len(a), _SAMPLE, replace=False)
        a, b = a[pick], b[pick]
    corners = _corners(new.points)
    tried = [(0.0, _voted(a, b))]
    for _, turn, offset in _turns(a, b, random):
        if all(_differ((turn, offset), other, corners, _SAME_PLACE_M) for other in tried):
            tried.append((turn, offset))
        if len(tried) >= 6:
            break
    shares = []
    for turn, offset in tried:
        better_turn, better_offset = _refined(ground, turn, offset)
        share, named = ground.shares(_turned(new.points, better_turn, better_offset))
        shares.append((share, better_turn, better_offset, share + _NAMED * named))
    # A building that looks the same from two sides is told by what its things are called.
    shares.sort(key=lambda item: -item[3])
    share, turn, offset, _ = shares[0]
    if share < still + _BETTER:
        return calm
    if turn != 0.0 and np.abs(new.points).max() * abs(turn) < _STILL_M:
        turn = 0.0
    return Motion(
        turn=turn,
        offset_m=(float(offset[0]), float(offset[1]), float(offset[2])),
        share=share,
        share_still=still,
        rival=max((s for s, t, o, _ in shares[1:]
                   if _differ((t, o), (turn, offset), corners)), default=still),
    )  # fmt: skip


def stand(old: Marks, new: Marks) -> Motion:
    """Say how much of the new export stands where the old one has it, without looking for more."""
    share = _Ground(old, new).share(new.points) if len(old.points) and len(new.points) else 0.0
    return Motion(turn=0.0, offset_m=(0.0, 0.0, 0.0), share=share, share_still=share)


def _unmoved(old: Marks, new: Marks) -> float:
    """Part of the smaller side that lies to the millimetre where it lay: at once, without a tree.

    A lower bound of the share that lies there within the usual reach.
    """
    found = 0
    for kind, rows in new.rows.items():
        if kind in old.rows:
            sides = (old.points[old.rows[kind]], new.points[rows])
            here, there = (Counter(map(tuple, np.round(side, 3).tolist())) for side in sides)
            found += (here & there).total()
    return found / max(1, min(len(old.points), len(new.points)))


def _corners(points: Points) -> Points:
    """Return the four corners of a building that are farthest from each other."""
    low, high = points.min(axis=0), points.max(axis=0)
    return np.array([low, high, [low[0], high[1], low[2]], [high[0], low[1], low[2]]])


def _differ(
    one: tuple[float, Points],
    other: tuple[float, Points],
    corners: Points,
    by_m: float = 10 * _SAME_PLACE_M,
) -> bool:
    """Tell whether two motions lay the building's corners on clearly different places."""
    gap = np.abs(_turned(corners, *one) - _turned(corners, *other)).max()
    return bool(gap > by_m)


def _refined(ground: _Ground, turn: float, offset: Points) -> tuple[float, Points]:
    """Fit once more over all elements that now lie near a partner of their class."""
    laid = _turned(ground.new.points, turn, offset)
    pairs = [(there, here) for _, here, there in ground.partners(laid, 3 * _SAME_PLACE_M)]
    if sum(len(here) for _, here in pairs) < 3:
        return turn, offset
    a = ground.old.points[np.concatenate([there for there, _ in pairs])]
    b = ground.new.points[np.concatenate([here for _, here in pairs])]
    if turn == 0.0:
        return 0.0, np.median(a - b, axis=0)
    turn, offset = _fitted(a, b)
    # The middle of an angular body's box goes elsewhere when the body is turned: fit by the others.
    for _ in range(_TRIMMINGS):
        off = np.abs(_turned(b, turn, offset) - a).max(axis=1)
        true = off <= max(_EXACT_M, float(np.median(off)))
        if true.sum() < _FEWEST:
            break
        turn, offset = _fitted(a[true], b[true])
    return turn, offset
