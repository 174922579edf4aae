"""Draw an office among the rooms of its storey, for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

if TYPE_CHECKING:
    from collections.abc import Callable

    from fangma.asset_registry.auditing.plan_drawings import PlanRoom, StoreyPlan

Point = tuple[float, float]

_WALL: Final = colors.HexColor("#8a97a6")
_FLOOR: Final = colors.HexColor("#f6f8fa")
_OVER: Final = colors.HexColor("#f4b3ab")
_EDGE: Final = colors.HexColor("#b3261e")
_INK: Final = colors.HexColor("#1f2a37")
# So much of the surroundings is drawn, in metres from the office: enough to find it.
_AROUND_M: Final = 18.0
_BARS_M: Final = (1, 2, 5, 10, 20, 50)


class PlanDrawing(Flowable):  # type: ignore[misc]
    """A plan with the office filled, north up, and a bar for its scale.

    Parameters
    ----------
    width, height : float
        Points on paper.
    font : str
        Registered font with the labels' characters.
    """

    def __init__(
        self, plan: StoreyPlan, code: str, *, width: float, height: float, font: str
    ) -> None:
        super().__init__()
        self.plan, self.code, self.font = plan, code, font
        self.width, self.height = width, height

    def draw(self) -> None:
        """Draw on the canvas that reportlab has set."""
        own = [room for room in self.plan.rooms if room.code == self.code]
        points = [point for room in own for ring in room.rings for point in ring]
        if not points:
            return
        west, east = min(x for x, _ in points), max(x for x, _ in points)
        south, north = min(y for _, y in points), max(y for _, y in points)
        wide, high = east - west + 2 * _AROUND_M, north - south + _AROUND_M
        scale = min(self.width / wide, (self.height - 7 * mm) / high)
        middle = ((west + east) / 2, (south + north) / 2)
        canvas = self.canv
        canvas.saveState()
        frame = canvas.beginPath()
        frame.rect(0, 0, self.width, self.height)
        canvas.clipPath(frame, stroke=0, fill=0)

        def placed(point: Point) -> Point:
            return (
                self.width / 2 + (point[0] - middle[0]) * scale,
                self.height / 2 + (point[1] - middle[1]) * scale,
            )

        for room in sorted(self.plan.rooms, key=lambda room: room.code == self.code):
            self._room(room, placed)
        canvas.restoreState()
        canvas.setStrokeColor(_WALL)
        canvas.setLineWidth(0.4)
        canvas.rect(0, 0, self.width, self.height, stroke=1, fill=0)
        self._bar(scale)

    def _room(self, room: PlanRoom, placed: Callable[[Point], Point]) -> None:
        canvas, is_own = self.canv, room.code == self.code
        path = canvas.beginPath()
        corners = []
        for ring in room.rings:
            corners += [placed(point) for point in ring]
            path.moveTo(*placed(ring[0]))
            for point in ring[1:]:
                path.lineTo(*placed(point))
            path.close()
        canvas.setFillColor(_OVER if is_own else _FLOOR)
        canvas.setStrokeColor(_EDGE if is_own else _WALL)
        canvas.setLineWidth(1.2 if is_own else 0.5)
        canvas.drawPath(path, stroke=1, fill=1, fillMode=0)  # even-odd: holes stay open
        wide = max(x for x, _ in corners) - min(x for x, _ in corners)
        size = 8 if is_own else 6
        if room.label and stringWidth(room.label, self.font, size) < wide:
            canvas.setFillColor(_INK)
            canvas.setFont(self.font, size)
            x = (max(x for x, _ in corners) + min(x for x, _ in corners)) / 2
            y = (max(y for _, y in corners) + min(y for _, y in corners)) / 2
            canvas.drawCentredString(x, y - size / 3, room.label)

    def _bar(self, scale: float) -> None:
        """Draw the scale and north in a lower corner, on white."""
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
        canvas.drawString(14 * mm + metres * scale, 1.8 * mm, "北")
        x, y = 18.5 * mm + metres * scale, 1.2 * mm
        arrow = canvas.beginPath()
        arrow.moveTo(x, y + 3.6 * mm)
        arrow.lineTo(x - 1 * mm, y)
        arrow.lineTo(x + 1 * mm, y)
        arrow.close()
        canvas.drawPath(arrow, stroke=0, fill=1)
