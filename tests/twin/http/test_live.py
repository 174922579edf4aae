"""/live tells a client what it watches and may see, the newest value, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable  # noqa: TC003
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest
from starlette.websockets import WebSocketDisconnect
from tests.asset_registry.store.compound import found
from tests.sensors_bridge.broker import wait_until

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.alarms.rules import read_rules
from fangma.sensors_bridge.alarms.watch import Watch
from fangma.twin.live.hub import Hub, Watcher
from fangma.twin.live.portions import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi.testclient import TestClient

pytestmark = pytest.mark.db
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    """A registry with a leak sensor in an open room and one in a secret room."""
    with connect(dsn) as connection:
        compound = found(connection)
        open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
        codes = compound.add_rooms(open_, secret)
        with recording(connection, OPERATOR):
            declare(
                connection,
                [
                    Declaration(sensor="A", observed_property="leak", code=codes[open_.id]),
                    Declaration(sensor="S", observed_property="leak", code=codes[secret.id]),
                ],
                actor="t",
            )
        yield connection


def say(conn: Connection, second: int, *told: tuple[str, bool]) -> list[Observation]:
    batch = [Observation(sensor, AT + timedelta(seconds=second), result) for sensor, result in told]
    Recorder(conn, "b").record(batch)
    return batch


def heard(socket: Any, kind: str, wanted: Callable[[list[dict[str, Any]]], bool]) -> None:
    """Take messages until one of a kind says what is wanted."""
    for _ in range(30):
        told = socket.receive_json()
        assert "S" not in [item["sensor"] for item in told["items"]], "a secret was told"
        if told["type"] == kind and wanted(told["items"]):
            return
    pytest.fail(f"no {kind} as wanted")


def test_a_client_gets_a_snapshot_then_changes_then_alarms_and_no_secret(
    client: TestClient, sign_in: Callable[..., dict[str, str]], conn: Connection
) -> None:
    header = sign_in("wei", "planner")
    say(conn, 0, ("A", False), ("S", False))
    watch = Watch(read_rules())
    watch.tick(conn)
    with client.websocket_connect("/live", headers=header) as socket:
        socket.send_json({"watch": "all"})
        heard(socket, "snapshot", lambda items: [item["result"] for item in items] == [False])
        batch = say(conn, 1, ("A", True), ("S", True))
        heard(socket, "changes", lambda items: [item["result"] for item in items] == [True])
        watch.observe(conn, batch)
        heard(socket, "alarms", lambda items: [item["rule"] for item in items] == ["leak"])
        socket.send_json({"watch": {"sensors": ["nobody"]}})
        heard(socket, "snapshot", lambda items: items == [])


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Cookie": "fangma_session=x", "Origin": "https://elsewhere.example"},
        {"Cookie": "fangma_session=x", "Origin": "http://[elsewhere"},
    ],
)
def test_who_is_not_signed_in_is_told_nothing(client: TestClient, header: dict[str, str]) -> None:
    with client.websocket_connect("/live", headers=header) as socket:
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
        assert caught.value.code == 4401


@pytest.mark.parametrize(
    "word",
    [
        "rubbish",
        "[]",
        '{"watch": 1}',
        b'{"watch": "all"}',
        '{"watch": {"sensors": ["a\\u0000"]}}',
        '{"watch": {"codes": ["\\ud800"]}}',
        '{"watch": {"codes": [null]}}',
    ],
)
def test_a_word_that_is_none_ends_the_conversation(
    client: TestClient, sign_in: Callable[..., dict[str, str]], word: str | bytes
) -> None:
    with client.websocket_connect("/live", headers=sign_in("wei", "planner")) as socket:
        if isinstance(word, bytes):
            socket.send_bytes(word)
        else:
            socket.send_text(word)
        with pytest.raises(WebSocketDisconnect) as caught:
            heard(socket, "never", lambda _items: False)
        assert caught.value.code == 4400


def test_a_socket_ends_with_its_session_and_no_other_does(
    client: TestClient, sign_in: Callable[..., dict[str, str]], conn: Connection
) -> None:
    gone, stays = sign_in("wei", "planner"), sign_in("ming", "planner")
    with (
        client.websocket_connect("/live", headers=stays) as other,
        client.websocket_connect("/live", headers=gone) as socket,
    ):
        socket.send_json({"watch": "all"})
        heard(socket, "alarms", lambda items: items == [])
        assert client.delete("/api/session", headers=gone).status_code == 204
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
        assert caught.value.code == 4401
        other.send_json({"watch": "all"})
        heard(other, "snapshot", lambda items: len(items) == 1)


def test_who_connects_again_gets_what_he_missed_and_no_more(
    client: TestClient, sign_in: Callable[..., dict[str, str]], conn: Connection
) -> None:
    header = sign_in("wei", "planner")
    with recording(conn, OPERATOR):
        declare(conn, [Declaration(sensor="B", observed_property="leak")], actor="t")
    say(conn, 0, ("A", False), ("B", False))
    with client.websocket_connect("/live", headers=header) as socket:
        socket.send_json({"watch": {"sensors": ["A", "B"]}})
        as_of = socket.receive_json()["asOf"]
    with recording(conn, OPERATOR):
        conn.execute(
            "UPDATE fangma.newest_observation SET recorded_at = recorded_at - interval '1 hour'"
        )
    say(conn, 1, ("A", True))
    with client.websocket_connect("/live", headers=header) as socket:
        socket.send_json({"watch": {"sensors": ["A", "B"]}, "since": as_of})
        heard(socket, "changes", lambda items: [item["sensor"] for item in items] == ["A"])


def test_a_watcher_who_takes_nothing_holds_one_value_a_stream_and_slows_nobody(
    dsn: str, conn: Connection
) -> None:
    async def watch() -> None:
        hub = Hub(dsn)
        hub.start()
        try:
            slow, quick = Watcher(OPERATOR), Watcher(OPERATOR)
            for each in (slow, quick):
                each.watched = Watched(everything=True)
                hub.add(each)
            seen: list[bool] = []
            for second in range(1, 40):
                # Only the last one says yes: who has heard it has heard all.
                await asyncio.to_thread(say, conn, second, ("A", second == 39))
                portion, _, _ = await asyncio.wait_for(quick.wait(), 20)
                if portion is not None:
                    seen += [json.loads(text)["result"] for text in portion.items.values()]
            while not seen or seen[-1] is not True:
                portion, _, _ = await asyncio.wait_for(quick.wait(), 20)
                assert portion is not None
                seen += [json.loads(text)["result"] for text in portion.items.values()]
            # Whichever of the two is told last: the slow one may still hold the value before it.
            held: list[list[bool]] = []
            while not held or held[-1] != [True]:
                portion, _, _ = await asyncio.wait_for(slow.wait(), 20)
                assert portion is not None
                held.append([json.loads(text)["result"] for text in portion.items.values()])
            assert held in ([[True]], [[False], [True]])
            assert len(seen) > 10
        finally:
            await asyncio.to_thread(hub.stop)

    asyncio.run(watch())


def test_the_hub_listens_again_after_the_database_refused_something(
    dsn: str, conn: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    def told_as_owner(statement: LiteralString) -> None:
        with psycopg.connect(dsn, autocommit=True) as owner:
            owner.execute(statement)

    async def watch() -> None:
        hub = Hub(dsn)
        hub.start()
        try:
            watcher = Watcher(OPERATOR)
            watcher.watched = Watched(everything=True)
            hub.add(watcher)
            await asyncio.to_thread(say, conn, 1, ("A", True))
            await asyncio.wait_for(watcher.wait(), 20)
            # As while a migration is under way: what the hub reads is not there.
            away = "ALTER TABLE fangma.stream RENAME TO away; SELECT pg_notify('fangma_live', '1')"
            await asyncio.to_thread(told_as_owner, away)
            refused = "the database is away or refuses"
            await asyncio.to_thread(wait_until, lambda: refused in caplog.text, "it was refused")
            await asyncio.to_thread(told_as_owner, "ALTER TABLE fangma.away RENAME TO stream")
            told = False
            for second in range(2, 40):
                await asyncio.to_thread(say, conn, second, ("A", second % 2 == 1))
                try:
                    portion, _, anew = await asyncio.wait_for(watcher.wait(), 1)
                except TimeoutError:
                    continue
                told = told or anew
                if told and portion is not None:
                    return
            pytest.fail("the hub did not begin to listen again")
        finally:
            await asyncio.to_thread(hub.stop)

    asyncio.run(watch())
