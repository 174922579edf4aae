"""The joins that an import brings: within the file, and to what other files brought before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fangma.asset_registry.networks import NETWORK_KINDS, Join, NetworkChanges
from fangma.asset_registry.store import networks as stored
from fangma.asset_registry.store.connection import OPERATOR, moment_of, recording
from fangma.bim_import.findings import Finding, Severity
from fangma.spatial.networks.joining import SURE_FROM, StatedJoin, infer_joins
from fangma.spatial.networks.parts import Part, PortEnd, box_triangles
from fangma.spatial.networks.unbroken import threaded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.bodies import Body
    from fangma.bim_import.model import Element, Model, Port
    from fangma.bim_import.placing import Matrix
    from fangma.bim_import.plan import Plan
    from fangma.spatial.mesh import Placements
    from fangma.spatial.networks.joining import Join as FoundJoin

    Floats = NDArray[np.float64]

_FLOWS: Final[Mapping[str | None, Any]] = {"SOURCE": "out", "SINK": "in"}
# Guesses below this are not worth keeping.
_KEPT_FROM: Final = 0.3
# A surveyed end may be this far from the pipe that it continues, in standard deviations.
_SLACK_SIGMAS: Final = 2.0
_AT_JOIN_M: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A part that the registry holds already, with its partners and where it is joined to them."""

    entry_id: UUID
    part: Part
    joined: tuple[tuple[UUID, tuple[float, float, float]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """What an import says of networks."""

    changes: NetworkChanges
    findings: tuple[Finding, ...]


def others_near(
    conn: Connection,
    site_id: UUID,
    boxes: NDArray[np.float64],
    *,
    besides: Collection[UUID] = frozenset(),
) -> list[Other]:
    """Read the parts of a site's networks that come near some boxes, as they are known now.

    Parameters
    ----------
    boxes : (n, 6) float64
        Least corner, then greatest; site frame.
    besides : collection of UUID
        Entries that are left out.
    """
    if not len(boxes):
        return []
    with recording(conn, OPERATOR):
        moment = moment_of(conn)
        rows = stored.parts_near(conn, moment, site_id, boxes)
        rows = [row for row in rows if row.id not in besides]
        joins = stored.joins_of(conn, moment, SURE_FROM, [row.id for row in rows])
    return _others(rows, joins)


def box_of_networks(model: Model, bodies: Mapping[int, Body]) -> NDArray[np.float64]:
    """Return the box about all parts of a model's networks; (1, 6), or (0, 6) without any.

    Parameters
    ----------
    bodies : mapping of int to Body
        Of the model's elements, site frame.
    """
    connected = {port.element for port in model.ports if port.connected_to}
    boxes = [
        body.box
        for e in model.elements
        if (e.kind in NETWORK_KINDS or e.key in connected) and (body := bodies.get(e.key))
    ]
    if not boxes:
        return np.zeros((0, 6))
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    return np.concatenate([low[:3], high[3:]])[np.newaxis]


def _others(rows: Sequence[stored.NearRow], joins: Sequence[stored.JoinRow]) -> list[Other]:
    joined: dict[UUID, list[tuple[UUID, tuple[float, float, float]]]] = defaultdict(list)
    for join in joins:
        place = (join.x, join.y, join.z)
        joined[join.entry_id].append((join.other_id, place))
        joined[join.other_id].append((join.entry_id, place))
    return [
        Other(entry_id=row.id, part=part, joined=tuple(joined[row.id]))
        for row in rows
        if (part := _known_part(row)) is not None
    ]


def _known_part(row: stored.NearRow) -> Part | None:
    """Make a part of what the registry holds: by its axis, else by the box about its body."""
    axis = triangles = None
    if row.axis is not None:
        axis = shapely.get_coordinates(shapely.from_wkb(row.axis), include_z=True)
    elif row.extent is not None and row.kind != "pipe":
        triangles = box_triangles(row.extent)
    else:
        return None
    return Part(
        kind=row.kind,
        system=row.system,
        axis=axis,
        radius=(row.outer_diameter_m or 0.0) / 2,
        triangles=triangles,
        is_rough=triangles is not None,
        slack_m=_SLACK_SIGMAS * max(row.plan_m or 0.0, row.depth_m or 0.0),
        group=1,
    )


def plan_networks(
    model: Model,
    placements: Placements,
    bodies: Mapping[int, Body],
    plan: Plan,
    matrix_site_from_model: Matrix,
    others: Sequence[Other],
) -> NetworkPlan:
    """Find the joins of the file's parts, among themselves and with those of other files.

    Parameters
    ----------
    bodies : mapping of int to Body
        By element key, site frame.
    others : sequence of Other
        Of the same site; those that the file speaks of itself are left out here.

    Returns
    -------
    plan : NetworkPlan
        Joins by entry; every part of the file counts as told anew.
    """
    elements, parts, stated = network_parts(
        model, placements, bodies, matrix_site_from_model, keys=plan.entry_of.keys()
    )
    ids = [plan.entry_of[e.key] for e in elements]
    found = infer_joins(parts, stated)
    own = {*ids, *plan.retired}
    joins = [_join(ids[j.a], ids[j.b], j) for j in found if j.confidence >= _KEPT_FROM]
    across = join_across(parts, ids, found, beyond(others, own))
    # Two elements may be one entry: what it is joined with itself by is no join.
    told = {(j.entry_id, j.other_id): j for j in (*across, *joins) if j.entry_id != j.other_id}
    return NetworkPlan(
        changes=NetworkChanges(
            joins=tuple(told.values()), rejoined=tuple(dict.fromkeys([*ids, *plan.retired]))
        ),
        findings=(*_findings(found, across), *_unbroken(elements, parts, found)),
    )


def network_parts(
    model: Model,
    placements: Placements,
    bodies: Mapping[int, Body],
    matrix_site_from_model: Matrix,
    *,
    keys: Collection[int] | None = None,
    with_ports: bool = True,
) -> tuple[list[Element], list[Part], list[StatedJoin]]:
    """Take from a model what joins are inferred from.

    Parameters
    ----------
    bodies : mapping of int to Body
        By element key, site frame.
    keys : collection of int, optional
        Only these elements.
    with_ports : bool
        False leaves ports out, as if the file had none; for measuring what geometry alone tells.

    Returns
    -------
    elements, parts, stated
        The elements of networks; a part for each, in the same order; connections by its rows.
    """
    # A sensor set into a pipe, or a proxy that stands for a pump: what is connected conducts.
    connected = {port.element for port in model.ports if port.connected_to}
    elements = [
        e
        for e in model.elements
        if (e.kind in NETWORK_KINDS or e.key in connected) and (keys is None or e.key in keys)
    ]
    site = np.asarray(matrix_site_from_model, dtype=np.float64)
    ports: dict[int, list[Port]] = defaultdict(list)
    for port in model.ports if with_ports else ():
        ports[port.element].append(port)
    triangles = _triangles(placements, site, {e.key for e in elements if e.kind != "pipe"})
    positions = _positions([port for own in ports.values() for port in own], site)
    parts = [
        _part(e, bodies.get(e.key), ports[e.key], triangles.get(e.key), positions) for e in elements
    ]
    row_of = {e.key: i for i, e in enumerate(elements)}
    return elements, parts, _stated(model, ports, row_of)


def beyond(others: Sequence[Other], own: Collection[UUID]) -> list[Other]:
    """Leave out what a file speaks of itself, and joins with it: those are told anew."""
    return [
        replace(other, joined=tuple(each for each in other.joined if each[0] not in own))
        for other in others
        if other.entry_id not in own
    ]


def join_across(
    parts: Sequence[Part], ids: Sequence[UUID], found: Sequence[FoundJoin], others: Sequence[Other]
) -> list[Join]:
    """Join the open ends of new parts to parts that other files brought.

    Parameters
    ----------
    found : sequence of join
        What joins the new parts among themselves: an end that has its partner is not open.
    """
    if not others or not parts:
        return []
    joined: dict[int, list[Floats]] = defaultdict(list)
    for join in found:
        if join.confidence >= SURE_FROM:
            joined[join.a].append(join.point)
            joined[join.b].append(join.point)
    mine = [
        (i, open_part)
        for i, part in enumerate(parts)
        if (open_part := _open(part, joined[i])) is not None
    ]
    theirs = [
        (i, open_part)
        for i, other in enumerate(others)
        if (open_part := _open(other.part, [np.array(place) for _, place in other.joined]))
        is not None
    ]
    across = infer_joins(
        [part for _, part in mine] + [part for _, part in theirs], between_groups_only=True
    )
    count = len(mine)
    return [
        _join(ids[mine[j.a][0]], others[theirs[j.b - count][0]].entry_id, j)
        for j in across
        if j.confidence >= _KEPT_FROM and j.a < count <= j.b
    ]


def _open(part: Part, joined_at: Sequence[Floats]) -> Part | None:
    """Leave of a part what another may still be joined to: free ends and ports, side, body."""
    near = max(_AT_JOIN_M, 1.5 * part.radius)

    def is_free(place: Floats | None) -> bool:
        if place is None:
            return False
        return not any(float(np.linalg.norm(place - p)) <= near for p in joined_at)

    if part.axis is None or len(part.axis) < 2:
        ports = tuple(port for port in part.ports if is_free(port.position))
        return replace(part, ports=ports) if ports or part.triangles is not None else None
    ends = is_free(part.axis[0]), is_free(part.axis[-1])
    return replace(part, ports=(), triangles=None, is_open=ends)


def _part(
    element: Element,
    body: Body | None,
    ports: Sequence[Port],
    triangles: Floats | None,
    positions: Mapping[int, Floats],
) -> Part:
    axis, radius = None, 0.0
    if body is not None and body.axis is not None:
        axis = shapely.get_coordinates(body.axis, include_z=True)
        radius = (body.outer_diameter_m or 0.0) / 2
    return Part(
        kind=element.kind,
        system=element.system,
        axis=axis if element.kind == "pipe" else None,
        radius=radius,
        ports=tuple(
            PortEnd(position=positions.get(port.key), flow=_FLOWS.get(port.flow)) for port in ports
        ),
        triangles=triangles,
    )


def _positions(ports: Sequence[Port], site: Floats) -> dict[int, Floats]:
    """Place ports in the site's frame, by their keys; those that have no place are left out."""
    places = {port.key: port.position for port in ports if port.position is not None}
    if not places:
        return {}
    placed = np.array(list(places.values())) @ site[:3, :3].T + site[:3, 3]
    return dict(zip(places, placed, strict=True))


def _triangles(placements: Placements, site: Floats, keys: Collection[int]) -> dict[int, Floats]:
    """Place the triangles of some elements in the site's frame."""
    found: dict[int, list[Floats]] = defaultdict(list)
    for row, key in enumerate(placements.element.tolist()):
        if key in keys:
            mesh = placements.meshes[placements.mesh[row]]
            matrix = site @ placements.matrix_model_from_local[row]
            corners = mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
            found[key].append(corners[mesh.triangles])
    return {
        key: pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        for key, pieces in found.items()
    }


def _stated(
    model: Model, ports: Mapping[int, Sequence[Port]], row_of: Mapping[int, int]
) -> list[StatedJoin]:
    place = {
        port.key: (row_of[element], number)
        for element, own in ports.items()
        if element in row_of
        for number, port in enumerate(own)
    }
    return [
        StatedJoin(first=place[port.key], second=place[partner])
        for port in model.ports
        for partner in port.connected_to
        if port.key < partner and port.key in place and partner in place
    ]


def _join(a: UUID, b: UUID, join: FoundJoin) -> Join:
    x, y, z = join.point.tolist()
    first, second, flow = (a, b, join.flow) if a < b else (b, a, -join.flow)
    return Join(
        entry_id=first,
        other_id=second,
        flow=flow,
        point=(x, y, z),
        confidence=join.confidence,
        method=join.method,
    )


def _findings(found: Sequence[FoundJoin], across: Sequence[Join]) -> tuple[Finding, ...]:
    inferred = [j for j in found if j.method != "stated"]
    sure = sum(j.confidence >= SURE_FROM for j in inferred)
    doubtful = len(inferred) - sure
    if not inferred and not across:
        return ()
    return (
        Finding(
            severity=Severity.INFO,
            rule="joins-inferred",
            element=None,
            message=f"{len(found) - len(inferred)} joins of pipes are stated in the file, {sure} "
            f"were told from geometry, {len(across)} lead to parts of other files; {doubtful} "
            "guesses are too doubtful to be used.",
            remedy="Nothing; connect the ports in the model to be sure of every join.",
        ),
    )


def _unbroken(
    elements: Sequence[Element], parts: Sequence[Part], found: Sequence[FoundJoin]
) -> list[Finding]:
    """Tell the valves through which a pipe runs in one piece: they part nothing."""
    joined = {row for join in found if join.confidence >= SURE_FROM for row in (join.a, join.b)}
    valves, boxes = [], []
    for row, part in enumerate(parts):
        if part.kind == "valve" and part.triangles is not None and row not in joined:
            corners = part.triangles.reshape(-1, 3)
            valves.append(row)
            boxes.append([*corners.min(axis=0), *corners.max(axis=0)])
    pipes = [
        (row, part.axis)
        for row, part in enumerate(parts)
        if part.kind == "pipe" and part.axis is not None
    ]
    pairs = [
        (valves[box], pipes[axis][0])
        for box, axis in threaded(boxes, [axis for _, axis in pipes])
        if parts[valves[box]].system in {None, parts[pipes[axis][0]].system}
    ]
    return [
        Finding(
            severity=Severity.WARNING,
            rule="valve-on-unbroken-pipe",
            element=elements[valve].guid,
            message=f"The pipe {elements[pipe].guid} runs through this valve in one piece, so that "
            "closing it parts nothing in the network.",
            remedy="Split the pipe at the valve in the model; until then fangma isolate leaves the "
            "valve out and says so.",
        )
        for valve, pipe in pairs
    ]
