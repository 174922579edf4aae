"""Hours that are derived are forecast, and what is far from its forecast is an alarm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.asset_registry.store.compound import found

from fangma.asset_registry.deriving import Definition
from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.alarms import alarms
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, reading, recording
from fangma.asset_registry.store.derivations import define
from fangma.asset_registry.store.forecasts import forecasts
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.alarms.rules import Rule
from fangma.sensors_bridge.alarms.watch import Watch
from fangma.sensors_bridge.deriver import Deriver
from fangma.sensors_bridge.forecaster import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
WEEKS = 6


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as connection:
        yield connection


def usual(at: datetime) -> float:
    """Return what the meter says: a day, and a little that differs from week to week."""
    return 20.0 + 2 * ((at.hour + 8) % 24) + (at.day % 5) / 5


def test_a_week_ahead_is_told_once_a_day_and_a_load_far_from_it_is_an_alarm(
    conn: Connection,
) -> None:
    # The watch goes by the clock, and this file may have been read an hour ago.
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    compound = found(conn)
    room = compound.new_room("101")
    code = compound.add_rooms(room)[room.id]
    with recording(conn, OPERATOR):
        declare(
            conn,
            [Declaration(sensor="P", observed_property="power", unit="kW", code=code)],
            actor="t",
        )
        define(
            conn,
            compound.site,
            Definition(
                name="load", observed_property="power", function="sum", of_what="hour",
                unit="kW", levels=("room",),
            ),
            actor="t",
        )  # fmt: skip
    recorder = Recorder(conn, "b")
    hours = [now - i * HOUR for i in range(WEEKS * 168, 1, -1)]
    recorder.record([Observation("P", at, usual(at)) for at in hours])
    deriver = Deriver("")
    deriver.begin(conn)
    before = now - timedelta(minutes=30)
    while deriver.step(conn, before):
        pass
    assert tell(conn, before) == 1
    assert tell(conn, before + 19 * HOUR) == 0
    with reading(conn, OPERATOR):
        told = forecasts(conn, f"load:{code}", now - HOUR, now + timedelta(days=9))
    assert len(told) == 168
    assert told[0].at == now - HOUR
    assert told[0].number == pytest.approx(usual(told[0].at), abs=2.0)
    assert 0 < told[0].error < 2
    rules = (
        Rule(name="unusual-load", property="load", severity="low", unusual=6.0),
        Rule(name="silent", property="*", severity="low", silent_s=1.0),
    )
    recorder.record([Observation("P", now - HOUR, usual(now - HOUR) + 40)])
    deriver.step(conn, now + timedelta(minutes=6))
    watch = Watch(rules)
    watch.tick(conn)
    with reading(conn, OPERATOR):
        raised = {each.rule: each for each in alarms(conn)}
    assert raised["unusual-load"].code == code
    # The sensor itself is silent, or is not; what is derived from it never is.
    assert all(each.sensor == "P" for each in raised.values() if each.rule == "silent")
