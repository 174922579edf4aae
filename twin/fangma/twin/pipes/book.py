"""Everything that is known of a reader's networks at a moment, ready to be asked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fangma.asset_registry.networks import DRAIN_SYSTEMS
from fangma.asset_registry.store import networks as stored
from fangma.asset_registry.store.join_columns import JoinColumns, ids_of, join_columns
from fangma.spatial.capsules import Solids
from fangma.spatial.drilling import Accuracy
from fangma.spatial.networks.graph import Network
from fangma.spatial.networks.isolating import ValveSegments
from fangma.spatial.networks.joining import SURE_FROM
from fangma.spatial.networks.tracing import loops, orient
from fangma.spatial.networks.unbroken import threaded
from fangma.spatial.proximity import ProximityIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.networks import PartRow

#: One standard deviation of what a building model says: an assumption of this product, used where
#: no survey tells better (docs/pipes.md).
MODEL_SIGMA_M: Final = 0.05
# A survey tells of everything this near to what it found.
_SURVEYED_WITHIN_M: Final = 15.0
_GROUND_POINTS: Final = 5
# What a model shows of a building reaches this far beyond its outermost pipe.
_MODELLED_WITHIN_M: Final = 1.0
_FEEDING_CLASSES: Final = (
    "IfcPump", "IfcTank", "IfcBoiler", "IfcChiller", "IfcCompressor", "IfcFan",
    "IfcUnitaryEquipment",
    "IfcFlowMovingDevice", "IfcFlowStorageDevice", "IfcEnergyConversionDevice", "IfcHeatExchanger",
    "IfcElectricGenerator", "IfcTransformer", "IfcElectricDistributionBoard",
)  # fmt: skip
_STORING_CLASSES: Final = ("IfcTank", "IfcFlowStorageDevice")
# IfcTankTypeEnum: these keep the pressure of a circuit, and would not feed it for a minute.
_KEEPING_PRESSURE: Final = frozenset({"EXPANSION", "PRESSUREVESSEL"})
# IfcValveTypeEnum: these open and close by themselves, nobody can shut them off.
_WORKED_BY_THE_MEDIUM: Final = frozenset(
    {"AIRRELEASE", "ANTIVACUUM", "CHECK", "PRESSURERELIEF", "SAFETYCUTOFF", "STEAMTRAP"}
)


class Near:
    """Places within a distance of any of many lines, without ever making their outline."""

    def __init__(self, lines: Sequence[shapely.Geometry], within_m: float) -> None:
        self._tree = shapely.STRtree(lines)
        self._within_m = within_m

    def intersects(self, place: shapely.Geometry) -> bool:
        """Tell whether a place is near enough to one of them."""
        found = self._tree.query(place, predicate="dwithin", distance=self._within_m)
        return len(found) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A place where data are known.

    Attributes
    ----------
    plan : Polygon or Near
    low, high : float
        Heights between which the data speak, metres.
    oldest : date or None
        Day of the oldest data that it rests on; None = nobody knows of any.
    systems : frozenset of str
        What the data know there.
    """

    plan: Polygon | Near
    low: float
    high: float
    oldest: date | None
    systems: frozenset[str]


#: What is made anew when a valve was turned; all else rests on how parts lie and are joined.
_OF_POSITIONS: Final = frozenset({"closed", "working", "segments"})


@dataclass(frozen=True)
class PipeBook:
    """The parts and joins that a reader may see, as of a moment.

    Attributes
    ----------
    is_whole : bool
        All of them; else what some question needs (:mod:`fangma.twin.pipes.needs`).
    """

    parts: Sequence[PartRow]
    joins: JoinColumns
    at: datetime
    is_whole: bool = True

    @classmethod
    def read(cls, conn: Connection, moment: Moment, site_id: UUID | None = None) -> PipeBook:
        """Read them, inside :func:`fangma.asset_registry.store.connection.reading`."""
        return cls(
            parts=stored.parts(conn, moment, site_id),
            joins=join_columns(conn, moment, SURE_FROM),
            at=moment.at,
        )

    @classmethod
    def read_one(cls, conn: Connection, moment: Moment, entry_id: UUID) -> PipeBook:
        """Read one part and those that it is joined to, for what is asked of it alone."""
        return cls(
            parts=stored.parts(conn, moment, ids=[entry_id]),
            joins=JoinColumns.of(()),
            at=moment.at,
            is_whole=False,
        )

    def warmed(self) -> PipeBook:
        """Build what most questions need, so that the first one need not wait for it."""
        _ = self.proximity, self.accuracy, self.covered, self.segments, self.row_of_code
        return self

    def asked_at(self, at: datetime) -> PipeBook:
        """Return the same book for another time within which nothing changes."""
        if at.date() == self.at.date():
            return self
        return self._with(at)

    def turned(self, valves: Iterable[PartRow], at: datetime) -> PipeBook:
        """Return the book of a time at which these valves stand otherwise; others are as here."""
        parts = list(self.parts)
        for valve in valves:
            if valve.id in self.row_of:
                parts[self.row_of[valve.id]] = valve
        return self._with(at, parts)

    def _with(self, at: datetime, parts: Sequence[PartRow] | None = None) -> PipeBook:
        """Return a copy that goes on with all that was made of what did not change."""
        made = set(self.__dict__) - {"parts", "joins", "at", "is_whole"}
        kept = made if parts is None else made - _OF_POSITIONS
        copy = replace(self, parts=self.parts if parts is None else parts, at=at)
        copy.__dict__.update({name: self.__dict__[name] for name in kept})
        return copy

    @cached_property
    def row_of(self) -> dict[UUID, int]:
        """Rows of the parts by entry."""
        return {part.id: row for row, part in enumerate(self.parts)}

    @cached_property
    def row_of_code(self) -> dict[str, int]:
        """Rows of the parts by code."""
        return {part.code: row for row, part in enumerate(self.parts) if part.code is not None}

    @cached_property
    def closed(self) -> NDArray[np.bool_]:
        """Valves that are shut."""
        return np.array([part.position == "closed" for part in self.parts], dtype=bool)

    @cached_property
    def working(self) -> NDArray[np.bool_]:
        """Valves that can be worked: neither shut, nor stuck, nor of unknown position."""
        reliable = np.array([part.position in {None, "open"} for part in self.parts], dtype=bool)
        usable: NDArray[np.bool_] = self.network.is_valve & reliable
        return usable

    @cached_property
    def segments(self) -> ValveSegments:
        """The network as its valves cut it."""
        return ValveSegments(self.network, working=self.working, closed=self.closed)

    @cached_property
    def guessed(self) -> Network:
        """The network with a guessed beginning for every piece that has no known source."""
        from fangma.twin.pipes.questions import main_ends

        return replace(self.network, is_source=self.network.is_source | main_ends(self))

    @cached_property
    def oriented(self) -> Network:
        """The network with a direction for every join for which one can be told."""
        return replace(self.network, flow=orient(self.guessed))

    @cached_property
    def looped(self) -> NDArray[np.bool_]:
        """Parts that lie on a loop."""
        marked = np.zeros(self.network.count, dtype=bool)
        marked[self.network.edges[loops(self.network)].ravel()] = True
        return marked

    @cached_property
    def unbroken(self) -> dict[int, int]:
        """Pipes by the valve that stands on them and is joined to nothing: rows of both.

        The pipe runs through such a valve in one piece, so that it does not cut the network.
        """
        alone = self.network.is_valve & (np.diff(self.network.joined.indptr) == 0)
        valves = [row for row in np.flatnonzero(alone).tolist() if self.parts[row].extent]
        if not valves or not len(self.placed):
            return {}
        boxes = np.array([self._box(row) for row in valves])
        tree = shapely.STRtree(shapely.box(*self._boxes_of_placed.T))
        near = np.unique(tree.query(shapely.box(*boxes[:, [0, 1, 3, 4]].T))[1])
        pipes = [
            (row, axis)
            for row in self.placed[near].tolist()
            if self.parts[row].kind == "pipe" and (axis := self.axes[row]) is not None
        ]
        found = threaded(boxes.tolist(), [axis for _, axis in pipes])
        pairs = {valves[valve]: pipes[pipe][0] for valve, pipe in found}
        return {
            valve: pipe
            for valve, pipe in pairs.items()
            if self.parts[valve].system in {None, self.parts[pipe].system}
        }

    def ground_about(self, outline: Polygon | MultiPolygon) -> float | None:
        """Tell the height of the ground from what was surveyed near; None where nothing was."""
        rows, heights, places = self._grounds
        if not len(rows):
            return None
        away = shapely.distance(places, outline)
        near = np.argsort(away)[:_GROUND_POINTS]
        near = near[away[near] <= _SURVEYED_WITHIN_M]
        return float(np.median(heights[near])) if len(near) else None

    @cached_property
    def _grounds(self) -> tuple[NDArray[np.int64], NDArray[np.float64], Any]:
        rows = np.array(
            [
                row
                for row, part in enumerate(self.parts)
                if part.ground_m is not None and part.extent is not None
            ],
            dtype=np.int64,
        )
        heights = np.array([self.parts[row].ground_m for row in rows.tolist()], dtype=np.float64)
        boxes = np.array([self._box(row) for row in rows.tolist()]).reshape(-1, 6)
        places = shapely.points((boxes[:, :2] + boxes[:, 3:5]) / 2)
        return rows, heights, places

    @cached_property
    def axes(self) -> list[NDArray[np.float64] | None]:
        """Axes of the parts, (k, 3)."""
        rows = [row for row, part in enumerate(self.parts) if part.axis is not None]
        if not rows:
            return [None] * len(self.parts)
        lines = shapely.from_wkb(np.array([self.parts[row].axis for row in rows], dtype=object))
        points = shapely.get_coordinates(lines, include_z=True)
        ends = np.cumsum(shapely.get_num_coordinates(lines))
        axes: list[NDArray[np.float64] | None] = [None] * len(self.parts)
        for row, start, end in zip(rows, [0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            axes[row] = points[start:end]
        return axes

    @cached_property
    def lengths(self) -> NDArray[np.float64]:
        """Lengths of the axes, (n,) metres; 0 of what has none."""
        found = np.zeros(len(self.parts))
        if len(self.placed):
            laid = [axis for axis in self.axes if axis is not None]
            steps = np.linalg.norm(np.diff(np.concatenate(laid), axis=0), axis=1)
            starts = np.concatenate([[0], np.cumsum([len(axis) for axis in laid])])
            # No step leads from the end of an axis to the start of the next.
            steps[starts[1:-1] - 1] = 0.0
            found[self.placed] = np.add.reduceat(np.append(steps, 0.0), starts[:-1])
        return found

    @cached_property
    def placed(self) -> NDArray[np.int64]:
        """Rows of the parts with an axis, ascending."""
        return np.array([row for row, axis in enumerate(self.axes) if axis is not None], np.int64)

    @cached_property
    def _boxes_of_placed(self) -> NDArray[np.float64]:
        """Least and greatest x and y of the parts with an axis, half their width beyond it."""
        found = np.zeros((len(self.placed), 4))
        for i, row in enumerate(self.placed.tolist()):
            axis = self.axes[row]
            if axis is not None:
                wide = (self.parts[row].outer_diameter_m or 0.0) / 2
                found[i, :2] = axis[:, :2].min(axis=0) - wide
                found[i, 2:] = axis[:, :2].max(axis=0) + wide
        return found

    def placed_in(self, box: Sequence[float]) -> NDArray[np.int64]:
        """Return the rows of the parts with an axis that may reach into a box in plan, ascending.

        Parameters
        ----------
        box : sequence of 4 floats
            Least x and y, then greatest, metres, the site's CRS.
        """
        own = self._boxes_of_placed
        reach = (own[:, :2] <= box[2:]).all(axis=1) & (own[:, 2:] >= box[:2]).all(axis=1)
        return self.placed[reach]

    @cached_property
    def proximity(self) -> ProximityIndex:
        """Index of the parts by place."""
        boxes = [part.extent for part in self.parts]
        radii = [(part.outer_diameter_m or 0.0) / 2 for part in self.parts]
        return ProximityIndex(Solids.gather(self.axes, radii, boxes))

    @cached_property
    def accuracy(self) -> Accuracy:
        """How well each place is known; NaN for a pipe of which not even the size is."""
        plan = np.full(len(self.parts), MODEL_SIGMA_M)
        depth = np.full(len(self.parts), MODEL_SIGMA_M)
        for row, part in enumerate(self.parts):
            if part.plan_m is not None and part.depth_m is not None:
                plan[row], depth[row] = part.plan_m, part.depth_m
            if part.axis is not None and not part.outer_diameter_m:
                plan[row] = depth[row] = np.nan
        return Accuracy(plan_m=plan, depth_m=depth)

    @cached_property
    def network(self) -> Network:
        """The graph of parts and joins."""
        count = len(self.parts)
        edges, flow = self.joins.between(ids_of([part.id for part in self.parts]))
        return Network(
            count=count,
            edges=edges,
            flow=flow,
            is_valve=np.array(
                [
                    part.kind == "valve" and part.predefined_type not in _WORKED_BY_THE_MEDIUM
                    for part in self.parts
                ],
                dtype=bool,
            ),
            ends_flow=np.array([part.kind == "terminal" for part in self.parts], dtype=bool),
            is_source=np.array(
                [
                    part.kind == "device" and part.ifc_class in _FEEDING_CLASSES
                    for part in self.parts
                ],
                dtype=bool,
            ),
            is_drain=np.array([part.system in DRAIN_SYSTEMS for part in self.parts], dtype=bool),
            is_store=np.array(
                [
                    part.ifc_class in _STORING_CLASSES
                    and part.predefined_type not in _KEEPING_PRESSURE
                    for part in self.parts
                ],
                dtype=bool,
            ),
        )

    @cached_property
    def covered(self) -> list[Covered]:
        """Where the data speak of all services: buildings with modelled pipes, and surveys."""
        buildings: dict[tuple[UUID, UUID | None], list[int]] = defaultdict(list)
        surveyed: list[int] = []
        for row, part in enumerate(self.parts):
            if part.extent is None and part.axis is None:
                continue
            if part.surveyed:
                surveyed.append(row)
            else:
                buildings[part.site_id, part.building_id].append(row)
        found = []
        for rows in buildings.values():
            if not any(self.parts[row].kind == "pipe" for row in rows):
                continue
            boxes = np.array([self._box(row) for row in rows])
            corners = np.concatenate(
                [boxes[:, :2], boxes[:, 3:5], boxes[:, [0, 4]], boxes[:, [3, 1]]]
            )
            found.append(
                Covered(
                    plan=shapely.multipoints(corners).convex_hull.buffer(_MODELLED_WITHIN_M),
                    low=float(boxes[:, 2].min()) - _MODELLED_WITHIN_M,
                    high=float(boxes[:, 5].max()) + _MODELLED_WITHIN_M,
                    oldest=self._oldest(rows),
                    systems=self._systems(rows),
                )
            )
        if surveyed:
            laid = [axis for row in surveyed if (axis := self.axes[row]) is not None]
            lines = shapely.linestrings(
                np.concatenate([axis[:, :2] for axis in laid]) if laid else np.zeros((0, 2)),
                indices=np.repeat(np.arange(len(laid)), [len(axis) for axis in laid]),
            )
            boxes = np.array([self._box(row) for row in surveyed])
            found.append(
                Covered(
                    plan=Near(lines, _SURVEYED_WITHIN_M),
                    low=float(boxes[:, 2].min()) - 2.0,
                    high=float(boxes[:, 5].max()) + 20.0,
                    oldest=self._oldest(surveyed),
                    systems=self._systems(surveyed),
                )
            )
        return found

    def covering(self, points: NDArray[np.float64]) -> list[Covered] | None:
        """Return what covers every one of some points; None when one lies outside."""
        used: dict[int, Covered] = {}
        for x, y, z in points.tolist():
            place = shapely.Point(x, y)
            here = [
                (i, each)
                for i, each in enumerate(self.covered)
                if each.low <= z <= each.high and each.plan.intersects(place)
            ]
            if not here:
                return None
            used.update(here)
        return list(used.values())

    def top_of(self, row: int) -> float:
        """Tell the greatest height of a part that has a place, metres."""
        return self._box(row)[5]

    def _oldest(self, rows: Sequence[int]) -> date | None:
        # Files and surveys are few, however many parts they hold.
        one_of = {(self.parts[row].surveyed_on, self.parts[row].since): row for row in rows}
        days = [day for row in one_of.values() if (day := self.day_of(row)) is not None]
        return min(days, default=None)

    def _systems(self, rows: Sequence[int]) -> frozenset[str]:
        return frozenset(s for row in rows if (s := self.parts[row].system) is not None)

    def day_of(self, row: int) -> date | None:
        """Tell of what day the data of a part are: of the survey, or of the model file."""
        part = self.parts[row]
        if part.surveyed_on is not None:
            return part.surveyed_on
        try:
            return datetime.fromisoformat(part.since or "").astimezone(UTC).date()
        except ValueError:
            return None

    def _box(self, row: int) -> list[float]:
        extent = self.parts[row].extent
        if extent is not None:
            return extent
        axis = self.axes[row]
        if axis is None:
            raise AssertionError  # parts without any place were left out
        return [*axis.min(axis=0).tolist(), *axis.max(axis=0).tolist()]
