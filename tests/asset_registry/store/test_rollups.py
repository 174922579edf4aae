"""Roll-ups equal what the observations say, in whatever order those come, and outlive them."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pytest

from fangma.asset_registry.observation import Observation, Refused
from fangma.asset_registry.store.connection import OPERATOR, Connection, reading, recording
from fangma.asset_registry.store.observations import Recorder, observations, rejections
from fangma.asset_registry.store.rollups import SPANS, WIDTHS, SpanError, bring_up, let_go, rollups
from fangma.asset_registry.store.streams import Declaration, declare

if TYPE_CHECKING:
    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db
CHINA = timezone(timedelta(hours=8))
AT = datetime(2026, 10, 30, 21, tzinfo=CHINA)


def expected(batch: list[Observation], width: timedelta) -> dict[datetime, list[object]]:
    """Count, mean, least, most, first and last of each span, the plain way."""
    origin = datetime(2000, 1, 1, tzinfo=CHINA)
    groups: dict[datetime, dict[datetime, float]] = defaultdict(dict)
    for each in batch:
        assert isinstance(each.result, float)
        start = origin + (each.at - origin) // width * width
        groups[start].setdefault(each.at, each.result)
    found: dict[datetime, list[object]] = {}
    for start, told in groups.items():
        values = [told[at] for at in sorted(told)]
        found[start] = [
            len(values), pytest.approx(np.mean(values)), min(values), max(values), values[0],
            values[-1],
        ]  # fmt: skip
    return found


def test_roll_ups_hold_late_and_repeated_observations_as_a_count_from_nothing_does(
    compound: Compound,
) -> None:
    chance = random.Random(5)  # noqa: S311 - a test that can be run again
    batch = [
        Observation(sensor, AT + timedelta(seconds=chance.randrange(3 * 86400)), chance.random())
        for sensor in ("A", "B")
        for _ in range(700)
    ]
    recorder = Recorder(compound.conn, "b")
    shuffled = [*batch, *batch[:50]]
    chance.shuffle(shuffled)
    for i in range(0, len(shuffled), 130):
        recorder.record(shuffled[i : i + 130])
        bring_up(compound.conn)
    assert bring_up(compound.conn) == 0
    in_order = {(each.sensor, each.at): each for each in reversed(shuffled)}
    for sensor in ("A", "B"):
        own = [each for each in in_order.values() if each.sensor == sensor]
        for span, width in zip(SPANS, WIDTHS, strict=True):
            with reading(compound.conn, OPERATOR):
                found = rollups(compound.conn, sensor, span)
            assert {
                r.at: [r.count, r.mean, r.least, r.most, r.first, r.last] for r in found
            } == expected(own, width)
            assert [r.at for r in found] == sorted(r.at for r in found)


def test_words_are_counted_and_what_cannot_be_is_left_out_of_the_mean(compound: Compound) -> None:
    told = Declaration(sensor="T", observed_property="temperature", unit="Cel")
    with recording(compound.conn, OPERATOR):
        declare(compound.conn, [told], actor="t")
    recorder = Recorder(compound.conn, "b")
    results: list[float | str] = [20.0, 900.0, "broken", 22.0]
    recorder.record([Observation("T", AT + timedelta(seconds=i), r) for i, r in enumerate(results)])
    bring_up(compound.conn)
    with reading(compound.conn, OPERATOR):
        (day,) = rollups(compound.conn, "T", "day")
        assert [each.quality for each in observations(compound.conn, "T")] == [
            "good", "range", "good", "good",
        ]  # fmt: skip
        with pytest.raises(SpanError):
            rollups(compound.conn, "T", "fortnight")
    assert (day.at, day.count, day.usable, day.mean, day.most) == (
        datetime(2026, 10, 30, tzinfo=CHINA), 4, 2, 21.0, 22.0,
    )  # fmt: skip


def test_what_is_let_go_leaves_its_roll_ups_and_takes_no_latecomers(compound: Compound) -> None:
    conn = compound.conn
    now = datetime.now(UTC)
    old, new = now - timedelta(days=200), now - timedelta(hours=1)
    Recorder(conn, "b").record([Observation("T", at, 1.0) for at in (old, new)])
    gone = let_go(conn, now - timedelta(days=90))
    assert gone == [f"observation_{old:%Y%m}"]
    with reading(conn, OPERATOR):
        assert [each.at for each in observations(conn, "T")] == [new]
        assert [r.count for r in rollups(conn, "T", "day")] == [1, 1]
    recorded = Recorder(conn, "b").record(
        [Observation("T", old + timedelta(seconds=1), 5.0), Observation("T", now, 2.0)]
    )
    bring_up(conn)
    assert (recorded.stored, recorded.duplicates) == (1, 0)
    with reading(conn, OPERATOR):
        assert next(r.most for r in rollups(conn, "T", "day")) == 1.0
        assert [each.rule for each in rejections(conn)] == ["retention"]


def test_the_last_month_cannot_be_let_go(conn: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        let_go(conn, datetime.now(UTC) + timedelta(days=1))


def test_a_crash_between_storing_and_rolling_up_loses_no_roll_up(compound: Compound) -> None:
    Recorder(compound.conn, "b").record(
        [Observation("T", AT, 1.0)], refused=[Refused("p", "r", "m", "s")]
    )
    compound.conn.rollback()
    bring_up(compound.conn)
    with reading(compound.conn, OPERATOR):
        assert [r.last for r in rollups(compound.conn, "T", "minute")] == [1.0]
