"""SensorThings 1.1: the registry's streams as its entities, observations in and out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.asset_registry.store.compound import found
from tests.twin.http.test_error_shape import assert_problem

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.observations import Recorder, observations
from fangma.asset_registry.store.streams import Declaration, declare

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

pytestmark = pytest.mark.db
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)
ROOT = "/sta/v1.1"
Get = Callable[..., dict[str, Any]]


@pytest.fixture
def codes(dsn: str) -> tuple[str, str]:
    """An open room with two sensors, a secret room with one; ten readings of the first."""
    with connect(dsn) as conn:
        compound = found(conn)
        open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
        given = compound.add_rooms(open_, secret)
        with recording(conn, OPERATOR):
            declare(
                conn,
                [
                    Declaration(
                        sensor="T/1'a",
                        observed_property="temperature",
                        unit="Cel",
                        code=given[open_.id],
                    ),
                    Declaration(sensor="H", observed_property="humidity", code=given[open_.id]),
                    Declaration(sensor="S", observed_property="door", code=given[secret.id]),
                ],
                actor="t",
            )
        Recorder(conn, "b").record(
            [Observation("T/1'a", AT + timedelta(minutes=i), float(i)) for i in range(10)]
        )
    return given[open_.id], given[secret.id]


@pytest.fixture
def header(sign_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    return sign_in("wei", "maintainer")


@pytest.fixture
def get(client: TestClient, header: dict[str, str], codes: tuple[str, str]) -> Get:
    def read(path: str, **options: object) -> dict[str, Any]:
        if not path.startswith("http"):
            path = f"{ROOT}/{path}" if path else ROOT
        answer = client.get(
            path, params={f"${k}": str(v) for k, v in options.items()} or None, headers=header
        )
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return read


def test_from_the_root_every_set_and_every_link_can_be_followed(get: Get) -> None:
    seen = set()
    waiting = [each["url"] for each in get("")["value"]]
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        body = get(url)
        for entity in body.get("value", [body]):
            assert get(entity["@iot.selfLink"])["@iot.id"] == entity["@iot.id"]
            waiting += [v for k, v in entity.items() if k.endswith("navigationLink")]
    assert len(seen) > 10


def test_things_are_registry_entries_by_code_and_secret_ones_are_not_there(
    get: Get, codes: tuple[str, str], client: TestClient, header: dict[str, str]
) -> None:
    things = get("Things", expand="Datastreams", count="true")
    assert (things["@iot.count"], things["value"][0]["@iot.id"]) == (1, codes[0])
    assert {each["@iot.id"] for each in things["value"][0]["Datastreams"]} == {"T/1'a", "H"}
    for path in (f"Things('{codes[1]}')", "Datastreams('S')", "Datastreams('S')/Observations"):
        assert_problem(
            client.get(f"{ROOT}/{path}", headers=header), 404, "sensorthings:entity.notfound"
        )


def test_observations_are_paged_ordered_and_filtered(get: Get) -> None:
    path = "Datastreams('T/1''a')/Observations"
    page = get(path, top=4, count="true", orderby="phenomenonTime desc")
    assert page["@iot.count"] == 10
    assert [each["result"] for each in page["value"]] == [9, 8, 7, 6]
    results = [each["result"] for each in page["value"]]
    while "@iot.nextLink" in page:
        page = get(page["@iot.nextLink"])
        results += [each["result"] for each in page["value"]]
    assert results == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    some = get(path, filter="result gt 3 and phenomenonTime le 2026-11-21T01:06:00Z")
    assert [each["result"] for each in some["value"]] == [4, 5, 6]
    some = get(path, filter="result ne 3 and result lt 5", select="result")
    assert [each["result"] for each in some["value"]] == [0, 1, 2, 4]
    assert "phenomenonTime" not in some["value"][0]


def test_a_datastream_carries_its_unit_and_expands_to_its_newest_observations(get: Get) -> None:
    stream = get("Datastreams('T/1''a')", expand="Thing,ObservedProperty,Observations")
    assert stream["unitOfMeasurement"]["symbol"] == "Cel"
    assert stream["observationType"].endswith("OM_Measurement")
    assert stream["ObservedProperty"]["name"] == "temperature"
    assert stream["Observations"][0]["result"] == 9
    named = get("Datastreams", filter="unitOfMeasurement/symbol eq 'Cel'")
    assert [each["@iot.id"] for each in named["value"]] == ["T/1'a"]


def test_an_observation_that_is_posted_is_stored_once_and_found_at_its_address(
    client: TestClient, header: dict[str, str], get: Get
) -> None:
    told = {"result": 42.5, "phenomenonTime": "2026-11-22T09:00:00+08:00"}
    path = f"{ROOT}/Datastreams('H')/Observations"
    answers = [client.post(path, json=told, headers=header) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert get(answers[1].headers["location"])["result"] == 42.5
    assert get("Datastreams('H')/Observations", count="true")["@iot.count"] == 1
    linked = {"result": 43, "Datastream": {"@iot.id": "H"}}
    assert client.post(f"{ROOT}/Observations", json=linked, headers=header).status_code == 201
    assert get("Datastreams('H')/Observations", count="true")["@iot.count"] == 2


def test_an_observation_that_was_there_is_answered_as_it_is_stored_under_one_address(
    client: TestClient, header: dict[str, str], get: Get
) -> None:
    path = f"{ROOT}/Datastreams('H')/Observations"
    first = {"result": 42.5, "phenomenonTime": "2026-11-22T09:00:00+08:00"}
    other = {"result": 99, "phenomenonTime": "2026-11-22T01:00:00Z"}
    answers = [client.post(path, json=told, headers=header).json() for told in (first, other)]
    assert [each["result"] for each in answers] == [42.5, 42.5]
    (listed,) = get("Datastreams('H')/Observations")["value"]
    assert {each["@iot.id"] for each in (*answers, listed)} == {listed["@iot.id"]}
    links = client.post(path, json=[first, other], headers=header).json()
    assert set(links) == {listed["@iot.selfLink"]}
    hot = {"result": 900, "phenomenonTime": "2026-11-22T01:00:00Z"}
    judged = client.post(f"{ROOT}/Datastreams('T/1''a')/Observations", json=hot, headers=header)
    assert judged.json()["resultQuality"] == "range"


def test_a_thing_bears_the_name_that_its_maker_gave_it(
    client: TestClient, header: dict[str, str], get: Get, codes: tuple[str, str]
) -> None:
    made = client.post(f"{ROOT}/Things", json={"name": "水泵"}, headers=header).json()
    assert made["name"] == "水泵"
    code = made["@iot.id"]
    stream = {"name": "P", "Thing": {"@iot.id": code}, "ObservedProperty": {"name": "pressure"}}
    assert client.post(f"{ROOT}/Datastreams", json=stream, headers=header).status_code == 201
    assert client.patch(
        f"{ROOT}/Things('{code}')", json={"name": "二号水泵"}, headers=header
    ).is_success
    named = get("Things", filter="name eq '二号水泵'")["value"]
    assert [each["@iot.id"] for each in named] == [code]
    assert get("Datastreams('P')/Thing")["name"] == "二号水泵"
    assert get(f"Things('{codes[0]}')")["name"] == codes[0], "what a model holds goes by its code"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("Datastreams('H')/Observations", {"phenomenonTime": "2026-11-22T09:00:00Z"}, 400),
        ("Datastreams('H')/Observations", {"result": 1, "phenomenonTime": "soon"}, 400),
        ("Datastreams('H')/Observations", [1], 400),
        ("Datastreams('nobody')/Observations", {"result": 1}, 404),
        ("Datastreams('S')/Observations", {"result": 1}, 404),
        ("Observations", {"result": 1}, 400),
        ("Observations", {"result": 1, "Datastream": {"@iot.id": "S"}}, 404),
        ("Locations", {"name": "x"}, 404),
    ],
)
def test_what_cannot_be_stored_is_refused(
    client: TestClient,
    header: dict[str, str],
    codes: tuple[str, str],
    path: str,
    body: object,
    status: int,
) -> None:
    answer = client.post(f"{ROOT}/{path}", json=body, headers=header)
    assert_problem(answer, status, answer.json()["code"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Nothing", 404),
        ("Things('x')/Observations", 404),
        ("Things/Datastreams", 404),
        ("Datastreams(", 404),
        ("Datastreams?$top=x", 400),
        ("Datastreams?$top=-1", 400),
        ("Datastreams?$filter=name", 400),
        ("Datastreams?$filter=name eq", 400),
        ("Datastreams?$filter=(name eq 'a'", 400),
        ("Datastreams?$filter=st_within(name,'a')", 400),
        ("Datastreams?$filter=Observations/result gt 1", 400),
        ("Datastreams?$expand=Observations($top=1", 400),
        ("Datastreams?$expand=Thing/Datastreams/Thing/Datastreams/Thing", 400),
        ("Datastreams('H')/colour", 404),
        ("Datastreams?$expand=Nothing", 400),
        ("Datastreams?$wrong=1", 400),
        ("Observations?$filter=result eq soon", 400),
        ("Observations?$orderby=result,,", 400),
        ("Observations('x')", 404),
    ],
)
def test_what_cannot_be_answered_is_told(
    client: TestClient, header: dict[str, str], codes: tuple[str, str], path: str, status: int
) -> None:
    answer = client.get(f"{ROOT}/{path}", headers=header)
    assert_problem(answer, status, answer.json()["code"])


@pytest.mark.parametrize(
    ("condition", "results"),
    [
        ("result lt 2 or result gt 7", [0, 1, 8, 9]),
        ("not (result gt 0) or result eq 5", [0, 5]),
        ("(result add 1) mod 5 eq 0", [4, 9]),
        ("2 ge result and minute(phenomenonTime) ge 1", [1, 2]),
        ("phenomenonTime gt 2026-11-21T09:07:30+08:00 and Datastream/name ne 'H'", [8, 9]),
        ("substringof('01:03', phenomenonTime)", [3]),
        ("Datastream/Thing/properties/use eq 'nothing'", []),
    ],
)
def test_observations_are_chosen_by_any_expression(
    get: Get, condition: str, results: list[float]
) -> None:
    found = get("Datastreams('T/1''a')/Observations", filter=condition, count="true")
    assert [each["result"] for each in found["value"]] == results
    assert found["@iot.count"] == len(results)


def test_what_is_asked_of_one_entity_stands_in_its_brackets(
    get: Get, client: TestClient, header: dict[str, str]
) -> None:
    newest = "Observations($top=2;$orderby=result;$count=true)"
    asked = f"Datastreams($filter=name ne 'H';$expand={newest}),Locations"
    (thing,) = get("Things", expand=asked)["value"]
    (stream,) = thing["Datastreams"]
    assert [each["result"] for each in stream["Observations"]] == [0, 1]
    assert stream["Observations@iot.count"] == 10
    assert get(stream["Observations@iot.nextLink"])["value"]
    (deep,) = get("Things", expand="Datastreams/ObservedProperty")["value"]
    assert {each["ObservedProperty"]["name"] for each in deep["Datastreams"]} == {
        "temperature", "humidity"}  # fmt: skip
    names = get("Datastreams", filter="Thing/name ne 'x' and startswith(ObservedProperty/name,'h')")
    assert [each["name"] for each in names["value"]] == ["H"]
    names = get("Datastreams", orderby="unitOfMeasurement/symbol desc,name", select="name")
    assert [each["name"] for each in names["value"]] == ["T/1'a", "H"]
    assert get("Datastreams('H')/name") == {"name": "H"}
    assert client.get(f"{ROOT}/Datastreams('H')/name/$value", headers=header).text == "H"
    assert set(get("Things/$ref")["value"][0]) == {"@iot.selfLink"}


def test_what_a_client_changes_or_takes_back_ends_and_its_past_stays(
    client: TestClient, header: dict[str, str], get: Get, codes: tuple[str, str], dsn: str
) -> None:
    device = client.post(f"{ROOT}/Things", json={"name": "水泵"}, headers=header).json()["@iot.id"]
    stream = f"{ROOT}/Datastreams('T/1''a')"
    whole = get("Datastreams('T/1''a')")
    told = whole | {"name": "走廊", "Thing": {"@iot.id": device},
                    "unitOfMeasurement": {"symbol": "K"}}  # fmt: skip
    answer = client.patch(stream, json=told, headers=header)
    assert (answer.status_code, answer.json()["name"]) == (200, "走廊")
    assert answer.json()["unitOfMeasurement"]["symbol"] == "K"
    assert get(answer.json()["Thing@iot.navigationLink"])["@iot.id"] == device
    assert client.patch(
        f"{ROOT}/Things('{device}')", json={"name": "泵"}, headers=header
    ).is_success
    operations = [{"op": "replace", "path": "/unitOfMeasurement/symbol", "value": "Cel"}]
    assert client.patch(stream, json=operations, headers=header).is_success
    refused = client.patch(stream, json=[{"op": "remove", "path": "/name"}], headers=header)
    assert refused.status_code == 400
    answer = client.put(stream, json=answer.json() | {"name": "大厅"}, headers=header)
    assert (answer.json()["name"], answer.json()["unitOfMeasurement"]["symbol"]) == ("大厅", "K")
    for path, status in (("Things('X')", 404), (f"Things('{codes[0]}')", 400),
                         ("Observations('T/1''a@2026-11-21T01:00:00+00:00')", 400)):  # fmt: skip
        assert client.delete(f"{ROOT}/{path}", headers=header).status_code == status
    assert client.patch(stream, json={"observedArea": {}}, headers=header).status_code == 400
    assert client.delete(f"{ROOT}/Things('{device}')", headers=header).is_success
    assert client.get(stream, headers=header).status_code == 404
    assert get("Datastreams", count="true")["@iot.count"] == 1
    with connect(dsn) as conn, reading(conn, OPERATOR):
        assert len(observations(conn, "T/1'a")) == 10
        watched = conn.execute("SELECT count(*) FROM fangma.binding").fetchone()
        actions = conn.execute("SELECT action FROM fangma.audit_log ORDER BY id").fetchall()
    assert watched is not None
    assert watched[0] >= 4
    assert [each[0] for each in actions if "sensorthings" in each[0]] == [
        "sensorthings-create", *["sensorthings-change"] * 4, "sensorthings-remove",
    ]  # fmt: skip


def test_a_planner_reads_and_does_not_write(
    client: TestClient, sign_in: Callable[..., dict[str, str]], codes: tuple[str, str]
) -> None:
    planner = sign_in("li", "planner")
    assert client.get(f"{ROOT}/Things", headers=planner).status_code == 200
    answer = client.post(f"{ROOT}/Observations", json={}, headers=planner)
    assert_problem(answer, 403, "access:forbidden")
