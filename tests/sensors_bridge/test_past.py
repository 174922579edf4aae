"""A demonstration has a past: of the same functions of time, kept once, without alarms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fangma.asset_registry.store.alarms import alarms
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, reading, recording
from fangma.asset_registry.store.forecasts import ENOUGH
from fangma.asset_registry.store.observations import Observed, observations
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.alarms.rules import read_rules
from fangma.sensors_bridge.alarms.watch import Watch
from fangma.sensors_bridge.simulation.past import keep_past
from fangma.sensors_bridge.simulation.working_day import value

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = timedelta(hours=1)
KINDS = ("energy", "occupancy", "co2", "leak", "smoke", "water-level-nobody-simulates")


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as connection:
        with recording(connection, OPERATOR):
            declare(
                connection,
                [
                    *(
                        Declaration(sensor=f"A01-{room}-{kind}", observed_property=kind)
                        for room in ("101", "102")
                        for kind in KINDS
                    ),
                    Declaration(sensor="A01-ENERGY", observed_property="energy"),
                ],
                actor="test",
            )
        yield connection


def kept(conn: Connection, sensor: str) -> list[Observed]:
    with reading(conn, OPERATOR):
        return observations(conn, sensor)


@pytest.mark.db
def test_a_past_is_kept_once_runs_on_and_raises_no_alarm(conn: Connection, dsn: str) -> None:
    # Neither this nor the first start is a moment at which something was read anyway.
    now = datetime.now(UTC).replace(minute=10, second=0, microsecond=0) - HOUR
    first = now - timedelta(days=3, minutes=20)
    assert keep_past(dsn, first) > 0
    assert keep_past(dsn, first) == 0

    meter = kept(conn, "A01-101-energy")
    assert meter[0].at <= first - ENOUGH
    hours = [each.at for each in meter[:-1]]
    assert hours == [hours[0] + i * HOUR for i in range(len(hours))]
    assert hours[0].minute == 59  # read at the end of the hour that it counts
    assert hours[-1] < first <= hours[-1] + HOUR
    assert meter[-1].at == first

    more = keep_past(dsn, now)  # off for three days
    meter = kept(conn, "A01-101-energy")
    assert more < 4 * 100 * 2
    hours = [each.at for each in meter if each.at not in (first, now)]
    assert hours == [hours[0] + i * HOUR for i in range(len(hours))]
    assert hours[-1] < now <= hours[-1] + HOUR
    assert meter[-1].at == now
    for each in meter:
        assert each.result == value("energy", "A01-101-energy", each.at)
    main = kept(conn, "A01-ENERGY")
    parts = [value("energy", f"A01-{room}-energy", main[-1].at) for room in ("101", "102")]
    assert main[-1].result == pytest.approx(1.06 * sum(float(each or 0) for each in parts))

    assert [each.at for each in kept(conn, "A01-101-leak")] == [first, now]
    assert not kept(conn, "A01-101-water-level-nobody-simulates")

    Watch(read_rules(None)).tick(conn)
    with reading(conn, OPERATOR):
        told = alarms(conn)
    assert not [each for each in told if each.raised_at < now]
