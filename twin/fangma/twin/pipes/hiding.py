"""What hides pipes, from which side and room they are reached, and by which panel or manhole."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fangma.asset_registry.store import concealment as stored, surroundings
from fangma.asset_registry.store.networks import NetworkError, find
from fangma.spatial.concealment import Body, BodyKind, RoomSpace, Run, conceal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.concealment import BodyRow, EntranceRow, RoomRow
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.pipes.bodies import Bodies
    from fangma.twin.pipes.book import PipeBook

    Floats = NDArray[np.float64]

_KINDS: Final[dict[str, BodyKind]] = {
    "IfcWall": "wall", "IfcCurtainWall": "wall", "IfcSlab": "slab", "IfcRoof": "slab",
    "IfcFooting": "slab", "IfcColumn": "structure", "IfcBeam": "structure",
}  # fmt: skip
_COVERINGS: Final[dict[str, BodyKind]] = {
    "CEILING": "ceiling", "FLOORING": "floor", "CLADDING": "wall", "INSULATION": "wall",
    "ROOFING": "slab",
}  # fmt: skip
_CEILING: Final = re.compile(r"吊顶|天花|顶棚|ceiling", re.IGNORECASE)
_FLOORING: Final = re.compile(r"楼面|地面|地坪|floor|screed", re.IGNORECASE)
_SHAFT: Final = re.compile(r"管道?井|[水风电]井|竖井|电缆井|shaft|riser|\bduct\b", re.IGNORECASE)
_PANEL: Final = re.compile(stored.PANELS, re.IGNORECASE)
_PANEL_WITHIN_M: Final = 3.0
_DOOR_WITHIN_M: Final = 0.3
_SMALLEST_M: Final = 0.01
_MOST_ENTRANCES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What stands about some pipes."""

    rows: tuple[BodyRow, ...]
    bodies: tuple[Body, ...]
    row_of_body: tuple[int, ...]
    rooms: tuple[RoomRow, ...]
    spaces: tuple[RoomSpace, ...]
    without_bodies: int


def concealment(
    conn: Connection, book: PipeBook, code: str, bodies: Bodies, moment: Moment
) -> dict[str, Any]:
    """Answer what hides a pipe, run by run.

    Raises
    ------
    NetworkError
        When the code names nothing of a network, or something without a place.
    """
    entry = find(conn, code)
    row = book.row_of.get(entry.id)
    if row is None:
        raise NetworkError(
            f"{code} is a {entry.kind} that is part of no network then, expected a pipe, fitting, "
            "valve, terminal or device",
            "list them with fangma list pipe",
        )
    return {"code": book.parts[row].code, **runs_of(conn, book, [row], bodies, moment)[row]}


def runs_of(
    conn: Connection, book: PipeBook, rows: Sequence[int], bodies: Bodies, moment: Moment
) -> dict[int, dict[str, Any]]:
    """Tell for parts of a book what hides each: ``hidden_by`` of most of it, and ``runs``."""
    ids = [book.parts[row].id for row in rows]
    about = _about(conn, ids, bodies, moment)
    told = stored.told_by_surveys(conn, ids)
    grounds_near = stored.grounds_near(conn, [i for i in ids if i not in told], moment)
    entrances: dict[UUID, list[EntranceRow]] = defaultdict(list)
    for entrance in stored.entrances_near(conn, [i for i in ids if i in told], moment):
        entrances[entrance.entry_id].append(entrance)
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        part = book.parts[row]
        axis = _axis_of(book, row)
        if axis is None:
            found[row] = {"hidden_by": "unknown", "runs": []}
            continue
        survey = told.get(part.id, {})
        grounds = survey.get("ground_m")
        ground = grounds_near.get(part.id) if not grounds else float(np.mean(grounds))
        radius = max(_SMALLEST_M, (part.outer_diameter_m or 0.0) / 2)
        low, high = axis.min(axis=0) - radius, axis.max(axis=0) + radius
        near = [i for i in range(len(about.bodies)) if _meets(about, i, low, high)]
        runs = conceal(
            axis,
            radius,
            [about.bodies[i] for i in near],
            about.spaces,
            ground,
        )
        found[row] = {
            "hidden_by": _most(runs),
            "runs": [
                _run(run, near, about, entrances[part.id], part.system, survey) for run in runs
            ],
        }
    return found


def tell(
    conn: Connection,
    book: PipeBook,
    items: Sequence[dict[str, Any]],
    bodies: Bodies,
    moment: Moment,
) -> None:
    """Add to items of ``near`` and ``drill`` what hides each, and from where it is reached."""
    rows = [book.row_of_code[item["code"]] for item in items if item["code"] is not None]
    found = runs_of(conn, book, rows, bodies, moment) if rows else {}
    for item in items:
        told = found.get(book.row_of_code.get(item["code"] or "", -1))
        item["hidden_by"] = "unknown" if told is None else told["hidden_by"]
        runs = [] if told is None else told["runs"]
        most = [run for run in runs if run["hidden_by"] == item["hidden_by"]]
        longest = max(most, key=lambda run: float(run["length_m"]), default=None)
        item["reached_from"] = [] if longest is None else longest["reached_from"]


def _axis_of(book: PipeBook, row: int) -> Floats | None:
    """Return the axis of a part; of a valve or device a short one through its middle."""
    axis = book.axes[row]
    if axis is not None and len(axis) > 1:
        return axis
    extent = book.parts[row].extent
    if extent is None:
        return None
    middle = (np.array(extent[:3]) + np.array(extent[3:])) / 2
    return np.array([middle, middle])


def _about(conn: Connection, ids: Sequence[UUID], bodies: Bodies, moment: Moment) -> _About:
    rows = stored.bodies_near(conn, ids, moment)
    models = sorted({row.model_id for row in rows if row.model_id is not None}, key=str)
    standing = surroundings.placements(conn, models)
    solid: list[Body] = []
    row_of_body: list[int] = []
    missing = 0
    for i, row in enumerate(rows):
        kind = kind_of(row)
        if kind is None:
            continue
        triangles = None
        if row.model_id in standing and row.model_id is not None:
            placement = np.array(standing[row.model_id], dtype=np.float64).reshape(4, 4)
            triangles = bodies.triangles(row.model_id, row.id, placement)
        if triangles is None:
            missing += 1
            continue
        solid.append(Body(kind=kind, triangles=triangles))
        row_of_body.append(i)
    rooms = stored.rooms_near(conn, ids, moment)
    return _About(
        rows=tuple(rows),
        bodies=tuple(solid),
        row_of_body=tuple(row_of_body),
        rooms=tuple(rooms),
        spaces=tuple(
            RoomSpace(
                footprint=shapely.from_wkb(room.footprint),
                floor_z=room.floor_z,
                ceiling_z=room.ceiling_z,
                is_shaft=bool(_SHAFT.search(f"{room.name or ''} {room.use or ''}")),
            )
            for room in rooms
        ),
        without_bodies=missing,
    )


def kind_of(row: BodyRow) -> BodyKind | None:
    """Tell how an element hides what is in it; None for doors and panels, which open.

    A covering that does not say what it covers is told by its name, else left out.
    """
    found = row.ifc_class or ""
    if found == "IfcCovering":
        kind = _COVERINGS.get(row.predefined_type or "")
        if kind is None and _CEILING.search(row.name or ""):
            kind = "ceiling"
        if kind is None and _FLOORING.search(row.name or ""):
            kind = "floor"
        return kind
    plain = found.removesuffix("StandardCase").removesuffix("ElementedCase")
    return _KINDS.get(plain)


def _meets(about: _About, body: int, low: Floats, high: Floats) -> bool:
    extent = about.rows[about.row_of_body[body]].extent
    aside = np.array([0.1, 0.1, 3.0])
    return bool(
        (np.array(extent[:3]) <= high + aside).all() and (np.array(extent[3:]) >= low - aside).all()
    )


def _most(runs: Sequence[Run]) -> str:
    """Name what hides the most of a pipe."""
    total: dict[str, float] = defaultdict(float)
    for run in runs:
        total[run.cover] += max(run.length_m, 1e-6)
    return max(total, key=lambda cover: total[cover]) if total else "unknown"


def _run(
    run: Run,
    near: Sequence[int],
    about: _About,
    entrances: Iterable[EntranceRow],
    system: str | None,
    survey: dict[str, Any],
) -> dict[str, Any]:
    element = None
    if run.body is not None:
        row = about.rows[about.row_of_body[near[run.body]]]
        element = {"guid": row.guid, "class": row.ifc_class, "name": row.name}
    evidence = run.evidence
    if run.cover == "unknown" and about.without_bodies:
        evidence = "bodies-not-kept"
    return {
        "from": np.round(run.start, 3).tolist(),
        "to": np.round(run.end, 3).tolist(),
        "length_m": round(run.length_m, 3),
        "hidden_by": run.cover,
        "element": element,
        "depth_m": None if run.depth_m is None else round(run.depth_m, 3),
        "laid": survey.get("laid") if run.cover == "ground" else None,
        "reached_from": [
            {
                "room": None if reach.room is None else about.rooms[reach.room].code,
                "number": None if reach.room is None else about.rooms[reach.room].number,
                "side": reach.side,
                "cover_m": round(reach.cover_m, 3),
            }
            for reach in run.reaches
        ],
        "access": _access(run, about, entrances, system),
        "evidence": evidence,
    }


def _access(
    run: Run, about: _About, entrances: Iterable[EntranceRow], system: str | None
) -> list[dict[str, Any]]:
    """List what can be opened: panels near a run, the door of a shaft, manholes of its system."""
    middle = (run.start + run.end) / 2
    found: list[dict[str, Any]] = []
    if run.cover not in {"nothing", "ground"}:
        for row in about.rows:
            if _PANEL.search(row.name or ""):
                away = _away(middle, row.extent)
                if away <= _PANEL_WITHIN_M:
                    found.append(_way("panel", None, row.name, row.guid, away))
    if run.cover == "shaft" and run.reaches and run.reaches[0].room is not None:
        found += _doors(run.reaches[0].room, float(middle[2]), middle, about)
    if run.cover == "ground":
        own = [each for each in entrances if each.system == system]
        found += [
            _way("manhole", each.code, each.name, None, each.away) for each in own[:_MOST_ENTRANCES]
        ]
    return sorted(found, key=lambda way: float(way["distance_m"]))


def _doors(shaft: int, z: float, middle: Floats, about: _About) -> list[dict[str, Any]]:
    """Return the doors of a shaft, with the room in front of each."""
    ways = []
    plan = about.spaces[shaft].footprint
    for row in about.rows:
        x0, y0, z0, x1, y1, z1 = row.extent
        if row.ifc_class != "IfcDoor" or not z0 - 3.0 <= z <= z1 + 1.5:
            continue
        door = shapely.box(x0, y0, x1, y1)
        if not door.dwithin(plan, _DOOR_WITHIN_M):
            continue
        rooms = [
            (space.footprint.distance(door.centroid), i)
            for i, space in enumerate(about.spaces)
            if i != shaft and space.floor_z - 0.2 <= z0 <= space.ceiling_z
        ]
        room = about.rooms[min(rooms)[1]].code if rooms else None
        ways.append(
            {**_way("door", None, row.name, row.guid, _away(middle, row.extent)), "room": room}
        )
    return ways


def _way(
    kind: str, code: str | None, name: str | None, guid: str | None, away: float
) -> dict[str, Any]:
    return {
        "kind": kind, "code": code, "name": name, "guid": guid, "room": None,
        "distance_m": round(away, 3),
    }  # fmt: skip


def _away(point: Floats, extent: Sequence[float]) -> float:
    low, high = np.array(extent[:3]), np.array(extent[3:])
    return float(np.linalg.norm(np.maximum(np.maximum(low - point, point - high), 0.0)))
