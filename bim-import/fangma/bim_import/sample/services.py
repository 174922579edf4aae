"""Write the services of a building: systems, pipes, ducts, trays, devices, ports, sensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.bim_import.sample.bodies import Body, box
from fangma.bim_import.sample.corridors import Ways
from fangma.bim_import.sample.drafting import Draft, Entity, Vector, X
from fangma.bim_import.sample.network import LABELS, Network, Part, joints
from fangma.bim_import.sample.routes_air import chilled_water, fresh_air, trays
from fangma.bim_import.sample.routes_water import drainage, fire, rain, water
from fangma.bim_import.sample.spatial_structure import open_model
from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fangma.bim_import.sample.plan import Building, Storey

SYSTEMS: dict[str, tuple[str, str, str]] = {
    "JS": ("JS 给水系统", "DOMESTICCOLDWATER", "PIPE"),
    "WS": ("WS 污水系统", "SEWAGE", "PIPE"),
    "YS": ("YS 雨水系统", "STORMWATER", "PIPE"),
    "XF": ("XF 消防给水系统", "FIREPROTECTION", "PIPE"),
    "KT": ("KT 空调冷冻水系统", "CHILLEDWATER", "PIPE"),
    "FG": ("KT 新风系统", "VENTILATION", "DUCT"),
    "DL": ("DL 强电桥架", "ELECTRICAL", "CABLECARRIER"),
    "TX": ("TX 弱电桥架", "DATA", "CABLECARRIER"),
}


def route(building: Building) -> list[Network]:
    """Draw all systems of a building."""
    ways = Ways(building)
    return [
        water(building, ways),
        drainage(building, ways),
        rain(building, ways),
        fire(building, ways),
        chilled_water(building, ways),
        fresh_air(building, ways),
        trays(building, ways, "DL"),
        trays(building, ways, "TX"),
    ]


def write_services(
    building: Building,
    networks: Sequence[Network],
    path: Path,
    *,
    seed: int,
    in_metres: bool,
    sensors: Sequence[tuple[str, str, str, tuple[float, float, float]]],
) -> int:
    """Write a building's services.

    Parameters
    ----------
    networks : sequence of Network
        As :func:`route` draws them.
    sensors : sequence of (key, name, predefined type, place)
        IfcSensors, places in millimetres of the building's frame.

    Returns
    -------
    size : int
        Statements in the file.
    """
    draft = Draft(
        f"{seed}/{building.code}/services",
        name=f"{building.code} {building.name} 机电",
        in_metres=in_metres,
    )
    frame = open_model(draft, building)
    author = _Author(draft, building, frame.storeys, frame.places)
    for network in networks:
        name, predefined, _ = SYSTEMS[network.system]
        system = draft.add(
            "IfcDistributionSystem",
            draft.guid(f"system/{network.system}"),
            None,
            name,
            None,
            None,
            network.system if network.system != "FG" else "KT-FG",
            predefined,
        )
        draft.gather("IfcRelServicesBuildings", system, frame.building)
        author.network(network, system)
    author.lights()
    for key, name, kind, at in sensors:
        author.sensor(key, name, kind, at)
    return draft.save(path)


class _Author:
    """Holds what the parts of one file share: types and shapes."""

    def __init__(
        self,
        draft: Draft,
        building: Building,
        storeys: dict[str, Entity],
        places: dict[str, Entity],
    ) -> None:
        self.draft = draft
        self.building = building
        self.storeys = storeys
        self.places = places
        self.types: dict[Any, tuple[Entity, Entity | None]] = {}

    def storey_at(self, z: float) -> Storey:
        """Return the storey in whose height a point lies."""
        below = [storey for storey in self.building.storeys if storey.elevation <= z + 1]
        return below[-1] if below else self.building.storeys[0]

    def network(self, network: Network, system: Entity) -> None:
        """Write the parts of a system and join their ports."""
        draft = self.draft
        parts = network.assemble()
        ports: list[list[Entity]] = []
        for part in parts:
            element, made = self.part(part, network)
            draft.gather("IfcRelAssignsToGroup", system, element)
            ports.append(made)
        for (one, i), (other, j) in joints(parts):
            first, second = ports[one][i], ports[other][j]
            draft.add(
                "IfcRelConnectsPorts",
                draft.guid(f"joint/{first.GlobalId}"),
                None,
                None,
                None,
                first,
                second,
                None,
            )

    def part(self, part: Part, network: Network) -> tuple[Entity, list[Entity]]:
        """Write one part with its ports."""
        draft = self.draft
        low = part.at[2]
        if part.way is not None:
            low = min(low, low + part.way[2] * part.length)
        storey = self.storey_at(low)
        kind, source = self.type_of(part)
        at = (part.at[0], part.at[1], part.at[2] - storey.elevation)
        if part.way is not None and part.section is not None:
            z: Vector = part.way
            x: Vector = X if abs(z[2]) > 0.5 else (z[1] + 0.0, -z[0] + 0.0, 0.0)
            place = draft.place(self.places[storey.name], at, z, x)
            shape = self.segment(part)
        else:
            place = draft.place(self.places[storey.name], at)
            shape = draft.mapped(source)
        element = draft.add(
            part.ifc_class,
            draft.guid(part.key),
            None,
            part.name,
            None,
            None,
            place,
            shape,
            None,
            part.predefined,
        )
        draft.gather("IfcRelContainedInSpatialStructure", self.storeys[storey.name], element)
        draft.gather("IfcRelDefinesByType", kind, element)
        if part.properties:
            pset = draft.properties("阀门属性", part.key, dict(part.properties))
            draft.define(pset, element)
        code, system, flow = SYSTEMS[network.system]
        del code
        made = []
        for i, port in enumerate(part.ports):
            if part.way is not None:
                offset: Vector = (0.0, 0.0, 0.0) if i == 0 else (0.0, 0.0, part.length)
            else:
                offset = tuple(  # type: ignore[assignment]
                    round(port.at[k] - part.at[k], 2) + 0.0 for k in range(3)
                )
            spot = draft.add("IfcLocalPlacement", place, draft.axes(offset))
            made.append(
                draft.add(
                    "IfcDistributionPort",
                    draft.guid(f"{part.key}/port/{i}"),
                    None,
                    f"{LABELS.get(network.system, network.system)}-{i + 1}",
                    None,
                    None,
                    spot,
                    None,
                    port.flow,
                    flow,
                    system,
                )
            )
        if made:
            draft.add(
                "IfcRelNests", draft.guid(f"{part.key}/ports"), None, None, None, element, made
            )
        return element, made

    def segment(self, part: Part) -> Entity:
        """Return the body of a straight part along its own z axis."""
        draft, section = self.draft, part.section
        if section is None:
            raise TypeError(f"{part.key} has no cross-section, a segment needs one")
        if not section.is_round:
            item = draft.block(
                (float(section.width), float(section.height), part.length), part.system
            )
            return draft.shape([item])
        if part.system in {"WS", "YS"}:
            item = draft.disk(section.width, part.length, part.system)
            return draft.shape([item], "AdvancedSweptSolid")
        return draft.shape([draft.rod(section.width, part.length, part.system)])

    def type_of(self, part: Part) -> tuple[Entity, Entity | None]:
        """Return the type of a part and, unless it is a segment, the shape that it owns."""
        key = (part.ifc_class, part.predefined, part.type_name, part.bodies)
        if key not in self.types:
            draft = self.draft
            name = part.type_name
            number = len(self.types)
            psets = None
            section = part.section
            if section is not None and section.is_round:
                pset = draft.properties(
                    "Pset_PipeSegmentTypeCommon",
                    f"{number}",
                    {
                        "Reference": section.label,
                        "NominalDiameter": ("IfcPositiveLengthMeasure", section.nominal),
                        "OuterDiameter": ("IfcPositiveLengthMeasure", section.width),
                        "InnerDiameter": (
                            "IfcPositiveLengthMeasure",
                            section.width - 2 * section.wall,
                        ),
                    },
                )
                psets = [pset]
            elif part.ifc_class == "IfcValve":
                psets = [
                    draft.properties(
                        "Pset_ValveTypeCommon",
                        f"{number}",
                        {
                            "Reference": name,
                            "Size": ("IfcPositiveLengthMeasure", part.ports[0].nominal),
                        },
                    )
                ]
            source = None
            if part.bodies:
                items = [draft.mesh(b.vertices, b.faces, b.colour) for b in part.bodies]
                source = draft.map_of(items, "Tessellation")
            made = draft.add(
                f"{part.ifc_class}Type",
                draft.guid(f"type/{number}"),
                None,
                name,
                None,
                None,
                psets,
                [source] if source is not None else None,
                None,
                None,
                part.predefined,
            )
            self.types[key] = (made, source)
        return self.types[key]

    def loose(
        self,
        ifc_class: str,
        key: str,
        name: str,
        predefined: str,
        bodies: tuple[Body, ...],
        at: tuple[float, float, float],
        type_name: str,
    ) -> Entity:
        """Write a device without ports."""
        part = Part(
            key=key,
            system="DL",
            ifc_class=ifc_class,
            predefined=predefined,
            name=name,
            type_name=type_name,
            at=at,
            bodies=bodies,
        )
        element, _ = self.part(part, Network("DL"))
        return element

    def lights(self) -> None:
        """Hang panel lights in the ceilings."""
        panel = (box((600.0, 600.0, 60.0), "white", (0.0, 0.0, 30.0)),)
        for storey in self.building.storeys:
            for room in storey.rooms:
                use = USES[room.use]
                if not use.ceiling or storey.is_basement or len(room.cell) != 4:
                    continue
                west, south, east, north = room.box
                wide, deep = east - west, north - south
                columns, rows = max(1, round(wide / 3300)), max(1, round(deep / 3000))
                for i in range(columns):
                    for j in range(rows):
                        at = (
                            float(west + wide * (2 * i + 1) // (2 * columns)),
                            float(south + deep * (2 * j + 1) // (2 * rows)),
                            float(storey.elevation + room.height - 4),
                        )
                        self.loose(
                            "IfcLightFixture",
                            f"light/{storey.name}/{room.number}/{i}/{j}",
                            f"LED 平板灯 {room.number}",
                            "POINTSOURCE",
                            panel,
                            at,
                            "LED 平板灯 600×600",
                        )

    def sensor(self, key: str, name: str, kind: str, at: tuple[float, float, float]) -> None:
        """Write an IfcSensor."""
        colour = "metal" if kind == "USERDEFINED" else "white"
        bodies = (box((86.0, 86.0, 30.0), colour, (0.0, 0.0, 0.0)),)
        element = self.loose("IfcSensor", f"sensor/{key}", name, kind, bodies, at, f"传感器 {kind}")
        element.Tag = key
