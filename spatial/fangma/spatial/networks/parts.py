"""What joins are inferred from: the parts of a network and where each one ends."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Flow = Literal["in", "out"]

# Kinds through which one system may pass into another: a heater joins cold water and heating. Not
# terminals: the drain under a basin is no continuation of its tap.
COUPLING_KINDS = frozenset({"device"})
# How far apart ends may stand that meet, and a little farther where one points at the other.
GAP_M: Final = 0.02
SHORT_M: Final = 0.03
# Two triangles a face, outward; a corner's number has a bit for x, y and z.
_BOX_FACES: Final = (
    (0, 2, 3), (0, 3, 1), (4, 5, 7), (4, 7, 6), (0, 1, 5), (0, 5, 4),
    (2, 6, 7), (2, 7, 3), (0, 4, 6), (0, 6, 2), (1, 3, 7), (1, 7, 5),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PortEnd:
    """A connection point that the source states.

    Attributes
    ----------
    position : (3,) float64 or None
        Metres; None where the file gives the port no place.
    flow : {"in", "out"} or None
        Whether the medium enters or leaves the part here.
    """

    position: Floats | None
    flow: Flow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A pipe, fitting, valve, terminal or device; metres, one frame for all parts.

    Attributes
    ----------
    kind : str
        ``pipe fitting valve terminal device``.
    system : str or None
        Two letters; None where it is not known.
    axis : (k, 3) float64 or None
        Line along which a pipe runs.
    radius : float
        Outer radius of a pipe, half the larger side of a duct; 0 when unknown.
    ports : tuple of PortEnd
        Those that the source states.
    triangles : (m, 3, 3) float64 or None
        The body; joins to things without axis and ports are told from it.
    slack_m : float
        How far the place may be off, added to every tolerance: for surveyed lines.
    group : int
        The file that it comes from: joins between groups are sought only where asked.
    is_open : (bool, bool)
        Whether the first and the last end of the axis may still be joined.
    is_rough : bool
        The triangles are only a box about the body.
    """

    kind: str
    system: str | None
    axis: Floats | None = None
    radius: float = 0.0
    ports: tuple[PortEnd, ...] = ()
    triangles: Floats | None = None
    slack_m: float = 0.0
    group: int = 0
    is_open: tuple[bool, bool] = (True, True)
    is_rough: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Ends of parts as columns.

    Attributes
    ----------
    part, port : (n,) int64
        Row of the part; index of the port, or -1 for an end that was told from the axis.
    position, outward : (n, 3) float64
        Place, and unit direction out of the part; zero where it is not known.
    radius, slack : (n,) float64
    flow : (n,) int8
        +1 the medium leaves the part here, -1 it enters, 0 not known.
    """

    part: NDArray[np.int64]
    port: NDArray[np.int64]
    position: Floats
    outward: Floats
    radius: Floats
    slack: Floats
    flow: NDArray[np.int8]


def unit(way: Floats) -> Floats:
    """Scale a vector to length 1; zero stays zero."""
    length = float(np.linalg.norm(way))
    return way / length if length > 0.0 else way


def box_triangles(box: Sequence[float]) -> Floats:
    """Make the surface of an upright box: least corner, then greatest; (12, 3, 3) float64.

    >>> float(box_triangles([0, 0, 0, 1, 2, 3]).max())
    3.0
    """
    low, high = np.array(box[:3], dtype=np.float64), np.array(box[3:], dtype=np.float64)
    corners = [np.where(bits, high, low) for bits in itertools.product((0, 1), repeat=3)]
    # ``product`` turns its last place fastest: that is z, so bits are read from behind.
    ordered = [corners[int(f"{number:03b}"[::-1], 2)] for number in range(8)]
    return np.array([[ordered[i] for i in face] for face in _BOX_FACES])


def axis_of_body(triangles: Floats) -> tuple[Floats, float] | None:
    """Tell the axis of a long straight body from its triangles.

    The axis is the direction in which the body is longest; its caps lie at the extremes.

    Parameters
    ----------
    triangles : (m, 3, 3) float64
        Metres.

    Returns
    -------
    axis : ((2, 3) float64, float) or None
        Ends at the middle of both caps, and half the larger side across; None for a body that is
        not at least as long as it is wide.
    """
    points = np.unique(np.round(triangles.reshape(-1, 3), 5), axis=0)
    if len(points) < 4:
        return None
    centre = points.mean(axis=0)
    # Long faces lie along the axis: their normals span the plane across it.
    edges = cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    twice_area = np.linalg.norm(edges, axis=1)
    kept = twice_area > 1e-12
    normals = edges[kept] / np.sqrt(twice_area[kept])[:, None]
    if not len(normals):
        return None
    _, vectors = np.linalg.eigh(normals.T @ normals)
    best: tuple[Floats, float] | None = None
    length_of_best = 0.0
    for direction in vectors.T:
        along = (points - centre) @ direction
        across = points - centre - along[:, None] * direction
        low, high = float(along.min()), float(along.max())
        width = _half_width(across, direction)
        if high - low > length_of_best and high - low >= 1.8 * width:
            # Middle of what lies across, so that uneven tessellation does not pull it aside.
            caps = [across[np.abs(along - end) < 0.05 * (high - low) + 1e-4] for end in (low, high)]
            ends = [
                centre + end * direction + (cap.min(axis=0) + cap.max(axis=0)) / 2
                for end, cap in zip((low, high), caps, strict=True)
            ]
            best, length_of_best = (np.array(ends), width), high - low
    return best


def _half_width(across: Floats, direction: Floats) -> float:
    """Measure half the larger side of a section."""
    side = unit(np.cross(direction, [0.0, 0.0, 1.0]))
    if not side.any():
        side = np.array([1.0, 0.0, 0.0])
    other = np.cross(direction, side)
    return max(float(np.ptp(across @ side)), float(np.ptp(across @ other))) / 2


def ends_of(parts: list[Part]) -> Ends:
    """List where parts end: at their ports, and at the ends of their axis that have no port."""
    part, port, position, outward, radius, slack, flow = [], [], [], [], [], [], []
    for row, each in enumerate(parts):
        tips: list[tuple[Floats, Floats]] = []
        if each.axis is not None and len(each.axis) > 1:
            tips = [
                (each.axis[0], unit(each.axis[0] - each.axis[1])),
                (each.axis[-1], unit(each.axis[-1] - each.axis[-2])),
            ]
        near = max(0.05, 1.5 * each.radius)
        taken: set[int] = set()
        for number, stated in enumerate(each.ports):
            if stated.position is None:
                continue
            way = np.zeros(3)
            for i, (tip, out) in enumerate(tips):
                if i not in taken and np.linalg.norm(stated.position - tip) <= near:
                    taken.add(i)
                    way = out
                    break
            part.append(row)
            port.append(number)
            position.append(stated.position)
            outward.append(way)
            radius.append(each.radius)
            slack.append(each.slack_m)
            flow.append({"out": 1, "in": -1, None: 0}[stated.flow])
        for i, (tip, out) in enumerate(tips):
            if i not in taken and each.is_open[i]:
                part.append(row)
                port.append(-1)
                position.append(tip)
                outward.append(out)
                radius.append(each.radius)
                slack.append(each.slack_m)
                flow.append(0)
    return Ends(
        part=np.array(part, dtype=np.int64),
        port=np.array(port, dtype=np.int64),
        position=np.array(position, dtype=np.float64).reshape(-1, 3),
        outward=np.array(outward, dtype=np.float64).reshape(-1, 3),
        radius=np.array(radius, dtype=np.float64),
        slack=np.array(slack, dtype=np.float64),
        flow=np.array(flow, dtype=np.int8),
    )
