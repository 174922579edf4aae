"""Valves, pumps, terminals and plant: their ports and bodies. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.sample.bodies import Body, box, cylinder, union
from fangma.bim_import.sample.network import Device, Spot

if TYPE_CHECKING:
    from fangma.bim_import.sample.sections import Section

Step = tuple[int, int, int]


def inline(
    key: str,
    at: Spot,
    way: Step,
    section: Section,
    *,
    kind: str,
    name: str,
    properties: tuple[tuple[str, object], ...] = (),
) -> Device:
    """Set a valve, meter, flow switch or pump into a run that flows along ``way``."""
    ifc_class, predefined, colour = INLINE[kind]
    half = section.width + 40 if kind != "pump" else 300
    before = _step(at, way, -half)
    after = _step(at, way, half)
    radius = section.width / 2
    start, end = _vector(way, -half), _vector(way, half)
    stem = (0.0, 0.0, 1.0) if way[2] == 0 else (1.0, 0.0, 0.0)
    parts = [cylinder(start, end, radius, colour)]
    if kind == "pump":
        parts += [
            cylinder(_vector(way, -60), _vector(way, 60), 170.0, colour),
            cylinder(_vector(way, 0), _vector(way, 280), 120.0, colour),
            box((260.0, 260.0, 300.0), colour, (0.0, 0.0, -200.0)),
        ]
    else:
        parts.append(
            cylinder(_vector(way, -half * 0.4), _vector(way, half * 0.4), radius * 1.5, colour)
        )
        top = radius * 1.5 + 60
        parts.append(cylinder((0.0, 0.0, 0.0), _scaled(stem, top), max(6.0, radius * 0.25), colour))
        wheel = _scaled(stem, top + 12)
        parts.append(cylinder(_scaled(stem, top), wheel, max(30.0, radius * 1.2), colour))
    return Device(
        key=key,
        ifc_class=ifc_class,
        predefined=predefined,
        name=name,
        type_name=f"{name.split(maxsplit=1)[0]} {section.label}",
        at=at,
        ports=((before, "SINK"), (after, "SOURCE")),
        bodies=(union(tuple(parts), colour),),
        nominal=section.nominal,
        properties=properties,
    )


INLINE: dict[str, tuple[str, str, str]] = {
    "gate": ("IfcValve", "ISOLATING", "red"),
    "check": ("IfcValve", "CHECK", "metal"),
    "regulating": ("IfcValve", "REGULATING", "metal"),
    "alarm": ("IfcValve", "NOTDEFINED", "red"),
    "meter": ("IfcFlowMeter", "WATERMETER", "metal"),
    "switch": ("IfcFlowInstrument", "NOTDEFINED", "metal"),
    "pump": ("IfcPump", "CIRCULATOR", "machine"),
}


def boxed(
    key: str,
    at: Spot,
    size: tuple[int, int, int],
    ports: tuple[tuple[Spot, str], ...],
    *,
    ifc_class: str,
    predefined: str,
    name: str,
    colour: str,
    nominal: int = 0,
    properties: tuple[tuple[str, object], ...] = (),
) -> Device:
    """Set a machine or cabinet whose body is a box about ``at``."""
    body = box((float(size[0]), float(size[1]), float(size[2])), colour)
    return Device(
        key=key,
        ifc_class=ifc_class,
        predefined=predefined,
        name=name,
        type_name=name,
        at=at,
        ports=ports,
        bodies=(body,),
        nominal=nominal,
        properties=properties,
    )


def sprinkler(key: str, at: Spot) -> Device:
    """Hang a sprinkler: its port is where the drop ends, ``at``."""
    parts = [
        cylinder((0.0, 0.0, 0.0), (0.0, 0.0, -40.0), 11.0, "red"),
        cylinder((0.0, 0.0, -38.0), (0.0, 0.0, -44.0), 28.0, "red"),
    ]
    return Device(
        key=key,
        ifc_class="IfcFireSuppressionTerminal",
        predefined="SPRINKLER",
        name="下垂型喷头",
        type_name="下垂型喷头 DN15",
        at=at,
        ports=((at, "SINK"),),
        bodies=(union(tuple(parts), "red"),),
        nominal=15,
    )


def closet(key: str, at: Spot, east: int) -> tuple[Body, ...]:
    """Return the bodies of a water closet that stands with its back at ``at``."""
    del key, at
    return (
        box((180.0, 400.0, 780.0), "white", (east * 90.0, 0.0, 390.0)),
        box((480.0, 360.0, 400.0), "white", (east * 420.0, 0.0, 200.0)),
    )


def basin(east: int) -> tuple[Body, ...]:
    """Return the bodies of a wash basin with its back at the wall."""
    return (
        box((480.0, 560.0, 160.0), "white", (east * 250.0, 0.0, 780.0)),
        cylinder((east * 250.0, 0.0, 0.0), (east * 250.0, 0.0, 700.0), 70.0, "white"),
    )


def _step(at: Spot, way: Step, by: int) -> Spot:
    return at[0] + way[0] * by, at[1] + way[1] * by, at[2] + way[2] * by


def _vector(way: Step, by: float) -> tuple[float, float, float]:
    return way[0] * by, way[1] * by, way[2] * by


def _scaled(way: tuple[float, float, float], by: float) -> tuple[float, float, float]:
    return way[0] * by, way[1] * by, way[2] * by
