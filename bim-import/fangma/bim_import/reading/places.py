"""Buildings and storeys of a model, and on which of them each thing stands.

Containment comes first, then the whole that a thing is part of, then the wall whose opening it
fills. What is left is placed by its height, and models without storeys get some inferred from the
heights of rooms and slabs; both are flagged.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.bim_import.model import Building, Storey
from fangma.bim_import.reading import attributes
from fangma.bim_import.refusal import note, warn

if TYPE_CHECKING:
    import ifcopenshell

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.placements import PlacementReader
    from fangma.bim_import.reading.relations import Relations

# A slab lies beneath its storey's zero; a thing on the floor may begin a little below it.
BELOW_FLOOR_M = 0.35
LEAST_STOREY_HEIGHT_M = 1.8
ELEVATION_TOLERANCE_M = 0.05
INFERRED_BUILDING = -1
_INFERRED_STOREYS = -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a thing stands; None is not known, or outdoors."""

    building: int | None
    storey: int | None
    inferred: bool = False


class PlaceReader:
    """Reads the places of one file.

    Attributes
    ----------
    buildings, storeys : list
        What the file has and what was inferred.
    findings : list[Finding]
        Rules ``no-building``, ``no-storey``, ``no-name``, ``storey-elevation``,
        ``storey-by-height``.
    """

    def __init__(
        self,
        file: ifcopenshell.file,
        relations: Relations,
        placements: PlacementReader,
        length_unit_m: float,
    ) -> None:
        self._relations = relations
        self._placements = placements
        self._unit = length_unit_m
        self.findings: list[Finding] = []
        self.buildings: list[Building] = []
        self.storeys: list[Storey] = []
        self._building_of: dict[int, int] = {}
        self._by_height: list[Instance] = []
        self._goals: dict[str, set[int]] = {
            "site": {item.id() for item in file.by_type("IfcSite")},
            "facility": set(),
        }
        self._answers: defaultdict[str, dict[int, int | None]] = defaultdict(dict)
        self._read_buildings(file)
        self._goals["building"] = {building.key for building in self.buildings}
        self._read_storeys(file)
        self._goals["storey"] = {storey.key for storey in self.storeys}
        self._levels: dict[int, tuple[list[float], list[int]]] = {}

    def _read_buildings(self, file: ifcopenshell.file) -> None:
        for item in self._facilities(file):
            position = self._placements.position(item)
            self.buildings.append(
                Building(
                    key=item.id(),
                    guid=attributes.guid(item),
                    name=attributes.text(item, "Name") or attributes.text(item, "LongName") or "",
                    elevation_m=position[2] if position else 0.0,
                )
            )
        for building in self.buildings:
            if not building.name:
                self.findings.append(
                    note(
                        "no-name",
                        f"The building #{building.key} has no name.",
                        "Name it in the model, or in the registry after the import.",
                        building.guid or f"#{building.key}",
                    )
                )
        if not self.buildings:
            outdoors = not file.by_type("IfcSpace") and not file.by_type("IfcBuildingStorey")
            self.buildings.append(
                Building(
                    key=INFERRED_BUILDING,
                    guid=None,
                    name="",
                    elevation_m=0.0,
                    inferred=True,
                    outdoors=outdoors,
                )
            )
            what = "what it holds lies outdoors" if outdoors else "one was assumed around its rooms"
            self.findings.append(
                warn(
                    "no-building",
                    f"The model has no building; {what}.",
                    "Say with --building where it belongs, or add a building to the model.",
                )
            )

    def _facilities(self, file: ifcopenshell.file) -> list[Instance]:
        """List buildings and, in IFC4X3, other facilities (bridge, road) that hold anything."""
        found = list(file.by_type("IfcBuilding"))
        if file.schema_identifier.startswith("IFC4X3"):
            others = {item.id(): item for item in file.by_type("IfcFacility")}
            for item in found:
                others.pop(item.id(), None)
            used: set[int] = set()
            self._goals["facility"] = set(others)
            rooms = file.by_type("IfcSpace")
            for structure in [*self._relations.container.values(), *rooms]:
                holder = self._upward(structure, "facility")
                if holder is not None:
                    used.add(holder)
            found += [others[key] for key in sorted(used)]
        return found

    def _read_storeys(self, file: ifcopenshell.file) -> None:
        heights = {building.key: building.elevation_m for building in self.buildings}
        rows: list[tuple[Instance, int, float | None, float | None]] = []
        for item in file.by_type("IfcBuildingStorey"):
            building = self._upward(item, "building")
            key = building if building is not None else self._only_building()
            position = self._placements.position(item)
            stated = attributes.number(item, "Elevation")
            rows.append(
                (
                    item,
                    key,
                    None if position is None else position[2],
                    None if stated is None else stated * self._unit + heights.get(key, 0.0),
                )
            )
        placed = {round(height, 3) for _, _, height, _ in rows if height is not None}
        told = {round(height, 3) for _, _, _, height in rows if height is not None}
        # Some exporters place every storey at the same spot and all bodies absolutely.
        is_flat = len(placed) <= 1 < len(told)
        for item, key, height, stated in rows:
            elevation = stated if is_flat or height is None else height
            self.storeys.append(
                Storey(
                    key=item.id(),
                    guid=attributes.guid(item),
                    name=attributes.text(item, "Name") or attributes.text(item, "LongName") or "",
                    elevation_m=0.0 if elevation is None else elevation,
                    building=key,
                )
            )
            if (
                height is not None
                and stated is not None
                and abs(height - stated) > ELEVATION_TOLERANCE_M
            ):
                self.findings.append(
                    note(
                        "storey-elevation",
                        f"Storey {self.storeys[-1].name} is placed at {height:.2f} m but its "
                        f"elevation says {stated:.2f} m; {self.storeys[-1].elevation_m:.2f} m was "
                        "taken.",
                        "Check the storey's height in the viewer.",
                        attributes.guid(item) or f"#{item.id()}",
                    )
                )
        self.storeys.sort(key=lambda storey: (storey.building, storey.elevation_m, storey.key))

    def _only_building(self) -> int:
        return self.buildings[0].key

    def _upward(self, item: Instance, goal: str) -> int | None:
        """Walk from part to whole and from content to container until the goal comes.

        Parameters
        ----------
        goal : str
            ``building``, ``storey``, ``facility`` or ``site``: a key of the goals.
        """
        known, answers = self._goals[goal], self._answers[goal]
        current: Instance | None = item
        walked: dict[int, None] = {}  # circles of parts and wholes end where they began
        answer: int | None = None
        while current is not None and current.id() not in walked:
            number = int(current.id())
            if number in known or number in answers:
                answer = number if number in known else answers[number]
                break
            walked[number] = None
            current = self._above(current)
        answers.update(dict.fromkeys(walked, answer))
        return answer

    def _above(self, item: Instance) -> Instance | None:
        number = item.id()
        return (
            self._relations.container.get(number)
            or self._relations.parent.get(number)
            or self._relations.host.get(number)
        )

    def infer_storeys(self, elements: list[Instance]) -> None:
        """Infer storeys for every building that has none, from the heights of what stands in it.

        Parameters
        ----------
        elements : list of instances
            Rooms and elements of the model.
        """
        have = {storey.building for storey in self.storeys}
        lacking = [building for building in self.buildings if building.key not in have]
        if not lacking:
            return
        heights: dict[int, list[tuple[float, bool]]] = {building.key: [] for building in lacking}
        fallback = self.buildings[0].key if len(self.buildings) == 1 else None
        for element in elements:
            key = self._upward(element, "building")
            key = fallback if key is None else key
            if key in heights:
                height = self._placements.base_height(element)
                if height is not None:
                    heights[key].append((height, element.is_a("IfcSpace")))
        serial = _INFERRED_STOREYS
        for building in lacking:
            found = heights[building.key]
            if not found:
                continue
            levels = (
                [min(height for height, _ in found)]
                if building.outdoors
                else cluster_levels(
                    [height for height, is_room in found if is_room]
                    or [height for height, _ in found]
                )
            )
            for rank, level in enumerate(levels, start=1):
                self.storeys.append(
                    Storey(
                        key=serial,
                        guid=None,
                        # Says nothing of what floor it is: that is told by the elevation.
                        name=f"推断楼层 {rank}",
                        elevation_m=level,
                        building=building.key,
                        inferred=True,
                    )
                )
                serial -= 1
            self.findings.append(
                warn(
                    "no-storey",
                    f"The building has no storeys; {len(levels)} were inferred from the heights of "
                    f"its {len(found)} rooms and elements.",
                    "Check the storeys in the viewer, and add storeys to the model.",
                    building.guid,
                )
            )

    def places(self, items: list[Instance]) -> dict[int, Place]:
        """Place many things, by ``#`` number; reports how many were placed by their height."""
        storeys = {storey.key: storey for storey in self.storeys}
        out = {item.id(): self._place(item, storeys) for item in items}
        guessed = [item for item in items if out[item.id()].inferred]
        has_declared = any(not storey.inferred for storey in self.storeys)
        if guessed and has_declared:
            first = guessed[0]
            self.findings.append(
                note(
                    "storey-by-height",
                    f"{len(guessed)} elements are on no storey in the file; they were placed by "
                    "their height.",
                    "Check a few in the viewer; assign them to storeys in the model.",
                    attributes.guid(first) or f"#{first.id()}",
                )
            )
        return out

    def _place(self, item: Instance, storeys: dict[int, Storey]) -> Place:
        declared = self._upward(item, "storey")
        if declared is not None:
            return Place(building=storeys[declared].building, storey=declared)
        building = self._upward(item, "building")
        if building is None:
            # In the site itself: outdoors, unless the file knows of no building at all.
            if self._upward(item, "site") is not None and not self.buildings[0].inferred:
                return Place(building=None, storey=None)
            if len(self.buildings) > 1:
                return Place(building=None, storey=None)
            building = self._only_building()
        height = self._placements.base_height(item)
        storey = None if height is None else self._at(building, height)
        return Place(building=building, storey=storey, inferred=True)

    def _at(self, building: int, height: float) -> int | None:
        """Find the storey that a height belongs to: the highest that begins below it."""
        if building not in self._levels:
            rows = sorted(
                (storey.elevation_m, storey.key)
                for storey in self.storeys
                if storey.building == building
            )
            self._levels[building] = ([row[0] for row in rows], [row[1] for row in rows])
        levels, keys = self._levels[building]
        if not keys:
            return None
        return keys[max(0, bisect_right(levels, height + BELOW_FLOOR_M) - 1)]


def cluster_levels(heights: list[float]) -> list[float]:
    """Find the levels at which storeys begin.

    Parameters
    ----------
    heights : list of float
        Metres at which rooms (or, without rooms, elements) begin.

    Returns
    -------
    levels : list of float
        Ascending, at least LEAST_STOREY_HEIGHT_M apart.
    """
    levels: list[float] = []
    for height in sorted(heights):
        if not levels or height - levels[-1] >= LEAST_STOREY_HEIGHT_M:
            levels.append(height)
    return levels
