"""Streams, series, alarms, bindings, moments and events over HTTP: what each reader may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Any

import pytest
from tests.asset_registry.store.compound import found
from tests.twin.http.test_error_shape import assert_problem

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.alarms.rules import read_rules
from fangma.sensors_bridge.alarms.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

pytestmark = pytest.mark.db
NOW = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
Header = dict[str, str]
SignIn = Callable[..., Header]


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    """An open room with a leak and a thermometer, a secret room with a leak, a stray sensor."""
    with connect(dsn) as connection:
        compound = found(connection)
        open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
        codes = compound.add_rooms(open_, secret)
        with recording(connection, OPERATOR):
            declare(
                connection,
                [
                    Declaration(sensor="L", observed_property="leak", code=codes[open_.id]),
                    Declaration(
                        sensor="T/1", observed_property="temperature", code=codes[open_.id]
                    ),
                    Declaration(sensor="S", observed_property="leak", code=codes[secret.id]),
                ],
                actor="t",
            )
        batch = [
            *(Observation("T/1", NOW + timedelta(seconds=20 * i), 20.0 + i) for i in range(6)),
            Observation("L", NOW, True),
            Observation("S", NOW, True),
            Observation("stray", NOW, 1.0),
        ]
        Recorder(connection, "b").record(batch)
        Watch(read_rules()).observe(connection, batch)
        yield connection


@pytest.fixture
def get(client: TestClient, conn: Connection, sign_in: SignIn) -> Callable[..., Any]:
    header = sign_in("wei", "maintainer")

    def answered(path: str, **query: Any) -> Any:
        answer = client.get(path, params=query, headers=header)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return answered


def test_streams_are_listed_by_place_and_what_nobody_declared_too(get: Callable[..., Any]) -> None:
    every = get("/api/streams")["items"]
    assert [each["sensor"] for each in every] == ["L", "T/1", "stray"]
    code = every[0]["code"]
    storey = get("/api/items", kind="storey")["items"][0]["code"]
    assert len(get("/api/streams", code=code)["items"]) == 2
    assert len(get("/api/streams", within=storey)["items"]) == 2
    assert [e["sensor"] for e in get("/api/streams", declared="false")["items"]] == ["stray"]
    told = get("/api/streams", q="STR")["items"]
    assert [e["sensor"] for e in told] == ["stray"], "names are sought whatever their case"
    assert get("/api/streams", q="%")["items"] == [], "and nothing of it is a pattern"
    observed = every[0]["property"]
    assert get("/api/streams", property=observed)["items"] == [
        each for each in every if each["property"] == observed
    ]
    counts = get("/api/streams/counts")
    assert counts["count"] == len(every) == sum(row["streams"] for row in counts["items"])
    assert sum(row["unbound"] for row in counts["items"]) == len(
        get("/api/streams", bound="false")["items"]
    )
    assert sum(row["undeclared"] for row in counts["items"]) == 1
    page = get("/api/streams", limit=2)
    assert [e["sensor"] for e in get("/api/streams", next=page["next"])["items"]] == ["stray"]


def test_a_series_is_raw_or_rolled_up(get: Callable[..., Any], client: TestClient) -> None:
    since = (NOW - timedelta(hours=1)).isoformat()
    asked: dict[str, Any] = {"sensor": ["T/1", "L"], "from": since}
    raw, leak = get("/api/series", **asked)["items"]
    assert raw["result"] == [20.0, 21.0, 22.0, 23.0, 24.0, 25.0]
    assert (leak["result"], leak["every"], leak["mean"]) == ([True], None, None)
    (rolled, _) = get("/api/series", **asked, every="minute")["items"]
    assert (rolled["mean"], rolled["max"], rolled["count"]) == (
        [21.0, 24.0], [22.0, 25.0], [3, 3],
    )  # fmt: skip
    assert get("/api/series", **asked, every="auto")["items"][0]["every"] == "minute"
    assert get("/api/series", sensor="T/1", every="day")["items"][0]["count"] == [6]


def test_a_sensor_of_a_secret_room_is_not_there(
    client: TestClient, conn: Connection, sign_in: SignIn
) -> None:
    header = sign_in("li", "planner")
    answer = client.get("/api/series", params={"sensor": "S"}, headers=header)
    assert_problem(answer, 404, "sensors:sensor.notfound")
    assert [
        each["sensor"] for each in client.get("/api/alarms", headers=header).json()["items"]
    ] == ["L"]
    moment = client.get("/api/moment", headers=header).json()
    assert {each["sensor"] for each in moment["values"]} == {"L", "T/1"}
    assert [each["sensor"] for each in moment["alarms"]] == ["L"]
    assert len(moment["rooms"]) == 1
    events = client.get("/api/events", headers=header).json()["items"]
    assert len([each for each in events if each["kind"] == "alarm"]) == 1


def test_the_marks_of_the_slider_tell_no_reason_that_somebody_wrote(
    client: TestClient, conn: Connection, sign_in: SignIn
) -> None:
    with recording(conn, OPERATOR):
        declare(
            conn,
            [Declaration(sensor="N", observed_property="leak", code=None)],
            actor="t",
            reason="机要室",
        )
    asked = {"from": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    answer = client.get("/api/events", params=asked, headers=sign_in("li", "planner"))
    marks = [each for each in answer.json()["items"] if each["kind"] == "registry"]
    assert marks
    assert "机要室" not in answer.text


def test_an_alarm_is_treated_and_its_file_tells_the_steps(
    client: TestClient, conn: Connection, sign_in: SignIn
) -> None:
    header = sign_in("wei", "maintainer")
    (alarm,) = client.get("/api/alarms", headers=header).json()["items"]
    place = f"/api/alarms/{alarm['id']}"

    def post(**body: Any) -> Any:
        return client.post(place, json=body, headers=header)

    assert post(deed="acknowledge", note="seen").json()["state"] == "acknowledged"
    assert_problem(post(deed="acknowledge"), 409, "alarms:state")
    assert_problem(post(deed="shelve", note="repair"), 409, "alarms:state")
    past = (NOW - timedelta(days=1)).isoformat()
    assert_problem(post(deed="shelve", note="repair", until=past), 422, "http:parameter.invalid")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert post(deed="shelve", note="repair", until=later).json()["shelvedUntil"]
    assert len(client.get("/api/alarms?state=shelved", headers=header).json()["items"]) == 1
    assert post(deed="note", note="wet again").status_code == 200
    assert_problem(post(deed="assign", order=77), 409, "alarms:state")
    file = client.get(place, headers=header).json()
    assert [(each["state"], each["actor"], each["note"]) for each in file["steps"]] == [
        ("active", "bridge", None),
        ("acknowledged", "wei", "seen"),
        ("shelved", "wei", "repair"),
        ("shelved", "wei", "wet again"),
    ]
    assert file["nearest"] == []
    assert (
        client.post(
            place, json={"deed": "note", "note": "x y"}, headers=sign_in("p", "planner")
        ).status_code
        == 403
    )


def test_a_stray_sensor_is_bound_and_what_it_watched_before_stays(
    client: TestClient, get: Callable[..., Any], sign_in: SignIn
) -> None:
    header = sign_in("officer", "administrator")
    code = get("/api/streams")["items"][0]["code"]
    since = (NOW - timedelta(hours=1)).isoformat()
    answer = client.put(
        "/api/streams/stray/binding",
        json={"code": code, "property": "level", "unit": "m", "since": since, "reason": "found it"},
        headers=header,
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["code"], told["property"], told["declared"]) == (code, "level", True)
    before = (NOW - timedelta(hours=2)).isoformat()
    at = NOW.isoformat()
    assert len(get("/api/moment", at=at)["values"]) == 3
    assert len(get("/api/moment", at=before)["values"]) == 0
    assert get("/api/streams", declared="false")["items"] == []
    answer = client.put(
        "/api/streams/T/1/binding", json={"code": None, "reason": "taken away"}, headers=header
    )
    assert answer.json()["code"] is None
    assert_problem(
        client.put("/api/streams/none/binding", json={"code": code}, headers=header),
        404,
        "sensors:sensor.notfound",
    )


def test_a_moment_before_everything_is_empty(get: Callable[..., Any]) -> None:
    moment = get("/api/moment", at="2001-01-01")
    assert (moment["values"], moment["alarms"]) == ([], [])
    assert get("/api/events", **{"from": "2001-01-01", "to": "2001-01-02"}) == {"items": []}


def test_metrics_tell_observations_the_spool_and_each_adapter(
    get: Callable[..., Any], client: TestClient, sign_in: SignIn, home: Path
) -> None:
    folder = home / "bridge" / "adapters" / "plant"
    folder.mkdir(parents=True)
    (folder / "status.json").write_text('{"connected": true, "read": 7, "waiting": 2}')
    (folder.parent / "broken").mkdir()
    (folder.parent / "broken" / "status.json").write_text("{")
    text = client.get("/metrics", headers=sign_in("m", "maintainer")).text
    lines = text.splitlines()
    assert "fangma_observations_stored 9" in lines
    assert 'fangma_adapter_read{adapter="plant"} 7' in lines
    assert lines.count("# TYPE fangma_adapter_read gauge") == 1
    assert not any("broken" in line for line in lines)


def test_plain_observations_are_pushed_all_or_none(
    client: TestClient, conn: Connection, sign_in: SignIn
) -> None:
    header = sign_in("wei", "maintainer")
    at = (NOW + timedelta(minutes=5)).isoformat()

    def post(body: object) -> Any:
        return client.post("/api/observations", json=body, headers=header)

    batch: list[dict[str, object]] = [
        {"sensor": "T/1", "result": 30.5, "phenomenonTime": at},
        {"sensor": "new one", "result": True},
        {"sensor": "T/1", "result": 30.5, "phenomenonTime": at},
    ]
    assert post(batch).json() == {"received": 3, "stored": 2, "duplicates": 1}
    assert post(batch[0]).json() == {"received": 1, "stored": 0, "duplicates": 1}
    assert_problem(post([*batch, {"sensor": "S", "result": 1.0}]), 404, "sensors:sensor.notfound")
    bad = {"sensor": "other", "result": 1.0, "phenomenonTime": "soon"}
    assert_problem(post([{"sensor": "other", "result": 1.0}, bad]), 422, "http:parameter.invalid")
    listed = client.get("/api/streams", headers=header).json()["items"]
    results = {each["sensor"]: each["result"] for each in listed}
    assert (results["T/1"], results["new one"]) == (30.5, True)
    assert "other" not in results
    few = sign_in("li", "maintainer", every_site=False)
    answer = client.post("/api/observations", json={"sensor": "x", "result": 1}, headers=few)
    assert_problem(answer, 404, "sensors:sensor.notfound")


@pytest.mark.parametrize(("counts", "unit"), [("people", None), ("through-flow", "{persons}")])
def test_one_or_two_people_are_told_in_no_answer(
    get: Callable[..., Any], conn: Connection, counts: str, unit: str | None
) -> None:
    code = next(each["code"] for each in get("/api/streams")["items"] if each["sensor"] == "L")
    with recording(conn, OPERATOR):
        told = Declaration(sensor="P", observed_property=counts, unit=unit, code=code)
        declare(conn, [told], actor="t")
    numbers = (0.0, 5.0, 1.0, 2.0)
    batch = [Observation("P", NOW + timedelta(minutes=i), each) for i, each in enumerate(numbers)]
    Recorder(conn, "b").record(batch)
    rule = f"- {{name: somebody, property: {counts}, severity: low, above: 0}}"
    Watch(read_rules(rule)).observe(conn, batch[2:])
    (alarm,) = (each for each in get("/api/alarms")["items"] if each["rule"] == "somebody")
    assert (alarm["value"], alarm["message"]) == (None, "P: somebody")
    (past,) = (each for each in get("/api/moment")["alarms"] if each["sensor"] == "P")
    assert past["value"] is None
    newest = next(each for each in get("/api/streams")["items"] if each["sensor"] == "P")
    assert (newest["result"], newest["quality"]) == (None, "good")
    (raw,) = get("/api/series", sensor="P")["items"]
    assert raw["result"] == [0.0, 5.0, None, None]
    (rolled,) = get("/api/series", sensor="P", every="minute")["items"]
    for column in ("mean", "min", "max", "first", "last"):
        assert rolled[column] == [0.0, 5.0, None, None], column
    scene = get("/api/moment")
    assert [each["result"] for each in scene["values"] if each["sensor"] == "P"] == [None]
    assert next(each for each in scene["occupancy"] if each["code"] == code)["suppressed"]
    observations = "/sta/v1.1/Datastreams('P')/Observations"
    found = get(observations, **{"$orderby": "phenomenonTime asc"})["value"]
    assert [each["result"] for each in found] == [0.0, 5.0, None, None]
    for condition, seen in (("result ge 1", [5.0]), ("result lt 2", [0.0]), ("result ne 2", 2)):
        answer = get(observations, **{"$filter": condition, "$count": "true"})
        results = [each["result"] for each in answer["value"]]
        assert (results if isinstance(seen, list) else len(results)) == seen, condition
        assert answer["@iot.count"] == len(results)
