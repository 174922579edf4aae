"""Which parts of a network are joined: as the source states, and where it is silent, by geometry.

Every join has a confidence. Candidates are taken best first; an end that has found its partner is
not joined again, and parts of two known systems never meet except through a device.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from fangma.spatial.networks.contact import contacts, touching
from fangma.spatial.networks.parts import COUPLING_KINDS, GAP_M, SHORT_M, Ends, Part, ends_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Method = Literal["stated", "port", "end", "side", "body"]

#: Joins below this are told, but networks are not built on them.
SURE_FROM = 0.5
_LEAST = 0.2
# With more joins than these a fitting or valve has all it takes: by a mere touch, over a face.
_MOST_BY_TOUCH = 2
_MOST_BY_FACE = 4
# The side of a thick pipe may be farther off than that of a thin one, by no more than this.
_MOST_BY_SIZE_M = 0.01
# Ports of a part may leave out an opening, but most do not.
_BESIDE_PORTS = 0.85
# Ends that meet in one point differ by no more than this from the best of them.
_SAME_SPOT_M = 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Two parts that a medium can pass between.

    Attributes
    ----------
    a, b : int
        Rows of the parts, ``a < b``.
    point : (3,) float64
        Where, metres.
    confidence : float
        0 to 1.
    method : str
        ``stated`` by the source; ``port`` on ``port``; ``end`` to end; end to the ``side`` of a
        pipe; contact with a ``body``.
    flow : int
        +1 from ``a`` to ``b``, -1 from ``b`` to ``a``, 0 unknown.
    """

    a: int
    b: int
    point: Floats
    confidence: float
    method: Method
    flow: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedJoin:
    """A connection of two ports that the source states: (row of the part, index of the port)."""

    first: tuple[int, int]
    second: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Candidate:
    confidence: float
    gap: float
    method: Method
    ends: tuple[int, ...]  # rows of the ends that it uses up
    parts: tuple[int, int]
    point: tuple[float, float, float]
    # Nothing else is joined to its ends, though it may lie in the same place.
    alone: bool = False
    mouth: bool = False


def infer_joins(
    parts: Sequence[Part],
    stated: Sequence[StatedJoin] = (),
    *,
    between_groups_only: bool = False,
) -> list[Join]:
    """Find the joins of a network.

    Parameters
    ----------
    stated : sequence of StatedJoin
        Connections as the file has them. Where one port stands in several, the nearest partner is
        kept, and another only when it lies in the same place.
    between_groups_only : bool
        Seek only joins between parts of different groups: the rest is known already.

    Returns
    -------
    joins : list of Join
        One a pair of parts, sorted by the rows; those under :data:`SURE_FROM` are guesses.
    """
    rows = list(parts)
    ends = ends_of(rows)
    joining = _Joining(rows, ends)
    for join, gap in _mended(rows, stated):
        joining.state(join, gap)
    # An end that has a stated partner takes no side or body: where all is stated, none is sought.
    free = np.flatnonzero([end not in joining.taken for end in range(len(ends.part))])
    candidates = [
        *_end_to_end(ends),
        *_end_to_side(rows, ends, free),
        *_end_to_body(rows, ends, free),
    ]
    if not between_groups_only:
        candidates += _body_to_body(rows)
    else:
        candidates = [c for c in candidates if rows[c.parts[0]].group != rows[c.parts[1]].group]
    for candidate in sorted(candidates, key=lambda c: (-c.confidence, c.gap, c.parts)):
        joining.offer(candidate)
    return sorted(joining.joins.values(), key=lambda join: (join.a, join.b))


class _Joining:
    """Accepts joins one by one, and knows which ends and systems are taken."""

    def __init__(self, parts: list[Part], ends: Ends) -> None:
        self.parts = parts
        self.ends = ends
        self.joins: dict[tuple[int, int], Join] = {}
        self._gap: dict[int, float] = {}
        self._alone: set[int] = set()
        self._count: Counter[int] = Counter()
        self._root = list(range(len(parts)))
        self._system = [None if p.kind in COUPLING_KINDS else p.system for p in parts]
        self._row = {
            (int(part), int(port)): i
            for i, (part, port) in enumerate(zip(ends.part, ends.port, strict=True))
            if port >= 0
        }

    @property
    def taken(self) -> Collection[int]:
        """Rows of the ends that have a partner."""
        return self._gap.keys()

    def state(self, stated: StatedJoin, gap: float) -> None:
        """Take a join that the source states; its ports lie ``gap`` metres apart."""
        (a, pa), (b, pb) = stated.first, stated.second
        used = [self._row[end] for end in (stated.first, stated.second) if end in self._row]
        flows = (self.parts[a].ports[pa].flow, self.parts[b].ports[pb].flow)
        for end in used:
            self._gap[end] = min(gap, self._gap.get(end, np.inf))
        places = [self.ends.position[end] for end in used]
        point = sum(places[1:], places[0]) / len(places) if places else np.zeros(3)
        slack = 1.0 + self.parts[a].radius + self.parts[b].radius
        self._add(a, b, point, 1.0 if gap <= slack else 0.7, "stated", _flow(*flows))
        self._unite(a, b)

    def offer(self, candidate: _Candidate) -> None:
        """Take a join that geometry suggests, unless something better stands against it."""
        a, b = candidate.parts
        pair = (min(a, b), max(a, b))
        if pair in self.joins or candidate.confidence < _LEAST:
            return
        if not candidate.ends and self._is_chance(*pair, mouth=candidate.mouth):
            return
        if self._alone.intersection(candidate.ends):
            return
        for end in candidate.ends:
            taken = self._gap.get(end)
            if taken is None:
                continue
            meets_in_a_point = candidate.method == "end" and self.ends.port[end] < 0
            if not (meets_in_a_point and candidate.gap <= taken + _SAME_SPOT_M):
                return
        if not self._unite(a, b):
            return
        for end in candidate.ends:
            self._gap[end] = min(candidate.gap, self._gap.get(end, np.inf))
        if candidate.alone:
            self._alone.update(candidate.ends)
        flow = 0
        if len(candidate.ends) == 2:
            fa, fb = (int(self.ends.flow[end]) for end in candidate.ends)
            flow = fa if fa * fb <= 0 and fa else -fb if fa * fb <= 0 else 0
        self._add(a, b, np.array(candidate.point), candidate.confidence, candidate.method, flow)

    def _is_chance(self, a: int, b: int, *, mouth: bool) -> bool:
        """Tell whether bodies touch as neighbours do: with two joins an elbow has all it takes."""
        small = {"valve", "fitting"}
        both_small = self.parts[a].kind in small and self.parts[b].kind in small
        most = _MOST_BY_FACE if mouth else _MOST_BY_TOUCH
        return both_small and max(self._count[a], self._count[b]) >= most

    def _add(
        self, a: int, b: int, point: Floats, confidence: float, method: Method, flow: int
    ) -> None:
        if a == b:
            return
        if a > b:
            a, b, flow = b, a, -flow
        old = self.joins.get((a, b))
        if old is not None and old.flow not in {0, flow}:
            flow = 0
        if old is None:
            self._count.update((a, b))
        self.joins[a, b] = Join(
            a=a, b=b, point=point, confidence=round(confidence, 3), method=method, flow=flow
        )

    def _find(self, row: int) -> int:
        while self._root[row] != row:
            self._root[row] = self._root[self._root[row]]
            row = self._root[row]
        return row

    def _unite(self, a: int, b: int) -> bool:
        """Make one run of two, unless that joins two systems; devices end a run."""
        if self.parts[a].kind in COUPLING_KINDS or self.parts[b].kind in COUPLING_KINDS:
            return True
        ra, rb = self._find(a), self._find(b)
        sa, sb = self._system[ra], self._system[rb]
        if sa is not None and sb is not None and sa != sb:
            return False
        self._root[rb] = ra
        self._system[ra] = sa or sb
        return True


def _flow(first: str | None, second: str | None) -> int:
    """Tell the direction of a join from those of its two ports."""
    if first == second:
        return 0
    if first is None:
        return 1 if second == "in" else -1
    return 1 if first == "out" else -1


def _mended(parts: Sequence[Part], stated: Sequence[StatedJoin]) -> list[tuple[StatedJoin, float]]:
    """Drop the farther partners of ports that stand in several connections.

    Returns
    -------
    joins : list of (StatedJoin, float)
        With the distance of their ports, metres; 0 where either has no place.
    """
    pairs = {tuple(sorted((s.first, s.second))): s for s in stated if s.first[0] != s.second[0]}
    used: dict[tuple[int, int], list[tuple[float, tuple[tuple[int, int], ...]]]] = defaultdict(list)
    gaps = dict(zip(pairs, _gaps(parts, list(pairs)), strict=True))
    for pair, gap in gaps.items():
        for end in pair:
            used[end].append((gap, pair))
    dropped = set()
    for several in used.values():
        best = min(several)[0]
        limit = max(best + _SAME_SPOT_M, GAP_M)
        dropped |= {pair for gap, pair in several if len(several) > 1 and gap > limit}
    return [(s, gaps[pair]) for pair, s in sorted(pairs.items()) if pair not in dropped]


def _gaps(parts: Sequence[Part], pairs: Sequence[tuple[tuple[int, int], ...]]) -> list[float]:
    """Measure how far the ports of each pair lie apart, metres; 0 where either has no place."""
    places = [[parts[part].ports[port].position for part, port in pair] for pair in pairs]
    known = [row for row, (a, b) in enumerate(places) if a is not None and b is not None]
    away = np.zeros(len(pairs))
    if known:
        both = np.array([places[row] for row in known], dtype=np.float64)
        away[known] = np.linalg.norm(both[:, 0] - both[:, 1], axis=1)
    gaps: list[float] = away.tolist()
    return gaps


def _end_to_end(ends: Ends) -> list[_Candidate]:
    if len(ends.part) < 2:
        return []
    from scipy.spatial import cKDTree  # a quarter second that a model without pipes need not pay

    reach = SHORT_M + 0.5 * ends.radius + ends.slack
    pairs = cKDTree(ends.position).query_pairs(float(2.0 * reach.max()), output_type="ndarray")
    i, j = pairs[:, 0], pairs[:, 1]
    gap = np.linalg.norm(ends.position[i] - ends.position[j], axis=1)
    thin = np.minimum(ends.radius[i], ends.radius[j])
    thick = np.maximum(ends.radius[i], ends.radius[j])
    # A surveyed place may be off; the part drawn precisely adds nothing.
    allowed = SHORT_M + 0.5 * thin + np.maximum(ends.slack[i], ends.slack[j])
    # Aside of where an end points less is allowed.
    way = ends.position[j] - ends.position[i]
    aside = np.minimum(*(_aside(way, ends.outward[each]) for each in (i, j)))
    kept = (gap <= allowed) & (aside <= allowed - (SHORT_M - GAP_M))
    kept &= ends.part[i] != ends.part[j]
    i, j, gap, thin, thick, allowed = (x[kept] for x in (i, j, gap, thin, thick, allowed))
    ported = (ends.port[i] >= 0) & (ends.port[j] >= 0)
    facing = np.einsum("ij,ij->i", ends.outward[i], ends.outward[j])
    confidence = np.where(ported, 0.98, 0.95) * (1.0 - 0.45 * (gap / allowed) ** 2)
    confidence *= np.where(facing > 0.7, 0.3, 1.0)  # side by side, not end to end
    confidence *= np.where(facing > 0.2, 0.8, 1.0)
    known = (thin > 0.0) & (thick > 0.0)
    confidence *= np.where(known & (thin < 0.4 * thick), 0.8, 1.0)
    confidence *= np.where(ends.flow[i] * ends.flow[j] > 0, 0.75, 1.0)
    middle = (ends.position[i] + ends.position[j]) / 2
    return [
        _Candidate(
            confidence=float(confidence[k]),
            gap=float(gap[k]),
            method="port" if ported[k] else "end",
            ends=(int(i[k]), int(j[k])),
            parts=(int(ends.part[i[k]]), int(ends.part[j[k]])),
            point=tuple(middle[k].tolist()),
        )
        for k in range(len(i))
    ]


def _aside(way: Floats, out: Floats) -> Floats:
    """Measure (n, 3) ways square to unit directions; all of it where there is no direction."""
    along = np.einsum("ij,ij->i", way, out)
    aside: Floats = np.linalg.norm(way - along[:, None] * out, axis=1)
    return aside


def _end_to_side(parts: Sequence[Part], ends: Ends, free: NDArray[np.intp]) -> list[_Candidate]:
    """Find ends, among those that are free, that run into the side of a pipe without a tee."""
    runs = [
        (row, a, b)
        for row, part in enumerate(parts)
        if part.axis is not None and part.kind == "pipe"
        for a, b in itertools.pairwise(part.axis)
    ]
    if not runs or not len(free):
        return []
    from scipy.spatial import cKDTree

    row = np.array([r for r, _, _ in runs])
    a, b = np.array([r[1] for r in runs]), np.array([r[2] for r in runs])
    length = np.linalg.norm(b - a, axis=1)
    radius = np.array([parts[r].radius for r in row])
    slack = np.array([parts[r].slack_m for r in row])
    tree = cKDTree(ends.position[free])
    near = tree.query_ball_point((a + b) / 2, length / 2 + 1.5 * radius + 0.1 + slack)
    run = np.repeat(np.arange(len(runs)), [len(around) for around in near])
    end = free[np.fromiter(itertools.chain.from_iterable(near), np.intp, len(run))]
    other = (ends.part[end] != row[run]) & (length[run] > 0.0)
    run, end = run[other], end[other]
    way = (b - a)[run] / length[run][:, None]
    off = ends.position[end] - a[run]
    along = np.einsum("ij,ij->i", off, way)
    aside = off - along[:, None] * way
    gap = np.linalg.norm(aside, axis=1)
    # Only ends that point at the side are taken, so it may be as far as any that points.
    short = SHORT_M + np.minimum(0.25 * radius[run], _MOST_BY_SIZE_M)
    allowed = short + np.maximum(slack[run], ends.slack[end])
    slant = np.abs(np.einsum("ij,ij->i", ends.outward[end], way))
    inward = np.einsum("ij,ij->i", ends.outward[end], -aside)
    inside = (along > 0.5 * radius[run]) & (along < length[run] - 0.5 * radius[run])
    straight = ends.outward[end].any(axis=1)
    kept = (gap <= radius[run] + allowed) & inside & (slant < 0.8) & (inward >= -1e-6) & straight
    kept &= ends.radius[end] <= 1.1 * radius[run] + 1e-6
    beyond = np.maximum(0.0, gap - radius[run])
    return [
        _Candidate(
            confidence=0.85 * (1.0 - 0.4 * float(beyond[k] / allowed[k]) ** 2),
            gap=float(beyond[k]),
            method="side",
            ends=(int(end[k]),),
            parts=(int(ends.part[end[k]]), int(row[run[k]])),
            point=tuple(ends.position[end[k]].tolist()),
        )
        for k in np.flatnonzero(kept).tolist()
    ]


def _end_to_body(parts: Sequence[Part], ends: Ends, free: NDArray[np.intp]) -> list[_Candidate]:
    bodies = [
        r for r, part in enumerate(parts) if part.triangles is not None and part.kind != "pipe"
    ]
    return [
        _Candidate(
            confidence=c.confidence * (_BESIDE_PORTS if _has_places(parts[c.part]) else 1.0),
            gap=c.gap,
            method="body",
            ends=(c.end,),
            parts=(int(ends.part[c.end]), c.part),
            point=tuple(ends.position[c.end].tolist()),
            alone=c.inside,
        )
        for c in contacts(parts, bodies, ends, free)
    ]


def _body_to_body(parts: Sequence[Part]) -> list[_Candidate]:
    bodies = [
        r
        for r, part in enumerate(parts)
        if part.triangles is not None and part.kind != "pipe" and not _has_places(part)
    ]
    return [
        _Candidate(
            confidence=t.confidence,
            gap=t.gap,
            method="body",
            ends=(),
            parts=(t.a, t.b),
            point=tuple(t.point.tolist()),
            mouth=t.mouth,
        )
        for t in touching(parts, bodies)
    ]


def _has_places(part: Part) -> bool:
    """Tell whether a part says itself where it is joined; then a mere touch is no evidence."""
    return any(port.position is not None for port in part.ports)
