"""The lines outside: from the street to the entries of the buildings, as a survey finds them.

Columns follow CJJ 61-2017 practice; X is north and Y is east.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from fangma.bim_import.sample.site import EAST, HEIGHT, NORTH, ROTATION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.bim_import.sample.network import Spot
    from fangma.bim_import.sample.plan import Building

Ends = dict[str, list[tuple[int, int, int]]]

GROUND = -0.45  # of the grounds below the floors, metres
OWNERS = {
    "JS": "市水务集团",
    "WS": "市排水公司",
    "YS": "市排水公司",
    "RQ": "市燃气公司",
    "DL": "供电公司",
    "TX": "电信公司",
    "RL": "市热力公司",
    "XF": "市机关事务管理局",
}
MATERIALS = {
    "JS": "球墨铸铁",
    "XF": "镀锌钢",
    "WS": "HDPE",
    "YS": "HDPE",
    "RQ": "PE",
    "DL": "铜",
    "TX": "光纤",
    "RL": "钢",
}
SIZES = {
    "JS": "100",
    "XF": "150",
    "WS": "300",
    "YS": "300",
    "RQ": "110",
    "DL": "300X200",
    "TX": "300X200",
    "RL": "200",
}
PIPED = frozenset({"JS", "XF", "WS", "YS"})  # these continue inside; the others end at the wall
DRAINS = frozenset({"WS", "YS"})
SLOPE = 0.003  # of sewers
ORDER = ("JS", "XF", "RQ", "DL", "TX", "RL", "WS", "YS")


@dataclass(slots=True)
class Survey:
    """Rows of the point and the line table while they are being written."""

    points: list[dict[str, str]] = field(default_factory=list)
    lines: list[dict[str, str]] = field(default_factory=list)
    manholes: list[str] = field(default_factory=list)
    serial: dict[str, int] = field(default_factory=dict)

    def point(
        self, system: str, x: float, y: float, top: float, feature: str, annex: str = ""
    ) -> tuple[str, float]:
        """Add a point at site coordinates; ``top`` is the crown above the floors' level."""
        self.serial[system] = self.serial.get(system, 0) + 1
        number = f"{system}{self.serial[system]}"
        east, north = to_earth(x, y)
        depth = GROUND - top
        self.points.append(
            {
                "物探点号": number,
                "管线类型": system,
                "X": f"{north:.3f}",
                "Y": f"{east:.3f}",
                "地面高程": f"{HEIGHT + GROUND:.2f}",
                "管顶高程": f"{HEIGHT + top:.3f}",
                "埋深": f"{depth:.2f}",
                "特征": feature,
                "附属物": annex,
                "权属单位": OWNERS[system],
                "探测日期": "2026-05-18",
                "探测方式": "隐蔽点" if not annex else "明显点",
            }
        )
        if annex == "检查井":
            self.manholes.append(number)
        return number, depth

    def line(self, system: str, a: tuple[str, float], b: tuple[str, float]) -> None:
        """Join two points; the medium flows from ``a`` to ``b``."""
        self.lines.append(
            {
                "管线段号": f"{system}L{len(self.lines) + 1}",
                "管线类型": system,
                "起点点号": a[0],
                "终点点号": b[0],
                "起点埋深": f"{a[1]:.2f}",
                "终点埋深": f"{b[1]:.2f}",
                "管径": SIZES[system],
                "材质": MATERIALS[system],
                "埋设方式": "管沟" if system in {"DL", "TX"} else "直埋",
                "流向": "+",
                "压力": "中压" if system == "RQ" else "",
                "电压": "10kV" if system == "DL" else "",
                "权属单位": OWNERS[system],
                "埋设日期": "2012-09-01",
                "数据来源": "1",
            }
        )


def to_earth(x: float, y: float) -> tuple[float, float]:
    """Turn compound coordinates (metres) into east and north."""
    turn = math.radians(ROTATION)
    return (
        EAST + x * math.cos(turn) - y * math.sin(turn),
        NORTH + x * math.sin(turn) + y * math.cos(turn),
    )


def survey(
    buildings: Iterable[tuple[Building, float, float, Ends]],
) -> Survey:
    """Lay lines from the street to where the networks of each building end.

    Parameters
    ----------
    buildings : iterable of (building, x, y, ends)
        With the building's origin in the compound (metres), and the open ends of its pipes by
        system (millimetres of the building's frame).
    """
    made = Survey()
    houses = list(buildings)
    joints: dict[tuple[str, float], list[_Joint]] = {}
    for building, x, y, ends in houses:
        street = -10.0 if x < 150 else 185.0
        for system in ORDER:
            for spot in _entries(building, system, ends):
                joint = _route(made, system, spot, x, y, street)
                joints.setdefault((system, street), []).append(joint)
    for (system, street), found in sorted(joints.items()):
        _street(made, system, street, sorted(found, key=lambda joint: -joint.y))
    return made


def _entries(building: Building, system: str, ends: Ends) -> list[Spot]:
    if system in ends:
        return [spot for spot in ends[system] if spot[2] < 0]
    if system == "RQ" and not any(room.use == "kitchen" for room in building.rooms):
        return []
    aside = {"RQ": 5900, "DL": 6300, "TX": 6700, "RL": 7500}[system]
    return [(-1500, aside, -1350)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joint:
    """Where a building's line meets the street: the last point before, and the crown there."""

    y: float
    top: float
    before: tuple[str, float]


def _route(made: Survey, system: str, spot: Spot, x0: float, y0: float, street: float) -> _Joint:
    """Lay the line of one entry up to the street."""
    radius = {"JS": 44, "XF": 84, "WS": 80, "YS": 55}.get(system, 60) / 1000
    lane = ORDER.index(system)
    x, y, top = x0 + spot[0] / 1000, y0 + spot[1] / 1000, spot[2] / 1000 + radius
    last, before = made.point(system, x, y, top, "入户"), (x, y)
    drains = system in DRAINS
    if drains:
        aside = y + (1.9 if system == "WS" else -1.0)
        corners = [(x, aside), *((at, aside) for at in _steps(x, street))]
    else:
        west, gap = x0 - 12.0 + lane * 1.1, y0 - 9.0 + lane * 0.7
        corners = [(west, y), (west, gap), (street, gap)]
    for corner in corners[:-1]:
        top -= SLOPE * math.dist(before, corner) if drains else 0.0
        annex, feature = ("检查井", "直线点") if drains else ("", "转折点")
        here = made.point(system, *corner, top, feature, annex)
        made.line(system, *((last, here) if drains else (here, last)))
        last, before = here, corner
    top -= SLOPE * math.dist(before, corners[-1]) if drains else 0.0
    return _Joint(y=corners[-1][1], top=top, before=last)


def _steps(x: float, street: float) -> list[float]:
    """Return where manholes stand between ``x`` and the street, at most 40 m apart."""
    count = max(1, math.ceil((x - street) / 40))
    return [x + (street - x) * (i + 1) / count for i in range(count)]


def _street(made: Survey, system: str, street: float, joints: list[_Joint]) -> None:
    """Join the connections of a system along the street, from north to south.

    Sewers flow south and fall all the way: where a connection comes in higher it drops in the
    manhole. Water, power and the rest come from the south end.
    """
    x = street - ORDER.index(system) * 1.2
    drains = system in DRAINS
    last: tuple[str, float] | None = None
    at, level = joints[0].y, joints[0].top
    # Connections that come in abreast share a manhole.
    for _, abreast in groupby(joints, key=lambda joint: round(joint.y, 2)):
        group = list(abreast)
        y, top = group[0].y, min(joint.top for joint in group)
        fall = SLOPE * (at - y) if drains else 0.0
        level = min(top, level - fall) if drains else top
        here = made.point(system, x, y, level, "三通", "检查井" if drains else "阀门井")
        for joint in group:
            made.line(system, *((joint.before, here) if drains else (here, joint.before)))
        if last is not None:
            made.line(system, *((last, here) if drains else (here, last)))
        last, at = here, y
    end = made.point(
        system, x, at - 30.0, level - 30.0 * SLOPE, "起止点", "检查井" if drains else ""
    )
    if last is not None:
        made.line(system, *((last, end) if drains else (end, last)))
