"""Doors and windows by type: sizes in millimetres, named as Chinese schedules name them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorType:
    """A door type."""

    width: int
    height: int
    leaves: int
    name: str
    colour: str
    is_fire: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowType:
    """A window type; ``sill`` above the storey's floor."""

    width: int
    height: int
    sill: int
    name: str


DOORS: dict[str, DoorType] = {
    "M0921": DoorType(width=900, height=2100, leaves=1, name="单扇木门", colour="wood"),
    "M1521": DoorType(width=1500, height=2100, leaves=2, name="双扇木门", colour="wood"),
    "FM0821": DoorType(
        width=800, height=2100, leaves=1, name="丙级防火门", colour="steel", is_fire=True
    ),
    "FM1021": DoorType(
        width=1000, height=2100, leaves=1, name="甲级防火门", colour="steel", is_fire=True
    ),
    "FM1521": DoorType(
        width=1500, height=2100, leaves=2, name="乙级防火门", colour="steel", is_fire=True
    ),
    "DT1121": DoorType(width=1100, height=2100, leaves=2, name="电梯层门", colour="steel"),
    "LM3024": DoorType(width=3000, height=2400, leaves=2, name="铝合金玻璃门", colour="glass"),
}

WINDOWS: dict[str, WindowType] = {
    "C0915": WindowType(width=900, height=1500, sill=900, name="铝合金窗"),
    "C1215": WindowType(width=1200, height=1500, sill=900, name="铝合金窗"),
    "C1515": WindowType(width=1500, height=1500, sill=900, name="铝合金窗"),
    "C1815": WindowType(width=1800, height=1500, sill=900, name="铝合金窗"),
    "C2415": WindowType(width=2400, height=1500, sill=900, name="铝合金窗"),
    "C1209": WindowType(width=1200, height=900, sill=1500, name="铝合金高窗"),
    "C0909": WindowType(width=900, height=900, sill=1500, name="铝合金高窗"),
    "C1212": WindowType(width=1200, height=1200, sill=2000, name="楼梯间窗"),
    "C2428": WindowType(width=2400, height=2500, sill=100, name="门厅玻璃窗"),
}
