"""Sending, against a real server on loopback that fails, is slow, drips, drops and redirects."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import psycopg
import pytest

from fangma.asset_registry.store import outbox
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, recording
from fangma.twin.pushing.courier import Courier, deliver_next
from fangma.twin.pushing.destinations import Destination, read_destination
from fangma.twin.pushing.pauses import LONGEST_PAUSE_S, pause_after
from fangma.twin.pushing.signing import check

if TYPE_CHECKING:
    from pathlib import Path

SHARED = "known to both, at least twenty-four bytes"
Behaviour = Callable[[BaseHTTPRequestHandler], None]


class Receiver:
    """A server that does with each request what ``behave`` says next, and then takes it."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.behave: list[Behaviour] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                if receiver.behave:
                    receiver.behave.pop(0)(self)
                    return
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def destination(self) -> Destination:
        return read_destination("audit", f"http://127.0.0.1:{self.server.server_port}/in", SHARED)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as connection:
        yield connection


def queue(conn: Connection, key: str = "k1", body: bytes = b'{"a": 1}') -> bool:
    with recording(conn, OPERATOR):
        return outbox.put(
            conn, destination="audit", key=key, kind="audit.report", body=body, actor="wang"
        )


def state_of(conn: Connection, key: str = "k1") -> outbox.Message:
    with recording(conn, OPERATOR):
        found = outbox.find(conn, "audit", key)
    assert found is not None
    return found


def make_due(conn: Connection) -> None:
    with recording(conn, OPERATOR):
        conn.execute("UPDATE fangma.outbox SET next_at = now(), claimed_until = NULL")


def status(number: int, **headers: str) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(number)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return behave


def drop(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def drip(handler: BaseHTTPRequestHandler) -> None:
    try:
        for _ in range(100):
            handler.wfile.write(b"H")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass  # cut, as it should be


@pytest.mark.db
def test_a_message_arrives_once_signed_and_with_its_own_bytes(
    conn: Connection, receiver: Receiver
) -> None:
    assert queue(conn)
    assert not queue(conn)  # the same key is the same message
    outcome = deliver_next(conn, receiver.destination)
    assert outcome is not None
    assert outcome.is_delivered
    assert deliver_next(conn, receiver.destination) is None
    ((headers, body),) = receiver.got
    assert body == b'{"a": 1}'
    key = receiver.destination.key
    assert check(key, headers, body, now_s=time.time()) == "k1"
    assert headers["idempotency-key"] == "k1"
    found = state_of(conn)
    assert (found.state, found.attempts, found.status) == ("delivered", 1, 204)


@pytest.mark.db
@pytest.mark.parametrize(
    ("behaviour", "status_", "words"),
    [
        (status(500), 500, "HTTP 500"),
        (status(401), 401, "HTTP 401"),
        (status(302, location="http://127.0.0.1:1/"), 302, "redirect"),
        (drop, None, "RemoteDisconnected"),
        (drip, None, "no answer within 0.5 s"),
    ],
)
def test_what_fails_is_tried_again_under_the_same_key(
    conn: Connection, receiver: Receiver, behaviour: Behaviour, status_: int | None, words: str
) -> None:
    queue(conn)
    receiver.behave = [behaviour]
    outcome = deliver_next(conn, receiver.destination, longest_s=0.5)
    assert outcome is not None
    assert outcome.error is not None
    assert words in outcome.error
    assert outcome.seconds < 3
    found = state_of(conn)
    assert (found.state, found.status) == ("waiting", status_)
    assert found.next_at > found.queued_at
    assert deliver_next(conn, receiver.destination) is None  # not due yet
    make_due(conn)
    assert deliver_next(conn, receiver.destination) is not None
    assert state_of(conn).state == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1


@pytest.mark.db
def test_nobody_there_is_a_failure_like_others(conn: Connection) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    queue(conn)
    nobody = read_destination("audit", f"http://127.0.0.1:{port}/", SHARED)
    outcome = deliver_next(conn, nobody)
    assert outcome is not None
    assert outcome.status is None
    assert "refused" in str(outcome.error)


@pytest.mark.db
def test_a_receiver_that_wants_no_more_gets_no_more(conn: Connection, receiver: Receiver) -> None:
    queue(conn)
    receiver.behave = [status(410)]
    deliver_next(conn, receiver.destination)
    assert state_of(conn).state == "given-up"


@pytest.mark.db
def test_after_a_week_it_is_given_up(conn: Connection, receiver: Receiver, dsn: str) -> None:
    queue(conn)
    with psycopg.connect(dsn) as owner:  # the application itself may not change that time
        owner.execute("SET fangma.reader = 'operator'")
        owner.execute("UPDATE fangma.outbox SET queued_at = now() - interval '8 days'")
    receiver.behave = [status(503)]
    deliver_next(conn, receiver.destination)
    assert state_of(conn).state == "given-up"


@pytest.mark.db
def test_a_sender_that_dies_after_sending_loses_nothing(
    conn: Connection, receiver: Receiver
) -> None:
    queue(conn)
    with recording(conn, OPERATOR):  # kill -9 comes right after this commit
        outbox.claim(conn, "audit", lease=timedelta(minutes=10))
    assert deliver_next(conn, receiver.destination) is None  # it may still be at it
    with recording(conn, OPERATOR):  # the lease ends
        conn.execute("UPDATE fangma.outbox SET claimed_until = now()")
    outcome = deliver_next(conn, receiver.destination)
    assert outcome is not None
    assert outcome.is_delivered
    assert state_of(conn).attempts == 2


@pytest.mark.db
def test_what_is_rolled_back_is_not_sent(conn: Connection, receiver: Receiver) -> None:
    def queue_and_fail() -> None:
        with recording(conn, OPERATOR):
            outbox.put(
                conn, destination="audit", key="k1", kind="audit.report", body=b"{}", actor="wang"
            )
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        queue_and_fail()
    assert deliver_next(conn, receiver.destination) is None
    assert receiver.got == []


@pytest.mark.db
def test_two_couriers_send_each_message_once(
    conn: Connection, receiver: Receiver, dsn: str
) -> None:
    keys = [f"k{i}" for i in range(20)]
    for key in keys:
        queue(conn, key)
    stop = threading.Event()
    couriers = [
        threading.Thread(target=Courier(dsn, receiver.destination).run, args=(stop,))
        for _ in range(2)
    ]
    for courier in couriers:
        courier.start()
    deadline = time.monotonic() + 30
    while len(receiver.got) < len(keys) and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    for courier in couriers:
        courier.join()
    assert sorted(headers["webhook-id"] for headers, _ in receiver.got) == sorted(keys)


@pytest.mark.db
def test_the_audit_log_keeps_the_first_failure_and_the_end(
    conn: Connection, receiver: Receiver
) -> None:
    queue(conn)
    receiver.behave = [status(500), status(500)]
    for _ in range(3):
        deliver_next(conn, receiver.destination)
        make_due(conn)
    with recording(conn, OPERATOR):
        log = conn.execute(
            "SELECT outcome, detail ->> 'state' FROM fangma.audit_log"
            " WHERE action = 'push' ORDER BY id"
        ).fetchall()
        tried = conn.execute(
            "SELECT attempt, status FROM fangma.delivery ORDER BY attempt"
        ).fetchall()
    assert log == [("failed", "waiting"), ("done", "delivered")]
    assert tried == [(1, 500), (2, 500), (3, 204)]


def test_pauses_double_up_to_an_hour_and_what_is_asked_for_is_waited() -> None:
    pauses = [pause_after(n).total_seconds() for n in (1, 2, 3, 4, 50, 10**6)]
    assert pauses == [2, 4, 8, 16, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert pause_after(1, asked_s=120).total_seconds() == 120
    assert pause_after(1, jitter=0.999).total_seconds() < 2.5


@pytest.mark.db
def test_a_courier_that_is_killed_in_the_middle_of_sending_loses_nothing(
    conn: Connection, receiver: Receiver, dsn: str, tmp_path: Path
) -> None:
    asked, released = threading.Event(), threading.Event()

    def hold(handler: BaseHTTPRequestHandler) -> None:
        del handler
        asked.set()
        released.wait(30)

    receiver.behave = [hold]
    queue(conn)
    environment = {
        "PATH": "/usr/bin:/bin",
        "FANGMA_HOME": str(tmp_path / "home"),
        "FANGMA_DATABASE_URL": dsn,
        "FANGMA_AUDIT_PUSH_URL": f"http://127.0.0.1:{receiver.server.server_port}/in",
        "FANGMA_AUDIT_PUSH_SECRET": SHARED,
    }
    command = [sys.executable, "-m", "fangma.twin.pushing.courier"]
    first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        assert asked.wait(60), "the courier did not send"
    finally:
        first.kill()
        first.wait()
        released.set()
    assert state_of(conn).state == "waiting"
    make_due(conn)  # the lease of the one that died has ended
    second = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while state_of(conn).state != "delivered" and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        second.terminate()
        assert second.wait(60) == 0
    assert state_of(conn).state == "delivered"
    assert [headers["webhook-id"] for headers, _ in receiver.got] == ["k1", "k1"]
    assert [headers["x-fangma-attempt"] for headers, _ in receiver.got] == ["1", "2"]
