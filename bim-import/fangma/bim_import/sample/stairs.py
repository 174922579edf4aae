"""Half-turn stairs: two flights and a half landing, each a closed body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.bim_import.sample.drafting import Draft, Entity, Vector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.bim_import.sample.plan import Stair, Storey

RISER = 150
TREAD = 270
WELL = 160  # between the flights
WAIST = 200

Part = tuple[str, str, tuple[Any, ...], Entity, tuple[Any, ...]]


def stair_items(draft: Draft, storey: Storey, stair: Stair, landing: int) -> Iterator[Part]:
    """Yield name, class, placement, body and further attributes of a stair's parts.

    The flights rise from the floor landing at the corridor to the half landing and back.
    """
    west, south, east, north = stair.box
    dx, dy = stair.toward
    along: Vector = (float(dx), float(dy), 0.0)
    # Right of someone who walks in: the cross direction that makes a right-handed frame with z up.
    across: Vector = (float(dy), float(-dx), 0.0)
    wide = abs((east - west) * dy) + abs((north - south) * dx)
    deep = abs((east - west) * dx) + abs((north - south) * dy)
    x0 = west if dx > 0 else east if dx < 0 else (west if across[0] > 0 else east)
    y0 = south if dy > 0 else north if dy < 0 else (south if across[1] > 0 else north)
    risers = storey.height // RISER
    first = (risers + 1) // 2
    flight = (wide - WELL) // 2
    run = (first - 1) * TREAD
    half = first * RISER

    def at(right: float, forward: float, up: float) -> Vector:
        return (
            x0 + across[0] * right + along[0] * forward,
            y0 + across[1] * right + along[1] * forward,
            up,
        )

    length = draft.length
    count = (first, length(RISER), length(TREAD), "STRAIGHT")
    shape = _flight(draft, first, flight)
    # A flight is a profile in its local xy plane, extruded along local z: x forward, y up, z right.
    yield (
        "梯段1",
        "IfcStairFlight",
        (at(0, landing, 0), across, along),
        shape,
        (first, first - 1, *count[1:]),
    )
    back: Vector = (-along[0], -along[1], 0.0)
    left: Vector = (-across[0], -across[1], 0.0)
    second = risers - first
    yield (
        "梯段2",
        "IfcStairFlight",
        (at(wide, landing + run, half), left, back),
        _flight(draft, second, flight),
        (second, second - 1, *count[1:]),
    )
    size = (float(wide), float(deep - landing - run), float(WAIST))
    item = draft.block(size, "concrete", (size[0] / 2, size[1] / 2), -WAIST)
    yield (
        "休息平台",
        "IfcSlab",
        (at(0, landing + run, half), (0.0, 0.0, 1.0), across),
        item,
        ("LANDING",),
    )


def _flight(draft: Draft, risers: int, wide: int) -> Entity:
    points: list[tuple[float, float]] = [(0, 0)]
    for i in range(risers):
        points.append((i * TREAD, (i + 1) * RISER))
        if i < risers - 1:
            points.append(((i + 1) * TREAD, (i + 1) * RISER))
    end = (risers - 1) * TREAD
    points += [(end, risers * RISER - WAIST), (TREAD, 0)]
    profile = draft.add("IfcArbitraryClosedProfileDef", "AREA", None, draft.ring(points))
    return draft.coloured(draft.extruded(profile, wide), "concrete")
