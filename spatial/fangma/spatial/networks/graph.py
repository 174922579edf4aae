"""A network of parts as a graph: parts are nodes, joins are edges, some with a direction.

Columns and sparse matrices (scipy), so that 200,000 joins are searched in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Network:
    """Parts and joins.

    Attributes
    ----------
    count : int
        Number of parts.
    edges : (m, 2) int64
        Rows of the joined parts.
    flow : (m,) int8
        +1 the medium goes from the first to the second, -1 back, 0 not known.
    is_valve, ends_flow, is_source : (count,) bool
        Valves; parts that a trace does not pass through (terminals: what runs out of a tap enters
        another network); parts that are known to feed (pumps, tanks, boilers, mains), used where
        directions tell of no source.
    is_drain : (count,) bool
        Parts of systems that run out by gravity; their source is no danger to close against.
    is_store : (count,) bool, optional
        Tanks: they go on feeding when the main that fills them is shut.
    """

    count: int
    edges: Rows
    flow: NDArray[np.int8]
    is_valve: Flags
    ends_flow: Flags
    is_source: Flags
    is_drain: Flags
    is_store: Flags | None = None

    @cached_property
    def joined(self) -> csr_array:
        """Symmetric adjacency, every join both ways."""
        return _matrix(self.edges, np.ones(len(self.edges), dtype=bool), self.count, both=True)

    @cached_property
    def component(self) -> Rows:
        """Number of the connected piece that each part belongs to."""
        return np.asarray(connected_components(self.joined, directed=False)[1], dtype=np.int64)

    @cached_property
    def downstream(self) -> csr_array:
        """Adjacency along the flow; joins without a known one count both ways."""
        forward = np.where(self.flow[:, None] < 0, self.edges[:, ::-1], self.edges)
        either = self.edges[self.flow == 0][:, ::-1]
        return directed(np.concatenate([forward, either]), self.count)

    @cached_property
    def sources(self) -> Flags:
        """Parts from which others are fed.

        Where the flow is known: parts that it leaves and nowhere enters. In a connected piece
        without any (a circuit, or no directions at all): what is marked ``is_source``.
        """
        out, into, open_ = self._flows
        found = (out > 0) & (into == 0) & (open_ == 0) & ~self.ends_flow
        has = np.zeros(int(self.component.max(initial=-1)) + 1, dtype=bool)
        has[self.component[found]] = True
        marked: Flags = found | (self.is_source & ~has[self.component])
        return marked

    @cached_property
    def feeders(self) -> Flags:
        """Parts that may still feed others when some are shut off: sources, and tanks as well.

        A tank whose joins all have a direction, one of them inwards, is fed by the network: nothing
        runs back from it through its filling pipe.
        """
        if self.is_store is None:
            return self.sources
        _, into, open_ = self._flows
        feeding: Flags = self.sources | (self.is_store & ((into == 0) | (open_ > 0)))
        return feeding

    @cached_property
    def _flows(self) -> tuple[Rows, Rows, Rows]:
        """How many joins the medium leaves each part by, enters it by, and of which none knows."""
        out, into, open_ = (np.zeros(self.count, dtype=np.int64) for _ in range(3))
        tail = np.where(self.flow < 0, self.edges[:, 1], self.edges[:, 0])
        head = np.where(self.flow < 0, self.edges[:, 0], self.edges[:, 1])
        known = self.flow != 0
        np.add.at(out, tail[known], 1)
        np.add.at(into, head[known], 1)
        np.add.at(open_, self.edges[~known].ravel(), 1)
        return out, into, open_


def reach(matrix: csr_array, starts: Rows, blocked: Flags | None = None) -> Flags:
    """Mark what can be reached.

    Parameters
    ----------
    matrix : (n, n) csr_array
        Adjacency.
    starts : (k,) int64
        Reached by definition.
    blocked : (n,) bool, optional
        Reached but not passed through; starts are always left.

    Returns
    -------
    reached : (n,) bool
    """
    count = matrix.shape[0]
    starts = np.unique(np.asarray(starts, dtype=np.int64))
    degree = np.diff(matrix.indptr)
    indices = matrix.indices
    if blocked is not None and blocked.any():
        closed = blocked.copy()
        closed[starts] = False
        indices = indices[~np.repeat(closed, degree)]
        degree = np.where(closed, 0, degree)
    # One start beside all others, so that one search does.
    indptr = np.concatenate([[0], np.cumsum(degree), [len(indices) + len(starts)]])
    indices = np.concatenate([indices, starts])
    wide = csr_array(
        (np.ones(len(indices), dtype=np.int8), indices, indptr), shape=(count + 1, count + 1)
    )
    order = breadth_first_order(wide, count, directed=True, return_predecessors=False)
    reached = np.zeros(count + 1, dtype=bool)
    reached[order] = True
    answer: Flags = reached[:count]
    return answer


def shortest_path(
    network: Network, start: int, end: int, blocked: Flags | None = None
) -> Rows | None:
    """Find the way of fewest joins from one part to another, whichever way the medium runs.

    Parameters
    ----------
    blocked : (n,) bool, optional
        Parts that are not passed, such as closed valves; both ends may be such.

    Returns
    -------
    path : (k,) int64 or None
        Rows from start to end, both with; None where no way leads.
    """
    edges = network.edges
    if blocked is not None:
        barred = blocked.copy()
        barred[[start, end]] = False
        edges = edges[~barred[edges].any(axis=1)]
    matrix = _matrix(edges, np.ones(len(edges), dtype=bool), network.count, both=True)
    _, before = breadth_first_order(matrix, start, directed=False, return_predecessors=True)
    path = [end]
    while path[-1] != start:
        previous = int(before[path[-1]])
        if previous < 0:
            return None
        path.append(previous)
    return np.array(path[::-1], dtype=np.int64)


def _matrix(edges: Rows, kept: Flags, count: int, *, both: bool) -> csr_array:
    edges = edges[kept]
    return directed(np.concatenate([edges, edges[:, ::-1]]) if both else edges, count)


def directed(edges: Rows, count: int) -> csr_array:
    """Return the adjacency along edges, (n, n); an edge told twice counts once."""
    matrix = csr_array(
        (np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=(count, count)
    )
    matrix.sum_duplicates()
    return matrix
