"""The vocabulary of the sample: what a planned building consists of, before any file format.

Lengths are whole millimetres in the building's own frame (x east, y north before the site's
rotation, z = 0 at the floor of the first storey); whole numbers give the same bytes each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Point = tuple[int, int]
Ring = tuple[Point, ...]
Surface = Any  # shapely Polygon or MultiPolygon, millimetres

EXTERIOR = 300  # thickness of an outer wall
INTERIOR = 200  # thickness of an inner wall
SLAB = 120  # structural slab
SCREED = 50  # floor build-up above the slab; room floors lie at the storey's elevation
UNIT = 1100  # planning module along a facade
BAY = 6 * UNIT  # column grid


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A part of a storey's plan up to the axes of its walls; cells tile the storey.

    Attributes
    ----------
    ring : Ring
        Counter-clockwise, rectilinear, not repeated at the end.
    use : str
        Key of :data:`fangma.bim_import.sample.uses.USES`.
    """

    key: str
    use: str
    ring: Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A straight wall between two cells, or between a cell and the open (None).

    Attributes
    ----------
    axis : str
        ``x`` or ``y``: the direction in which it runs, always towards larger coordinates.
    at : int
        The other coordinate of its centre line.
    lo, hi : int
        Where its body begins and ends along the axis.
    low, high : str or None
        Cells on the side of smaller and larger ``at``.
    """

    key: str
    axis: str
    at: int
    lo: int
    hi: int
    thickness: int
    low: str | None
    high: str | None
    parapet: bool = False

    @property
    def is_external(self) -> bool:
        """Whether one side is the open."""
        return self.thickness == EXTERIOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A door or window in a wall.

    Attributes
    ----------
    type : str
        Key of :data:`fangma.bim_import.sample.joinery.DOORS` or ``WINDOWS``.
    wall : str
        Key of the wall.
    centre : int
        Along the wall's axis, in the building frame.
    sill : int
        Above the storey's floor.
    """

    key: str
    kind: str  # "door" or "window"
    type: str
    wall: str
    centre: int
    sill: int
    width: int
    height: int
    cells: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A rectangular column: west, south, east, north."""

    key: str
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stair:
    """A half-turn stair in a stair room, from this storey to the next.

    Attributes
    ----------
    box : (int, int, int, int)
        West, south, east, north of the inner faces.
    toward : (int, int)
        Unit step from the corridor into the stair room.
    """

    key: str
    room: str
    box: tuple[int, int, int, int]
    toward: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room as it will stand in the model and the tables.

    Attributes
    ----------
    polygon : shapely.Polygon
        Within the inner wall faces and without columns, millimetres.
    gross_mm2, net_mm2 : int
        Areas with and without the columns that stand in it.
    height : int
        Floor to ceiling, or to the slab where there is none.
    """

    key: str
    building: str
    storey: str
    number: str
    name: str
    use: str
    polygon: Surface
    net_mm2: int
    gross_mm2: int
    height: int
    cell: Ring

    @property
    def area_m2(self) -> float:
        """Net area in square metres."""
        return self.net_mm2 / 1e6

    @property
    def box(self) -> tuple[int, int, int, int]:
        """West, south, east, north of the polygon."""
        west, south, east, north = self.polygon.bounds
        return int(west), int(south), int(east), int(north)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storey:
    """One storey with everything on its plan."""

    name: str
    prefix: str  # first two characters of its door numbers
    elevation: int
    height: int
    rooms: tuple[Room, ...]
    walls: tuple[Wall, ...]
    openings: tuple[Opening, ...]
    columns: tuple[Column, ...]
    stairs: tuple[Stair, ...]
    slab: Surface  # of the floor
    corridor: tuple[tuple[int, int, int, int], ...]  # rectangles of its straight legs
    is_basement: bool = False
    is_roof: bool = False

    def room(self, cell: str) -> Room:
        """Return the room of a cell."""
        return next(room for room in self.rooms if room.key == cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A building on the site.

    Attributes
    ----------
    east, north, height : float
        Its origin in the site's projected frame, metres.
    """

    code: str
    name: str
    form: str  # "bar" or "angle"
    east: float
    north: float
    height: float
    storeys: tuple[Storey, ...]

    @property
    def rooms(self) -> tuple[Room, ...]:
        """All rooms, storey by storey."""
        return tuple(room for storey in self.storeys for room in storey.rooms)
