"""sensors and observations: the documents of CONTRACTS.md."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fangma.asset_registry.observation import Observation, Refused
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.alarms.rules import read_rules
from fangma.sensors_bridge.alarms.watch import Watch
from fangma.sensors_bridge.spool import Batch, Spool
from fangma.twin.cli.app import run

Fangma = Callable[..., tuple[int, dict[str, Any]]]
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)

pytestmark = pytest.mark.db


@pytest.fixture
def fangma(dsn: str, tmp_path: Path, monkeypatch, capsys) -> Fangma:
    """Run a command with --json and return its exit code and its document."""
    monkeypatch.setenv("FANGMA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FANGMA_DATABASE_URL", dsn)

    def command(*arguments: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = run([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return command


def test_counts_hold_together_with_what_waits_on_disk(fangma: Fangma, dsn: str, tmp_path: Path):
    batch = [Observation("T", AT + timedelta(seconds=i % 3), 1.0) for i in range(4)]
    with connect(dsn) as conn:
        Recorder(conn, "b").record(batch, refused=[Refused("p", "r", "m", "s")])
    spool = Spool(folder=tmp_path / "home" / "bridge" / "spool")
    spool.open()
    spool.append(Batch(batch, [], []))
    assert fangma("sensors", "status") == (
        0,
        {
            "streams": 1,
            "bound": 0,
            "received": 9,
            "stored": 3,
            "duplicates": 1,
            "rejected": 1,
            "spooled": 4,
        },
    )


def test_observations_come_oldest_first_between_both_ends(fangma: Fangma, dsn: str):
    with connect(dsn) as conn:
        results: tuple[float | bool | str, ...] = (3.5, True, "open")
        batch = [Observation("T", AT + timedelta(hours=i), r) for i, r in enumerate(results)]
        Recorder(conn, "b").record(batch[::-1])
    _, found = fangma("observations", "T")
    assert [item["result"] for item in found["items"]] == [3.5, True, "open"]
    assert found["items"][0] == {
        "time": "2026-11-21T01:00:00+00:00",
        "result": 3.5,
        "quality": "good",
    }
    _, found = fangma(
        *("observations", "T", "--from", "2026-11-21T10:00:00+08:00"),
        *("--to", "2026-11-21T10:00:00+08:00"),
    )
    assert [item["result"] for item in found["items"]] == [True]


def test_a_sensor_that_nobody_heard_of_is_told_as_such(fangma: Fangma):
    code, found = fangma("observations", "T")
    assert code == 1
    assert found["error"]["code"] == "unknown-sensor"


def test_sensors_are_listed_and_so_is_what_was_rejected(fangma: Fangma, dsn: str):
    with connect(dsn) as conn:
        refused = [Refused("fangma/observations/T", "json", "not JSON", "x")] * 2
        Recorder(conn, "b").record([Observation("T", AT, 1.0)], refused=refused)
    _, listed = fangma("sensors", "list")
    assert [(item["sensor"], item["code"], item["result"]) for item in listed["items"]] == [
        ("T", None, 1.0)
    ]
    _, rejected = fangma("sensors", "rejected")
    assert [(item["rule"], item["count"]) for item in rejected["items"]] == [("json", 2)]


def test_alarms_are_listed_and_acknowledged(fangma: Fangma, dsn: str):
    with connect(dsn) as conn:
        with recording(conn, OPERATOR):
            declare(conn, [Declaration(sensor="L", observed_property="leak")], actor="t")
        leak = [Observation("L", AT, True)]
        Recorder(conn, "b").record(leak)
        Watch(read_rules()).observe(conn, leak)
    code, found = fangma("alarms", "--state", "active")
    assert code == 0
    (item,) = found["items"]
    assert {key: item[key] for key in ("code", "rule", "severity", "state", "since", "value")} == {
        "code": None,
        "rule": "leak",
        "severity": "high",
        "state": "active",
        "since": "2026-11-21T01:00:00+00:00",
        "value": True,
    }
    _, changed = fangma("alarms", "acknowledge", str(item["id"]), "--note", "seen")
    assert changed["state"] == "acknowledged"
    assert fangma("alarms", "--state", "active")[1] == {"items": []}
    assert len(fangma("alarms")[1]["items"]) == 1
    code, found = fangma("alarms", "--state", "burning")
    assert (code, found["error"]["code"]) == (1, "alarm")
