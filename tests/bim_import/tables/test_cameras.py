"""Columns of cameras in the table of sensors: new devices, known ones, and every bad value told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import shapely
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import NewEntry, Shape
from fangma.asset_registry.store.cameras import CameraRow, cameras
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.streams import streams
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.tile_store import TileStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fangma.bim_import.reports import FileReport

pytestmark = pytest.mark.db
HEADER = (
    "传感器编号,观测属性,位置,东坐标,北坐标,安装高度,朝向,俯角,"
    "水平视角,垂直视角,可视距离,水平像素\n"
)


@pytest.fixture
def compound(dsn: str) -> Iterator[Compound]:
    with connect(dsn) as conn:
        yield found(conn)


@pytest.fixture
def room(compound: Compound) -> NewEntry:
    """A corridor of 20 m by 2 m, its floor at 10 m."""
    room = compound.new_room("101")
    compound.add_rooms(room, number="101")
    outline = shapely.MultiPolygon([shapely.box(0, 0, 20, 2)])
    compound.record(
        shapes=(
            Shape(
                entry_id=room.id, footprint=shapely.to_wkb(outline), floor_z=10.0, ceiling_z=13.0,
                extent=((0.0, 0.0, 10.0), (20.0, 2.0, 13.0)),
            ),
        )
    )  # fmt: skip
    return room


@pytest.fixture
def table(tmp_path: Path, dsn: str) -> Callable[..., FileReport]:
    def import_(*rows: str, header: str = HEADER, **given: object) -> FileReport:
        path = tmp_path / "cameras.csv"
        path.write_bytes((header + "".join(f"{row}\n" for row in rows)).encode("gb18030"))
        (report,) = import_files(
            [path],
            kind=None,
            connection=lambda: connect(dsn),
            tiles=TileStore(root=tmp_path / "tiles"),
            options=ImportOptions(actor="tester", **given),  # type: ignore[arg-type]
        )
        return report

    return import_


def held(compound: Compound, at: datetime | None = None) -> list[CameraRow]:
    with reading(compound.conn, OPERATOR, at) as moment:
        return cameras(compound.conn, compound.site, moment)


@pytest.mark.usefixtures("room")
def test_a_row_with_a_view_becomes_a_camera_in_its_room(
    compound: Compound, table: Callable[..., FileReport]
) -> None:
    row = "CAM-1,online,101,0.5,1,2.5,-270,12,80,48,,1920"
    report = table(row, "T-1,temperature,101,,,,,,,,,")
    assert (report.status, report.added, report.findings) == ("imported", 2, [])
    (camera,) = held(compound)
    assert (camera.x, camera.y, camera.z, camera.heading_deg) == (0.5, 1.0, 12.5, 90.0)
    assert (camera.horizontal_deg, camera.vertical_deg, camera.tilt_deg) == (80.0, 48.0, 12.0)
    assert (camera.pixels, camera.range_m, camera.origin) == (1920, None, "table")
    assert camera.building is not None
    with reading(compound.conn, OPERATOR):
        bound = {stream.sensor: (stream.code, stream.kind) for stream in streams(compound.conn)}
    assert bound["CAM-1"] == (camera.code, "device")
    assert bound["T-1"][1] == "room"
    # Told again it is the same camera; turned, it looks elsewhere from now on.
    assert table(row).status == "unchanged"
    turned = table("CAM-1,online,101,0.5,1,2.5,180,12,80,48,,1920")
    assert (turned.status, turned.changed) == ("imported", 1)
    (now,) = held(compound)
    (before,) = held(compound, datetime(2020, 1, 1, tzinfo=UTC))
    assert (now.code, now.heading_deg) == (camera.code, 180.0)
    assert (before.code, before.heading_deg) == (camera.code, 90.0)


@pytest.mark.usefixtures("room")
def test_a_camera_outdoors_looks_all_around_and_needs_no_heading(
    compound: Compound, table: Callable[..., FileReport]
) -> None:
    header = "sensor,property,east,north,height,horizontal_angle,range\n"
    report = table("GATE-CAM,online,100,50,15.5,360,30", header=header)
    assert (report.status, report.findings) == ("imported", [])
    (camera,) = held(compound)
    assert (camera.storey, camera.z, camera.horizontal_deg) == (None, 15.5, 360.0)
    assert camera.range_m == 30.0


@pytest.mark.usefixtures("room")
def test_every_bad_value_is_told_and_nothing_is_written(
    compound: Compound, table: Callable[..., FileReport]
) -> None:
    report = table(
        "C-1,online,101,0.5,1,2.5,90,12,80,,,",
        "C-2,online,101,0.5,1,2.5,90,95,80,,,",
        "C-3,online,101,0.5,1,2.5,east,12,400,,,",
        "C-4,online,101,0.5,,2.5,90,12,80,,,",
        "C-5,online,101,,,2.5,90,12,80,,,",
        "C-6,online,,0.5,1,2.5,90,12,80,,,",
        "C-7,online,101,0.5,1,2.5,90,12,,,,",
        "C-8,online,101,0.5,1,2.5,,12,80,,,",
        "C-9,online,101,0.5,1,2.5,90,12,80,0,-3,nan",
    )
    assert report.status == "refused"
    told = [
        ((f.element or "").rpartition(" ")[0], f.rule)
        for f in report.findings
        if f.severity == "error"
    ]
    assert told == [
        ("row 3, 俯角", "bad-view"),
        ("row 4, 水平视角", "bad-view"),
        ("row 4, 朝向", "bad-value"),
        ("row 5, 北坐标", "missing-value"),
        ("row 6, 东坐标", "missing-value"),
        ("row 7, 安装高度", "missing-value"),
        ("row 8, 水平视角", "missing-value"),
        ("row 9, 朝向", "missing-value"),
        ("row 10, 垂直视角", "bad-view"),
        ("row 10, 可视距离", "bad-view"),
        ("row 10, 水平像素", "bad-value"),
    ]
    assert all(f.remedy for f in report.findings)
    assert held(compound) == []


@pytest.mark.usefixtures("room")
def test_a_dry_run_adds_no_camera(compound: Compound, table: Callable[..., FileReport]) -> None:
    report = table("CAM-1,online,101,0.5,1,2.5,90,12,80,,,", dry_run=True)
    assert (report.status, report.added) == ("planned", 1)
    assert held(compound) == []


def test_a_camera_in_a_secret_room_is_secret(
    compound: Compound, room: NewEntry, table: Callable[..., FileReport]
) -> None:
    compound.record(marked_secret=((room.id, True),))
    assert table("CAM-1,online,101,0.5,1,2.5,90,12,80,,,").status == "imported"
    with reading(compound.conn, OPERATOR):
        rows = compound.conn.execute(
            "SELECT c.secret FROM fangma.camera_view AS v"
            " JOIN fangma.scope AS c ON c.id = v.scope_id"
            " JOIN fangma.entry AS e ON e.id = v.entry_id AND e.scope_id = c.id"
        ).fetchall()
    assert rows == [(True,)]
