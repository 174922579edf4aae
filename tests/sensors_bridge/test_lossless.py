"""Whatever dies meanwhile: every message that the broker acknowledged is in the database, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from psycopg import sql
from tests.sensors_bridge.broker import (
    BridgeProcess,
    Broker,
    Publisher,
    books,
    observation,
    stored,
    wait_until,
)

from fangma.sensors_bridge.spool import waiting

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.db, pytest.mark.slow]
COUNT = 600


def subscribed(bridge: BridgeProcess, times: int = 1) -> Callable[[], bool]:
    return lambda: bridge.log.count("the broker is there") >= times


def everything(dsn: str, publisher: Publisher, count: int = COUNT) -> None:
    """Wait until all is acknowledged and stored; then see that nothing is there twice."""
    wait_until(lambda: len(publisher.acknowledged) == count, "all is acknowledged")
    wait_until(lambda: len(stored(dsn)) >= count, "all is stored")
    assert stored(dsn) == list(range(count))


def test_what_is_published_is_stored_once_and_counted(
    bridge: BridgeProcess, publisher: Publisher, dsn: str
) -> None:
    wait_until(subscribed(bridge), "the bridge listens")
    for number in [*range(COUNT), *range(50)]:
        publisher.send(number)
    topic = "fangma/observations/S1"
    publisher.client.publish(topic, json.dumps([observation(n) for n in (601, 611, 1)]), qos=1)
    publisher.client.publish(topic, '{"result": 1}', qos=1)
    publisher.client.publish("fangma/observations/S1", b"\xff", qos=1)
    wait_until(lambda: books(dsn)[0] >= COUNT + 55, "all is counted")
    assert stored(dsn) == [*range(COUNT), 601, 611]
    assert books(dsn) == (COUNT + 55, COUNT + 2, 51, 2)
    with psycopg.connect(dsn) as conn:
        rules = conn.execute("SELECT rule, count FROM fangma.rejection ORDER BY 1").fetchall()
        assert rules == [("json", 1), ("time", 1)]
        newest = conn.execute(
            "SELECT s.sensor, n.number FROM fangma.newest_observation AS n"
            " JOIN fangma.stream AS s ON s.id = n.stream_id WHERE s.sensor IN ('S1', 'S9')"
            " ORDER BY 1"
        ).fetchall()
    assert newest == [("S1", 611.0), ("S9", 599.0)]


def test_a_bridge_that_is_killed_again_and_again_loses_and_doubles_nothing(
    bridge: BridgeProcess, publisher: Publisher, dsn: str
) -> None:
    wait_until(subscribed(bridge), "the bridge listens")
    for number in range(COUNT):
        publisher.send(number)
        if number in (100, 250, 400):
            wait_until(lambda: len(stored(dsn)) > 10, "something is stored")
            bridge.kill()
            bridge.start()
    everything(dsn, publisher)
    received, kept, duplicates, rejected = books(dsn)
    assert (received, kept, duplicates, rejected) == (COUNT, COUNT, 0, 0)


def test_a_broker_that_restarts_loses_nothing(
    broker: Broker, bridge: BridgeProcess, publisher: Publisher, dsn: str
) -> None:
    wait_until(subscribed(bridge), "the bridge listens")
    for number in range(COUNT):
        publisher.send(number)
        if number == COUNT // 2:
            broker.stop()
            broker.start()
    everything(dsn, publisher)


def test_what_comes_while_the_bridge_is_away_waits_at_the_broker(
    bridge: BridgeProcess, publisher: Publisher, dsn: str
) -> None:
    wait_until(subscribed(bridge), "the bridge listens")
    bridge.stop()
    for number in range(COUNT):
        publisher.send(number)
    wait_until(lambda: len(publisher.acknowledged) == COUNT, "all is acknowledged")
    assert stored(dsn) == []
    bridge.start()
    everything(dsn, publisher)


def test_what_comes_while_the_database_is_away_waits_on_disk_even_if_the_bridge_is_killed(
    bridge: BridgeProcess, publisher: Publisher, cluster: str, dsn: str
) -> None:
    wait_until(subscribed(bridge), "the bridge listens")
    publisher.send(0)
    wait_until(lambda: stored(dsn) == [0], "the bridge works")
    name = sql.Identifier(str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]))
    with psycopg.connect(cluster, autocommit=True) as admin:

        def let_in(limit: int) -> None:
            admin.execute(sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}").format(name, limit))
            admin.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                    name, sql.SQL("true" if limit else "false")
                )
            )
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]],
            )

        let_in(0)
        for number in range(1, COUNT):
            publisher.send(number)
        spool = bridge.home / "bridge" / "spool"
        wait_until(lambda: len(publisher.acknowledged) == COUNT, "the broker has it")
        wait_until(lambda: waiting(spool) == COUNT - 1, "all of it is in the spool")
        bridge.kill()
        bridge.start()
        wait_until(subscribed(bridge, 2), "the bridge listens again")
        let_in(100)
    everything(dsn, publisher)
    wait_until(lambda: waiting(spool) == 0, "the spool is empty")
    assert books(dsn) == (COUNT, COUNT, 0, 0)


def test_a_client_that_subscribes_late_is_told_the_state_of_a_room_that_is_not_secret(
    bridge: BridgeProcess, broker: Broker, publisher: Publisher, dsn: str
) -> None:
    from tests.asset_registry.store.compound import found

    from fangma.asset_registry.store.connection import OPERATOR, connect, recording
    from fangma.asset_registry.store.streams import Declaration, declare

    with connect(dsn) as conn:
        compound = found(conn)
        open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
        codes = compound.add_rooms(open_, secret)
        with recording(conn, OPERATOR):
            declare(
                conn,
                [
                    Declaration(sensor="S1", observed_property="temperature", code=codes[open_.id]),
                    Declaration(sensor="S2", observed_property="door", code=codes[secret.id]),
                ],
                actor="tester",
            )
    wait_until(subscribed(bridge), "the bridge listens")
    for number in (2, 1, 11):
        publisher.send(number)
    told: dict[str, dict[str, object]] = {}
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _d, m: told.update({m.topic: json.loads(m.payload)})
    client.connect("127.0.0.1", broker.port)
    client.subscribe("fangma/state/#", 1)
    client.loop_start()
    topic = f"fangma/state/{codes[open_.id]}"

    def is_told() -> bool:
        streams = told.get(topic, {}).get("streams")
        return isinstance(streams, list) and streams[0]["result"] == 11.0

    wait_until(is_told, "the newest state is there")
    client.disconnect()
    client.loop_stop()
    assert told.keys() == {topic}
    streams = told[topic]["streams"]
    assert isinstance(streams, list)
    stream: dict[str, object] = streams[0]
    assert stream["sensor"] == "S1"
    assert stream["property"] == "temperature"
    assert told[topic]["code"] == codes[open_.id]
