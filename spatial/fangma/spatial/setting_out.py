"""Where a hidden thing is, told so that a hand with a tape finds it: distances from visible edges.

Two edges that one can touch, not parallel, and the height above the floor. For a thing inside a
wall the distance along its face from a corner or a door's jamb, and how deep behind the face.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Polygon

# Directions closer than this tell the same twice.
_APART: Final = math.sin(math.radians(30))
# A jamb lies in the wall whose face it cuts.
_JAMB_IN_WALL_M: Final = 0.6
# A thing this near to a face is measured along that face, as one inside the wall.
_BY_THE_WALL_M: Final = 0.4
_LEAST_M: Final = 0.05

Edge = Literal["wall", "corner", "jamb", "face", "floor", "ceiling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A length to be measured.

    Attributes
    ----------
    edge : str
        What it starts from: the face of a ``wall`` at a right angle, the ``corner`` of two, the
        ``jamb`` of a door, the ``floor``, the ``ceiling``; or the ``face`` behind which the thing
        lies.
    start, end : (float, float, float)
        Metres; the edge, and the thing's side of the length.
    length_m : float
    """

    edge: Edge
    start: tuple[float, float, float]
    end: tuple[float, float, float]
    length_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingOut:
    """Everything to measure.

    Attributes
    ----------
    inside_wall : bool
        The thing lies behind the face of the room's outline.
    above_ceiling : bool
    """

    dimensions: tuple[Dimension, ...]
    inside_wall: bool
    above_ceiling: bool


def set_out(
    point: NDArray[np.float64],
    outline: Polygon,
    *,
    floor_z: float,
    ceiling_z: float | None,
    jambs: Sequence[tuple[float, float]] = (),
    with_height: bool = True,
) -> SettingOut:
    """Choose and measure the distances.

    Parameters
    ----------
    point : (3,) float64
        Of the thing, metres, same frame as the outline.
    outline : Polygon
        Inner faces of the room's walls.
    jambs : sequence of (float, float)
        Both sides of each door opening, in plan.
    with_height : bool
        False for a riser, which is at every height.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> found = set_out(np.array([1.0, 2.0, 0.5]), shapely.box(0, 0, 6, 5), floor_z=0.0,
    ...                 ceiling_z=2.8)
    >>> [(d.edge, d.length_m) for d in found.dimensions]
    [('wall', 1.0), ('wall', 2.0), ('floor', 0.5)]
    """
    x, y, z = (float(v) for v in point)
    plan = np.array([x, y])
    faces = _faces(outline)
    inside = bool(shapely.intersects_xy(outline, x, y))
    z_of_lines = z if with_height else floor_z + 1.2
    away = [_to_face(plan, face) for face in faces]
    nearest = min(range(len(faces)), key=lambda i: away[i][0])
    found: list[Dimension] = []
    if inside and away[nearest][0] > _BY_THE_WALL_M:
        found += _two_walls(plan, faces, away, z_of_lines)
    else:
        foot = away[nearest][1]
        found.append(
            _dimension("wall" if inside else "face", (*foot, z_of_lines), (x, y, z_of_lines))
        )
        found.append(_along(faces[nearest], foot, jambs, z_of_lines))
    if with_height:
        found.append(_dimension("floor", (x, y, floor_z), (x, y, z)))
    above = ceiling_z is not None and z > ceiling_z
    if above and with_height and ceiling_z is not None:
        found.append(_dimension("ceiling", (x, y, ceiling_z), (x, y, z)))
    return SettingOut(
        dimensions=tuple(found),
        inside_wall=not inside,
        above_ceiling=above,
    )


_Face = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _faces(outline: Polygon) -> list[_Face]:
    """List the straight faces of an outline, collinear pieces in one."""
    simple = shapely.simplify(outline, 0.01)
    if simple.is_empty or simple.geom_type != "Polygon":
        simple = outline
    faces: list[_Face] = []
    for ring in (simple.exterior, *simple.interiors):
        corners = np.asarray(ring.coords)[:, :2]
        faces += [(a, b) for a, b in pairwise(corners) if float(np.hypot(*(b - a))) > 0.05]
    return faces


def _to_face(plan: NDArray[np.float64], face: _Face) -> tuple[float, NDArray[np.float64]]:
    """Return distance to a face and the foot on it."""
    a, b = face
    run = b - a
    share = float(np.clip((plan - a) @ run / (run @ run), 0.0, 1.0))
    foot = a + share * run
    return float(np.hypot(*(plan - foot))), foot


def _two_walls(
    plan: NDArray[np.float64],
    faces: Sequence[_Face],
    away: Sequence[tuple[float, NDArray[np.float64]]],
    z: float,
) -> list[Dimension]:
    """Measure at a right angle from the nearest face, and from the nearest that is not parallel."""
    square = [i for i in range(len(faces)) if _is_square(plan, faces[i], away[i][1])]
    order = sorted(square or range(len(faces)), key=lambda i: away[i][0])
    first = order[0]
    direction = _direction(faces[first])
    others = [i for i in order[1:] if abs(_cross(direction, _direction(faces[i]))) >= _APART]
    return [_dimension("wall", (*away[i][1], z), (*plan, z)) for i in (first, *others[:1])]


def _along(
    face: _Face, foot: NDArray[np.float64], jambs: Sequence[tuple[float, float]], z: float
) -> Dimension:
    """Measure along a face from the nearest of its corners and of the jambs in it."""
    edges: list[tuple[Edge, NDArray[np.float64]]] = [("corner", face[0]), ("corner", face[1])]
    for jamb in jambs:
        distance, at = _to_face(np.array(jamb), face)
        if distance <= _JAMB_IN_WALL_M:
            edges.append(("jamb", at))
    # From an edge that is right here there is nothing to measure.
    apart = [each for each in edges if float(np.hypot(*(each[1] - foot))) >= _LEAST_M]
    edge, at = min(apart or edges, key=lambda each: float(np.hypot(*(each[1] - foot))))
    return _dimension(edge, (*at, z), (*foot, z))


def _is_square(plan: NDArray[np.float64], face: _Face, foot: NDArray[np.float64]) -> bool:
    """Tell whether the foot is within the face, so that a tape held square meets it."""
    away = plan - foot
    size = float(np.hypot(*away))
    return size < 1e-9 or abs(float(away @ _direction(face))) / size < 0.02


def _direction(face: _Face) -> NDArray[np.float64]:
    run = face[1] - face[0]
    unit: NDArray[np.float64] = run / np.hypot(*run)
    return unit


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _dimension(
    edge: Edge,
    start: tuple[float, ...],
    end: tuple[float, ...],
) -> Dimension:
    a = (float(start[0]), float(start[1]), float(start[2]))
    b = (float(end[0]), float(end[1]), float(end[2]))
    return Dimension(edge=edge, start=a, end=b, length_m=math.dist(a, b))
