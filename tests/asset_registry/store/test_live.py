"""Streams, bindings with two clocks, observations, and who may see them."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from tests.asset_registry.store.furnishing import Account

from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.observation import Observation, Refused
from fangma.asset_registry.store.connection import (
    OPERATOR,
    Connection,
    connect,
    reading,
    recording,
)
from fangma.asset_registry.store.observations import (
    Recorder,
    observations,
    rejections,
    totals,
)
from fangma.asset_registry.store.rollups import let_go
from fangma.asset_registry.store.streams import (
    Declaration,
    Declared,
    StreamError,
    UnknownSensorError,
    bindings,
    declare,
    describe,
    streams,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)


@pytest.fixture
def account(conn: Connection) -> Account:
    return Account(conn)


def seen(second: int, result: float | bool | str = 1.0, sensor: str = "T") -> Observation:
    return Observation(sensor, AT + timedelta(seconds=second), result)


def say(conn: Connection, *told: Declaration, **more: object) -> Declared:
    with recording(conn, OPERATOR):
        return declare(conn, told, actor="tester", **more)  # type: ignore[arg-type]


def test_late_and_repeated_observations_leave_the_state_that_any_order_leaves(
    compound: Compound,
) -> None:
    recorder = Recorder(compound.conn, "b")
    batch = [seen(3, 3.0), seen(1, 1.0), seen(2, 2.0)]
    assert recorder.record(batch).stored == 3
    again = recorder.record([seen(2, 99.0), seen(0, 0.0)])
    assert (again.stored, again.duplicates, again.changed) == (1, 1, ())
    with reading(compound.conn, OPERATOR):
        found = observations(compound.conn, "T")
        assert [each.result for each in found] == [0.0, 1.0, 2.0, 3.0]
        (stream,) = streams(compound.conn, sensor="T")
        assert (stream.result, stream.declared, stream.code) == (3.0, False, None)


def test_two_that_write_the_same_streams_store_each_observation_once(compound: Compound) -> None:
    with connect(compound.conn.info.dsn) as other:
        one, two = Recorder(compound.conn, "a"), Recorder(other, "b")
        assert one.record([seen(1)]).stored == 1
        assert two.record([seen(2), seen(3)]).stored == 2
        found = one.record([seen(2, 99.0), seen(3), seen(4)])  # news, as far as it knows
        assert (found.stored, found.duplicates) == (1, 2)
        assert two.record([seen(4), seen(5)]).duplicates == 1
    with reading(compound.conn, OPERATOR):
        assert [each.result for each in observations(compound.conn, "T")] == [1.0] * 5
        books = totals(compound.conn)
        assert (books.received, books.stored, books.duplicates) == (8, 5, 3)


def test_a_batch_larger_than_what_the_socket_holds_is_stored_also_when_it_fails_first(
    compound: Compound,
) -> None:
    """A gateway's round of all its streams; the library leaves a rest unsent before it waits."""
    many = [seen(1, "开" * 40, sensor=f"S{i}") for i in range(20_000)]
    later = [seen(2, "关" * 40, sensor=each.sensor) for each in many]
    with connect(compound.conn.info.dsn) as other:
        one, two = Recorder(compound.conn, "a"), Recorder(other, "b")

        def work() -> list[int]:
            told = [one.record(many).stored, two.record(later).stored]
            # What is news as far as the first knows is refused, and told again with care.
            return [*told, one.record(later).duplicates]

        with ThreadPoolExecutor(1) as beside:
            doing = beside.submit(work)
            try:
                assert doing.result(timeout=120) == [20_000, 20_000, 20_000]
            finally:
                if not doing.done():  # it waits for ever: let go of it
                    for conn in (compound.conn, other):
                        shutdown(conn)


def shutdown(conn: Connection) -> None:
    """End the talk below the library, so that who waits for an answer gets an error."""
    with socket.fromfd(conn.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.shutdown(socket.SHUT_RDWR)


def test_what_was_delivered_before_is_counted_only_when_it_is_new(compound: Compound) -> None:
    recorder = Recorder(compound.conn, "b")
    recorder.record([seen(1), seen(2)])
    refused = [Refused("fangma/observations/T", "time", "why", "what")]
    recorder.record([seen(2), seen(3)], [seen(1), seen(4)], refused=refused, drained=7)
    assert recorder.drained() == 7
    with reading(compound.conn, OPERATOR):
        books = totals(compound.conn)
        assert (books.received, books.stored, books.duplicates, books.rejected) == (6, 4, 1, 1)
        assert [each.count for each in rejections(compound.conn)] == [1]


@pytest.mark.parametrize("result", [1.5, 0.0, True, False, "open", "true", ""])
def test_a_result_comes_back_as_what_it_was(compound: Compound, result: float | bool | str) -> None:
    Recorder(compound.conn, "b").record([seen(1, result)])
    with reading(compound.conn, OPERATOR):
        (found,) = observations(compound.conn, "T")
    assert (found.result, type(found.result)) == (result, type(result))
    assert found.quality == "good"


def test_a_time_before_our_clock_is_flagged_and_every_month_has_its_partition(
    compound: Compound,
) -> None:
    edge = datetime(2026, 12, 1, tzinfo=UTC)
    ahead = datetime.now(UTC) + timedelta(days=40)
    times = [edge - timedelta(microseconds=1), edge, datetime(2000, 1, 1, tzinfo=UTC), ahead]
    Recorder(compound.conn, "b").record([Observation("T", at, 1.0) for at in times])
    with reading(compound.conn, OPERATOR):
        found = {each.at: each.quality for each in observations(compound.conn, "T")}
        assert found.keys() == set(times)
        assert found[ahead] == "ahead"
        inside = observations(compound.conn, "T", edge, edge)
        assert [each.at for each in inside] == [edge]


def test_a_stream_that_moves_keeps_where_it_was(compound: Compound) -> None:
    one, two = compound.new_room("101"), compound.new_room("102")
    codes = compound.add_rooms(one, two)
    first = Declaration(sensor="T", observed_property="temperature", code=codes[one.id])
    assert say(compound.conn, first).added == 1
    assert say(compound.conn, first).kept == 1
    move = datetime(2026, 6, 1, tzinfo=UTC)
    moved = Declaration(sensor="T", observed_property="temperature", code=codes[two.id])
    assert say(compound.conn, moved, valid_from=move).changed == 1
    with reading(compound.conn, OPERATOR) as now:
        (stream,) = streams(compound.conn, sensor="T")
        assert stream.code == codes[two.id]
        assert [each.code for each in bindings(compound.conn, now)] == [codes[two.id]]
    with reading(compound.conn, OPERATOR, at=move - timedelta(days=1)) as before:
        assert [each.code for each in bindings(compound.conn, before)] == [codes[one.id]]
    unbound = Declaration(sensor="T", observed_property="temperature")
    say(compound.conn, unbound, valid_from=move + timedelta(days=1))
    with reading(compound.conn, OPERATOR, known=now.known) as then:
        assert [each.code for each in bindings(compound.conn, then)] == [codes[two.id]]
    with reading(compound.conn, OPERATOR) as moment:
        assert bindings(compound.conn, moment) == []
        assert streams(compound.conn, sensor="T")[0].code is None


def test_declarations_that_cannot_be_carried_out_change_nothing(compound: Compound) -> None:
    good = Declaration(sensor="A", observed_property="x")
    with pytest.raises(StreamError, match="twice"):
        say(compound.conn, good, good)
    with pytest.raises(UnknownCodeError):
        say(compound.conn, good, Declaration(sensor="B", observed_property="x", code="nowhere"))
    with reading(compound.conn, OPERATOR):
        assert streams(compound.conn) == []
        with pytest.raises(UnknownSensorError):
            observations(compound.conn, "A")


def furnish(compound: Compound) -> tuple[UUID, str, str]:
    """Streams in an open room, in a secret one, and nowhere; each with an observation."""
    open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
    codes = compound.add_rooms(open_, secret)
    say(
        compound.conn,
        Declaration(sensor="open", observed_property="x", code=codes[open_.id]),
        Declaration(sensor="secret", observed_property="x", code=codes[secret.id]),
        Declaration(sensor="nowhere", observed_property="x"),
    )
    batch = [seen(1, sensor=sensor) for sensor in ("open", "secret", "nowhere")]
    Recorder(compound.conn, "b").record(batch, refused=[Refused("p", "r", "m", "s")])
    let_go(compound.conn, datetime(2020, 1, 1, tzinfo=UTC))
    Recorder(compound.conn, "b").record(batch)
    with recording(compound.conn, OPERATOR):
        describe(compound.conn, "Sensors", "PT100", {"name": "PT100"})
        compound.conn.execute(
            "INSERT INTO fangma.alarm"
            " (stream_id, entry_id, scope_id, rule, severity, state, message, raised_at)"
            " SELECT id, entry_id, scope_id, 'r', 'low', 'active', 'm', now() FROM fangma.stream"
        )
        compound.conn.execute(
            "INSERT INTO fangma.alarm_event (alarm_id, state, actor)"
            " SELECT id, 'active', 'b' FROM fangma.alarm"
        )
        compound.conn.execute(
            "INSERT INTO fangma.forecast (stream_id, at, number, error)"
            " SELECT id, now(), 1, 0 FROM fangma.stream"
        )
    return secret.id, codes[open_.id], codes[secret.id]


COUNTED = (
    "stream", "binding", "observation", "newest_observation", "alarm", "alarm_event", "forecast",
    "rollup",
)  # fmt: skip


def counts(compound: Compound, reader: str | UUID) -> list[int]:
    found = []
    with reading(compound.conn, reader):
        for table in (*COUNTED, "rejection", "rollup_due", "retention", "bridge", "description"):
            query = psycopg.sql.SQL("SELECT count(*) FROM fangma.{}")
            row = compound.conn.execute(query.format(psycopg.sql.Identifier(table))).fetchone()
            assert row is not None
            found.append(row[0])
    return found


def test_a_reader_sees_the_streams_of_what_he_may_see_and_no_others(
    compound: Compound, account: Account
) -> None:
    furnish(compound)
    assert counts(compound, OPERATOR) == [3, 2, 3, 3, 3, 3, 3, 9, 1, 1, 1, 1, 1]
    assert counts(compound, account.id) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    reader = account.may_see(compound.site)
    assert counts(compound, reader) == [1, 1, 1, 1, 1, 1, 1, 3, 0, 0, 1, 1, 1]
    with reading(compound.conn, reader), pytest.raises(UnknownSensorError):
        observations(compound.conn, "secret")
    account.sees_secret()
    assert counts(compound, reader) == [2, 2, 2, 2, 2, 2, 2, 6, 0, 0, 1, 1, 1]


def test_a_room_that_becomes_secret_takes_its_streams_along(
    compound: Compound, account: Account
) -> None:
    furnish(compound)
    reader = account.may_see(compound.site)
    with reading(compound.conn, OPERATOR):
        row = compound.conn.execute(
            "SELECT entry_id FROM fangma.stream WHERE sensor = 'open'"
        ).fetchone()
    assert row is not None
    compound.record(marked_secret=((row[0], True),))
    assert counts(compound, reader) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM fangma.observation",
        "UPDATE fangma.observation SET number = 0",
        "SELECT * FROM fangma.observation_202611",
        "UPDATE fangma.binding SET entry_id = NULL",
        "UPDATE fangma.alarm SET rule = 'x'",
        "UPDATE fangma.alarm_event SET note = 'x'",
        "DELETE FROM fangma.stream",
        "UPDATE fangma.rollup SET count = 0",
        "DELETE FROM fangma.rollup_due",
        "UPDATE fangma.retention SET kept_from = now()",
        "DELETE FROM fangma.forecast",
    ],
)
def test_the_application_may_not_rewrite_what_was_observed(
    compound: Compound, statement: str
) -> None:
    furnish(compound)
    compound.conn.execute("SELECT set_config('fangma.reader', 'operator', false)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        compound.conn.execute(statement.encode())
