"""Route chilled water, fresh air and cable trays through a building. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.sample.devices import boxed, inline
from fangma.bim_import.sample.network import Network
from fangma.bim_import.sample.sections import rectangular, steel

if TYPE_CHECKING:
    from fangma.bim_import.sample.corridors import Ways
    from fangma.bim_import.sample.plan import Building, Storey

COOLED = {
    "office",
    "meeting",
    "reception",
    "archive",
    "library",
    "duty",
    "gym",
    "canteen",
    "control",
    "clinic",
    "shop",
    "mail",
    "property",
    "secret",
    "printing",
}


def chilled_water(building: Building, ways: Ways) -> Network:
    """Route the closed loop of chillers, pump, risers and fan coils: supply and return."""
    net = Network("KT")
    basement = building.storeys[0]
    plant = next(room for room in basement.rooms if room.use == "chillers")
    west, south, east, north = plant.box
    floor = basement.elevation
    main, riser = steel(100), steel(80)
    x = (west + east) // 2
    at = (x, south + 1900, floor + 1000)
    out = (x + 600, at[1], floor + 1900)
    back = (x - 1500, at[1], floor + 600)
    net.add(
        boxed(
            "chiller",
            at,
            (3000, 1400, 1800),
            ((out, "SOURCE"), (back, "SINK")),
            ifc_class="IfcChiller",
            predefined="WATERCOOLED",
            name="螺杆冷水机组",
            colour="machine",
            nominal=100,
        )
    )
    shaft = ways.core(basement, "shaft").box
    centre = (shaft[0] + shaft[2]) // 2
    supply_at, return_at = (centre - 200, shaft[1] + 500), (centre + 100, shaft[1] + 500)
    high = ways.lane("KTS", basement)[1]
    low = ways.lane("KTR", basement)[1]
    ys, yr = ways.middle_y + 600, ways.middle_y + 400
    net.run(
        [
            out,
            (out[0], out[1], high),
            (out[0], ys, high),
            (supply_at[0], ys, high),
            (*supply_at, high),
        ],
        main,
    )
    net.run(
        [
            (*return_at, low),
            (return_at[0], yr, low),
            (back[0] - 1600, yr, low),
            (back[0] - 1600, at[1], low),
            (back[0] - 1600, at[1], back[2]),
            back,
        ],
        main,
    )
    net.add(
        inline(
            "pump",
            (back[0] - 800, at[1], back[2]),
            (1, 0, 0),
            main,
            kind="pump",
            name="冷冻水循环泵",
        )
    )
    net.add(
        inline(
            "valve/plant",
            (out[0], north - 1200, high),
            (0, 1, 0),
            main,
            kind="gate",
            name="冷冻水供水总阀",
        )
    )
    storeys = [storey for storey in building.storeys if not storey.is_roof][1:]
    top = storeys[-1]
    net.run([(*supply_at, high), (*supply_at, ways.lane("KTS", top)[1])], riser)
    net.run([(*return_at, ways.lane("KTR", top)[1]), (*return_at, low)], riser)
    for name, spot, way in (("S", supply_at, 1), ("R", return_at, -1)):
        net.add(
            inline(
                f"valve/riser{name}",
                (*spot, 700),
                (0, 0, way),
                riser,
                kind="gate",
                name=f"KTL-{name} 立管底阀",
            )
        )
    for storey in storeys:
        _storey_water(net, storey, ways, supply_at, return_at)
    return net


def _storey_water(
    net: Network, storey: Storey, ways: Ways, supply: tuple[int, int], back: tuple[int, int]
) -> None:
    pipe, branch = steel(65), steel(20)
    high, low = ways.lane("KTS", storey)[1], ways.lane("KTR", storey)[1]
    bays = [bay for bay in ways.bays(storey) if bay.room.use in COOLED]
    if not bays:
        return
    for system, spot, z in (("KTS", supply, high), ("KTR", back, low)):
        start = ways.on(system, storey, 0, spot[0])
        lines = [[(*spot, z), start], *ways.lines(system, storey, spot[0])]
        for line in lines:
            net.run(line if system == "KTS" else line[::-1], pipe)
        way = -1 if system == "KTS" else 1
        net.add(
            inline(
                f"valve/{storey.name}/{system}",
                (spot[0], ways.north_face - 350, z),
                (0, way, 0),
                pipe,
                kind="gate",
                name=f"{storey.name} {system} 支管阀",
            )
        )
    for bay in bays:
        wide = bay.hi - bay.lo
        for i in range(max(1, round(wide / 6600))):
            count = max(1, round(wide / 6600))
            along = (bay.lo + wide * (2 * i + 1) // (2 * count)) // 10 * 10
            inlet, outlet = along + 150, along - 150
            port_in = bay.spot(inlet, 900, high)
            port_out = bay.spot(outlet, 900, low)
            net.run([ways.on("KTS", storey, bay.leg, inlet), port_in], branch)
            net.run([port_out, ways.on("KTR", storey, bay.leg, outlet)], branch)
            size = (620, 480, 230) if bay.leg == 0 else (480, 620, 230)
            centre = bay.spot(along, 1140, (high + low) // 2)
            net.add(
                boxed(
                    f"fcu/{bay.room.number}/{i}",
                    centre,
                    size,
                    ((port_in, "SINK"), (port_out, "SOURCE")),
                    ifc_class="IfcUnitaryEquipment",
                    predefined="NOTDEFINED",
                    name=f"风机盘管 {bay.room.number}",
                    colour="machine",
                    nominal=20,
                )
            )


def fresh_air(building: Building, ways: Ways) -> Network:
    """Route fresh air from a unit on the roof down the shaft and along every corridor."""
    net = Network("FG", kind="duct")
    shaft = ways.core(building.storeys[0], "shaft").box
    x, y = (shaft[0] + shaft[2]) // 2 + 700, shaft[1] + 1600
    riser, main, branch = rectangular(400, 300), rectangular(400, 200), rectangular(160, 120)
    roof = building.storeys[-1]
    z = roof.elevation + 900
    south = ways.middle_y
    unit = (x, south - 500, roof.elevation + 900)
    port = (x, south + 500, z)
    net.add(
        boxed(
            "unit",
            unit,
            (2600, 2000, 1500),
            ((port, "SOURCE"),),
            ifc_class="IfcUnitaryEquipment",
            predefined="AIRHANDLER",
            name="屋面新风机组",
            colour="machine",
        )
    )
    storeys = [
        storey for storey in building.storeys if not storey.is_roof and not storey.is_basement
    ]
    bottom = ways.lane("FG", storeys[0])[1]
    net.run([port, (x, y, z), (x, y, bottom)], riser)
    for storey in storeys:
        level = ways.lane("FG", storey)[1]
        bays = [bay for bay in ways.bays(storey) if bay.room.use in COOLED]
        if not bays and storey is not storeys[0]:
            continue
        start = ways.on("FG", storey, 0, x)
        net.run([(x, y, level), start], main)
        for line in ways.lines("FG", storey, x):
            net.run(line, main)
        for bay in bays:
            wide = bay.hi - bay.lo
            along = (bay.lo + bay.hi) // 20 * 10 - (650 if wide > 2500 else 550)
            if bay.leg == 0 and abs(along - x) < 500:
                along = x + (-600 if along < x else 600)
                along = min(max(along, bay.lo + 250), bay.hi - 250)
            root = ways.on("FG", storey, bay.leg, along)
            end = bay.spot(along, 2200, level)
            grille = (end[0], end[1], storey.elevation + bay.room.height + 40)
            net.run([root, end, grille], branch)
            net.add(
                boxed(
                    f"diffuser/{bay.room.number}",
                    (grille[0], grille[1], grille[2] - 25),
                    (300, 300, 50),
                    ((grille, "SINK"),),
                    ifc_class="IfcAirTerminal",
                    predefined="DIFFUSER",
                    name=f"散流器 {bay.room.number}",
                    colour="metal",
                )
            )
    return net


def trays(building: Building, ways: Ways, system: str) -> Network:
    """Route cable trays (DL power, TX telecommunication) from their rooms along the corridors."""
    net = Network(system, kind="tray")
    tray = rectangular(200, 60)
    use = "power" if system == "DL" else "weak"
    basement = building.storeys[0]
    room = ways.core(basement, use).box
    x, y = (room[0] + room[2]) // 2, room[1] + 700
    storeys = [storey for storey in building.storeys if not storey.is_roof]
    levels = [ways.lane(system, storey)[1] for storey in storeys]
    net.run([(x, y, levels[0]), (x, y, levels[-1])], tray)
    for storey, level in zip(storeys, levels, strict=True):
        net.run([(x, y, level), ways.on(system, storey, 0, x)], tray)
        for line in ways.lines(system, storey, x):
            net.run(line, tray)
        board = (x, y + 900, storey.elevation + 1400)
        top = (x, y + 900, storey.elevation + 1850)
        net.run([(x, y, level), (x, y + 900, level), top], tray)
        ifc_class, kind, name = (
            ("IfcElectricDistributionBoard", "DISTRIBUTIONBOARD", f"{storey.name} 楼层配电箱")
            if system == "DL"
            else ("IfcCommunicationsAppliance", "NETWORKAPPLIANCE", f"{storey.name} 弱电机柜")
        )
        net.add(
            boxed(
                f"board/{storey.name}",
                board,
                (600, 400, 900),
                ((top, "SINK"),),
                ifc_class=ifc_class,
                predefined=kind,
                name=name,
                colour="machine",
            )
        )
    source = next(
        (r for r in basement.rooms if r.use == ("substation" if system == "DL" else "servers")),
        None,
    )
    if source is not None:
        bay = next(bay for bay in ways.bays(basement) if bay.room is source)
        level = levels[0]
        out = bay.spot(bay.middle, 1500, level)
        net.run(
            [
                (out[0], out[1], basement.elevation + 2000),
                out,
                ways.on(system, basement, bay.leg, bay.middle),
            ],
            tray,
        )
        top = (out[0], out[1], basement.elevation + 2000)
        net.add(
            boxed(
                "source",
                (out[0], out[1], basement.elevation + 1000),
                (2400, 800, 2000),
                ((top, "SOURCE"),),
                ifc_class="IfcElectricDistributionBoard"
                if system == "DL"
                else "IfcCommunicationsAppliance",
                predefined="SWITCHBOARD" if system == "DL" else "NETWORKAPPLIANCE",
                name="低压配电柜" if system == "DL" else "核心交换机柜",
                colour="machine",
            )
        )
    return net
