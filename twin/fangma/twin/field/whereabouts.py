"""Where the thing of an order is: its point, its room, lengths to measure, the picture of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fangma.asset_registry.layers import layer_of
from fangma.asset_registry.networks import NETWORK_KINDS
from fangma.asset_registry.store import surroundings
from fangma.spatial.cut_blocks import Block, cut_block
from fangma.spatial.setting_out import SettingOut, set_out
from fangma.viewer.cutaways.picture import Body, Length, Look, Mark, Model, Picture, Run, Vector

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.surroundings import BodyRow, RoomRow, TargetRow
    from fangma.asset_registry.store.work_orders import Order

_ROOM_WITHIN_M: Final = 3.0
_NEAR_ROOM_M: Final = 1.2
_ALIKE_M: Final = 0.06
_UPRIGHT: Final = 0.9
_LEVEL_M: Final = 0.5
_TURNED: Final = 0.3
_LOOKS: Final[Mapping[str, Look]] = {
    "wall": "wall",
    "slab": "slab",
    "structure": "structure",
}
# A thing hidden in something lies inside its box, give or take this.
_WITHIN_M: Final = 0.03
_ANGULAR: Final = frozenset({"IfcCableCarrierSegment", "IfcDuctSegment"})
_PIPES: Final = frozenset({"pipe", "fitting", "valve"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where the thing of an order is.

    Attributes
    ----------
    point : (3,) float64 or None
        Metres, the site's CRS; None when nothing is known of its place.
    is_exact : bool
        Somebody marked the point, or the thing is small; of a room only the room is known.
    room : RoomRow or None
        The one that holds it, or from which it is reached.
    measures : SettingOut or None
    hidden_by : list of str
        What it lies inside of: wall, slab, ceiling.
    """

    target: TargetRow
    point: NDArray[np.float64] | None
    is_exact: bool
    room: RoomRow | None
    measures: SettingOut | None
    block: Block | None
    bodies: Sequence[BodyRow]
    hidden_by: list[str]


def find(
    conn: Connection, order: Order, moment: Moment, *, served: Collection[str] = ()
) -> Whereabouts:
    """Find out where the thing of an order is, as far as the reader may see.

    Parameters
    ----------
    served : collection of str
        Codes of rooms that it serves: of two rooms that share its wall, that one is opened.
    """
    target = surroundings.target(conn, order.entry_id, moment)
    if target is None:
        raise AssertionError  # who sees the order sees its place
    point = _point(target, order.point)
    if point is None:
        return Whereabouts(
            target=target, point=None, is_exact=False, room=None, measures=None, block=None,
            bodies=(), hidden_by=[],
        )  # fmt: skip
    is_exact = target.kind != "room" or order.point is not None
    place = (float(point[0]), float(point[1]), float(point[2]))
    near = surroundings.rooms_near(conn, target.site_id, place, moment, within_m=_ROOM_WITHIN_M)
    own = [room for room in near if room.id == target.id]
    room = next(iter(own), None) or _room(near, served)
    outline = None if room is None else _largest(room.footprint)
    floor_z, ceiling_z = (None, None) if room is None else (room.floor_z, room.ceiling_z)
    block = cut_block(point, outline, floor_z=floor_z, ceiling_z=ceiling_z)
    bodies = _bodies(conn, target, block, moment)
    measures = None
    if room is not None and outline is not None and is_exact:
        measures = set_out(
            point,
            outline,
            floor_z=room.floor_z,
            ceiling_z=room.ceiling_z,
            jambs=_jambs(bodies, room, block),
            with_height=not (_is_upright(target) and order.point is None),
        )
        edges = [each.start for each in measures.dimensions]
        block = cut_block(point, outline, floor_z=floor_z, ceiling_z=ceiling_z, shown=edges)
        bodies = _bodies(conn, target, block, moment)
    return Whereabouts(
        target=target,
        point=point,
        is_exact=is_exact,
        room=room,
        measures=measures,
        block=block,
        bodies=bodies,
        hidden_by=_hidden_by(block, bodies, room) if is_exact else [],
    )


def _room(near: Sequence[RoomRow], served: Collection[str]) -> RoomRow | None:
    """Choose the room from which a thing is reached: the nearest, of equal ones one it serves."""
    if not near or near[0].away > _NEAR_ROOM_M:
        return None
    alike = [
        room
        for room in near
        if room.away <= near[0].away + _ALIKE_M and abs(room.floor_z - near[0].floor_z) <= _LEVEL_M
    ]
    return next((room for room in alike if room.code in served), near[0])


def _bodies(conn: Connection, target: TargetRow, block: Block, moment: Moment) -> list[BodyRow]:
    corners = block.corners()
    low, high = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return surroundings.around(
        conn,
        target.site_id,
        (low[0], low[1], low[2]),
        (high[0], high[1], high[2]),
        moment,
    )


def picture(
    conn: Connection,
    where: Whereabouts,
    *,
    geometry: Path,
    valves: Mapping[str, str],
    texts: Sequence[tuple[str, str]],
) -> Picture | None:
    """Describe the picture; None where there is no place to draw.

    Parameters
    ----------
    geometry : Path
        Folder of the files of bodies.
    valves : mapping of str to str
        Codes of valves, and the marks that they get.
    texts : sequence of (str, str)
        Mark and text of each length, in the order of ``where.measures``.
    """
    if where.point is None or where.block is None:
        return None
    origin, block = where.point, where.block
    shown = [(body, look) for body in where.bodies if (look := _look(body, where)) is not None]
    ids = sorted({body.model_id for body, _ in shown if body.model_id is not None}, key=str)
    standing = surroundings.placements(conn, ids)
    models: list[Model] = []
    index: dict[UUID | None, int] = {}
    for id_ in ids:
        file = geometry / f"{id_}.npz"
        if id_ in standing and file.is_file():
            matrix = np.array(standing[id_]).reshape(4, 4)
            matrix[:3, 3] -= origin
            index[id_] = len(models)
            models.append(Model(file=str(file), matrix=tuple(matrix.reshape(-1).tolist())))
    return Picture(
        models=tuple(models),
        bodies=tuple(
            Body(
                model=index[body.model_id],
                entry=str(body.id),
                look=look,
                system=body.system,
                is_target=body.id == where.target.id,
            )
            for body, look in shown
            if body.model_id in index
        ),
        runs=tuple(
            Run(
                axis=tuple(_vector(p - origin) for p in _coordinates(body.axis)),
                radius_m=(body.outer_diameter_m or 0.03) / 2,
                system=body.system,
                is_target=body.id == where.target.id,
                has_body=body.model_id in index,
                is_round=body.ifc_class not in _ANGULAR,
            )
            for body, _ in shown
            if body.axis is not None
        ),
        lengths=tuple(
            Length(
                mark=mark,
                start=_vector(np.array(each.start) - origin),
                end=_vector(np.array(each.end) - origin),
                text=text,
            )
            for (mark, text), each in zip(
                texts, () if where.measures is None else where.measures.dimensions, strict=False
            )
        ),
        marks=tuple(
            Mark(mark=valves[body.code], at=_vector(_middle(body.extent) - origin))
            for body in where.bodies
            if body.code in valves and body.code is not None
        ),
        along=_vector(np.array([*block.along, 0.0])),
        inward=_vector(np.array([*block.inward, 0.0])),
        low=_vector(block.low),
        high=_vector(block.high),
        is_exact=where.is_exact,
    )


def _point(target: TargetRow, marked: list[float] | None) -> NDArray[np.float64] | None:
    """Choose the point: the marked one, on the axis where there is one; else the middle."""
    if target.axis is not None:
        axis = _coordinates(target.axis)
        return _halfway(axis) if marked is None else _nearest_on(axis, np.array(marked))
    if marked is not None:
        return np.array(marked)
    if target.kind == "room" and target.footprint is not None and target.floor_z is not None:
        inside = shapely.point_on_surface(shapely.from_wkb(target.footprint))
        return np.array([inside.x, inside.y, target.floor_z + 0.6])
    return None if target.extent is None else _middle(target.extent)


def _halfway(axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle of a line by length, heights counted."""
    lengths = np.linalg.norm(np.diff(axis, axis=0), axis=1)
    ends = np.cumsum(lengths)
    half = ends[-1] / 2
    piece = int(np.searchsorted(ends, half))
    share = (half - (ends[piece] - lengths[piece])) / max(float(lengths[piece]), 1e-12)
    middle: NDArray[np.float64] = axis[piece] + share * (axis[piece + 1] - axis[piece])
    return middle


def _nearest_on(axis: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
    best: NDArray[np.float64] = axis[0]
    away = np.inf
    for a, b in pairwise(axis):
        run = b - a
        share = float(np.clip((point - a) @ run / max(float(run @ run), 1e-12), 0, 1))
        foot = a + share * run
        if (size := float(np.linalg.norm(point - foot))) < away:
            best, away = foot, size
    return best


def _is_upright(target: TargetRow) -> bool:
    if target.axis is None:
        return False
    points = _coordinates(target.axis)
    run = points[-1] - points[0]
    return abs(float(run[2])) >= _UPRIGHT * max(float(np.linalg.norm(run)), 1e-9)


def _look(body: BodyRow, where: Whereabouts) -> Look | None:
    """Say how a thing is drawn; None = peeled away."""
    if body.kind in _PIPES:
        return "pipe"
    if body.kind in NETWORK_KINDS:
        return "device"
    if body.kind in {"room", "asset", "zone"} or body.ifc_class is None:
        return None
    layer = layer_of(body.ifc_class, body.predefined_type, body.kind)
    if layer == "opening":
        return "window" if body.ifc_class.startswith("IfcWindow") else "door"
    if body.ifc_class.startswith("IfcStair"):
        return "stairs"
    look = _LOOKS.get(layer)
    # A slab above would hide what lies below it.
    if look == "slab" and where.point is not None and body.extent[2] > where.point[2]:
        return None
    return look


def _standing(body: BodyRow, block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return middle and half sizes of a thing in the block's axes.

    Boxes of the registry lie along the axes of the map. A thing that is turned as the block is has
    a smaller box, which follows from the larger one: bx = w c + t s, by = w s + t c. Near 45
    degrees, or for what is turned otherwise, the larger one is all that is known.
    """
    size = np.array(body.extent[3:]) - np.array(body.extent[:3])
    middle = _middle(body.extent)
    c, s = abs(float(block.along[0])), abs(float(block.along[1]))
    spread = c * c - s * s
    if abs(spread) > _TURNED:
        along = (size[0] * c - size[1] * s) / spread
        inward = (size[1] * c - size[0] * s) / spread
        if along > 0 and inward > 0:
            return middle, np.array([along, inward, size[2]]) / 2
    return middle, np.array([size[0] * c + size[1] * s, size[0] * s + size[1] * c, size[2]]) / 2


def _holds(body: BodyRow, block: Block) -> bool:
    middle, half = _standing(body, block)
    away = block.matrix_site_from_block.T @ (block.origin - middle)
    return bool((np.abs(away) <= half + _WITHIN_M).all())


def _hidden_by(block: Block, bodies: Sequence[BodyRow], room: RoomRow | None) -> list[str]:
    found = {
        layer
        for body in bodies
        if body.kind == "element"
        and body.ifc_class is not None
        and (layer := layer_of(body.ifc_class, body.predefined_type, body.kind)) in _LOOKS
        and _holds(body, block)
    }
    if room is not None and room.ceiling_z is not None and block.origin[2] > room.ceiling_z:
        found.add("ceiling")
    return sorted(found)


def _jambs(bodies: Sequence[BodyRow], room: RoomRow, block: Block) -> list[tuple[float, float]]:
    """List both sides of each door on the storey, in plan."""
    jambs = []
    for body in bodies:
        if not (body.ifc_class or "").startswith("IfcDoor"):
            continue
        if abs(body.extent[2] - room.floor_z) > _LEVEL_M:
            continue
        middle, half = _standing(body, block)
        way = block.along * half[0] if half[0] > half[1] else block.inward * half[1]
        sides = (middle[:2] - way, middle[:2] + way)
        jambs += [(float(side[0]), float(side[1])) for side in sides]
    return jambs


def _largest(footprint: bytes) -> shapely.Polygon:
    parts = shapely.get_parts(shapely.from_wkb(footprint))
    largest: shapely.Polygon = max(parts, key=lambda part: part.area)
    return largest


def _coordinates(wkb: bytes | None) -> NDArray[np.float64]:
    if wkb is None:
        return np.zeros((0, 3))
    return np.asarray(shapely.get_coordinates(shapely.from_wkb(wkb), include_z=True))


def _middle(extent: list[float]) -> NDArray[np.float64]:
    middle: NDArray[np.float64] = (np.array(extent[:3]) + np.array(extent[3:])) / 2
    return middle


def _vector(values: NDArray[np.float64]) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))
