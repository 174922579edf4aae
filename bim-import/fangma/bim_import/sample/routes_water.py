"""Route water, drainage and fire lines through a building. Pure functions."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from fangma.bim_import.sample.bodies import box
from fangma.bim_import.sample.devices import basin, boxed, closet, inline, sprinkler
from fangma.bim_import.sample.network import Device, Network, Spot
from fangma.bim_import.sample.plan import BAY, Building, Room, Storey
from fangma.bim_import.sample.sections import Section, plastic, steel

if TYPE_CHECKING:
    from fangma.bim_import.sample.corridors import Bay, Ways

OUTSIDE = 1500  # how far entries reach beyond the outer wall
DRAIN = -400  # of drains under the floor that they serve
EXIT = -1300  # of drains that leave the building
DRY = {"stair", "lift", "shaft", "power", "weak", "substation", "servers", "toilet-m", "toilet-f"}
DRY |= {"lobby", "tank", "machine", "pumps"}


def water(building: Building, ways: Ways) -> Network:
    """Route cold water: meter, tank, two pumps, bypass, riser, branches inside walls."""
    net = Network("JS")
    basement, *upper = building.storeys
    pumps = next(room for room in basement.rooms if room.use == "pumps")
    shaft = ways.core(basement, "shaft").box
    riser = ((shaft[0] + shaft[2]) // 2 - 500, shaft[1] + 500)
    main, service = steel(80), steel(65)
    west, south, _, _ = pumps.box
    y, z = ways.middle_y + 850, basement.elevation
    entry = (-OUTSIDE, y, z + 2850)
    tee = (west + 1650, y, z + 2850)
    base = (riser[0], riser[1], z + 2850)
    net.entries.add(entry)
    net.run([entry, tee, (riser[0], y, z + 2850), base], main)
    net.add(
        inline("valve/entry", (900, y, z + 2850), (1, 0, 0), main, kind="gate", name="引入管总阀")
    )
    net.add(inline("meter", (1500, y, z + 2850), (1, 0, 0), main, kind="meter", name="总水表"))
    # to the tank, out to two pumps side by side, and back above the first line
    tank = (west + 1650, south + 1300, z + 1200)
    top = (tank[0], tank[1], z + 2100)
    net.run([tee, (tee[0], tank[1], z + 2850), top], service)
    net.add(
        inline(
            "valve/tank",
            (tee[0], south + 3000, z + 2850),
            (0, -1, 0),
            service,
            kind="gate",
            name="水箱进水阀",
        )
    )
    out = (tank[0] + 1250, tank[1], z + 500)
    net.add(
        boxed(
            "tank",
            tank,
            (2500, 1500, 1800),
            ((top, "SINK"), (out, "SOURCE")),
            ifc_class="IfcTank",
            predefined="STORAGE",
            name="生活水箱",
            colour="metal",
            nominal=65,
        )
    )
    split = (out[0] + 800, tank[1], z + 500)
    join = (split[0] + 2200, tank[1], z + 500)
    net.run([out, split], service)
    for i, shift in enumerate((-600, 600)):
        line = [split, (split[0], split[1] + shift, z + 500), (join[0], join[1] + shift, z + 500)]
        net.run([*line, join], service)
        aside = split[1] + shift
        net.add(
            inline(
                f"valve/suction{i}",
                (split[0] + 400, aside, z + 500),
                (1, 0, 0),
                service,
                kind="gate",
                name=f"吸水阀{i + 1}",
            )
        )
        net.add(
            inline(
                f"pump{i}",
                (split[0] + 1000, aside, z + 500),
                (1, 0, 0),
                service,
                kind="pump",
                name=f"给水泵{i + 1}",
            )
        )
        net.add(
            inline(
                f"valve/check{i}",
                (split[0] + 1700, aside, z + 500),
                (1, 0, 0),
                service,
                kind="check",
                name=f"止回阀{i + 1}",
            )
        )
    up = (join[0], join[1], z + 2700)
    net.run(
        [
            join,
            up,
            (up[0], y, z + 2700),
            (riser[0], y, z + 2700),
            (riser[0], riser[1], z + 2700),
            base,
        ],
        service,
    )
    net.add(
        inline(
            "valve/pumped",
            (riser[0], ways.north_face - 300, z + 2700),
            (0, 1, 0),
            service,
            kind="gate",
            name="加压供水阀",
        )
    )
    net.add(
        inline(
            "valve/bypass",
            (riser[0], ways.north_face - 300, z + 2850),
            (0, 1, 0),
            main,
            kind="gate",
            name="旁通阀",
            properties=(("NormallyOpen", False),),
        )
    )
    served = [storey for storey in upper if not storey.is_roof]
    last = served[-1]
    net.run([base, (riser[0], riser[1], last.elevation + 2550)], service)
    net.add(
        inline(
            "valve/riser",
            (riser[0], riser[1], 700),
            (0, 0, 1),
            service,
            kind="gate",
            name="JSL-1 立管底阀",
        )
    )
    for storey in served:
        _storey_water(net, storey, ways, riser)
    return net


def _storey_water(net: Network, storey: Storey, ways: Ways, riser: tuple[int, int]) -> None:
    y, z = ways.middle_y + 850, storey.elevation + 2550
    start = (riser[0], riser[1], z)
    feed = steel(40)
    wet = [room for room in storey.rooms if room.use in {"toilet-m", "toilet-f", "boiling"}]
    end = min(room.box[0] for room in wet) - 100
    net.run([start, (riser[0], y, z), (end, y, z)], feed)
    net.add(
        inline(
            f"valve/{storey.name}",
            (riser[0], riser[1] - 230, z),
            (0, -1, 0),
            feed,
            kind="gate",
            name=f"{storey.name} 给水支管阀",
        )
    )
    for room in wet:
        _room_water(net, storey, ways, room, y)


def fixtures(room: Room) -> list[tuple[str, int]]:
    """Place the fixtures of a wet room along its west wall: kind and y."""
    west, south, _, north = room.box
    del west
    if room.use == "boiling":
        return [("heater", south + 2500)]
    deep = north - south
    spots = [("basin", south + 1300)]
    spots += [("closet", south + 2400 + 1000 * i) for i in range((deep - 2600) // 1000)]
    return spots


def _room_water(net: Network, storey: Storey, ways: Ways, room: Room, y: int) -> None:
    """Feed a wet room: over the corridor's ceiling, then down and along inside its west wall."""
    inside = room.box[0] - 100
    high, low = storey.elevation + 2550, storey.elevation + 900
    pipe, stub = steel(25), steel(15)
    placed = fixtures(room)
    first, last = placed[0][1], placed[-1][1]
    line: list[Spot] = [(inside, y, high), (inside, first, high), (inside, first, low)]
    net.run(line, pipe)
    if last != first:
        net.run([(inside, first, low), (inside, last, low)], pipe)
    net.add(
        inline(
            f"valve/{room.number}",
            (inside, ways.north_face - 350, high),
            (0, 1, 0),
            pipe,
            kind="gate",
            name=f"{room.number} 进水阀",
        )
    )
    for i, (kind, at) in enumerate(placed):
        face = (room.box[0], at, low)
        net.run([(inside, at, low), face], stub)
        device = _fixture(f"{room.number}/{i}", kind, face, storey.elevation)
        net.add(device)


def _fixture(key: str, kind: str, port: Spot, floor: int) -> Device:
    at = (port[0], port[1], floor)
    if kind == "heater":
        return Device(
            key=f"fixture/{key}",
            ifc_class="IfcElectricAppliance",
            predefined="FREESTANDINGWATERHEATER",
            name="电开水器",
            type_name="电开水器",
            at=at,
            ports=((port, "SINK"),),
            bodies=(box((500.0, 600.0, 1500.0), "metal", (250.0, 0.0, 750.0)),),
            nominal=15,
        )
    bodies = closet(key, at, 1) if kind == "closet" else basin(1)
    name = "坐便器" if kind == "closet" else "洗手盆"
    return Device(
        key=f"fixture/{key}",
        ifc_class="IfcSanitaryTerminal",
        predefined="TOILETPAN" if kind == "closet" else "WASHHANDBASIN",
        name=name,
        type_name=name,
        at=at,
        ports=((port, "SINK"),),
        bodies=bodies,
        nominal=15,
    )


def drainage(building: Building, ways: Ways) -> Network:
    """Route foul water: stubs through the slab, a collector under the floor, a stack, the exit."""
    net = Network("WS")
    shaft = ways.core(building.storeys[0], "shaft").box
    x, y = (shaft[0] + shaft[2]) // 2 - 800, shaft[1] + 800
    stack, branch = plastic(150), plastic(100)
    roof = building.storeys[-1]
    north = max(cell[1] for room in building.storeys[1].rooms for cell in room.cell)
    vent, leave = (x, y, roof.elevation + 700), (x, north + OUTSIDE, EXIT)
    net.entries |= {vent, leave}
    net.run([vent, (x, y, EXIT), leave], stack)
    for storey in building.storeys[1:-1]:
        z = storey.elevation + DRAIN
        for room in storey.rooms:
            if room.use not in {"toilet-m", "toilet-f", "boiling"}:
                continue
            line = room.box[0] + 300
            placed = fixtures(room)
            if room.use == "boiling":
                placed = [("drain", placed[0][1] + 700)]
            net.run([(line, placed[-1][1], z), (line, y, z), (x, y, z)], branch)
            for i, (kind, at) in enumerate(placed):
                floor = (line, at, storey.elevation)
                net.run([floor, (line, at, z)], branch)
                name = {"closet": "坐便器排水口", "basin": "洗手盆排水口"}.get(kind, "地漏")
                net.add(
                    Device(
                        key=f"trap/{storey.name}/{room.number}/{i}",
                        ifc_class="IfcWasteTerminal",
                        predefined="FLOORTRAP" if kind == "drain" else "WASTETRAP",
                        name=name,
                        type_name=name,
                        at=floor,
                        ports=((floor, "SOURCE"),),
                        bodies=(box((160.0, 160.0, 20.0), "metal", (0.0, 0.0, 10.0)),),
                        nominal=100,
                    )
                )
    return net


def rain(building: Building, ways: Ways) -> Network:
    """Route rain water from the roof through the parapet down the south facade."""
    del ways
    net = Network("YS")
    pipe = plastic(100)
    roof = building.storeys[-1]
    long = max(x for room in building.storeys[1].rooms for x, y in room.cell if y == 0)
    for i, at in enumerate(sorted({BAY + 450, long // BAY * BAY - BAY + 450})):
        z = roof.elevation + 60
        inlet = (at, 450, z)
        net.run([inlet, (at, -290, z), (at, -290, EXIT), (at, -2500, EXIT)], pipe)
        net.entries.add((at, -2500, EXIT))
        net.add(
            Device(
                key=f"drain/{i}",
                ifc_class="IfcWasteTerminal",
                predefined="ROOFDRAIN",
                name="侧入式雨水斗",
                type_name="侧入式雨水斗",
                at=inlet,
                ports=((inlet, "SOURCE"),),
                bodies=(box((250.0, 300.0, 160.0), "metal", (0.0, 150.0, 20.0)),),
                nominal=100,
            )
        )
    return net


def fire(building: Building, ways: Ways) -> Network:
    """Route fire water: two pumps, two risers that form a ring with every storey's main."""
    net = Network("XF")
    basement = building.storeys[0]
    main, riser_pipe = steel(150), steel(100)
    pumps = next(room for room in basement.rooms if room.use == "pumps")
    east = pumps.box[2]
    y, z = ways.middle_y + 100, basement.elevation
    south = pumps.box[1]
    suction, delivery = east - 2900, east - 500
    level = z + 3300
    net.entries.add((-OUTSIDE, y, z + 2400))
    net.run(
        [
            (-OUTSIDE, y, z + 2400),
            (600, y, z + 2400),
            (600, y, level),
            (suction, y, level),
            (suction, south + 2000, level),
            (suction, south + 2000, z + 600),
        ],
        main,
    )
    net.add(
        inline(
            "valve/entry",
            (-50 + 600 - 250, y, z + 2400),
            (1, 0, 0),
            main,
            kind="gate",
            name="消防引入总阀",
        )
    )
    for i, shift in enumerate((-600, 600)):
        aside = south + 2000 + shift
        net.run(
            [
                (suction, south + 2000, z + 600),
                (suction, aside, z + 600),
                (delivery, aside, z + 600),
                (delivery, south + 2000, z + 600),
            ],
            main,
        )
        net.add(
            inline(
                f"pump{i}",
                (suction + 900, aside, z + 600),
                (1, 0, 0),
                main,
                kind="pump",
                name=f"消防泵{i + 1}",
            )
        )
        net.add(
            inline(
                f"valve/check{i}",
                (suction + 1600, aside, z + 600),
                (1, 0, 0),
                main,
                kind="check",
                name=f"消防泵止回阀{i + 1}",
            )
        )
    shaft = ways.core(basement, "shaft").box
    first = ((shaft[0] + shaft[2]) // 2 + 400, shaft[1] + 500)
    net.run(
        [(delivery, south + 2000, z + 600), (delivery, south + 2000, level), (delivery, y, level)],
        main,
    )
    storeys = [storey for storey in building.storeys if not storey.is_roof]
    ends: list[Spot] = []
    for storey in storeys:
        floor = ways.lane("XF", storey)[1]
        start = (first[0], y, floor)
        pipe = main if storey.is_basement else riser_pipe
        west, onward = ways.lines("XF", storey, first[0])
        if storey.is_basement:
            west = [(delivery, y, level), start]
        net.run(west, pipe)
        net.run(onward, pipe)
        net.run([(first[0], first[1], floor), start][:: -1 if storey.is_basement else 1], pipe)
        corner = onward[-1]
        far = (
            (corner[0], corner[1] + 950, floor)
            if not ways.has_bend
            else (corner[0] + 950, corner[1], floor)
        )
        net.run([corner, far], pipe)
        ends.append(far)
        _storey_fire(net, storey, ways, start, first, delivery if storey.is_basement else 0)
    for a, b in itertools.pairwise(storeys):
        low, high = ways.lane("XF", a)[1], ways.lane("XF", b)[1]
        net.run([(first[0], first[1], low), (first[0], first[1], high)], riser_pipe)
        net.run([(ends[0][0], ends[0][1], low), (ends[0][0], ends[0][1], high)], riser_pipe)
    net.add(
        inline(
            "valve/riser1",
            (first[0], first[1], 700),
            (0, 0, 1),
            riser_pipe,
            kind="gate",
            name="XFL-1 立管底阀",
        )
    )
    net.add(
        inline(
            "valve/riser2",
            (ends[0][0], ends[0][1], 700),
            (0, 0, 1),
            riser_pipe,
            kind="gate",
            name="XFL-2 立管底阀",
        )
    )
    _roof_tank(net, building, first, storeys[-1], ways)
    return net


def _roof_tank(
    net: Network, building: Building, riser: tuple[int, int], last: Storey, ways: Ways
) -> None:
    roof = building.storeys[-1]
    room = next((room for room in roof.rooms if room.use == "tank"), None)
    if room is None:
        return
    west, south, east, north = room.box
    z = roof.elevation + 600
    port = (east - 400, riser[1], z)
    pipe = steel(100)
    top = (riser[0], riser[1], ways.lane("XF", last)[1])
    net.run([port, (riser[0], riser[1], z), top], pipe)
    net.add(
        boxed(
            "tank",
            ((west + port[0]) // 2, (south + north) // 2, roof.elevation + 1200),
            (port[0] - west - 300, north - south - 800, 1800),
            ((port, "SOURCE"),),
            ifc_class="IfcTank",
            predefined="STORAGE",
            name="高位消防水箱",
            colour="metal",
            nominal=100,
        )
    )
    net.add(
        inline(
            "valve/tank",
            (east + 500, riser[1], z),
            (1, 0, 0),
            pipe,
            kind="check",
            name="水箱出水止回阀",
        )
    )


def _storey_fire(
    net: Network, storey: Storey, ways: Ways, start: Spot, riser: tuple[int, int], beyond: int
) -> None:
    """Fit out a storey; in the basement only ``beyond`` the pumps' delivery."""
    if not storey.is_basement:
        net.add(
            inline(
                f"valve/{storey.name}",
                (riser[0], ways.north_face - 350, start[2]),
                (0, -1, 0),
                steel(100),
                kind="gate",
                name=f"{storey.name} 信号蝶阀",
            )
        )
        net.add(
            inline(
                f"switch/{storey.name}",
                (riser[0], ways.north_face - 750, start[2]),
                (0, -1, 0),
                steel(100),
                kind="switch",
                name=f"{storey.name} 水流指示器",
            )
        )
    _hydrants(net, storey, ways, beyond)
    branch, drop = steel(32), steel(25)
    for bay in ways.bays(storey):
        if bay.room.use in DRY:
            continue
        wide = bay.hi - bay.lo
        count = max(1, round(wide / 4400))
        for i in range(count):
            along = bay.lo + wide * (2 * i + 1) // (2 * count)
            along = along // 10 * 10 + (500 if wide > 2500 else 350)
            if bay.leg or along > beyond + 300:
                _sprinklers(net, storey, ways, bay, along, branch, drop)


def _sprinklers(
    net: Network, storey: Storey, ways: Ways, bay: Bay, along: int, branch: Section, drop: Section
) -> None:
    root = ways.on("XF", storey, bay.leg, along)
    ceiling = storey.elevation + bay.room.height - (0 if not storey.is_basement else 300)
    points = [bay.spot(along, depth, root[2]) for depth in (1700, 4100)]
    net.run([root, *points], branch)
    for i, point in enumerate(points):
        head = (point[0], point[1], ceiling if not storey.is_basement else point[2] + 140)
        if storey.is_basement:  # upright, under the slab
            head = (point[0], point[1], point[2] - 160)
        net.run([point, head], drop)
        net.add(sprinkler(f"sprinkler/{bay.room.number}/{along}/{i}", head))


def _hydrants(net: Network, storey: Storey, ways: Ways, beyond: int) -> None:
    """Set hydrant cabinets into the corridor wall; their pipes drop inside it."""
    level = ways.lane("XF", storey)[1]
    y = ways.middle_y + 100
    inside = ways.legs[0][3]
    pipe = steel(65)
    for i, along in enumerate(ways.free_spots(storey, 750, 2 + (ways.end > 40000))):
        if along < beyond + 300:
            continue
        top = (along, inside, storey.elevation + 1250)
        net.run([(along, y, level), (along, inside, level), top], pipe)
        net.add(
            boxed(
                f"hydrant/{storey.name}/{i}",
                (along, inside - 20, storey.elevation + 775),
                (700, 240, 950),
                ((top, "SINK"),),
                ifc_class="IfcFireSuppressionTerminal",
                predefined="HOSEREEL",
                name=f"消火栓箱 {storey.name}-{i + 1}",
                colour="red",
                nominal=65,
            )
        )
