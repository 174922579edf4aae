"""Recorded observations go the way of live ones: all of a file or nothing, each kept once."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.sensors_bridge.broker import wait_until

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.observations import observations as stored, totals
from fangma.sensors_bridge.recordings import (
    RecordingError,
    examine,
    observations,
    offset_of,
    publish,
)
from fangma.twin.cli.app import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sensors_bridge.broker import BridgeProcess, Broker

AT = datetime(2026, 11, 21, 1, tzinfo=UTC)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "recording.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_columns_are_found_by_either_name_and_results_are_what_they_look_like(
    tmp_path: Path, encoding: str
) -> None:
    file = written(
        tmp_path,
        "备注,时间,传感器编号,观测值\n"
        "甲,2026-11-21T09:00:00+08:00,T-1,21.5\n"
        "\n"
        "乙,2026-11-21T09:00:01+08:00,门,是\n"
        "丙,2026-11-21T09:00:02+08:00,状态,运行\n",
        encoding,
    )
    found = examine(file)
    assert (found.observations, found.sensors) == (3, 3)
    assert (found.first, found.last) == (AT, AT + timedelta(seconds=2))
    assert list(observations(found)) == [
        Observation("T-1", AT, 21.5),
        Observation("门", AT + timedelta(seconds=1), True),
        Observation("状态", AT + timedelta(seconds=2), "运行"),
    ]


def test_a_time_without_offset_is_refused_unless_one_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, "sensor,time,result\nT,2026-11-21 09:00:00,1\n")
    with pytest.raises(RecordingError, match="row 2: phenomenonTime has no offset"):
        examine(file)
    (only,) = observations(examine(file, offset=offset_of("+08:00")))
    assert only.at == AT
    for wrong in ("8", "", "+25:00", "Asia/Shanghai"):
        with pytest.raises(RecordingError):
            offset_of(wrong)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026/11/21 9:05", "2026-11-21T09:05:00+08:00"),
        ("2026-11-21 9:05:07.25", "2026-11-21T09:05:07.250000+08:00"),
        ("2026年11月21日 9时05分", "2026-11-21T09:05:00+08:00"),
        ("2026.1.2", "2026-01-02T00:00:00+08:00"),
        ("46347.375", "2026-11-21T09:00:00+08:00"),
        ("2026-11-21T01:00:00Z", "2026-11-21T01:00:00+00:00"),
        ("2026-11-20 20:00:00-05:00", "2026-11-20T20:00:00-05:00"),
    ],
)
def test_times_as_spreadsheets_write_them_are_read_where_an_offset_is_told(
    tmp_path: Path, written: str, meant: str
) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(f'传感器编号,时间,观测值\n温-1,{written},"1,234.5"\n'.encode("gbk"))
    (only,) = observations(examine(file, offset=offset_of("+08:00")))
    assert (only.sensor, only.at.isoformat(), only.result) == ("温-1", meant, 1234.5)


@pytest.mark.parametrize(
    "written", ["2026/11/31 9:00", "11/21/2026 9:00", "2026/11/21 25:00", "9:00"]
)
def test_a_time_that_is_none_or_could_be_two_is_refused(tmp_path: Path, written: str) -> None:
    file = tmp_path / "t.csv"
    file.write_text(f"sensor,time,result\nT,{written},1\n")
    with pytest.raises(RecordingError, match="row 2: phenomenonTime is"):
        examine(file, offset=offset_of("+08:00"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "lacks 传感器编号, 时间, 观测值"),
        ("sensor,time\nT,2026-11-21T09:00:00Z\n", "lacks 观测值"),
        ("sensor,time,result\n", "no rows"),
        ("sensor,time,result\nT,2026-11-21T09:00:00Z,nan\n", "row 2"),
        ("sensor,time,result\nT,2026-11-21T09:00:00Z,\n", "row 2: the result is missing"),
        ("sensor,time,result\nT,yesterday,1\n", "row 2: phenomenonTime is 'yesterday'"),
        ("sensor,time,result\n,2026-11-21T09:00:00Z,1\n", "row 2"),
        ("sensor,time,result\nT,1970-01-01T00:00:00Z,1\n", "2000 to 2099"),
        ("sensor,time,result\n" + "T,x,1\n" * 30, "30 rows .* and 10 more"),
        ('sensor,time,result\n"' + "a" * 200_000 + '",x,1\n', "field larger"),
        ("sensor,time,result\nT\n", "row 2"),
    ],
)
def test_a_table_that_cannot_be_is_refused_whole(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RecordingError, match=told) as caught:
        examine(written(tmp_path, text))
    assert caught.value.remedy


def test_bytes_that_are_no_text_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "noise.csv"
    file.write_bytes(b"sensor,time,result\n\xff\xff\xff")
    with pytest.raises(RecordingError, match="neither"):
        examine(file)
    for absent in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(RecordingError, match="cannot be read"):
            examine(absent)
    with pytest.raises(RecordingError, match="away"):
        publish("mqtt://127.0.0.1:1", [Observation("T", AT, 1.0)])


@pytest.mark.db
def test_a_file_is_published_through_broker_and_bridge_and_again_changes_nothing(
    broker: Broker, request, dsn: str, tmp_path: Path, monkeypatch, capsys
) -> None:
    rows = "".join(
        f"T-{i % 3},{(AT + timedelta(seconds=i)).isoformat()},{i}\n" for i in range(5000)
    )
    file = written(tmp_path, f"sensor,time,result\n{rows}")
    monkeypatch.setenv("FANGMA_HOME", str(tmp_path / "twin"))
    monkeypatch.setenv("FANGMA_DATABASE_URL", dsn)
    monkeypatch.setenv("FANGMA_MQTT_URL", broker.url)

    def books() -> tuple[int, int, int]:
        with connect(dsn) as conn, reading(conn, OPERATOR):
            found = totals(conn)
        return found.received, found.stored, found.duplicates

    assert run(["sensors", "replay", str(file), "--json"]) == 1  # nobody listens yet
    assert "nobody listens" in capsys.readouterr().out
    bridge: BridgeProcess = request.getfixturevalue("bridge")
    wait_until(lambda: "the broker is there" in bridge.log, "the bridge listens")
    for expected in ((5000, 5000, 0), (10_000, 5000, 5000)):
        capsys.readouterr()
        assert run(["sensors", "replay", str(file), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["published"], told["sensors"], told["from"]) == (5000, 3, AT.isoformat())
        wait_until(lambda told=expected: books() == told, "all is counted")
    with connect(dsn) as conn, reading(conn, OPERATOR):
        first = stored(conn, "T-0", limit=2)
    assert [each.result for each in first] == [0.0, 3.0]
    began = time.monotonic()
    paced = [Observation("P", AT + timedelta(seconds=i), float(i)) for i in range(3)]
    assert publish(broker.url, paced, speed=4.0) == 3
    assert time.monotonic() - began >= 0.5
    monkeypatch.setenv("FANGMA_MQTT_URL", "mqtt://127.0.0.1:1")
    assert run(["sensors", "replay", str(file)]) == 3
