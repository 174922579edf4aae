"""The plan on the sheet of a work order for what lies outdoors: pipes about it, and buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import shapely

from fangma.asset_registry.auditing.plan_drawings import PlanRoom
from fangma.asset_registry.networks import NETWORK_KINDS
from fangma.asset_registry.store import surroundings
from fangma.viewer.place_map import PlaceMap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.auditing.plan_drawings import Ring
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.surroundings import PlaceRow
    from fangma.twin.field.sheet_words import SheetWords
    from fangma.twin.field.whereabouts import Whereabouts
    from fangma.twin.pipes.book import PipeBook

    Line = list[tuple[float, float]]

# A trench is found by the corners of buildings some way off.
_AROUND_M: Final = 20.0
# Rooms are drawn whose floor is about as high as the ground where one stands.
_EYES_M: Final = 1.5


def outdoor_plan(
    conn: Connection,
    where: Whereabouts,
    book: PipeBook,
    marks: Mapping[str, str],
    places: Mapping[str, PlaceRow],
    moment: Moment,
    words: SheetWords,
    *,
    size: tuple[float, float],
) -> PlaceMap | None:
    """Draw what lies about a part of a network outdoors, as far as the reader may see.

    Parameters
    ----------
    marks : mapping of code to str
        Numbers of the valves to close.
    size : (float, float)
        Width and height on paper, points.

    Returns
    -------
    plan : PlaceMap or None
        Other pipes by the name of their system, and the rooms at ground level; None for what is no
        part of a network, or lies nobody knows where.
    """
    if where.point is None or where.target.kind not in NETWORK_KINDS:
        return None
    east, north, height = (float(each) for each in where.point)
    row = book.row_of.get(where.target.id)
    ground = None if row is None else book.parts[row].ground_m
    eyes = (east, north, (height if ground is None else ground) + _EYES_M)
    rooms = surroundings.rooms_near(
        conn, where.target.site_id, eyes, moment, within_m=2.0 * _AROUND_M
    )
    own = flat(where.target.axis)
    return PlaceMap(
        [
            PlanRoom(
                code=room.code, label=room.door or room.name or "", rings=_rings(room.footprint)
            )
            for room in rooms
        ],
        own=None,
        place=(east, north),
        lines=own,
        valves=[
            (mark, (at.x, at.y))
            for code, mark in marks.items()
            if (at := places.get(code)) is not None and at.x is not None and at.y is not None
        ],
        width=size[0],
        height=size[1],
        north=words.say("north"),
        pipes=_others(
            book, where, [(east, north), *(point for line in own for point in line)], words
        ),
        around_m=_AROUND_M,
    )


def flat(axis: bytes | None) -> list[Line]:
    """Return an axis in plan, as the only line of a list; none without one."""
    if axis is None:
        return []
    return [[(x, y) for x, y in shapely.get_coordinates(shapely.from_wkb(axis)).tolist()]]


def _others(
    book: PipeBook, where: Whereabouts, about: Line, words: SheetWords
) -> list[tuple[str, Line]]:
    """Return the other pipes about some points, with the names of their systems."""
    more = 3.0 * _AROUND_M  # the sheet is wider than high, and valves may lie farther off
    box = (
        min(x for x, _ in about) - more, min(y for _, y in about) - more,
        max(x for x, _ in about) + more, max(y for _, y in about) + more,
    )  # fmt: skip
    found: list[tuple[str, Line]] = []
    for row in book.placed_in(box).tolist():
        part, axis = book.parts[row], book.axes[row]
        if axis is not None and part.id != where.target.id:
            line = [(x, y) for x, y in axis[:, :2].tolist()]
            found.append((words.system(part.system) if part.system else "", line))
    return found


def _rings(footprint: bytes) -> tuple[Ring, ...]:
    """Return the outlines of a MultiPolygon, outer and inner."""
    rings = shapely.get_rings(shapely.get_parts(shapely.from_wkb(footprint)))
    return tuple(tuple((x, y) for x, y in shapely.get_coordinates(ring).tolist()) for ring in rings)
