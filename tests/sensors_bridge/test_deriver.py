"""What is derived is told as ordinary observations, from newest values and from roll-ups."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from tests.asset_registry.store.compound import Compound, found
from tests.asset_registry.store.furnishing import Account

from fangma.asset_registry.deriving import Definition, DerivationError
from fangma.asset_registry.observation import Observation
from fangma.asset_registry.occupation.facts import (
    Assignment,
    Named,
    OccupationChanges,
    UnitState,
)
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, reading, recording
from fangma.asset_registry.store.derivations import (
    UnknownDerivationError,
    define,
    derivations,
    withdraw,
)
from fangma.asset_registry.store.observations import Recorder, observations, totals
from fangma.asset_registry.store.streams import Declaration, Stream, declare, streams
from fangma.sensors_bridge import keeper
from fangma.sensors_bridge.deriver import Deriver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

pytestmark = pytest.mark.db
NINE = datetime(2026, 11, 20, 1, tzinfo=UTC)  # nine o'clock in China
WARMTH = Definition(
    name="mean-temperature", observed_property="temperature", function="area-mean", unit="Cel",
    levels=("storey", "building", "site", "unit"),
)  # fmt: skip
LOAD = Definition(
    name="load", observed_property="energy", function="sum", unit="kW.h", of_what="used"
)


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as connection:
        yield connection


@pytest.fixture
def compound(conn: Connection) -> Compound:
    """Two rooms and a secret one with a thermometer and a meter each; the first is a unit's."""
    compound = found(conn)
    rooms = [compound.new_room(n, secret=n == "103") for n in ("101", "102", "103")]
    codes = [compound.add_rooms(room, number="1")[room.id] for room in rooms]
    unit = uuid4()
    compound.record(
        occupation=OccupationChanges(
            units=(Named(id=unit, code="D1"),),
            added=(
                UnitState(unit_id=unit, name="局"),
                Assignment(entry_id=rooms[0].id, unit_id=unit),
            ),
        )
    )
    with recording(conn, OPERATOR):
        declare(
            conn,
            [
                Declaration(sensor=f"{letter}{i}", observed_property=prop, unit=unit_, code=code)
                for i, code in enumerate(codes)
                for letter, prop, unit_ in (("T", "temperature", "Cel"), ("E", "energy", "kW.h"))
            ],
            actor="tester",
        )
    return compound


def say(compound: Compound, definition: Definition) -> None:
    with recording(compound.conn, OPERATOR):
        define(compound.conn, compound.site, definition, actor="li", reason="公报")


def made(conn: Connection, reader: str | UUID = OPERATOR) -> dict[str, Stream]:
    with reading(conn, reader):
        return {
            each.sensor.partition(":")[2]: each
            for each in streams(conn)
            if each.protocol == "derived"
        }


def running(conn: Connection) -> Deriver:
    deriver = Deriver("")
    deriver.begin(conn)
    return deriver


def test_a_changed_room_is_told_up_the_tree_and_nothing_secret_goes_in(compound: Compound) -> None:
    conn = compound.conn
    say(compound, WARMTH)
    deriver, recorder = running(conn), Recorder(conn, "b")
    now = datetime.now(UTC)
    recorder.record([Observation(f"T{i}", now, t) for i, t in enumerate((20.0, 24.0, 60.0))])
    assert deriver.step(conn, now) == 4
    told = made(conn)
    storey = next(each for each in told.values() if each.kind == "storey")
    building = next(each for each in told.values() if each.kind == "building")
    unit = told[f"{compound.site_code}/D1"]
    assert (storey.result, building.result, unit.result) == (22.0, 22.0, 20.0)
    assert unit.name == "局 mean-temperature"
    assert told[compound.site_code].result == 22.0
    assert (storey.observed_property, storey.unit, unit.code) == ("mean-temperature", "Cel", None)
    assert deriver.step(conn, now + timedelta(seconds=5)) == 0
    recorder.record([Observation("T1", now + timedelta(seconds=1), 26.0)])
    assert deriver.step(conn, now + timedelta(seconds=10)) == 3  # the unit holds another room
    with reading(conn, OPERATOR):
        history = [each.result for each in observations(conn, storey.sensor)]
        books = totals(conn)
    assert history == [22.0, 23.0]
    assert (books.streams, books.received, books.stored) == (6, 4, 4)  # what came in, no more
    assert deriver.step(conn, now + timedelta(minutes=11)) == 4  # said again: it is not stale
    assert deriver.step(conn, now + timedelta(minutes=50)) == 0  # its sensors are silent


def test_what_sums_up_more_than_a_reader_may_see_is_not_seen(compound: Compound) -> None:
    conn = compound.conn
    say(compound, WARMTH)
    now = datetime.now(UTC)
    Recorder(conn, "b").record([Observation(f"T{i}", now, 20.0 + i) for i in range(3)])
    running(conn).step(conn, now)
    reader = Account(conn).may_see(compound.site, compound.building)
    assert {each.kind for each in made(conn, reader).values()} == {"storey", "building"}
    with reading(conn, reader):
        assert [each.name for each in derivations(conn)] == ["mean-temperature"]
    conn.execute("DELETE FROM fangma.account_grant")
    conn.commit()
    with reading(conn, reader):
        assert derivations(conn) == []


def test_hours_are_told_from_roll_ups_and_a_meter_that_is_reset_is_missing(
    compound: Compound,
) -> None:
    conn = compound.conn
    recorder = Recorder(conn, "b")
    for hour, (one, other) in enumerate([(10, 5), (12, 6), (15, 1), (16, 3)]):
        at = NINE + timedelta(hours=hour, minutes=59)
        recorder.record([Observation("E0", at, float(one)), Observation("E1", at, float(other))])
    say(compound, LOAD)
    deriver = running(conn)
    deriver.step(conn, NINE + timedelta(hours=4, minutes=4))
    (building,) = [each for each in made(conn).values() if each.kind == "building"]
    first = next(each for key, each in made(conn).items() if "-0101-" in key)

    def told(sensor: str) -> list[tuple[int, object]]:
        with reading(conn, OPERATOR):
            return [
                (round((each.at - NINE) / timedelta(hours=1)), each.result)
                for each in observations(conn, sensor)
            ]

    assert building.unit == "kW"
    assert told(building.sensor) == [(1, 3.0)]  # of the second hour one meter ran backwards
    assert told(first.sensor) == [(1, 2.0), (2, 3.0)]
    deriver.step(conn, NINE + timedelta(hours=4, minutes=6))
    assert told(building.sensor) == [(1, 3.0), (3, 3.0)]
    again = running(conn)
    assert again.step(conn, NINE + timedelta(hours=4, minutes=7)) == 0


def test_a_definition_is_replaced_and_withdrawn_and_its_history_is_kept(compound: Compound) -> None:
    conn = compound.conn
    say(compound, WARMTH)
    say(compound, replace(WARMTH, function="max"))
    now = datetime.now(UTC)
    Recorder(conn, "b").record([Observation("T0", now, 20.0), Observation("T1", now, 23.0)])
    deriver = running(conn)
    deriver.step(conn, now)
    with recording(conn, OPERATOR):
        withdraw(conn, compound.site, "mean-temperature", actor="wang")
    with pytest.raises(UnknownDerivationError), recording(conn, OPERATOR):
        withdraw(conn, compound.site, "mean-temperature", actor="wang")
    with reading(conn, OPERATOR):
        assert derivations(conn) == []
        ever = derivations(conn, ever=True)
    assert [(each.function, each.actor, each.until is None) for each in ever] == [
        ("area-mean", "li", False), ("max", "li", False),
    ]  # fmt: skip
    assert ever[0].until == ever[1].since
    assert not any(each.declared for each in made(conn).values())
    again = running(conn)
    assert again.step(conn, now + timedelta(minutes=20)) == 0


def test_a_derivation_of_a_derivation_or_under_a_sensors_word_is_refused(
    compound: Compound,
) -> None:
    say(compound, WARMTH)
    for wrong in (
        Definition(name="top", observed_property="mean-temperature", function="max"),
        Definition(name="energy", observed_property="temperature", function="max"),
    ):
        with pytest.raises(DerivationError):
            say(compound, wrong)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_deriver_that_falls_over_takes_its_process_along_and_a_stopped_one_does_not(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FANGMA_DATABASE_URL", dsn)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def fall(_: Deriver) -> None:
        raise ValueError("fallen over")

    monkeypatch.setattr(Deriver, "run", fall)
    assert keeper.main() == 1
    monkeypatch.setattr(Deriver, "run", lambda _: None)
    assert keeper.main() == 0
