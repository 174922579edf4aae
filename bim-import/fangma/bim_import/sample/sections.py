"""Cross-sections of pipes, ducts and trays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A cross-section, millimetres.

    Attributes
    ----------
    width, height : int
        Outer; equal for round ones.
    nominal : int
        DN of a pipe, 0 for ducts and trays.
    wall : float
        Thickness of a pipe's wall.
    """

    is_round: bool
    width: int
    height: int
    nominal: int = 0
    wall: float = 0.0

    @property
    def label(self) -> str:
        """As drawings write it: DN50, De110 or 500×200."""
        return f"DN{self.nominal}" if self.is_round else f"{self.width}×{self.height}"


# GB/T 3091 welded steel pipe: nominal diameter, outer diameter (rounded to millimetres), wall.
_STEEL = {
    15: (21, 2.8),
    20: (27, 2.8),
    25: (34, 3.2),
    32: (42, 3.5),
    40: (48, 3.5),
    50: (60, 3.8),
    65: (76, 4.0),
    80: (89, 4.0),
    100: (114, 4.0),
    150: (168, 4.5),
    200: (219, 6.0),
}
# PVC-U drain pipe: nominal, outer, wall.
_PVC = {50: (50, 2.0), 75: (75, 2.3), 100: (110, 3.2), 150: (160, 4.0)}


def steel(nominal: int) -> Section:
    """Return a steel pipe by its nominal diameter."""
    outer, wall = _STEEL[nominal]
    return Section(is_round=True, width=outer, height=outer, nominal=nominal, wall=wall)


def plastic(nominal: int) -> Section:
    """Return a PVC-U drain pipe by its nominal diameter."""
    outer, wall = _PVC[nominal]
    return Section(is_round=True, width=outer, height=outer, nominal=nominal, wall=wall)


def rectangular(width: int, height: int) -> Section:
    """Return a duct or tray."""
    return Section(is_round=False, width=width, height=height)
