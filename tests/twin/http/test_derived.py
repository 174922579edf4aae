"""Derived streams and the energy book over HTTP and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable  # noqa: TC003
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.asset_registry.store.compound import found
from tests.twin.http.conftest import FOREIGN
from tests.twin.http.test_error_shape import assert_problem

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, reading, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.deriver import Deriver
from fangma.twin.cli.app import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
LOAD = {"property": "energy", "function": "sum", "of": "used", "unit": "kW.h"}


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    """Two open rooms and a secret one, each with a meter; that of the second fell silent."""
    with connect(dsn) as connection:
        compound = found(connection)
        rooms = [compound.new_room(n, secret=n == "103") for n in ("101", "102", "103")]
        codes = compound.add_rooms(*rooms)
        with recording(connection, OPERATOR):
            declare(
                connection,
                [
                    Declaration(
                        sensor=f"E{i}", observed_property="energy", unit="kW.h",
                        code=codes[room.id],
                    )
                    for i, room in enumerate(rooms)
                ],
                actor="t",
            )  # fmt: skip
        Recorder(connection, "b").record(
            [
                Observation(f"E{i}", NOW - hour * HOUR + timedelta(minutes=50), 100.0 - hour)
                for hour in range(1, 7)
                for i in ((0, 2) if hour < 6 else (0, 1, 2))
            ]
        )
        yield connection


def test_what_is_derived_is_defined_read_as_a_stream_and_withdrawn(
    client: TestClient, conn: Connection, sign_in: Callable[..., dict[str, str]]
) -> None:
    header = sign_in("wei", "maintainer")
    made = client.put("/api/derived/load", json={**LOAD, "least_share": 0.5}, headers=header)
    assert made.status_code == 200, made.text
    assert (made.json()["by"], made.json()["of"], made.json()["until"]) == ("wei", "used", None)
    deriver = Deriver("")
    deriver.begin(conn)
    deriver.step(conn, NOW + timedelta(minutes=6))
    streams = client.get("/api/streams", params={"limit": 100}, headers=header).json()["items"]
    derived = [each for each in streams if each["protocol"] == "derived"]
    assert [(each["property"], each["unit"]) for each in derived] == [("load", "kW")] * len(derived)
    building = next(each for each in derived if each["code"].count("-") == 3)
    told = client.get("/api/series", params={"sensor": building["sensor"]}, headers=header).json()
    assert told["items"][0]["result"] == [1.0] * 5
    place = f"/sta/v1.1/Datastreams('{building['sensor']}')/Observations"
    assert len(client.get(place, headers=header).json()["value"]) == 5
    listed = client.get("/api/derived", headers=header).json()["items"]
    assert [each["name"] for each in listed] == ["load"]
    gone = client.delete("/api/derived/load", params={"reason": "不再需要"}, headers=header)
    assert gone.status_code == 200
    assert client.get("/api/derived", headers=header).json()["items"] == []
    ever = client.get("/api/derived", params={"ever": True}, headers=header).json()["items"]
    assert [each["until"] is None for each in ever] == [False]
    again = client.delete("/api/derived/load", headers=header)
    assert_problem(again, 404, "derived:name.notfound")
    with reading(conn, OPERATOR):
        actions = [row[0] for row in conn.execute("SELECT action FROM fangma.audit_log").fetchall()]
    assert {"derive", "derive-end"} <= set(actions)


WRONG: list[dict[str, Any]] = [
    {"function": "median"}, {"levels": []}, {"levels": ["room", "room"]}, {"fresh_s": 0},
    {"least_share": 2}, {"of": "year"}, {"property": ""}, {"property": "load"},
    {"unit": "a\x00b"}, {"more": 1},
]  # fmt: skip


def test_a_definition_that_cannot_be_is_refused(
    client: TestClient, conn: Connection, sign_in: Callable[..., dict[str, str]]
) -> None:
    del conn
    header = {**sign_in("wei", "maintainer"), **FOREIGN}
    for wrong in WRONG:
        refused = client.put("/api/derived/load", json={**LOAD, **wrong}, headers=header)
        assert refused.status_code == 422, (wrong, refused.text)
        assert refused.json()["remedy"]


def test_the_book_says_what_was_used_and_which_meter_is_missing(
    client: TestClient, conn: Connection, sign_in: Callable[..., dict[str, str]]
) -> None:
    del conn
    header = sign_in("zhao", "auditor")
    asked = {
        "from": (NOW - 5 * HOUR).isoformat(),
        "to": NOW.isoformat(),
        "by": ["building", "room"],
    }
    told = client.get("/api/energy", params=asked, headers=header)
    assert told.status_code == 200, told.text
    building, first, second = told.json()["items"]
    assert (building["used"], building["whole"], building["metered_m2"]) == (5.0, False, 20.0)
    assert (first["used"], first["used_per_m2"], first["whole"]) == (5.0, 0.25, True)
    assert (second["used"], second["used_per_m2"]) == (None, None)
    (storey,) = client.get("/api/energy", params={**asked, "by": "storey"}, headers=header).json()[
        "items"
    ]
    above = [each["within"] for each in (first, second, storey, building)]
    site = told.json()["site"]
    assert above == [storey["code"], storey["code"], building["code"], site]
    assert [(each["rule"], each["code"]) for each in told.json()["findings"]] == [
        ("meter-missing", second["code"])
    ]
    # Without what there is nothing to say of, the rest says the same.
    short = client.get("/api/energy", params={**asked, "metered": True}, headers=header).json()
    assert short["items"] == [building, first, second]
    water = {**asked, "property": "water", "unit": "m3"}
    dry = client.get("/api/energy", params=water, headers=header).json()
    assert [item["kind"] for item in dry["items"]] == ["building", "room", "room"]
    only = client.get("/api/energy", params={**water, "metered": True}, headers=header).json()
    assert (only["items"], only["findings"]) == (dry["items"][:1], dry["findings"])
    sees = sign_in("officer", "security", sees_secret=True)
    entitled = client.get("/api/energy", params=asked, headers=sees).json()["items"][0]
    assert entitled["used"] == 5.0  # what is secret goes into no sum
    ahead = client.get("/api/forecast", params={"sensor": "E0"}, headers=header)
    assert ahead.json() == {"sensor": "E0", "items": []}
    hidden = client.get("/api/forecast", params={"sensor": "E2"}, headers=header)
    assert_problem(hidden, 404, "sensors:sensor.notfound")
    for wrong in ({"from": (NOW + 2 * HOUR).isoformat()}, {"from": "2020-01-01"}):
        refused = client.get("/api/energy", params=wrong, headers=header)
        assert_problem(refused, 422, "energy:period.invalid")


def test_the_command_line_defines_lists_and_reckons(
    conn: Connection, dsn: str, tmp_path: Any, monkeypatch: Any, capsys: Any
) -> None:
    del conn
    monkeypatch.setenv("FANGMA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FANGMA_DATABASE_URL", dsn)

    def fangma(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = run([*arguments, "--json"])
        return code, json.loads(capsys.readouterr().out)

    defining = ("derived", "define", "load", "energy", "sum", "--of", "used", "--unit", "kW.h")
    code, made = fangma(*defining, "--level", "building")
    assert (code, made["levels"], made["by"]) == (0, ["building"], "operator")
    assert fangma("derived", "define", "load", "energy", "median")[0] == 1
    assert [each["name"] for each in fangma("derived", "list")[1]["items"]] == ["load"]
    assert fangma("derived", "withdraw", "load")[0] == 0
    assert fangma("derived", "withdraw", "load")[0] == 1
    code, told = fangma("energy", "--from", (NOW - 5 * HOUR).isoformat(), "--by", "building")
    assert (code, [each["used"] for each in told["items"]]) == (0, [5.0])
    assert fangma("energy", "--by", "cellar")[0] == 2
    assert fangma("forecast", "E0")[0] == 1  # five weeks of hours are needed
    assert fangma("forecast", "nothing")[0] == 1
    assert run(["energy"]) == 0
    assert "meter-gap" in capsys.readouterr().out
