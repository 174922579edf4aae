"""A plan of the surroundings of a place: rooms, pipes, the thing itself, the valves by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.auditing.plan_drawings import PlanRoom

Point = tuple[float, float]

_WALL: Final = colors.HexColor("#8a97a6")
_FLOOR: Final = colors.HexColor("#f6f8fa")
_OWN: Final = colors.HexColor("#fff1cc")
_EDGE: Final = colors.HexColor("#b27400")
_INK: Final = colors.HexColor("#1f2a37")
_RED: Final = colors.HexColor("#b3261e")
_PIPE: Final = colors.HexColor("#4a6785")
_AROUND_M: Final = 7.0
_BARS_M: Final = (1, 2, 5, 10, 20, 50)


class PlaceMap(Flowable):  # type: ignore[misc]
    """A plan, north up, with a bar for its scale.

    Parameters
    ----------
    rooms : sequence of PlanRoom
        Of the storey.
    own : str or None
        Code of the room that is filled.
    place : (float, float)
        East, north of the thing.
    lines : sequence of sequences of points
        Axes of the thing.
    valves : sequence of (str, point)
        Number and place of those on this storey.
    pipes : sequence of (str, sequence of points)
        Others about it: what is written at the middle, and the axis.
    around_m : float
        How much of the surroundings is shown.
    width, height : float
        Points on paper.
    """

    def __init__(
        self,
        rooms: Sequence[PlanRoom],
        *,
        own: str | None,
        place: Point,
        lines: Sequence[Sequence[Point]],
        valves: Sequence[tuple[str, Point]],
        width: float,
        height: float,
        north: str = "北",
        pipes: Sequence[tuple[str, Sequence[Point]]] = (),
        around_m: float = _AROUND_M,
    ) -> None:
        super().__init__()
        self.rooms, self.own, self.place = rooms, own, place
        self.lines, self.valves, self.north = lines, valves, north
        self.pipes, self.around_m = pipes, around_m
        self.width, self.height = width, height
        self.font = "Helvetica"

    @property
    def texts(self) -> list[str]:
        """Everything that is written on it."""
        labels = (label for label, _ in self.pipes)
        return [self.north, *(room.label for room in self.rooms), *labels]

    def draw(self) -> None:
        """Draw on the canvas that reportlab has set."""
        canvas = self.canv
        near = [self.place, *(point for _, point in self.valves if self._is_near(point))]
        own = [room for room in self.rooms if room.code == self.own]
        near += [point for room in own for ring in room.rings for point in ring]
        more = self.around_m
        west, east = min(x for x, _ in near) - more, max(x for x, _ in near) + more
        south, north = min(y for _, y in near) - more, max(y for _, y in near) + more
        scale = min(self.width / (east - west), self.height / (north - south))
        middle = ((west + east) / 2, (south + north) / 2)

        def placed(point: Point) -> Point:
            return (
                self.width / 2 + (point[0] - middle[0]) * scale,
                self.height / 2 + (point[1] - middle[1]) * scale,
            )

        canvas.saveState()
        frame = canvas.beginPath()
        frame.rect(0, 0, self.width, self.height)
        canvas.clipPath(frame, stroke=0, fill=0)
        for room in sorted(self.rooms, key=lambda room: room.code == self.own):
            self._room(room, [[placed(p) for p in ring] for ring in room.rings])
        canvas.setDash(4, 2)
        for _, line in self.pipes:
            self._line([placed(point) for point in line], _PIPE, 0.9)
        canvas.setDash()
        for label, line in self.pipes:
            self._name(label, [placed(point) for point in line])
        for line in self.lines:
            self._line([placed(point) for point in line], _RED, 2.2)
        self._cross(placed(self.place))
        for mark, point in self.valves:
            x, y = placed(point)
            canvas.setFillColor(_INK)
            canvas.circle(x, y, 2.3 * mm, stroke=0, fill=1)
            canvas.setFillColor(colors.white)
            canvas.setFont(self.font, 7.5)
            canvas.drawCentredString(x, y - 2.6, mark)
        canvas.restoreState()
        canvas.setStrokeColor(_WALL)
        canvas.setLineWidth(0.4)
        canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)
        self._bar(scale)

    def _is_near(self, point: Point) -> bool:
        return abs(point[0] - self.place[0]) < 25 and abs(point[1] - self.place[1]) < 25

    def _room(self, room: PlanRoom, rings: list[list[Point]]) -> None:
        canvas, is_own = self.canv, room.code == self.own
        path = canvas.beginPath()
        for ring in rings:
            path.moveTo(*ring[0])
            for point in ring[1:]:
                path.lineTo(*point)
            path.close()
        canvas.setFillColor(_OWN if is_own else _FLOOR)
        canvas.setStrokeColor(_EDGE if is_own else _WALL)
        canvas.setLineWidth(1.3 if is_own else 0.5)
        canvas.drawPath(path, stroke=1, fill=1, fillMode=0)
        corners = [corner for ring in rings for corner in ring]
        left, right = min(x for x, _ in corners), max(x for x, _ in corners)
        size = 8.5 if is_own else 7
        if room.label and stringWidth(room.label, self.font, size) < right - left - 4:
            canvas.setFillColor(_INK)
            canvas.setFont(self.font, size)
            y = (min(y for _, y in corners) + max(y for _, y in corners)) / 2
            canvas.drawCentredString((left + right) / 2, y - size / 3, room.label)

    def _line(self, points: Sequence[Point], colour: colors.Color, wide: float) -> None:
        canvas = self.canv
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(wide)
        path = canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        canvas.drawPath(path, stroke=1, fill=0)

    def _name(self, label: str, points: Sequence[Point]) -> None:
        """Write on the middle of a line, where that is on the paper and the line is long enough."""
        (x0, y0), (x1, y1) = points[0], points[-1]
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        wide = stringWidth(label, self.font, 6.5)
        is_long = abs(x1 - x0) + abs(y1 - y0) > 2 * wide
        if not label or not is_long or not (0 < x < self.width and 0 < y < self.height):
            return
        canvas = self.canv
        canvas.setFillColor(colors.white)
        canvas.rect(x - wide / 2 - 1, y - 3.5, wide + 2, 7, stroke=0, fill=1)
        canvas.setFillColor(_PIPE)
        canvas.setFont(self.font, 6.5)
        canvas.drawCentredString(x, y - 2.3, label)

    def _cross(self, at: Point) -> None:
        canvas = self.canv
        x, y = at
        canvas.setStrokeColor(_RED)
        canvas.setLineWidth(1.4)
        canvas.circle(x, y, 2.6 * mm, stroke=1, fill=0)
        canvas.line(x - 4 * mm, y, x + 4 * mm, y)
        canvas.line(x, y - 4 * mm, x, y + 4 * mm)

    def _bar(self, scale: float) -> None:
        canvas = self.canv
        metres = max((m for m in _BARS_M if m * scale <= self.width / 5), default=_BARS_M[0])
        canvas.setFillColor(colors.white)
        canvas.rect(0.5, 0.5, metres * scale + 22 * mm, 6 * mm, stroke=0, fill=1)
        canvas.setStrokeColor(_INK)
        canvas.setFillColor(_INK)
        canvas.setLineWidth(1)
        canvas.line(3 * mm, 2.5 * mm, 3 * mm + metres * scale, 2.5 * mm)
        canvas.setFont(self.font, 7)
        canvas.drawString(4.5 * mm + metres * scale, 1.8 * mm, f"{metres} m")
        canvas.drawString(13 * mm + metres * scale, 1.8 * mm, self.north)
        x, y = 18.5 * mm + metres * scale, 1.2 * mm
        arrow = canvas.beginPath()
        arrow.moveTo(x, y + 3.6 * mm)
        arrow.lineTo(x - 1 * mm, y)
        arrow.lineTo(x + 1 * mm, y)
        arrow.close()
        canvas.drawPath(arrow, stroke=0, fill=1)
