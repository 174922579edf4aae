"""What feeds a part, what it feeds, and where a network loops or is cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse.csgraph import dijkstra

from fangma.spatial.networks.graph import Network, reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Rows = NDArray[np.int64]

Direction = Literal["up", "down", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a trace found; rows of parts, ascending, the start left out of ``reached``."""

    reached: Rows
    sources: Rows
    dead_ends: Rows


def orient(network: Network) -> NDArray[np.int8]:
    """Give every join a direction where one can be told.

    Joins whose flow is not known run away from the sources: from the part that is fewer joins from
    one to the part that is more. In drains, which run to their outlet, it is the other way about,
    when the marked source of a piece is its outlet. Joins between parts equally far (where a loop
    closes) and those of pieces without a source stay unknown.
    """
    flow = network.flow.copy()
    starts = np.flatnonzero(network.sources)
    unknown = flow == 0
    if not len(starts) or not unknown.any():
        return flow
    matrix = network.downstream.astype(np.float64)
    away = dijkstra(matrix, directed=True, indices=starts, unweighted=True, min_only=True)
    a, b = network.edges[:, 0], network.edges[:, 1]
    step = np.zeros(len(flow), dtype=np.int8)
    finite = np.isfinite(away[a]) & np.isfinite(away[b])
    step[finite] = np.sign(away[b[finite]] - away[a[finite]]).astype(np.int8)
    marked_outlet = network.is_drain[a] & network.is_drain[b]
    known_pieces = np.zeros(int(network.component.max(initial=-1)) + 1, dtype=bool)
    known_pieces[network.component[a[network.flow != 0]]] = True
    step = np.where(marked_outlet & ~known_pieces[network.component[a]], -step, step)
    flow[unknown] = step[unknown]
    return flow


def trace(network: Network, start: int, direction: Direction, closed: Flags | None = None) -> Trace:
    """Follow the medium from a part.

    Parameters
    ----------
    network : Network
        With directions, as :func:`orient` gives them, where up and down are to differ.
    closed : (n,) bool, optional
        Valves that are shut: reached, not passed.

    Returns
    -------
    trace : Trace
        ``sources`` are those among what was reached upstream, the start included when it is one.
    """
    blocked = network.ends_flow.copy()
    if closed is not None:
        blocked |= closed
    begin, down = np.array([start]), network.downstream
    up = np.zeros(network.count, dtype=bool)
    up[start] = True
    reached = np.zeros(network.count, dtype=bool)
    if direction in {"up", "both"}:
        up |= reach(down.T.tocsr(), begin, blocked)
        reached |= up
    if direction in {"down", "both"}:
        reached |= reach(down, begin, blocked)
    degree = np.diff(network.joined.indptr)
    dead = reached & (degree == 1) & ~network.ends_flow & ~network.sources
    reached[start] = False
    return Trace(
        reached=np.flatnonzero(reached),
        sources=np.flatnonzero(network.sources & up),
        dead_ends=np.flatnonzero(dead),
    )


def loops(network: Network) -> Rows:
    """Return the joins (rows of ``edges``) that lie on a loop: without one nothing is cut off."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_edges_from(network.edges.tolist())
    bridges = {tuple(sorted(edge)) for edge in nx.bridges(graph)}
    return np.array(
        [i for i, e in enumerate(network.edges.tolist()) if tuple(sorted(e)) not in bridges],
        dtype=np.int64,
    )


def cut_off(network: Network, closed: Flags) -> Rows:
    """Return the parts that no source reaches while some valves are shut.

    Pieces without any source are not told: nothing is known of what feeds them.
    """
    fed = reach(network.downstream, np.flatnonzero(network.feeders & ~closed), closed)
    has = np.zeros(int(network.component.max(initial=-1)) + 1, dtype=bool)
    has[network.component[network.feeders]] = True
    return np.flatnonzero(has[network.component] & ~fed)
