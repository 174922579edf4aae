"""Write the architecture of a building: walls, openings, slabs, stairs, rooms, furniture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from fangma.bim_import.sample.cells import rings_of, tidy
from fangma.bim_import.sample.drafting import Attribute, Draft, Entity, X, Y, global_id
from fangma.bim_import.sample.entrances import write_entrances
from fangma.bim_import.sample.furniture import FURNITURE, furnish
from fangma.bim_import.sample.joinery import DOORS, WINDOWS
from fangma.bim_import.sample.joinery_shapes import door_items, window_items
from fangma.bim_import.sample.plan import (
    SCREED,
    SLAB,
    Building,
    Opening,
    Room,
    Stair,
    Storey,
    Wall,
)
from fangma.bim_import.sample.spatial_structure import Frame, open_model
from fangma.bim_import.sample.stairs import stair_items
from fangma.bim_import.sample.storeys import LANDING, stair_void
from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PARAPET = 1200
CEILING = 30
BASE_RAFT = 400


def write_architecture(
    building: Building, path: Path, *, seed: int, zones: Mapping[str, Sequence[str]]
) -> int:
    """Write a building's architecture in millimetres.

    Parameters
    ----------
    zones : dict of str to room keys
        Departments: rooms as ``storey/number``.

    Returns
    -------
    size : int
        Statements in the file.
    """
    key = f"{seed}/{building.code}/architecture"
    draft = Draft(key, name=f"{building.code} {building.name} 建筑")
    frame = open_model(draft, building)
    author = Author(draft, building, frame)
    for level, storey in enumerate(building.storeys):
        author.storey(storey, building.storeys[level - 1] if level else None)
    write_entrances(author, next(s for s in building.storeys if s.name == "1F"))
    author.group_zones(zones)
    return draft.save(path)


def space_guid(seed: int, room: Room) -> str:
    """Return the GlobalId of a room in the architecture file of its building."""
    return global_id(f"{seed}/{room.building}/architecture/space/{room.storey}/{room.number}")


class Author:
    """Holds what the parts of one file share: the types."""

    def __init__(self, draft: Draft, building: Building, frame: Frame) -> None:
        self.draft = draft
        self.building = building
        self.frame = frame
        self.types: dict[str, Entity] = {}
        self.maps: dict[str, Entity] = {}
        self.spaces: dict[str, Entity] = {}

    # ---- types ----

    def wall_type(self, name: str, thickness: int, *, external: bool) -> Entity:
        """Return a wall type with its material layer."""
        if name not in self.types:
            draft = self.draft
            pset = draft.properties(
                "Pset_WallCommon",
                name,
                {"Reference": name, "IsExternal": external, "LoadBearing": external},
            )
            made = draft.add(
                "IfcWallType",
                draft.guid(f"type/{name}"),
                None,
                name,
                None,
                None,
                [pset],
                None,
                None,
                None,
                "PARAPET" if "女儿" in name else "STANDARD",
            )
            material = draft.add(
                "IfcMaterial", "钢筋混凝土" if external else "加气混凝土砌块", None, None
            )
            layer = draft.add(
                "IfcMaterialLayer", material, draft.length(thickness), None, None, None, None, None
            )
            layers = draft.add("IfcMaterialLayerSet", [layer], name, None)
            draft.add(
                "IfcRelAssociatesMaterial",
                draft.guid(f"material/{name}"),
                None,
                None,
                None,
                [made],
                layers,
            )
            self.types[name] = made
        return self.types[name]

    def simple_type(self, ifc_class: str, name: str, predefined: str) -> Entity:
        """Return a type that has a name only."""
        if name not in self.types:
            self.types[name] = self.draft.add(
                ifc_class,
                self.draft.guid(f"type/{name}"),
                None,
                name,
                None,
                None,
                None,
                None,
                None,
                None,
                predefined,
            )
        return self.types[name]

    def door_type(self, name: str) -> Entity:
        """Return a door type with its shape."""
        if name not in self.types:
            kind, draft = DOORS[name], self.draft
            self.maps[name] = draft.map_of(door_items(draft, kind))
            pset = draft.properties(
                "Pset_DoorCommon",
                name,
                {"Reference": name, "FireRating": "甲级" if kind.is_fire else "无"},
            )
            swing = "SINGLE_SWING_LEFT" if kind.leaves == 1 else "DOUBLE_DOOR_SINGLE_SWING"
            self.types[name] = draft.add(
                "IfcDoorType",
                draft.guid(f"type/{name}"),
                None,
                f"{kind.name} {name}",
                None,
                None,
                [pset],
                [self.maps[name]],
                None,
                None,
                "DOOR",
                swing,
                False,
                None,
            )
        return self.types[name]

    def window_type(self, name: str) -> Entity:
        """Return a window type with its shape."""
        if name not in self.types:
            kind, draft = WINDOWS[name], self.draft
            self.maps[name] = draft.map_of(window_items(draft, kind))
            self.types[name] = draft.add(
                "IfcWindowType",
                draft.guid(f"type/{name}"),
                None,
                f"{kind.name} {name}",
                None,
                None,
                None,
                [self.maps[name]],
                None,
                None,
                "WINDOW",
                "DOUBLE_PANEL_VERTICAL" if kind.width > 1000 else "SINGLE_PANEL",
                False,
                None,
            )
        return self.types[name]

    def furniture_type(self, name: str) -> Entity:
        """Return a furniture type with its shape."""
        if name not in self.types:
            draft = self.draft
            items = [
                draft.block(size, colour, centre, z) for size, colour, centre, z in FURNITURE[name]
            ]
            self.maps[name] = draft.map_of(items)
            kind = {"办公桌椅": "DESK", "会议桌": "TABLE", "餐桌": "TABLE"}.get(name, "SHELF")
            self.types[name] = draft.add(
                "IfcFurnitureType",
                draft.guid(f"type/{name}"),
                None,
                name,
                None,
                None,
                None,
                [self.maps[name]],
                None,
                None,
                "NOTDEFINED",
                kind,
            )
        return self.types[name]

    # ---- elements ----

    def put(
        self,
        ifc_class: str,
        key: str,
        name: str,
        storey: Storey,
        place: Entity,
        shape: Entity | None,
        *more: Attribute,
        type_of: Entity | None = None,
    ) -> Entity:
        """Create an element in a storey."""
        draft = self.draft
        element = draft.add(
            ifc_class,
            draft.guid(f"{storey.name}/{key}"),
            None,
            name,
            None,
            None,
            place,
            shape,
            None,
            *more,
        )
        structure = self.frame.storeys[storey.name]
        draft.gather("IfcRelContainedInSpatialStructure", structure, element)
        if type_of is not None:
            draft.gather("IfcRelDefinesByType", type_of, element)
        return element

    def storey(self, storey: Storey, below: Storey | None) -> None:
        """Write one storey."""
        walls = {wall.key: self.wall(storey, wall) for wall in storey.walls}
        by_key = {wall.key: wall for wall in storey.walls}
        for opening in storey.openings:
            self.opening(storey, opening, by_key[opening.wall], walls[opening.wall])
        ground = self.frame.places[storey.name]
        height = storey.height - SLAB
        for column in storey.columns:
            west, south, east, north = column.box
            place = self.draft.place(
                ground, ((west + east) / 2, (south + north) / 2, float(-SCREED))
            )
            outside = column.key[0] in "xy" and not storey.is_basement
            item = self.draft.block(
                (float(east - west), float(north - south), float(storey.height)),
                "column" if outside else "concrete",
            )
            name = f"框架柱 KZ {east - west}×{north - south}"
            self.put(
                "IfcColumn",
                f"column/{column.key}",
                name,
                storey,
                place,
                self.draft.shape([item]),
                "COLUMN",
                type_of=self.simple_type("IfcColumnType", name, "COLUMN"),
            )
        self.slabs(storey, below)
        for stair in storey.stairs:
            self.stair(storey, stair)
        for room in storey.rooms:
            self.room(storey, room, below)
        if storey.is_roof:
            self.head_roofs(storey, height)

    def wall(self, storey: Storey, wall: Wall) -> Entity:
        """Write a wall; its body is not cut, openings void it."""
        if wall.parapet:
            height, name, colour = PARAPET, "女儿墙300", "stone"
        elif wall.is_external:
            height, name = storey.height, "外墙300"
            if storey.is_roof:
                height -= SLAB
            colour = "concrete" if storey.is_basement else "stone"
            if storey.name == "1F":
                colour = "base"
        else:
            height, name, colour = storey.height - SLAB, "内墙200", "plaster"
        long = wall.hi - wall.lo
        origin = (wall.lo, wall.at) if wall.axis == "x" else (wall.at, wall.lo)
        place = self.draft.place(
            self.frame.places[storey.name],
            (float(origin[0]), float(origin[1]), float(-SCREED)),
            x=X if wall.axis == "x" else Y,
        )
        item = self.draft.block(
            (float(long), float(wall.thickness), float(height)), colour, (long / 2, 0.0)
        )
        kind = self.wall_type(name, wall.thickness, external=wall.is_external)
        return self.put(
            "IfcWall",
            f"wall/{wall.key}",
            name,
            storey,
            place,
            self.draft.shape([item]),
            "PARAPET" if wall.parapet else "STANDARD",
            type_of=kind,
        )

    def opening(self, storey: Storey, opening: Opening, wall: Wall, host: Entity) -> None:
        """Void a wall and fill the hole with a door or window."""
        draft = self.draft
        key = f"{storey.name}/opening/{opening.key}"
        place = draft.place(
            host.ObjectPlacement,
            (float(opening.centre - wall.lo), 0.0, float(opening.sill + SCREED)),
        )
        hole = draft.block(
            (float(opening.width), float(wall.thickness + 100), float(opening.height)), None
        )
        void = draft.add(
            "IfcOpeningElement",
            draft.guid(key),
            None,
            f"{opening.type} 洞口",
            None,
            None,
            place,
            draft.shape([hole]),
            None,
            "OPENING",
        )
        draft.add("IfcRelVoidsElement", draft.guid(f"{key}/void"), None, None, None, host, void)
        if opening.kind == "door":
            kind = self.door_type(opening.type)
            more = ("DOOR", kind.OperationType, None)
            ifc_class = "IfcDoor"
        else:
            kind = self.window_type(opening.type)
            more = ("WINDOW", kind.PartitioningType, None)
            ifc_class = "IfcWindow"
        filling = self.put(
            ifc_class,
            f"{opening.kind}/{opening.key}",
            opening.type,
            storey,
            draft.place(place, (0.0, 0.0, 0.0)),
            draft.mapped(self.maps[opening.type]),
            draft.length(opening.height),
            draft.length(opening.width),
            *more,
            type_of=kind,
        )
        filling.Tag = opening.type
        draft.add("IfcRelFillsElement", draft.guid(f"{key}/fill"), None, None, None, void, filling)

    def slabs(self, storey: Storey, below: Storey | None) -> None:
        """Write the structural slab under a storey."""
        deep = SLAB if below else BASE_RAFT
        parts = [storey.slab] if storey.slab.geom_type == "Polygon" else list(storey.slab.geoms)
        for i, part in enumerate(parts):
            item = self.draft.prism(
                tidy(part.exterior.coords),
                deep,
                "concrete",
                sorted(tidy(hole.coords) for hole in part.interiors),
                -SCREED - deep,
            )
            name = "楼板120" if below else "筏板400"
            self.put(
                "IfcSlab",
                f"slab/{i}",
                name,
                storey,
                self.here(storey),
                self.draft.shape([item]),
                "FLOOR" if below else "BASESLAB",
                type_of=self.simple_type("IfcSlabType", name, "FLOOR" if below else "BASESLAB"),
            )
        if storey.is_roof:
            for i, ring in enumerate(self._terraces(storey)):
                item = self.draft.prism(ring, SCREED, "roofing", z=-SCREED)
                self.put(
                    "IfcCovering",
                    f"roofing/{i}",
                    "屋面防水保温层",
                    storey,
                    self.here(storey),
                    self.draft.shape([item]),
                    "ROOFING",
                    type_of=self.simple_type("IfcCoveringType", "屋面防水保温层", "ROOFING"),
                )

    def _terraces(self, storey: Storey) -> list[Any]:
        heads = shapely.union_all(
            [shapely.Polygon(room.cell).buffer(150, join_style="mitre") for room in storey.rooms]
        )
        return rings_of(storey.slab.difference(heads))

    def here(self, storey: Storey) -> Entity:
        """Return a placement at the origin of a storey."""
        return self.draft.place(self.frame.places[storey.name], (0.0, 0.0, 0.0))

    def stair(self, storey: Storey, stair: Stair) -> None:
        """Write a stair as an assembly of two flights and a landing."""
        draft = self.draft
        whole = self.put(
            "IfcStair",
            f"stair/{stair.key}",
            f"{storey.name} 楼梯",
            storey,
            self.here(storey),
            None,
            "HALF_TURN_STAIR",
        )
        parts = []
        for name, ifc_class, place, item, more in stair_items(draft, storey, stair, LANDING):
            parts.append(
                draft.add(
                    ifc_class,
                    draft.guid(f"{storey.name}/stair/{stair.key}/{name}"),
                    None,
                    name,
                    None,
                    None,
                    draft.place(whole.ObjectPlacement, *place),
                    draft.shape([item]),
                    None,
                    *more,
                )
            )
        draft.aggregate(whole, parts)

    def room(self, storey: Storey, room: Room, below: Storey | None) -> None:
        """Write a room with its quantities, its floor, its ceiling and its furniture."""
        draft, use = self.draft, USES[room.use]
        ring = tidy(room.polygon.exterior.coords)
        holes = sorted(tidy(hole.coords) for hole in room.polygon.interiors)
        body = draft.prism(ring, room.height, "space", holes)
        space = draft.add(
            "IfcSpace",
            draft.guid(f"space/{storey.name}/{room.number}"),
            None,
            room.number,
            use.kind,
            None,
            self.here(storey),
            draft.shape([body]),
            room.name,
            "ELEMENT",
            "SPACE",
            None,
        )
        self.spaces[f"{storey.name}/{room.number}"] = space
        draft.gather("spaces", self.frame.storeys[storey.name], space)
        net, gross = room.net_mm2 / 1e6, room.gross_mm2 / 1e6
        around = float(room.polygon.exterior.length)
        quantities = draft.add(
            "IfcElementQuantity",
            draft.guid(f"qto/{storey.name}/{room.number}"),
            None,
            "Qto_SpaceBaseQuantities",
            None,
            None,
            [
                draft.add("IfcQuantityArea", "NetFloorArea", None, None, round(net, 4), None),
                draft.add("IfcQuantityArea", "GrossFloorArea", None, None, round(gross, 4), None),
                draft.add(
                    "IfcQuantityLength", "Height", None, None, draft.length(room.height), None
                ),
                draft.add(
                    "IfcQuantityLength", "NetPerimeter", None, None, draft.length(around), None
                ),
                draft.add(
                    "IfcQuantityVolume",
                    "NetVolume",
                    None,
                    None,
                    round(net * room.height / 1000, 4),
                    None,
                ),
            ],
        )
        draft.define(quantities, space)
        reference = draft.properties(
            "Pset_SpaceCommon",
            f"{storey.name}/{room.number}",
            {
                "Reference": room.number,
                "IsExternal": False,
                "PubliclyAccessible": use.is_circulation,
            },
        )
        draft.define(reference, space)
        self.finishes(storey, room, below)
        for i, (name, x, y, turned) in enumerate(furnish(room)):
            kind = self.furniture_type(name)
            self.put(
                "IfcFurniture",
                f"furniture/{room.number}/{i}",
                name,
                storey,
                draft.place(self.frame.places[storey.name], (x, y, 0.0), x=Y if turned else X),
                draft.mapped(self.maps[name]),
                kind.PredefinedType,
                type_of=kind,
            )

    def finishes(self, storey: Storey, room: Room, below: Storey | None) -> None:
        """Write the screed under a room and the ceiling above it."""
        floor = room.polygon
        for stair in below.stairs if below else ():
            if stair.room == room.key:
                floor = floor.difference(stair_void(stair))
        if room.use == "lift" and below:
            return
        colour = "floor" if USES[room.use].kind == "办公室" else "tiles"
        for i, part in enumerate([floor] if floor.geom_type == "Polygon" else floor.geoms):
            holes = sorted(tidy(hole.coords) for hole in part.interiors)
            item = self.draft.prism(tidy(part.exterior.coords), SCREED, colour, holes, -SCREED)
            self._cover(storey, f"floor/{room.number}/{i}", "楼面做法50", item, "FLOORING")
        if USES[room.use].ceiling and not storey.is_basement:
            ring = tidy(room.polygon.exterior.coords)
            holes = sorted(tidy(hole.coords) for hole in room.polygon.interiors)
            item = self.draft.prism(ring, CEILING, "ceiling", holes, room.height)
            self._cover(storey, f"ceiling/{room.number}", "矿棉板吊顶", item, "CEILING")

    def _cover(self, storey: Storey, key: str, name: str, item: Entity, kind: str) -> None:
        self.put(
            "IfcCovering",
            key,
            name,
            storey,
            self.here(storey),
            self.draft.shape([item]),
            kind,
            type_of=self.simple_type("IfcCoveringType", name, kind),
        )

    def head_roofs(self, storey: Storey, height: int) -> None:
        """Cover the rooms on the roof."""
        for room in storey.rooms:
            west, south, east, north = room.box
            over = 450
            item = self.draft.block(
                (float(east - west + 2 * over), float(north - south + 2 * over), float(SLAB)),
                "concrete",
                ((west + east) / 2, (south + north) / 2),
                height - SCREED,
            )
            self.put(
                "IfcSlab",
                f"head/{room.number}",
                "出屋面顶板",
                storey,
                self.here(storey),
                self.draft.shape([item]),
                "ROOF",
                type_of=self.simple_type("IfcSlabType", "出屋面顶板", "ROOF"),
            )

    def group_zones(self, zones: Mapping[str, Sequence[str]]) -> None:
        """Write one IfcZone for each department."""
        for name, keys in zones.items():
            members = [self.spaces[key] for key in keys if key in self.spaces]
            if members:
                zone = self.draft.add(
                    "IfcZone", self.draft.guid(f"zone/{name}"), None, name, None, "部门", None
                )
                for member in members:
                    self.draft.gather("IfcRelAssignsToGroup", zone, member)
