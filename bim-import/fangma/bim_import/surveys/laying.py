"""From judged rows to parts of networks: where each line lies, what stands at each point.

Pure: rows in, facts of entries out.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.bim_import.surveys.rows import SurveyLine, SurveyPoint, is_drain
from fangma.spatial.networks.parts import Part, box_triangles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

# What stands at a point, by words of 附属物.
_KINDS: Final = (
    ("valve", ("阀",)),
    ("terminal", ("消火栓", "消防栓", "路灯", "雨水口", "雨水篦", "雨篦", "出水口", "摄像")),
    ("device", ("水表", "流量", "变压", "配电", "调压", "泵", "换热", "水池", "化粪池")),
)
_CHAMBER_M: Final = 0.5
_SMALLEST_M: Final = 0.025
_DIFFERS_M: Final = 0.005

# CJJ 61-2017: standard deviations of located points 0.050 h in plan and 0.075 h in depth, h the
# depth of the pipe's middle, at least 1 m; of open points 25 mm in depth; of the measuring itself 5
# cm in plan and 3 cm in height.
_LOCATED: Final = (0.050, 0.075)
_OPEN_DEPTH_M: Final = 0.025
_MEASURED: Final = (0.05, 0.03)
# Not from any standard: what drawings and guesses are taken to be worth.
_BY_ORIGIN: Final = {
    "施工图": (0.5, 0.3),
    "竣工图": (0.2, 0.15),
    "推测": (1.5, 0.8),
    "精度不明": (1.5, 0.8),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A line, or what stands at a point; metres, the site's CRS.

    Attributes
    ----------
    key : str
        What the survey calls it, unique in it.
    axis : (2, 3) float64 or None
        Middle of the pipe; None for what stands at a point.
    box : 6 floats
        Least, then greatest corner.
    plan_m, depth_m : float
        Standard deviations of the place.
    properties : dict
        What else the survey says that questions ask for: ``ground_m`` (height of the ground at
        each end), ``laid`` (埋设方式), ``material``.
    """

    key: str
    kind: str
    system: str
    name: str
    number: str
    axis: NDArray[np.float64] | None
    diameter_m: float
    box: tuple[float, float, float, float, float, float]
    plan_m: float
    depth_m: float
    basis: str
    surveyed_on: date | None
    fingerprint: str
    properties: dict[str, Any]

    def part(self, slack: float) -> Part:
        """Return it as a part to which others may be joined."""
        return Part(
            kind=self.kind,
            system=self.system,
            axis=self.axis,
            radius=self.diameter_m / 2,
            triangles=box_triangles(self.box) if self.axis is None else None,
            is_rough=True,
            slack_m=slack * max(self.plan_m, self.depth_m),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Two things of the survey (rows of ``Survey.laid``) that meet; flow 1 = from a to b."""

    a: int
    b: int
    flow: int
    point: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Everything that a survey lays, and how it hangs together."""

    laid: tuple[Laid, ...]
    meetings: tuple[Meeting, ...]


def lay(points: Mapping[str, SurveyPoint], lines: Sequence[SurveyLine]) -> Survey:
    """Lay the lines and set what stands at the points."""
    at: dict[str, list[tuple[int, int]]] = defaultdict(list)
    laid: list[Laid] = []
    for row, line in enumerate(lines):
        laid.append(_line(line, points[line.start], points[line.end]))
        # +1: the medium comes to the point, -1: it leaves it.
        at[line.end].append((row, line.flow))
        at[line.start].append((row, -line.flow))
    meetings: list[Meeting] = []
    for number, point in points.items():
        ends = at[number]
        if not ends and not point.annex:
            continue
        place = _place(point, [_end_of(laid[row], lines[row], number) for row, _ in ends])
        if point.annex or len(ends) > 2:
            own = len(laid)
            laid.append(_thing(point, place[2], [laid[row] for row, _ in ends]))
            meetings += [Meeting(a=row, b=own, flow=flow, point=place) for row, flow in ends]
        elif len(ends) == 2:
            (a, into_a), (b, into_b) = ends
            flow = into_a if into_a == -into_b else 0
            meetings.append(Meeting(a=a, b=b, flow=flow, point=place))
    return Survey(laid=tuple(laid), meetings=tuple(meetings))


def rise_of(line: SurveyLine, laid: Laid) -> float:
    """Return by how many metres a drain runs uphill, as its flow is told; 0 within its accuracy.

    Twice the standard deviation of its depth is what nobody can tell.
    """
    if laid.axis is None or not is_drain(line.system):
        return 0.0
    rise = float(laid.axis[1, 2] - laid.axis[0, 2]) * line.flow
    return rise if rise > 2 * laid.depth_m else 0.0


def _end_of(laid: Laid, line: SurveyLine, number: str) -> float:
    """Return the height of the end of a line that lies at a point."""
    if laid.axis is None:
        raise AssertionError  # lines have one
    return float(laid.axis[0 if line.start == number else -1, 2])


def _place(point: SurveyPoint, ends: Sequence[float]) -> tuple[float, float, float]:
    """Say where a point lies: where its lines do, else where it says itself, else at the ground."""
    if point.crown_m is None and point.invert_m is None and point.depth_m is None:
        height = sum(ends) / len(ends) if ends else point.ground_m
        return point.east, point.north, height or 0.0
    return _middle(point)


def _middle(
    point: SurveyPoint, line: SurveyLine | None = None, end: int = 0
) -> tuple[float, float, float]:
    """Find the middle of a pipe at a point; ``end`` 0 or 1 is the end of the line that lies there.

    What the line's own row says of that end goes before what the point says.
    """
    half = 0.0 if line is None or line.height_m is None else line.height_m / 2
    depth, crown, invert = None, None, None
    if line is not None:
        depth, crown, invert = line.depths_m[end], line.crowns_m[end], line.inverts_m[end]
    ground = point.ground_m
    differs = (
        depth is not None
        and ground is not None
        and (point.depth_m is None or abs(depth - point.depth_m) > _DIFFERS_M)
    )
    if crown is None and invert is None:
        if differs and depth is not None and ground is not None:
            reached = ground - depth
            to_bottom = point.crown_m is None and is_drain(point.system)
            return point.east, point.north, reached + half if to_bottom else reached - half
        crown, invert = point.crown_m, point.invert_m
    if crown is not None:
        return point.east, point.north, crown - half
    if invert is not None:
        return point.east, point.north, invert + half
    if ground is None or point.depth_m is None:
        raise AssertionError  # ends without any height were refused
    reached = ground - point.depth_m
    return point.east, point.north, reached + half if is_drain(point.system) else reached - half


def _line(line: SurveyLine, start: SurveyPoint, end: SurveyPoint) -> Laid:
    axis = np.array([_middle(start, line, 0), _middle(end, line, 1)])
    wide = max(line.width_m or 0.0, line.height_m or 0.0)
    half = wide / 2
    sigmas = [
        _sigmas(point, z, line.origin) for point, z in ((start, axis[0, 2]), (end, axis[1, 2]))
    ]
    plan, depth = (max(each[i] for each in sigmas) for i in (0, 1))
    low, high = axis.min(axis=0) - half, axis.max(axis=0) + half
    size = "" if line.width_m is None else _size_words(line.width_m, line.height_m or 0.0)
    days = [day for day in (start.surveyed_on, end.surveyed_on) if day is not None]
    return Laid(
        key=f"管线 {line.number}",
        kind="pipe",
        system=line.system,
        name=" ".join(word for word in (line.system, "管", size, line.material) if word),
        number=line.number,
        axis=axis,
        diameter_m=wide,
        box=(*low.tolist(), *high.tolist()),
        plan_m=plan,
        depth_m=depth,
        basis=line.origin if line.origin in _BY_ORIGIN else _basis(start, end),
        surveyed_on=min(days, default=None),
        fingerprint=_fingerprint(line, start, end),
        properties=_told(
            ground_m=None
            if start.ground_m is None or end.ground_m is None
            else [start.ground_m, end.ground_m],
            laid=line.laid,
            material=line.material,
        ),
    )


def _thing(point: SurveyPoint, z: float, lines: Sequence[Laid]) -> Laid:
    """Set a valve, chamber or hydrant at a point: from the ground down to the pipes."""
    kind = next(
        (kind for kind, words in _KINDS if any(word in point.annex for word in words)), "fitting"
    )
    x, y = point.east, point.north
    lows = [line.box[2] for line in lines]
    top = point.ground_m if point.ground_m is not None and point.annex else z
    wide = max([_SMALLEST_M, *(line.diameter_m for line in lines)])
    half = max(wide / 2, _CHAMBER_M if point.annex else 0.0)
    plan, depth = _sigmas(point, z, "探测")
    return Laid(
        key=f"管点 {point.number}",
        kind=kind,
        system=point.system,
        name=f"{point.annex or point.feature or '管点'} {point.number}",
        number=point.number,
        axis=None,
        diameter_m=wide,
        box=(
            x - half, y - half, min([z - wide / 2, *lows]), x + half, y + half,
            max(z + wide / 2, top),
        ),
        plan_m=plan,
        depth_m=depth,
        basis=_basis(point),
        surveyed_on=point.surveyed_on,
        fingerprint=_fingerprint(point),
        properties=_told(
            ground_m=None if point.ground_m is None else [point.ground_m, point.ground_m],
            annex=point.annex,
        ),
    )  # fmt: skip


def _told(**said: object) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None and value != ""}


def _sigmas(point: SurveyPoint, z: float, origin: str) -> tuple[float, float]:
    """Return the standard deviations of a place in plan and in depth."""
    if origin in _BY_ORIGIN:
        return _BY_ORIGIN[origin]
    if point.is_open:
        return _MEASURED[0], math.hypot(_OPEN_DEPTH_M, _MEASURED[1])
    deep = point.depth_m if point.ground_m is None else point.ground_m - z
    deep = max(1.0, deep or 0.0)
    return (
        math.hypot(_LOCATED[0] * deep, _MEASURED[0]),
        math.hypot(_LOCATED[1] * deep, _MEASURED[1]),
    )


def _basis(*points: SurveyPoint) -> str:
    return "明显点" if all(point.is_open for point in points) else "隐蔽点"


def _size_words(width: float, height: float) -> str:
    if width == height:
        return f"DN{width * 1000:.0f}"
    return f"{width * 1000:.0f}X{height * 1000:.0f}"


def _fingerprint(*rows: SurveyPoint | SurveyLine) -> str:
    """Hash what rows say, whatever row of the table they stand in."""
    total = hashlib.sha256()
    for row in rows:
        total.update(repr(sorted(row.row.cells.items(), key=lambda cell: cell[0])).encode())
    return total.hexdigest()[:32]
