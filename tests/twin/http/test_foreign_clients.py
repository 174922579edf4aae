"""SensorThings by clients of others: frost_sta_client over HTTP, Mosquitto's tools over MQTT."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator  # noqa: TC003
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING

import frost_sta_client as fsc
import pytest
import uvicorn
from tests.asset_registry.store.compound import found
from tests.sensors_bridge.broker import BridgeProcess, Broker, wait_until
from tests.twin.http.conftest import PASSWORD

from fangma.asset_registry.store.connection import connect
from fangma.twin.http.app import create_app
from fangma.twin.settings import Settings

if TYPE_CHECKING:
    import psycopg

pytestmark = [
    pytest.mark.db,
    pytest.mark.slow,
    # frost_sta_client asks an older furl.
    pytest.mark.filterwarnings("ignore:furl.pathstr is deprecated:DeprecationWarning"),
]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Broker(folder=folder)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def room(dsn: str) -> str:
    with connect(dsn) as conn:
        compound = found(conn)
        entry = compound.new_room("101")
        return compound.add_rooms(entry)[entry.id]


@pytest.fixture
def address(dsn: str, home: Path, broker: Broker) -> Iterator[str]:
    """A real server on loopback: the clients speak through sockets."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        app = create_app(Settings(home=home, database_url=dsn, mqtt_url=broker.url))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        wait_until(lambda: server.started, "the server answers")
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


class Bearer:
    """How frost_sta_client is given a token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Handler(fsc.AuthHandler):  # type: ignore[misc]  # the library tells no types
    def __init__(self, token: str) -> None:
        super().__init__("", "")
        self._bearer = Bearer(token)

    def add_auth_header(self):
        return self._bearer


@pytest.fixture
def service(
    address: str, admin: psycopg.Connection, account: Callable[..., str]
) -> fsc.SensorThingsService:
    import requests

    account("wei", "maintainer")
    answer = requests.post(
        f"{address}/api/session", json={"user": "wei", "password": PASSWORD}, timeout=30
    )
    return fsc.SensorThingsService(
        f"{address}/sta/v1.1", auth_handler=Handler(answer.json()["token"])
    )


def heard_by(broker: Broker, topic: str, count: int) -> subprocess.Popen[str]:
    program = shutil.which("mosquitto_sub")
    if program is None:
        pytest.skip("mosquitto_sub is not installed")
    place = ("-h", "127.0.0.1", "-p", str(broker.port))
    process = subprocess.Popen(
        [
            "stdbuf",
            "-oL",
            program,
            *place,
            "-t",
            topic,
            "-C",
            str(count),
            "-W",
            "60",
            *("-q", "1", "-d"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:  # it says when it is subscribed
        if "Subscribed" in line:
            break
    return process


def told_to(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    out, _ = process.communicate(timeout=90)
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


def test_frost_sta_client_creates_reads_and_a_subscriber_hears(
    service: fsc.SensorThingsService, room: str, broker: Broker
) -> None:
    thing = fsc.Thing(name="冷水机", description="chiller", properties={})
    service.create(thing)
    assert "-EQ-000001-" in thing.id
    sensor = fsc.Sensor(
        name="PT100", description="probe", encoding_type="text/plain", metadata="sheet"
    )
    service.create(sensor)
    observed = fsc.ObservedProperty(
        name="temperature", description="of air", definition="http://example.org/t"
    )
    service.create(observed)
    assert service.sensors().find("PT100").metadata == "sheet"
    unit = fsc.UnitOfMeasurement(name="degree Celsius", symbol="℃", definition="")
    stream = fsc.Datastream(
        name="T-0101",
        description="of the room",
        observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        unit_of_measurement=unit,
        thing=fsc.Thing(id=room),
        sensor=sensor,
        observed_property=observed,
    )
    service.create(stream)
    assert stream.id == "T-0101"
    hearing = heard_by(broker, "v1.1/Datastreams('T-0101')/Observations", 2)
    for minute, result in ((0, 21.5), (1, 22.0)):
        service.create(
            fsc.Observation(
                result=result,
                phenomenon_time=f"2026-11-21T09:0{minute}:00+08:00",
                datastream=stream,
            )
        )
    found_ = service.datastreams().find("T-0101")
    assert (found_.name, found_.unit_of_measurement.symbol) == ("T-0101", "Cel")
    listed = service.observations().query().orderby("phenomenonTime", "asc").list()
    assert [each.result for each in listed] == [21.5, 22.0]
    assert room in [each.id for each in service.things().query().list()]
    assert {told["result"] for told in told_to(hearing)} == {21.5, 22.0}


def test_mosquitto_pub_creates_and_mosquitto_sub_hears_each_once(
    dsn: str, broker: Broker, room: str, tmp_path: Path
) -> None:
    from fangma.asset_registry.store.connection import OPERATOR, reading, recording
    from fangma.asset_registry.store.observations import observations, totals
    from fangma.asset_registry.store.streams import Declaration, declare

    program = shutil.which("mosquitto_pub")
    if program is None:
        pytest.skip("mosquitto_pub is not installed")
    with connect(dsn) as conn, recording(conn, OPERATOR):
        told = Declaration(sensor="T-1", observed_property="temperature", code=room)
        declare(conn, [told], actor="t")
    bridge = BridgeProcess(home=tmp_path / "home", database_url=dsn, mqtt_url=broker.url)
    bridge.start()
    try:
        wait_until(lambda: "the broker is there" in bridge.log, "the bridge listens")
        hearing = heard_by(broker, "v1.1/Datastreams('T-1')/Observations", 2)

        place = ("-h", "127.0.0.1", "-p", str(broker.port))

        def publish(topic: str, minute: int) -> None:
            payload = {"result": 20.0 + minute, "phenomenonTime": f"2026-11-21T01:0{minute}:00Z"}
            subprocess.run(
                [program, *place, "-q", "1", "-t", topic, "-m", json.dumps(payload)],
                check=True,
                timeout=30,
            )

        def stored() -> list[object]:
            with connect(dsn) as conn, reading(conn, OPERATOR):
                return [each.result for each in observations(conn, "T-1")]

        publish("fangma/observations/T-1", 0)
        wait_until(lambda: stored() == [20.0], "the first is stored")
        publish("v1.1/Datastreams('T-1')/Observations", 1)
        # Of two ways in neither is promised to be the first to be heard.
        assert {each["result"] for each in told_to(hearing)} == {20.0, 21.0}
        wait_until(lambda: stored() == [20.0, 21.0], "both are stored")
        with connect(dsn) as conn, reading(conn, OPERATOR):
            books = totals(conn)
        assert (books.received, books.duplicates, books.rejected) == (2, 0, 0)
    finally:
        bridge.stop()
