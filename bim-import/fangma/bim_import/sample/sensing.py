"""Sensors of the compound: what is measured where. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.bim_import.sample.plan import Building, Room


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A stream; ``ifc`` is the predefined type of its IfcSensor, empty when it is not modelled."""

    id: str
    name: str
    building: str
    number: str
    property: str
    unit: str
    protocol: str
    address: str
    ifc: str = ""
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    code: str = ""  # building code, of modelled ones


# Property, name, UCUM unit, protocol, IfcSensor type.
CLIMATE = (
    ("temperature", "温度", "Cel", "mqtt", "TEMPERATURESENSOR"),
    ("humidity", "湿度", "%", "mqtt", "HUMIDITYSENSOR"),
    ("co2", "二氧化碳", "[ppm]", "mqtt", "CO2SENSOR"),
)
SMOKE = ("smoke", "烟感", "1", "bacnet", "SMOKESENSOR")
LEAK = ("leak", "漏水", "1", "modbus", "MOISTURESENSOR")
MOTION = ("occupancy", "人体存在", "1", "mqtt", "MOVEMENTSENSOR")
DOOR = ("door", "门磁", "1", "mqtt", "CONTACTSENSOR")
LIGHT = ("illuminance", "照度", "lx", "mqtt", "LIGHTSENSOR")
WINDOW = ("window", "窗磁", "1", "mqtt", "CONTACTSENSOR")
COIL = ("supply-temperature", "送风温度", "Cel", "bacnet", "")
ENERGY = ("energy", "分项电能", "kW.h", "modbus", "")
GAS = ("gas", "可燃气体", "%", "modbus", "GASSENSOR")
LEVEL = ("level", "水位", "m", "modbus", "LEVELSENSOR")
PRESSURE = ("pressure", "水压", "MPa", "modbus", "PRESSURESENSOR")
PANIC = ("panic", "紧急按钮", "1", "mqtt", "")
WET = {"toilet-m", "toilet-f", "boiling", "pumps", "chillers"}
DRY_STORES = {"archive", "secret", "servers", "weak", "power", "substation"}


def kinds(room: Room) -> list[tuple[str, str, str, str, str]]:
    """Return what is measured in a room."""
    use = room.use
    if use in {"office", "meeting", "reception", "duty", "gym", "canteen", "library", "shop"}:
        found = [*CLIMATE, MOTION, DOOR, WINDOW, LIGHT, ENERGY, SMOKE, COIL]
        return [*found, PANIC] if use == "duty" else found
    if use in DRY_STORES:
        return [*CLIMATE[:2], LEAK, DOOR, SMOKE]
    if use in WET:
        return [
            LEAK,
            *([PRESSURE, LEVEL] if use == "pumps" else []),
            *([SMOKE] if use == "chillers" else []),
        ]
    if use == "kitchen":
        return [GAS, SMOKE, CLIMATE[0]]
    if use in {"stair", "shaft"}:
        return []
    if use == "corridor":
        return [SMOKE, MOTION, LIGHT]
    if use == "lift":
        return [("travel", "电梯运行次数", "1", "opcua", "")]
    return [SMOKE] if USES[use].kind != "公共" else []


def sensors(buildings: Iterable[Building], entries: Iterable[str]) -> list[Sensor]:
    """List all sensors; ``entries`` names the manholes that report level and cover."""
    made: list[Sensor] = []
    total = 0
    for building in buildings:
        for room in building.rooms:
            for i, kind in enumerate(kinds(room)):
                made.append(_in_room(building, room, i, kind, len(made)))
        total += len(building.rooms)
        for name, prop, unit in (
            ("总水表", "water", "m3"),
            ("总电表", "energy", "kW.h"),
            ("人员计数", "people", "1"),
        ):
            made.append(
                Sensor(
                    id=f"{building.code}-{prop.upper()}",
                    name=f"{building.name} {name}",
                    building=building.name,
                    number="",
                    property=prop,
                    unit=unit,
                    protocol="opcua",
                    address=f"ns=2;s={building.code}.{prop}",
                )
            )
    made += _grounds(total, entries)
    return made


def _in_room(
    building: Building, room: Room, i: int, kind: tuple[str, str, str, str, str], serial: int
) -> Sensor:
    prop, name, unit, protocol, ifc = kind
    key = f"{building.code}-{room.number}-{prop}"
    address = {
        "mqtt": f"fangma/observations/{key}",
        "modbus": f"{1 + serial // 100 % 240}:{40001 + serial % 100}",
        "bacnet": f"{1000 + serial // 500},analog-input,{serial % 500}",
        "opcua": f"ns=2;s={key}",
    }[protocol]
    storey = next(s for s in building.storeys if s.name == room.storey)
    point = room.polygon.representative_point()
    west, south, east, _north = room.box
    low = prop == "leak"
    x = float(round(point.x)) + (i - 3) * 130 if east - west > 2200 else float(west + 300)
    y = float(round(point.y)) + 380 if not low else float(south + 400)
    if east - west <= 2200:
        y = float(south + 500 + 160 * i)
    z = float(storey.elevation + (20 if low else room.height - 16))
    return Sensor(
        id=key,
        name=f"{building.name} {room.number} {name}",
        building=building.name,
        number=room.number,
        property=prop,
        unit=unit,
        protocol=protocol,
        address=address,
        ifc=ifc,
        at=(x, y, z),
        code=building.code,
    )


def _grounds(rooms: int, entries: Iterable[str]) -> list[Sensor]:
    made = [
        _outside(f"U00-PARK-{i + 1:04d}", f"车位 {i + 1}", "parking", "1")
        for i in range(max(8, rooms // 2))
    ]
    made += [
        _outside(f"U00-GATE-{i + 1:02d}", f"道闸 {i + 1}", "passage", "1")
        for i in range(max(2, rooms // 60))
    ]
    for name in entries:
        made.append(_outside(f"U00-{name}-LEVEL", f"检查井 {name} 水位", "level", "m"))
        made.append(_outside(f"U00-{name}-COVER", f"检查井 {name} 井盖", "cover", "1"))
    return made


def _outside(key: str, name: str, prop: str, unit: str) -> Sensor:
    return Sensor(
        id=key,
        name=name,
        building="",
        number="",
        property=prop,
        unit=unit,
        protocol="mqtt",
        address=f"fangma/observations/{key}",
    )
