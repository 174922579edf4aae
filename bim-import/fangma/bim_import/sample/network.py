"""Turn runs and devices into pipes, fittings and joined ports. Pure functions.

A system is drawn as straight runs between points, in the direction of flow, and as devices with
ports at points. Where runs meet, a fitting is made; where a device's ports lie on a run, it is cut.
Every part gets ports, and two ports that touch lie at exactly the same point.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fangma.bim_import.sample.bodies import Body, box, branches, cone, cylinder, elbow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fangma.bim_import.sample.sections import Section

Spot = tuple[int, int, int]
LABELS = {"FG": "KT"}  # air ducts belong to air-conditioning


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A connection point: ``flow`` is SOURCE where the medium leaves the part, else SINK."""

    at: tuple[float, float, float]
    flow: str
    nominal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A pipe, fitting or device ready to be written.

    Attributes
    ----------
    at : (float, float, float)
        Its placement; a segment's body runs from here along ``way`` for ``length``.
    bodies : tuple of Body
        Relative to ``at``; empty for segments, which are extruded from ``section``.
    """

    key: str
    system: str
    ifc_class: str
    predefined: str
    name: str
    type_name: str
    at: tuple[float, float, float]
    ports: tuple[Port, ...] = ()
    section: Section | None = None
    way: tuple[float, float, float] | None = None
    length: float = 0.0
    bodies: tuple[Body, ...] = ()
    properties: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A thing with ports that a system is connected to, or that is set into a run.

    Attributes
    ----------
    ports : tuple of (Spot, str)
        Points in the building's frame with their flow direction.
    """

    key: str
    ifc_class: str
    predefined: str
    name: str
    type_name: str
    at: Spot
    ports: tuple[tuple[Spot, str], ...]
    bodies: tuple[Body, ...]
    nominal: int = 0
    properties: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    a: Spot
    b: Spot
    section: Section


@dataclass(slots=True)
class Network:
    """A system while it is being drawn.

    Attributes
    ----------
    system : str
        Two letters: JS, WS, YS, XF, KT, DL, TX; FG for air ducts.
    """

    system: str
    kind: str = "pipe"  # pipe, duct or tray
    entries: set[Spot] = field(default_factory=set)  # open ends that are meant
    runs: list[_Piece] = field(default_factory=list)
    devices: dict[str, Device] = field(default_factory=dict)

    def run(self, points: Sequence[Spot], section: Section) -> None:
        """Draw straight pieces from point to point in the direction of flow."""
        for a, b in itertools.pairwise(points):
            if a != b:
                self.runs.append(_Piece(a, b, section))

    def add(self, device: Device) -> None:
        """Set a device; ports that lie on a run cut it."""
        self.devices[device.key] = device

    def assemble(self) -> list[Part]:
        """Make the parts of the system, in a fixed order."""
        pieces = self._split()
        ports = {
            spot: (device, i)
            for device in self.devices.values()
            for i, (spot, _) in enumerate(device.ports)
        }
        pieces = [
            piece
            for piece in pieces
            if not (
                piece.a in ports and piece.b in ports and ports[piece.a][0] is ports[piece.b][0]
            )
        ]
        if (
            self.kind != "tray"
        ):  # cables leave trays anywhere; a pipe that feeds nothing is not laid
            pieces = _prune(pieces, set(ports) | self.entries)
        pieces = _merge(pieces, set(ports))
        meeting: dict[Spot, list[tuple[int, bool]]] = defaultdict(list)
        for i, piece in enumerate(pieces):
            meeting[piece.a].append((i, True))
            meeting[piece.b].append((i, False))
        trims: dict[tuple[int, bool], float] = {}
        for spot, ends in meeting.items():
            if spot in ports or len(ends) == 1:
                continue
            for end in ends:
                trims[end] = _trim(pieces, ends, end)
        for i, piece in enumerate(pieces):
            long = _distance(piece.a, piece.b)
            both = trims.get((i, True), 0.0) + trims.get((i, False), 0.0)
            if both > 0.9 * long:
                for start in (True, False):
                    if (i, start) in trims:
                        trims[i, start] = round(trims[i, start] * 0.9 * long / both, 1)
        parts = [self._segment(piece, i, trims) for i, piece in enumerate(pieces)]
        parts += [
            self._fitting(spot, meeting[spot], pieces, trims)
            for spot in sorted(meeting)
            if spot not in ports and len(meeting[spot]) > 1
        ]
        parts += [self._device(device) for device in self.devices.values()]
        return parts

    def _split(self) -> list[_Piece]:
        spots = {spot for piece in self.runs for spot in (piece.a, piece.b)}
        spots |= {spot for device in self.devices.values() for spot, _ in device.ports}
        lines: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        for spot in spots:
            for axis in range(3):
                rest = [spot[i] for i in range(3) if i != axis]
                lines[axis, rest[0], rest[1]].append(spot[axis])
        seen: dict[tuple[Spot, Spot], _Piece] = {}
        for piece in self.runs:
            axes = [i for i in range(3) if piece.a[i] != piece.b[i]]
            stops = [piece.a, piece.b]
            if len(axes) == 1:
                axis = axes[0]
                rest = [piece.a[i] for i in range(3) if i != axis]
                low, high = sorted((piece.a[axis], piece.b[axis]))
                values = sorted({v for v in lines[axis, rest[0], rest[1]] if low <= v <= high})
                if piece.a[axis] > piece.b[axis]:
                    values.reverse()
                stops = [_with(piece.a, axis, value) for value in values]
            for a, b in itertools.pairwise(stops):
                pair = (min(a, b), max(a, b))
                old = seen.get(pair)
                if old is None or old.section.width < piece.section.width:
                    seen[pair] = _Piece(a, b, piece.section)
        return list(seen.values())

    def _segment(self, piece: _Piece, number: int, trims: dict[tuple[int, bool], float]) -> Part:
        way = _way(piece.a, piece.b)
        start = _moved(piece.a, way, trims.get((number, True), 0.0))
        end = _moved(piece.b, way, -trims.get((number, False), 0.0))
        ifc_class, predefined, noun = {
            "pipe": ("IfcPipeSegment", "RIGIDSEGMENT", "管"),
            "duct": ("IfcDuctSegment", "RIGIDSEGMENT", "风管"),
            "tray": ("IfcCableCarrierSegment", "CABLETRAYSEGMENT", "桥架"),
        }[self.kind]
        name = f"{LABELS.get(self.system, self.system)} {noun} {piece.section.label}"
        return Part(
            key=f"{self.system}/run/{piece.a}/{piece.b}",
            system=self.system,
            ifc_class=ifc_class,
            predefined=predefined,
            name=name,
            type_name=name,
            at=start,
            way=way,
            length=round(_distance(start, end), 2),
            section=piece.section,
            ports=(
                Port(at=start, flow="SINK", nominal=piece.section.nominal),
                Port(at=end, flow="SOURCE", nominal=piece.section.nominal),
            ),
        )

    def _fitting(
        self,
        spot: Spot,
        ends: list[tuple[int, bool]],
        pieces: list[_Piece],
        trims: dict[tuple[int, bool], float],
    ) -> Part:
        offsets, ports = [], []
        for number, starts in ends:
            piece = pieces[number]
            way = _way(piece.a, piece.b) if starts else _way(piece.b, piece.a)
            reach = trims[number, starts]
            at = _moved(spot, way, reach)
            offsets.append((_moved((0, 0, 0), way, reach), piece.section))
            ports.append(
                Port(at=at, flow="SOURCE" if starts else "SINK", nominal=piece.section.nominal)
            )
        body, predefined = _fitting_body(offsets, self.system)
        if self.kind == "tray":
            predefined = {
                "JUNCTION": "TEE" if len(ends) == 3 else "CROSS",
                "TRANSITION": "REDUCER",
                "CONNECTOR": "REDUCER",
            }.get(predefined, predefined)
        ifc_class, noun = {
            "pipe": ("IfcPipeFitting", "管件"),
            "duct": ("IfcDuctFitting", "风管管件"),
            "tray": ("IfcCableCarrierFitting", "桥架配件"),
        }[self.kind]
        word = {
            "BEND": "弯头",
            "JUNCTION": "三通" if len(ends) == 3 else "四通",
            "TEE": "三通",
            "CROSS": "四通",
        }.get(predefined, "异径" if predefined != "CONNECTOR" else "接头")
        largest = max((section for _, section in offsets), key=lambda s: s.width)
        code = LABELS.get(self.system, self.system)
        name = f"{code} {word} {largest.label}"
        return Part(
            key=f"{self.system}/fitting/{spot}",
            system=self.system,
            ifc_class=ifc_class,
            predefined=predefined,
            name=name,
            type_name=f"{code} {noun}",
            at=_float(spot),
            ports=tuple(ports),
            bodies=(body,),
        )

    def _device(self, device: Device) -> Part:
        return Part(
            key=f"{self.system}/{device.key}",
            system=self.system,
            ifc_class=device.ifc_class,
            predefined=device.predefined,
            name=device.name,
            type_name=device.type_name,
            at=_float(device.at),
            ports=tuple(
                Port(at=_float(spot), flow=flow, nominal=device.nominal)
                for spot, flow in device.ports
            ),
            bodies=device.bodies,
            properties=device.properties,
        )


def joints(parts: Iterable[Part]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Find the pairs of ports that touch: ((part, port), (part, port)), source first."""
    at: dict[tuple[str, tuple[float, float, float]], list[tuple[int, int, str]]] = defaultdict(list)
    for number, part in enumerate(parts):
        for i, port in enumerate(part.ports):
            spot = (round(port.at[0], 1), round(port.at[1], 1), round(port.at[2], 1))
            at[part.system, spot].append((number, i, port.flow))
    found = []
    for (system, spot), ends in at.items():
        if len(ends) > 2:
            raise AssertionError(f"{len(ends)} ports of {system} meet at {spot}, expected 2")
        if len(ends) == 2:
            first, second = sorted(ends, key=lambda end: end[2] == "SINK")
            found.append((first[:2], second[:2]))
    return found


def _prune(pieces: list[_Piece], wanted: set[Spot]) -> list[_Piece]:
    """Drop pieces that lead nowhere."""
    while True:
        meeting: dict[Spot, int] = defaultdict(int)
        for piece in pieces:
            meeting[piece.a] += 1
            meeting[piece.b] += 1
        kept = [
            piece
            for piece in pieces
            if all(meeting[spot] > 1 or spot in wanted for spot in (piece.a, piece.b))
        ]
        if len(kept) == len(pieces):
            return kept
        pieces = kept


def _merge(pieces: list[_Piece], fixed: set[Spot]) -> list[_Piece]:
    """Join pieces that go straight on with the same section."""
    at: dict[Spot, list[int]] = defaultdict(list)
    for i, piece in enumerate(pieces):
        at[piece.a].append(i)
        at[piece.b].append(i)
    alive: list[_Piece | None] = list(pieces)
    for spot, (*ends,) in sorted(at.items()):
        if spot in fixed or len(ends) != 2:
            continue
        i, j = ends
        first, second = alive[i], alive[j]
        if first is None or second is None or first.section != second.section:
            continue
        if first.b != spot:
            first, second = second, first
        if first.b != spot or second.a != spot or _way(*_ab(first)) != _way(*_ab(second)):
            continue
        alive[i], alive[j] = _Piece(first.a, second.b, first.section), None
        for end in (first.a, second.b):
            at[end] = [i if k in (i, j) else k for k in at[end]]
    return [piece for piece in alive if piece is not None]


def _ab(piece: _Piece) -> tuple[Spot, Spot]:
    return piece.a, piece.b


def _trim(pieces: list[_Piece], ends: list[tuple[int, bool]], end: tuple[int, bool]) -> float:
    """Say how far a fitting reaches into one of its pieces."""
    mine = pieces[end[0]].section
    others = [pieces[i].section for i, start in ends if (i, start) != end]
    widest = max(others, key=lambda s: s.width)
    if not mine.is_round:
        if len(ends) == 2:
            return max(mine.width, widest.width) / 2 + 50.0
        return max(mine.width, widest.width, mine.height, widest.height) / 2.0
    if len(ends) == 2:
        return round(0.5 * mine.width + 0.5 * max(mine.width, widest.width) + 10.0, 1)
    return round(0.5 * widest.width + 0.25 * mine.width + 15.0, 1)


def _fitting_body(
    ends: list[tuple[tuple[float, float, float], Section]], system: str
) -> tuple[Body, str]:
    sections = [section for _, section in ends]
    if not sections[0].is_round:
        # A square box about the node: its faces carry the ports.
        plain = (max(s.width for s in sections),) * 2 + (max(s.height for s in sections),)
        reach = [2 * max(abs(end[i]) for end, _ in ends) for i in range(3)]
        size = tuple(float(r or own) for r, own in zip(reach, plain, strict=True))
        return box((size[0], size[1], size[2]), system), "JUNCTION" if len(ends) > 2 else "BEND"
    if len(ends) > 2:
        return branches(tuple((end, s.width / 2) for end, s in ends), system), "JUNCTION"
    (a, first), (b, second) = ends
    straight = abs(sum(x * y for x, y in zip(a, b, strict=True))) > 0.99 * (
        _distance(a, (0, 0, 0)) * _distance(b, (0, 0, 0))
    )
    if straight and first == second:
        return cylinder(a, b, first.width / 2 + 4, system), "CONNECTOR"
    if straight:
        return cone(a, b, first.width / 2, second.width / 2, system), "TRANSITION"
    return elbow(a, b, max(first.width, second.width) / 2, system), "BEND"


def _way(a: Spot, b: Spot) -> tuple[float, float, float]:
    long = _distance(a, b)
    return tuple(round((b[i] - a[i]) / long, 9) + 0.0 for i in range(3))  # type: ignore[return-value]


def _distance(a: Sequence[float], b: Sequence[float]) -> float:
    return float(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5)


def _moved(
    spot: Sequence[float], way: tuple[float, float, float], by: float
) -> tuple[float, float, float]:
    return tuple(round(spot[i] + way[i] * by, 2) + 0.0 for i in range(3))  # type: ignore[return-value]


def _with(spot: Spot, axis: int, value: int) -> Spot:
    values = list(spot)
    values[axis] = value
    return values[0], values[1], values[2]


def _float(spot: Spot) -> tuple[float, float, float]:
    return float(spot[0]), float(spot[1]), float(spot[2])
