"""Which valves shut a part off: the bounds of its valve segment, and the smallest set.

A valve segment is what stays joined when every valve that can be worked is taken out. To shut
something off, those valves at the bounds of its segment are closed that face a source: behind them
some way leads to one. No other choice leaves fewer parts dry. The set with the fewest valves is a
minimum cut; it is told beside, when it is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra, maximum_flow

from fangma.spatial.networks.graph import Network, reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Rows = NDArray[np.int64]

_UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Valves to close, in order, and what is shut off or goes dry with them; rows of parts."""

    valves: Rows
    isolated: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Isolation:
    """How to shut off a target.

    Attributes
    ----------
    possible : bool
        False when no set of working valves keeps every source away.
    best : Choice
        Leaves the fewest dry.
    fewest : Choice or None
        Closes fewer valves than ``best``, and leaves more dry.
    skipped : (k,) int64
        Valves at which the segment had to be widened, because they cannot be relied on.
    """

    possible: bool
    best: Choice
    fewest: Choice | None
    skipped: Rows


class ValveSegments:
    """The segments of a network for one state of its valves: made once, asked often.

    Parameters
    ----------
    working : (n,) bool
        Valves that can be closed.
    closed : (n,) bool
        Valves that are closed already: nothing passes them, and nothing need be done.
    """

    def __init__(self, network: Network, *, working: Flags, closed: Flags) -> None:
        self.network = network
        self.working = working & ~closed
        self.closed = closed
        barrier = self.working | closed
        a, b = network.edges[:, 0], network.edges[:, 1]
        # What runs out of a tap is no longer under pressure.
        tail = np.where(network.flow < 0, b, a)
        self._edges = network.edges[(network.flow == 0) | ~network.ends_flow[tail]]
        a, b = self._edges[:, 0], self._edges[:, 1]
        inner = self._edges[~barrier[a] & ~barrier[b]]
        matrix = csr_array(
            (np.ones(len(inner), dtype=np.int8), (inner[:, 0], inner[:, 1])),
            shape=(network.count, network.count),
        )
        _, labels = connected_components(matrix, directed=False)
        self.segment: Rows = labels.astype(np.int64)
        segments = int(labels.max(initial=-1)) + 1
        # Segments and working valves are the nodes of a graph that is far smaller. A valve is its
        # own segment, since nothing joins it to another.
        self.condensed = self._condense(segments)
        self.feeding = np.zeros(segments, dtype=bool)
        self.feeding[self.segment[network.feeders & ~closed]] = True
        self.is_valve = np.zeros(segments, dtype=bool)
        self.is_valve[self.segment[self.working]] = True
        self.part_of_valve = np.full(segments, -1, dtype=np.int64)
        self.part_of_valve[self.segment[self.working]] = np.flatnonzero(self.working)

    def _condense(self, segments: int) -> csr_array:
        edges = self._edges[~self.closed[self._edges].any(axis=1)]
        pairs = self.segment[edges]
        pairs = pairs[pairs[:, 0] != pairs[:, 1]]
        matrix = csr_array(
            (
                np.ones(2 * len(pairs), dtype=np.int32),
                (pairs.T.ravel(), pairs[:, ::-1].T.ravel()),
            ),
            shape=(segments, segments),
        )
        matrix.sum_duplicates()
        matrix.data[:] = 1
        return matrix

    def isolate(self, targets: Rows, *, alternatives: bool = True) -> Isolation:
        """Find the valves that shut off some parts.

        Parameters
        ----------
        targets : (k,) int64
            Rows of parts; valves among them are shut off themselves, so that they can be replaced.
        alternatives : bool
            Seek the set with the fewest valves too.

        Returns
        -------
        isolation : Isolation
        """
        own = self._own(np.asarray(targets, dtype=np.int64))
        relevant = self._reach(np.flatnonzero(own), np.zeros(len(own), dtype=bool))
        sources = self.feeding & relevant
        if not sources.any():  # nothing is known to feed it, so anything beyond may
            sources = relevant & ~own & ~self.is_valve
        skipped = self._skipped(own)
        isolated = np.flatnonzero(own[self.segment])
        if (own & sources).any() or not (sources.any() or self._is_shut(own)):
            nothing = Choice(valves=np.zeros(0, dtype=np.int64), isolated=isolated)
            return Isolation(possible=False, best=nothing, fewest=None, skipped=skipped)
        reached = self._reach(np.flatnonzero(sources), own | ~relevant)
        around = (self.condensed @ own.astype(np.int32)) > 0
        best = self._choice(np.flatnonzero(around & self.is_valve & ~own & reached), own)
        fewest = self._fewest(own, sources, len(best.valves)) if alternatives else None
        return Isolation(possible=True, best=best, fewest=fewest, skipped=skipped)

    def dry_without(self, valves: Rows) -> Rows:
        """Return the parts that lose their last source when some valves are closed."""
        shut = np.zeros(len(self.feeding), dtype=bool)
        shut[self.segment[valves]] = True
        after = self._reach(np.flatnonzero(self.feeding & ~shut), shut)
        return np.flatnonzero((self.fed & ~after & ~shut)[self.segment])

    def _own(self, targets: Rows) -> Flags:
        """Mark the segments of the targets; those beside a valve that is one itself too."""
        own = np.zeros(len(self.feeding), dtype=bool)
        own[self.segment[targets]] = True
        barrier = self.working | self.closed
        valves = np.zeros(self.network.count, dtype=bool)
        valves[targets] = barrier[targets]
        if valves.any():
            a, b = self._edges[:, 0], self._edges[:, 1]
            beside = np.concatenate([b[valves[a]], a[valves[b]]])
            own[self.segment[beside[~barrier[beside]]]] = True
        return own

    def _is_shut(self, own: Flags) -> bool:
        """Tell whether closed valves already bound some segments."""
        mine = own[self.segment[self._edges]]
        return bool((mine & self.closed[self._edges[:, ::-1]]).any())

    def _reach(self, starts: Rows, blocked: Flags) -> Flags:
        if not len(starts):
            return np.zeros(len(self.feeding), dtype=bool)
        return reach(self.condensed, starts, blocked)

    def _choice(self, valves: Rows, own: Flags) -> Choice:
        """Order the valves and tell what goes dry.

        The valve that stands nearest to a source is closed first, so that the stream is taken off
        the others.
        """
        shut = np.zeros(len(own), dtype=bool)
        shut[valves] = True
        after = self._reach(np.flatnonzero(self.feeding & ~shut), shut)
        dry = (self.fed & ~after & ~shut) | own
        order = np.lexsort((self.part_of_valve[valves], self.steps[valves]))
        return Choice(
            valves=self.part_of_valve[valves[order]], isolated=np.flatnonzero(dry[self.segment])
        )

    @cached_property
    def fed(self) -> Flags:
        """Segments that some source feeds as things stand."""
        return self._reach(np.flatnonzero(self.feeding), np.zeros(len(self.feeding), dtype=bool))

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """How many segments and valves lie between each segment and the nearest source."""
        starts = np.flatnonzero(self.feeding)
        if not len(starts):
            return np.full(len(self.feeding), np.inf)
        away: NDArray[np.float64] = dijkstra(
            self.condensed.astype(np.float64), indices=starts, unweighted=True, min_only=True
        )
        return away

    def _skipped(self, own: Flags) -> Rows:
        """Return the valves inside the target's segment: they would have bounded it."""
        unreliable = self.network.is_valve & ~self.working & ~self.closed
        return np.flatnonzero(unreliable & own[self.segment])

    def _fewest(self, own: Flags, sources: Flags, most: int) -> Choice | None:
        """Find the minimum cut nearest to the target; None unless it is smaller than ``most``."""
        if most < 2:
            return None
        count = len(own)
        # Inlet of node i is i, its outlet i + count; between them a valve lets 1 through.
        capacity = np.where(self.is_valve & ~own, 1, _UNLIMITED)
        inner = np.arange(count)
        rows = np.repeat(np.arange(count), np.diff(self.condensed.indptr))
        source, sink = 2 * count, 2 * count + 1
        feeding, targets = np.flatnonzero(sources), np.flatnonzero(own)
        tails = [inner, rows + count, np.full(len(feeding), source), targets + count]
        heads = [inner + count, self.condensed.indices, feeding, np.full(len(targets), sink)]
        weights = [capacity, *(np.full(len(x), _UNLIMITED) for x in tails[1:])]
        graph = csr_array(
            (
                np.concatenate(weights).astype(np.int32),
                (np.concatenate(tails), np.concatenate(heads)),
            ),
            shape=(2 * count + 2, 2 * count + 2),
        )
        result = maximum_flow(graph, source, sink)
        if result.flow_value >= most:
            return None
        left = graph - result.flow
        left.data = (left.data > 0).astype(np.int8)
        left.eliminate_zeros()
        to_sink = reach(left.T.tocsr(), np.array([sink]))
        cut = np.flatnonzero(~to_sink[:count] & to_sink[count : 2 * count] & self.is_valve)
        return self._choice(cut, own)
