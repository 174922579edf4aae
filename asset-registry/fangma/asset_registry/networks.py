"""Facts about networks: joins of parts, positions of valves, how well places are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

Position = Literal["open", "closed", "stuck", "unknown"]
POSITIONS: Final[tuple[Position, ...]] = ("open", "closed", "stuck", "unknown")

#: Kinds of entries that networks are made of.
NETWORK_KINDS: Final = ("pipe", "fitting", "valve", "terminal", "device")

#: Systems that run out by gravity: what feeds them cannot be shut off by a valve.
DRAIN_SYSTEMS: Final = frozenset({"PS", "WS", "YS", "HS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Two parts that a medium can pass between; ``entry_id < other_id``.

    Attributes
    ----------
    flow : int
        1 from entry to other, -1 back, 0 unknown.
    point : (float, float, float)
        Metres, the site's CRS.
    method : str
        As :class:`fangma.spatial.networks.joining.Join`, or ``survey``: a point of a survey table.
    """

    entry_id: UUID
    other_id: UUID
    flow: int
    point: tuple[float, float, float]
    confidence: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValvePosition:
    """How a valve stands; ``stuck`` and ``unknown`` cannot be relied on."""

    entry_id: UUID
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """How well the place of a thing is known.

    Attributes
    ----------
    plan_m, depth_m : float
        One standard deviation: in plan (each way) and in depth.
    basis : str
        What it rests on, such as ``隐蔽点``.
    """

    entry_id: UUID
    plan_m: float
    depth_m: float
    basis: str
    surveyed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkChanges:
    """What a change set says of networks, for the time of the change set.

    Attributes
    ----------
    rejoined : tuple of UUID
        Entries all of whose joins are among ``joins``: others that are held of them end.
    """

    joins: tuple[Join, ...] = ()
    rejoined: tuple[UUID, ...] = ()
    positions: tuple[ValvePosition, ...] = ()
    accuracies: tuple[Accuracy, ...] = ()
