"""Alarms begin, end, are acknowledged and shelved, and outlive the process that raised them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.asset_registry.store.compound import found

from fangma.asset_registry.alarming import AlarmError
from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store import outbox
from fangma.asset_registry.store.alarms import Alarm, alarms, change, history, nearest, note
from fangma.asset_registry.store.connection import (
    OPERATOR,
    Connection,
    connect,
    reading,
    recording,
)
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.rollups import bring_up
from fangma.asset_registry.store.streams import Declaration, declare, streams
from fangma.sensors_bridge.alarms.notices import MAIL, WEBHOOK, Notices
from fangma.sensors_bridge.alarms.rules import Rule, read_rules
from fangma.sensors_bridge.alarms.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.db
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as connection:
        compound = found(connection)
        room = compound.new_room("101")
        code = compound.add_rooms(room, use="档案室")[room.id]
        with recording(connection, OPERATOR):
            declare(
                connection,
                [
                    Declaration(sensor="LEAK", observed_property="leak", code=code, name="漏水"),
                    Declaration(sensor="HUM", observed_property="humidity", code=code, unit="%"),
                ],
                actor="tester",
            )
        yield connection


def say(conn: Connection, watch: Watch, *observations: Observation) -> None:
    Recorder(conn, "b").record(observations)
    watch.observe(conn, observations)


def seen(sensor: str, second: int, result: float | bool) -> Observation:
    return Observation(sensor, AT + timedelta(seconds=second), result)


def known(conn: Connection, *states: str) -> list[Alarm]:
    with reading(conn, OPERATOR):
        return alarms(conn, states=states or None)


def test_a_leak_is_an_alarm_in_its_room_and_is_over_when_it_is_dry(conn: Connection) -> None:
    watch = Watch(read_rules())
    watch.tick(conn)
    say(conn, watch, seen("LEAK", 0, False), seen("LEAK", 1, True), seen("LEAK", 2, True))
    (alarm,) = known(conn)
    assert (alarm.rule, alarm.severity, alarm.state, alarm.value) == (
        "leak",
        "high",
        "active",
        True,
    )
    assert alarm.raised_at == AT + timedelta(seconds=1)
    assert alarm.code is not None
    say(conn, watch, seen("LEAK", 3, False))
    (alarm,) = known(conn)
    assert (alarm.state, alarm.cleared_at) == ("cleared", AT + timedelta(seconds=3))
    say(conn, watch, seen("LEAK", 4, True))
    assert [each.state for each in known(conn)] == ["active", "cleared"]


def test_a_delay_of_an_archive_counts_from_the_first_damp_reading(conn: Connection) -> None:
    watch = Watch(read_rules())
    say(conn, watch, seen("HUM", 0, 66.0), seen("HUM", 899, 66.0))
    assert known(conn) == []
    say(conn, watch, seen("HUM", 900, 58.0))
    assert known(conn) == []
    say(conn, watch, seen("HUM", 1000, 66.0), seen("HUM", 1900, 65.0))
    (alarm,) = known(conn, "active")
    assert (alarm.rule, alarm.value) == ("archive-too-damp", 65.0)


def test_a_watch_that_begins_anew_raises_nothing_twice_and_forgets_nothing(
    conn: Connection,
) -> None:
    say(conn, Watch(read_rules()), seen("LEAK", 1, True))
    again = Watch(read_rules())
    again.tick(conn)
    assert [each.state for each in known(conn)] == ["active"]
    say(conn, again, seen("LEAK", 2, False))
    assert [each.state for each in known(conn)] == ["cleared"]
    Recorder(conn, "b").record(
        [seen("LEAK", 3, True)]
    )  # stored, and the bridge died before it looked
    Watch(read_rules()).tick(conn)
    assert [each.state for each in known(conn, "active")] == ["active"]


def test_people_acknowledge_and_shelve_and_shelving_ends_by_itself(conn: Connection) -> None:
    watch = Watch(read_rules())
    say(conn, watch, seen("LEAK", 1, True))
    (alarm,) = known(conn)
    with recording(conn, OPERATOR):
        assert change(conn, alarm.id, "acknowledge", actor="wang").acknowledged_by == "wang"
    with pytest.raises(AlarmError, match="acknowledged, in which"), recording(conn, OPERATOR):
        change(conn, alarm.id, "acknowledge", actor="wang")
    with pytest.raises(AlarmError, match="until when and why"), recording(conn, OPERATOR):
        change(conn, alarm.id, "shelve", actor="wang", until=AT)
    with recording(conn, OPERATOR):
        change(conn, alarm.id, "shelve", actor="wang", until=AT, note="repair")
    assert [each.state for each in known(conn)] == ["shelved"]
    Watch(read_rules()).tick(conn)  # AT is past
    assert [each.state for each in known(conn)] == ["active"]
    with reading(conn, OPERATOR):
        events = conn.execute(
            "SELECT state, actor, note FROM fangma.alarm_event ORDER BY at"
        ).fetchall()
    assert events == [
        ("active", "bridge", None),
        ("acknowledged", "wang", None),
        ("shelved", "wang", "repair"),
        ("active", "bridge", "shelving ended"),
    ]
    with pytest.raises(AlarmError, match="no alarm"), recording(conn, OPERATOR):
        change(conn, 999, "acknowledge", actor="wang")


def test_what_came_another_way_than_through_this_watch_is_judged_too(conn: Connection) -> None:
    watch = Watch(read_rules())
    watch.tick(conn)
    Recorder(conn, "http").record([seen("LEAK", 1, True)])
    watch._look_again = watch._tick = 0.0  # as if ten seconds had passed
    watch.tick(conn)
    assert [each.rule for each in known(conn, "active")] == ["leak"]


def test_in_a_flood_what_is_not_severe_is_marked_and_what_is_severe_is_not(
    conn: Connection,
) -> None:
    sensors = [Declaration(sensor=f"C{i:02}", observed_property="co2") for i in range(14)]
    with recording(conn, OPERATOR):
        declare(conn, sensors, actor="t")
    watch = Watch(
        (
            Rule(name="stale-air", property="co2", severity="low", above=1000),
            Rule(name="leak", property="leak", severity="high", equals=True),
        ),
        Notices(destinations=(WEBHOOK, MAIL)),
    )
    say(conn, watch, *(seen(each.sensor, i, 2000.0) for i, each in enumerate(sensors)))
    say(conn, watch, seen("LEAK", 30, True))
    found = known(conn, "active")
    assert [each.flood for each in found] == [False, *[True] * 4, *[False] * 10]
    with reading(conn, OPERATOR):
        told = outbox.listed(conn, destination=WEBHOOK)
        assert len(told) == 11
        assert (told[0].kind, told[0].subject) == ("alarm.raised", found[0].code)
        assert len(outbox.listed(conn, destination=MAIL)) == 11
    say(conn, watch, seen("LEAK", 31, False), seen("C00", 32, 1.0))
    with reading(conn, OPERATOR):
        assert outbox.listed(conn, destination=WEBHOOK)[0].kind == "alarm.cleared"
        assert len(outbox.listed(conn, destination=WEBHOOK)) == 12


def test_a_contact_that_flaps_is_one_alarm_that_says_so(conn: Connection) -> None:
    watch = Watch(read_rules())
    for second in range(0, 40, 2):
        say(conn, watch, seen("LEAK", second, True), seen("LEAK", second + 1, False))
    found = known(conn)
    assert len(found) == 5
    assert (found[0].state, found[0].flapping) == ("active", True)
    with reading(conn, OPERATOR):
        assert [each.note for each in history(conn, found[0].id)] == [None, "flapping: held"]


def test_what_deviates_from_the_same_hour_of_weeks_before_is_unusual(conn: Connection) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    weeks = [
        Observation("HUM", hour - timedelta(weeks=week) + timedelta(minutes=minute), 50.0)
        for week in (1, 2, 3)
        for minute in (1, 30)
    ]
    Recorder(conn, "b").record(weeks)
    bring_up(conn)
    rule = Rule(name="unusual", property="humidity", severity="low", deviates=8.0)
    watch = Watch((rule,))
    say(conn, watch, Observation("HUM", hour + timedelta(seconds=1), 57.0))
    assert known(conn) == []
    say(conn, watch, Observation("HUM", hour + timedelta(seconds=2), 41.5))
    assert [each.rule for each in known(conn)] == ["unusual"]


def test_readings_within_the_limits_are_passed_over_without_changing_what_is_judged(
    conn: Connection,
) -> None:
    watch = Watch((Rule(name="damp", property="humidity", severity="low", above=60, delay_s=10),))
    say(conn, watch, *(seen("HUM", second, 50.0) for second in range(5)))
    say(conn, watch, seen("HUM", 3, 99.0), seen("HUM", 2, 99.0))  # late
    assert known(conn) == []
    say(conn, watch, seen("HUM", 5, 61.0), seen("HUM", 14, 61.0))
    assert known(conn) == []
    say(conn, watch, seen("HUM", 15, 61.0))
    assert [each.state for each in known(conn)] == ["active"]
    say(conn, watch, seen("HUM", 16, 60.0))
    assert [each.state for each in known(conn)] == ["cleared"]


def test_a_note_is_written_whatever_the_state(
    conn: Connection,
) -> None:
    watch = Watch(read_rules())
    say(conn, watch, seen("LEAK", 0, True), seen("LEAK", 1, False))
    (alarm,) = known(conn)
    with recording(conn, OPERATOR):
        note(conn, alarm.id, "the tap dripped", actor="wang")
    with reading(conn, OPERATOR):
        assert [each.note for each in history(conn, alarm.id)] == [None, None, "the tap dripped"]
        assert nearest(conn, alarm.id) == []  # nothing but the room is known


def test_a_clock_that_was_wrong_once_hides_neither_alarm_nor_newest_value(conn: Connection) -> None:
    watch, now = Watch(read_rules()), datetime.now(UTC)
    say(conn, watch, Observation("LEAK", now + timedelta(days=30), False))
    say(conn, watch, Observation("LEAK", now + timedelta(days=31), False),
        Observation("LEAK", now, True))  # fmt: skip
    assert [(each.state, each.raised_at) for each in known(conn)] == [("active", now)]
    with reading(conn, OPERATOR):
        (stream,) = streams(conn, sensor="LEAK")
    assert (stream.at, stream.result) == (now, True)
    say(conn, watch, Observation("LEAK", now + timedelta(seconds=1), False))
    assert [each.state for each in known(conn)] == ["cleared"]
    late = Observation("LEAK", now - timedelta(seconds=1), True)
    say(conn, watch, late)
    with reading(conn, OPERATOR):
        (stream,) = streams(conn, sensor="LEAK")
    assert stream.result is False
    assert [each.state for each in known(conn)] == ["cleared"]
