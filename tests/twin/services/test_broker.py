import json
import os
import pwd
import signal
import socket
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from fangma.twin.errors import (
    MissingProgramError,
    MissingServiceError,
    PortInUseError,
    SettingsError,
)
from fangma.twin.services import broker
from fangma.twin.services.home import Home
from fangma.twin.services.supervisor import down
from fangma.twin.settings import Settings

pytestmark = pytest.mark.slow


def broker_of(settings: Settings) -> broker.Broker:
    return broker.Broker(settings=settings, home=Home(directory=settings.home))


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def client(url: str, name: str) -> mqtt.Client:
    """A client whose session the broker remembers."""
    made = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    made.connect("127.0.0.1", port_of(url))
    made.loop_start()
    deadline = time.monotonic() + 10
    while not made.is_connected():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return made


def leave(gone: mqtt.Client) -> None:
    gone.disconnect()
    gone.loop_stop()


def test_a_broker_is_started_and_found_again(settings: Settings) -> None:
    url = broker.ensure(settings)
    pid = broker_of(settings).process()
    assert broker.ensure(settings) == url
    assert broker_of(settings).process() == pid
    assert broker.state(settings) == (url, "running")
    assert broker.stop(settings)
    assert broker.state(settings) == (url, "stopped")
    assert broker.ensure(settings) == url, "its port is kept from one start to the next"


def test_the_broker_listens_on_loopback_alone_and_has_no_rights_of_root(
    settings: Settings,
) -> None:
    port = port_of(broker.ensure(settings))
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
    ]
    assert listening == [f"0100007F:{port:04X}"]
    status = Path(f"/proc/{broker_of(settings).process()}/status").read_text()
    if os.geteuid() == 0:
        assert f"Uid:\t{pwd.getpwnam('mosquitto').pw_uid}\t" in status


def test_what_waits_for_a_client_that_is_away_outlives_a_restart(settings: Settings) -> None:
    url = broker.ensure(settings)
    away = client(url, "bridge")
    remembered = threading.Event()
    away.on_subscribe = lambda *_: remembered.set()
    away.subscribe("fangma/observations/#", qos=1)
    assert remembered.wait(10)
    leave(away)
    device = client(url, "device")
    for number in range(500):
        device.publish("fangma/observations/S1", json.dumps({"result": number}), qos=1)
    device.publish("fangma/state/R1", "on", qos=1, retain=True).wait_for_publish(10)
    leave(device)

    broker.stop(settings)
    url = broker.ensure(settings)
    came: list[int] = []
    back = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bridge", clean_session=False)
    back.on_message = lambda _client, _data, message: came.append(
        json.loads(message.payload)["result"]
    )
    back.connect("127.0.0.1", port_of(url))
    back.loop_start()
    deadline = time.monotonic() + 10
    while len(came) < 500 and time.monotonic() < deadline:
        time.sleep(0.05)
    leave(back)
    assert came == list(range(500))


def test_a_killed_broker_is_started_again_in_spite_of_what_it_left(settings: Settings) -> None:
    url = broker.ensure(settings)
    pid = broker_of(settings).process()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while broker_of(settings).process() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert (settings.home / "mqtt" / "mosquitto.pid").exists()
    assert broker.state(settings)[1] == "stopped"
    assert broker.ensure(settings) == url


def test_a_process_number_that_is_another_program_now_is_left_alone(settings: Settings) -> None:
    broker.ensure(settings)
    broker.stop(settings)
    (settings.home / "mqtt" / "mosquitto.pid").write_text(f"{os.getpid()}\n")
    assert broker.state(settings)[1] == "stopped"
    assert not broker.stop(settings)
    assert broker.ensure(settings)


def test_two_homes_have_two_brokers(settings: Settings, tmp_path: Path) -> None:
    other = Settings(home=tmp_path / "other")
    try:
        assert broker.ensure(settings) != broker.ensure(other)
    finally:
        down(other)


def test_a_port_that_was_taken_meanwhile_is_given_up_for_another(settings: Settings) -> None:
    port = port_of(broker.ensure(settings))
    broker.stop(settings)
    with socket.create_server(("127.0.0.1", port)):
        url = broker.ensure(settings)
        assert port_of(url) != port
        assert broker.state(settings) == (url, "running")


def test_a_port_that_was_asked_for_is_not_given_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = Settings(home=tmp_path / "home", mqtt_port=port)
        with pytest.raises(PortInUseError, match=f"Port {port} on 127.0.0.1 is taken") as raised:
            broker.ensure(settings)
    assert "FANGMA_MQTT_PORT" in raised.value.remedy


def test_a_missing_mosquitto_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "find_mosquitto", lambda: None)
    with pytest.raises(MissingProgramError, match="mosquitto is missing") as raised:
        broker.ensure(settings)
    assert "apt-get install mosquitto" in raised.value.remedy


def test_a_damaged_store_is_told_with_what_is_lost_by_moving_it_away(settings: Settings) -> None:
    broker.ensure(settings)
    broker.stop(settings)
    store = settings.home / "mqtt" / "data" / "mosquitto.db"
    store.write_bytes(b"\0" * 100)
    with pytest.raises(MissingServiceError, match="did not start") as raised:
        broker.ensure(settings)
    assert str(store) in raised.value.remedy
    store.unlink()
    assert broker.ensure(settings)


def test_a_broker_of_the_users_own_is_used_and_must_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = server.getsockname()[1]
    settings = Settings(home=tmp_path, mqtt_url=f"mqtt://me:secret@127.0.0.1:{silent}")
    with pytest.raises(MissingServiceError, match="does not answer") as raised:
        broker.ensure(settings)
    assert "secret" not in raised.value.message
    assert broker.state(settings) == (f"mqtt://127.0.0.1:{silent}", "unreachable")


@pytest.mark.parametrize("url", ["http://broker", "mqtt://", "broker:1883"])
def test_an_address_that_is_none_of_a_broker_is_wrong_usage(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="FANGMA_MQTT_URL"):
        broker.ensure(Settings(home=tmp_path, mqtt_url=url))
