"""Bodies of doors and windows, drawn about the middle of the sill: x along the wall, z up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fangma.bim_import.sample.drafting import Draft, Entity
    from fangma.bim_import.sample.joinery import DoorType, WindowType

FRAME = 50.0


def door_items(draft: Draft, kind: DoorType) -> list[Entity]:
    """Build frame, leaves and handles of a door type."""
    wide, high = float(kind.width), float(kind.height)
    frame = "frame" if kind.colour == "glass" else kind.colour
    items = _surround(draft, wide, high, frame, sill=False)
    leaf = (wide - 2 * FRAME) / kind.leaves
    for i in range(kind.leaves):
        centre = -wide / 2 + FRAME + leaf * (i + 0.5)
        items.append(draft.block((leaf - 6, 40.0, high - FRAME - 8), kind.colour, (centre, 0.0), 5))
        edge = 1 if i == 0 else -1
        for side in (-1, 1):
            items.append(
                draft.block(
                    (30.0, 40.0, 180.0),
                    "metal",
                    (centre + edge * (leaf / 2 - 80), side * 40.0),
                    950,
                )
            )
    return items


def window_items(draft: Draft, kind: WindowType) -> list[Entity]:
    """Build frame, mullions and panes of a window type."""
    wide, high = float(kind.width), float(kind.height)
    items = _surround(draft, wide, high, "frame", sill=True)
    panes = max(1, round(wide / 900))
    clear = (wide - 2 * FRAME) / panes
    for i in range(panes):
        centre = -wide / 2 + FRAME + clear * (i + 0.5)
        items.append(
            draft.block((clear - FRAME, 12.0, high - 2 * FRAME), "glass", (centre, 0.0), FRAME)
        )
        if i:
            items.append(
                draft.block(
                    (FRAME, 60.0, high - 2 * FRAME), "frame", (centre - clear / 2, 0.0), FRAME
                )
            )
    return items


def _surround(draft: Draft, wide: float, high: float, colour: str, *, sill: bool) -> list[Entity]:
    bottom = FRAME if sill else 0.0
    upright = (FRAME, 100.0, high - FRAME - bottom)
    items = [
        draft.block(upright, colour, (side * (wide - FRAME) / 2, 0.0), bottom) for side in (-1, 1)
    ]
    items.append(draft.block((wide, 100.0, FRAME), colour, (0.0, 0.0), high - FRAME))
    if sill:
        items.append(draft.block((wide, 100.0, FRAME), colour, (0.0, 0.0), 0.0))
    return items
