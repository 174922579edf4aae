"""Cameras of a table of sensors: which device each row is, and where it looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from fangma.asset_registry.cameras.views import CAMERA_KINDS, CameraView
from fangma.asset_registry.changes import ChangeSet, NewEntry, State
from fangma.asset_registry.store import cameras as stored
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.streams import streams
from fangma.bim_import.tables import values
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.cameras import MountRow
    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.streams import Declaration
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row

COLUMNS: Final = (
    "east", "north", "height", "mount_height", "heading", "tilt", "horizontal_angle",
    "vertical_angle", "range", "pixels",
)  # fmt: skip
_ALL_AROUND_DEG: Final = 360.0
_FARTHEST_M: Final = 1e8
#: A view that is told again with these differences is the same.
_SAME: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """A row that says where something looks.

    Attributes
    ----------
    device : UUID or None
        The camera, where it is known; None for one that the row brings.
    room : MountRow or None
        What a new one hangs in.
    view : CameraView
        Of a new camera with the id that it is going to have.
    """

    sensor: str
    name: str | None
    device: UUID | None
    room: MountRow | None
    view: CameraView


def read_cameras(
    conn: Connection,
    site_id: UUID,
    rows: Sequence[tuple[Row, Declaration]],
    judge: Judge,
) -> dict[str, CameraRow]:
    """Read where cameras look, by sensor; every bad cell is told to the judge.

    A row that fills in none of the columns of cameras is none. The camera is the device that the
    row names, else the one that its stream watches already, else a new device in the room, storey
    or building that the row names, or where it hangs.

    Parameters
    ----------
    conn : Connection
        Inside a reading as the operator.
    """
    told = [(row, each) for row, each in rows if _is_camera(row)]
    if not told:
        return {}
    watched = {stream.sensor: stream.code for stream in streams(conn) if stream.code is not None}
    codes = {each.code for _, each in told if each.code is not None} | set(watched.values())
    known = stored.mounts(conn, codes)
    found: dict[str, CameraRow] = {}
    for row, each in told:
        mount = known.get(each.code or "")
        before = known.get(watched.get(each.sensor, ""))
        device = next(
            (m for m in (mount, before) if m is not None and m.kind in CAMERA_KINDS), None
        )
        view = _view(conn, row, judge, device, mount)
        if view is None:
            continue
        room = mount
        if device is None and (mount is None or mount.kind == "building"):
            room = stored.room_at(conn, site_id, view.place) or mount
        found[each.sensor] = CameraRow(
            sensor=each.sensor,
            name=each.name,
            device=None if device is None else device.id,
            room=room,
            view=replace(view, entry_id=uuid4() if device is None else device.id),
        )
    return found


def write_cameras(
    conn: Connection, site_id: UUID, rows: Mapping[str, CameraRow], options: ImportOptions
) -> tuple[dict[str, str], int]:
    """Write new cameras, and views that are told otherwise than before.

    A first view holds since ever, another from ``options.valid_from`` on, else from now.

    Parameters
    ----------
    conn : Connection
        Inside a recording as the operator.

    Returns
    -------
    codes : dict
        What each row's stream watches: the code of its camera.
    changed : int
        How many views of known cameras were written.
    """
    new = [row for row in rows.values() if row.device is None]
    old = [row for row in rows.values() if row.device is not None]
    before = stored.views_now(conn, [row.view.entry_id for row in old])
    changed = [row for row in old if not _is_same(before.get(row.view.entry_id), row.view)]
    codes: dict[UUID, str] = {}
    if new:
        codes |= apply(
            conn,
            ChangeSet(
                site_id=site_id,
                valid_from=options.valid_from,
                new=tuple(_entry(row, site_id) for row in new),
                states=tuple(_state(row) for row in new),
                cameras=tuple(row.view for row in new),
            ),
            actor=options.actor,
            action="import",
        ).codes
    for since, group in (
        (options.valid_from, [row for row in changed if row.view.entry_id not in before]),
        (
            options.valid_from or datetime.now(UTC),
            [row for row in changed if row.view.entry_id in before],
        ),
    ):
        if group:
            apply(
                conn,
                ChangeSet(
                    site_id=site_id, valid_from=since, cameras=tuple(row.view for row in group)
                ),
                actor=options.actor,
                action="import",
            )
    codes |= stored.codes_of(conn, [row.view.entry_id for row in old])
    return {row.sensor: codes[row.view.entry_id] for row in rows.values()}, len(changed)


def _is_camera(row: Row) -> bool:
    return any(str(row.cells.get(name) or "").strip() for name in COLUMNS)


def _view(
    conn: Connection,
    row: Row,
    judge: Judge,
    device: MountRow | None,
    mount: MountRow | None,
) -> CameraView | None:
    """Read a view; None when something of it is wrong, and then that is told."""
    read = partial(judge.read, row)
    horizontal = judge.need(
        row, "horizontal_angle", partial(_within, low=1.0, high=360.0, noun="degrees")
    )
    heading = partial(_within, low=-360.0, high=720.0, noun="degrees")
    # Who looks all around looks nowhere in particular.
    toward = (read if horizontal == _ALL_AROUND_DEG else partial(judge.need, row))(
        "heading", heading
    )
    tilt = read("tilt", partial(_within, low=-90.0, high=90.0, noun="degrees"))
    vertical = read("vertical_angle", partial(_within, low=1.0, high=180.0, noun="degrees"))
    range_m = read("range", partial(_within, low=0.1, high=2000.0, noun="metres"))
    pixels = read("pixels", partial(_within, low=1.0, high=100_000.0, noun="pixels"))
    place = _place(conn, row, judge, device, mount)
    if horizontal is None or place is None or (toward is None and horizontal < _ALL_AROUND_DEG):
        return None
    return CameraView(
        entry_id=uuid4(),
        place=place,
        heading_deg=(toward or 0.0) % 360.0,
        horizontal_deg=horizontal,
        vertical_deg=vertical,
        tilt_deg=tilt,
        range_m=range_m,
        pixels=None if pixels is None else round(pixels),
        origin="table",
    )


def _place(
    conn: Connection,
    row: Row,
    judge: Judge,
    device: MountRow | None,
    mount: MountRow | None,
) -> tuple[float, float, float] | None:
    """Read where a camera hangs: its columns, else where its view or its body was before."""
    metres = partial(_within, low=-_FARTHEST_M, high=_FARTHEST_M, noun="metres")
    east, north = judge.read(row, "east", metres), judge.read(row, "north", metres)
    height = judge.read(row, "height", partial(_within, low=-500.0, high=9000.0, noun="metres"))
    above = judge.read(row, "mount_height", partial(_within, low=-5.0, high=100.0, noun="metres"))
    if (east is None) != (north is None):
        column = "east" if east is None else "north"
        if not str(row.cells.get(column) or "").strip():
            judge.wrong(
                row,
                column,
                CellError(
                    "both coordinates, or none", "Fill in the other one too.", rule="missing-value"
                ),
            )
        return None
    before = None
    if device is not None:
        view = stored.views_now(conn, [device.id]).get(device.id)
        before = device.middle if view is None else list(view.place)
    if east is None or north is None:
        if before is None:
            judge.wrong(
                row,
                "east",
                CellError(
                    "where the camera hangs: no model shows it",
                    "Fill in 东坐标 and 北坐标, or point the camera in the viewer.",
                    rule="missing-value",
                ),
            )
            return None
        east, north = before[0], before[1]
    if height is None and above is not None:
        floor = None if mount is None else mount.floor_z
        height = None if floor is None else floor + above
    if height is None and before is not None:
        height = before[2]
    if height is None:
        judge.wrong(
            row,
            "height" if above is None else "mount_height",
            CellError(
                "how high the camera hangs: 镜头高程, or 安装高度 with a room or storey in 位置",
                "Fill in one of them.",
                rule="missing-value",
            ),
        )
        return None
    return east, north, height


def _within(cell: values.Cell, *, low: float, high: float, noun: str) -> float | None:
    found = values.number(cell)
    if found is not None and not low <= found <= high:
        raise CellError(f"{noun} from {low:g} to {high:g}", "Correct it.", rule="bad-view")
    return found


def _entry(row: CameraRow, site_id: UUID) -> NewEntry:
    room = row.room
    return NewEntry(
        id=row.view.entry_id,
        kind="device",
        site_id=site_id,
        building_id=None if room is None else _building(room),
        storey_id=None if room is None else _storey(room),
        code_part="EQ",
    )


def _state(row: CameraRow) -> State:
    room = row.room
    return State(
        entry_id=row.view.entry_id,
        name=row.name or row.sensor,
        number=row.sensor,
        building_id=None if room is None else _building(room),
        storey_id=None if room is None else _storey(room),
    )


def _storey(mount: MountRow) -> UUID | None:
    return mount.id if mount.kind == "storey" else mount.storey_id


def _building(mount: MountRow) -> UUID | None:
    return mount.id if mount.kind == "building" else mount.building_id


def _is_same(before: CameraView | None, told: CameraView) -> bool:
    if before is None:
        return False
    pairs = zip(before.place, told.place, strict=True)
    return (
        all(abs(a - b) <= _SAME for a, b in pairs)
        and replace(before, place=told.place, origin=told.origin) == told
    )
