"""A table of sensors becomes streams: bound, unbound, moved; all rows or none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.asset_registry.store.compound import Compound, found, source_of

from fangma.asset_registry.changes import State
from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Stream, bindings, streams
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.tile_store import TileStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fangma.bim_import.reports import FileReport

pytestmark = pytest.mark.db
HEADER = "传感器编号,名称,位置,观测属性,单位,协议,地址,备注\n"


@pytest.fixture
def compound(dsn: str) -> Iterator[Compound]:
    with connect(dsn) as conn:
        yield found(conn)


@pytest.fixture
def rooms(compound: Compound) -> list[str]:
    one, two = compound.new_room("101"), compound.new_room("102")
    compound.add_rooms(one, number="101")
    compound.add_rooms(two, number="102")
    with reading(compound.conn, OPERATOR):
        rows = compound.conn.execute(
            "SELECT code FROM fangma.entry WHERE kind = 'room' ORDER BY 1"
        ).fetchall()
    return [row[0] for row in rows]


@pytest.fixture
def table(tmp_path: Path, dsn: str) -> Callable[..., FileReport]:
    def import_(*rows: str, header: str = HEADER, encoding: str = "utf-8", **given: object):
        path = tmp_path / "sensors.csv"
        path.write_bytes((header + "".join(f"{row}\n" for row in rows)).encode(encoding))
        (report,) = import_files(
            [path],
            kind=None,
            connection=lambda: connect(dsn),
            tiles=TileStore(root=tmp_path / "tiles"),
            options=ImportOptions(actor="tester", **given),  # type: ignore[arg-type]
        )
        return report

    return import_


def told(report: FileReport) -> list[str]:
    return [finding.rule for finding in report.findings if finding.severity != "info"]


def held(compound: Compound) -> dict[str, Stream]:
    with reading(compound.conn, OPERATOR):
        return {stream.sensor: stream for stream in streams(compound.conn)}


def test_sensors_are_bound_by_code_or_door_or_stay_unbound(
    compound: Compound, rooms: list[str], table: Callable[..., FileReport]
) -> None:
    report = table(
        f"T-1,温度,{rooms[0]},temperature,℃,mqtt,fangma/observations/T-1,新装",
        f"T-2,湿度,{rooms[1].lower()},humidity,%,mqtt,,",
        "T-3,二氧化碳,,co2,[ppm],,,",
        "T-4,门磁,102,door,,,,",
        encoding="gb18030",
    )
    assert (report.status, report.added, report.kind, told(report)) == (
        "imported",
        4,
        "sensors",
        [],
    )
    found_ = held(compound)
    assert [found_[f"T-{i}"].code for i in (1, 2, 3, 4)] == [rooms[0], rooms[1], None, rooms[1]]
    assert (found_["T-1"].unit, found_["T-1"].name, found_["T-1"].declared) == ("Cel", "温度", True)


def test_the_same_table_again_changes_nothing_and_a_move_keeps_the_past(
    compound: Compound, rooms: list[str], table: Callable[..., FileReport]
) -> None:
    row = f"T-1,,{rooms[0]},temperature,Cel,,,"
    table(row)
    again = table(row)
    assert (again.status, again.kept) == ("unchanged", 1)
    with reading(compound.conn, OPERATOR) as before:
        pass
    moved = table(f"T-1,,{rooms[1]},temperature,Cel,,,")
    assert (moved.status, moved.changed) == ("imported", 1)
    assert held(compound)["T-1"].code == rooms[1]
    with reading(compound.conn, OPERATOR, at=before.at) as then:
        assert [each.code for each in bindings(compound.conn, then)] == [rooms[0]]


def test_a_sensor_that_reported_before_it_was_declared_keeps_what_it_said(
    compound: Compound, rooms: list[str], table: Callable[..., FileReport], dsn: str
) -> None:
    with reading(compound.conn, OPERATOR) as moment:
        pass
    with connect(dsn) as conn:
        Recorder(conn, "b").record([Observation("T-1", moment.at, 7.0)])
    assert not held(compound)["T-1"].declared
    assert table(f"T-1,,{rooms[0]},temperature,Cel,,,").changed == 1
    stream = held(compound)["T-1"]
    assert (stream.declared, stream.code, stream.result) == (True, rooms[0], 7.0)


def test_every_bad_row_is_told_and_nothing_is_imported(
    compound: Compound, rooms: list[str], table: Callable[..., FileReport]
) -> None:
    report = table(
        f"T-1,,{rooms[0]},temperature,Cel,,,",
        "T-1,,,humidity,%,,,",
        ",,,humidity,%,,,",
        "T-2,,,,%,,,",
        "T-3,,330302-001-Z99-F01-0001-X,temperature,Cel,,,",
        "T-4,,999,temperature,Cel,,,",
    )
    assert report.status == "refused"
    rules = [
        (finding.rule, (finding.element or "").split(",")[0])
        for finding in report.findings
        if finding.severity != "info"
    ]
    assert rules == [
        ("duplicate-row", "row 3"),
        ("missing-value", "row 4"),
        ("missing-value", "row 5"),
        ("unknown-room", "row 6"),
        ("unknown-room", "row 7"),
    ]
    assert held(compound) == {}


def test_a_unit_that_is_none_is_kept_and_told(
    compound: Compound, table: Callable[..., FileReport]
) -> None:
    report = table("T-1,,,speed,furlong,,,")
    assert (report.status, told(report)) == ("imported", ["unit-not-ucum"])
    assert held(compound)["T-1"].unit == "furlong"


def test_a_dry_run_writes_nothing(
    compound: Compound, rooms: list[str], table: Callable[..., FileReport]
) -> None:
    report = table(f"T-1,,{rooms[0]},temperature,Cel,,,", dry_run=True)
    assert (report.status, report.added) == ("planned", 1)
    assert held(compound) == {}


def test_an_english_header_in_any_order_will_do(
    compound: Compound, rooms: list[str], table: Callable[..., FileReport]
) -> None:
    report = table(f"temperature,{rooms[0]},T-1", header="property,code,sensor\n")
    assert report.status == "imported"
    assert held(compound)["T-1"].code == rooms[0]


def test_a_sensor_is_bound_to_anything_by_code_name_number_or_globalid(
    compound: Compound, table: Callable[..., FileReport], dsn: str
) -> None:
    meter, other, twin = (
        replace(compound.new_room(), kind="device", code_part="EQ") for _ in range(3)
    )
    named = {meter.id: "总表 1", other.id: "水泵", twin.id: "水泵"}
    codes = compound.record(
        new=(meter, other, twin),
        states=tuple(
            State(entry_id=each, name=name, building_id=compound.building)
            for each, name in named.items()
        ),
        sources=(source_of(meter.id, "0BTBFw6f90Nfh9rP1dlXrr"),),
        model=compound.revision_of("plant.ifc"),
    ).codes
    header = "传感器编号,位置,楼栋,观测属性\n"
    guid = "0BTBFw6f90Nfh9rP1dlXrr"
    report = table("A,总表 1,,energy", f"B,{guid},,energy", f"C,{codes[other.id]},,water",
                   "D,,A01,energy", "E,A01,,energy", "F,,,energy", header=header)  # fmt: skip
    assert report.status == "imported", report.findings
    with connect(dsn) as conn, reading(conn, OPERATOR):
        bound = {each.sensor: each.code for each in streams(conn)}
        rows = conn.execute("SELECT code FROM fangma.entry WHERE kind = 'building'").fetchall()
    building = rows[0][0]
    assert bound == {"A": codes[meter.id], "B": codes[meter.id], "C": codes[other.id],
                     "D": building, "E": building, "F": None}  # fmt: skip
    refused = table("G,水泵,,water", "H,没有,,water", header=header)
    assert [each.rule for each in refused.findings] == ["ambiguous-room", "unknown-room"]
