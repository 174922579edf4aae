"""Any past moment equals what an empty registry knows that lived through the same log."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import NewEntry, State
from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.alarms import alarms, change, nearest
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.moments import Scene, events, scene_at
from fangma.asset_registry.store.networks import set_valve
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.alarms.rules import Rule
from fangma.sensors_bridge.alarms.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.asset_registry.store.connection import Connection

pytestmark = pytest.mark.db
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
RULES = (
    Rule(name="damp", property="humidity", severity="low", above=60, hysteresis=2, delay_s=60),
    Rule(name="leak", property="leak", severity="high", equals=True),
)


@pytest.fixture
def second(cluster: str, template: str) -> Iterator[str]:
    """A second registry, empty."""
    name = f"fangma_replay_{os.getpid()}"
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    yield psycopg.conninfo.make_conninfo(cluster, dbname=name)
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Life:
    """A compound that lives through a log of deeds."""

    def __init__(self, conn: Connection) -> None:
        self.compound = compound = found(conn)
        rooms = [compound.new_room("101"), compound.new_room("102")]
        codes = compound.add_rooms(*rooms)
        self.rooms = [room.id for room in rooms]
        valve = NewEntry(
            id=uuid4(),
            kind="valve",
            site_id=compound.site,
            building_id=compound.building,
            code_part="JS",
        )
        self.valve = compound.record(
            new=(valve,), states=(State(entry_id=valve.id, system="JS"),)
        ).codes[valve.id]
        with recording(conn, OPERATOR):
            declare(
                conn,
                [
                    Declaration(sensor="H", observed_property="humidity", code=codes[rooms[0].id]),
                    Declaration(sensor="L", observed_property="leak", code=codes[rooms[1].id]),
                    Declaration(sensor="P", observed_property="people", code=codes[rooms[1].id]),
                ],
                actor="t",
            )
        self.recorder, self.watch = Recorder(conn, "b"), Watch(RULES)

    def do(self, deed: tuple[str, Any]) -> None:
        conn = self.compound.conn
        match deed:
            case "say", batch:
                self.recorder.record(batch)
                self.watch.observe(conn, batch)
            case "valve", (position, at):
                with recording(conn, OPERATOR):
                    set_valve(conn, self.valve, position, actor="t", valid_from=at)
            case "use", (i, use, at):
                self.compound.record(
                    states=(self.compound.room_state(self.rooms[i], use=use),), valid_from=at
                )

    def scene(self, at: datetime, known: datetime | None) -> Scene:
        with reading(self.compound.conn, OPERATOR):
            return scene_at(self.compound.conn, self.compound.site, at, known)


def random_log(chance: random.Random) -> list[tuple[str, Any]]:
    log: list[tuple[str, Any]] = []
    seconds = 0
    for _ in range(24):
        at = START + timedelta(seconds=seconds)
        kind = chance.random()
        if kind < 0.1:
            log.append(("valve", (chance.choice(["open", "closed", "stuck"]), at)))
        elif kind < 0.2:
            log.append(("use", (chance.randrange(2), chance.choice(["档案室", "会议室"]), at)))
        else:
            batch = []
            for _ in range(chance.randrange(1, 5)):
                late = chance.choice([0, 0, 0, 200])
                seconds += chance.randrange(1, 60)
                then = START + timedelta(seconds=seconds - late)
                sensor = chance.choice("HLP")
                result: float | bool = chance.choice([40.0, 59.0, 70.0])
                if sensor == "L":
                    result = chance.random() < 0.4
                batch.append(Observation(sensor, then, result))
            log.append(("say", batch))
    return log


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_moment_equals_the_log_replayed_into_an_empty_instance(
    dsn: str, second: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test that can be run again
    log = random_log(chance)
    with connect(dsn) as conn, connect(second) as other:
        life, again = Life(conn), Life(other)
        known: list[datetime] = []
        for deed in log:
            life.do(deed)
            row = conn.execute("SELECT clock_timestamp()").fetchone()
            conn.rollback()
            assert row is not None
            known.append(row[0])
        raised = 0
        for i, deed in enumerate(log):
            again.do(deed)
            for _ in range(3):
                at = START + timedelta(seconds=chance.randrange(0, 900))
                then, replayed = life.scene(at, known[i]), again.scene(at, None)
                assert replace(then, known=None) == replayed
                raised += len(then.alarms)
        assert raised > 0
        assert life.scene(START + timedelta(hours=1), None).as_dict()["values"]


def test_a_moment_as_known_then_does_not_hold_what_came_late(dsn: str) -> None:
    with connect(dsn) as conn:
        life = Life(conn)
        life.do(("say", [Observation("H", START, 50.0)]))
        row = conn.execute("SELECT clock_timestamp()").fetchone()
        conn.rollback()
        assert row is not None
        life.do(("say", [Observation("H", START + timedelta(seconds=5), 55.0)]))
        at = START + timedelta(seconds=9)
        assert [each.result for each in life.scene(at, row[0]).values] == [50.0]
        assert [each.result for each in life.scene(at, None).values] == [55.0]
        assert life.scene(START - timedelta(seconds=1), None).values == []


def test_an_alarm_of_the_past_stands_as_it_stood(dsn: str) -> None:
    with connect(dsn) as conn:
        life = Life(conn)
        life.do(("say", [Observation("L", START, True)]))
        before = datetime.now(UTC)
        with reading(conn, OPERATOR):
            (alarm,) = alarms(conn)
        with recording(conn, OPERATOR):
            change(conn, alarm.id, "acknowledge", actor="wang")
        after = datetime.now(UTC)
        life.do(("say", [Observation("L", after + timedelta(seconds=1), False)]))
        end = after + timedelta(seconds=2)
        assert [each.state for each in life.scene(before, None).alarms] == ["active"]
        assert [each.state for each in life.scene(after, None).alarms] == ["acknowledged"]
        assert [each.state for each in life.scene(end, after).alarms] == ["acknowledged"]
        assert life.scene(end, None).alarms == []
        with reading(conn, OPERATOR):
            told = events(conn, life.compound.site, START, end)
        assert [each.kind for each in told if each.kind != "registry"] == ["alarm-over", "alarm"]


def test_presence_is_told_of_rooms_and_small_counts_are_not(dsn: str) -> None:
    with connect(dsn) as conn:
        life = Life(conn)
        life.do(("say", [Observation("P", START, 2.0)]))
        (few,) = life.scene(START, None).occupancy().values()
        assert (few.count, few.suppressed, few.occupied) == (None, True, True)
        life.do(("say", [Observation("P", START + timedelta(seconds=5), 14.0)]))
        (many,) = life.scene(START + timedelta(seconds=6), None).occupancy().values()
        assert (many.count, many.suppressed) == (14, False)


def test_an_alarm_names_the_nearest_valve_hydrant_and_exit(dsn: str) -> None:
    from fangma.asset_registry.changes import Shape

    with connect(dsn) as conn:
        life = Life(conn)
        compound: Compound = life.compound
        made = []
        for kind, x, state in (
            ("valve", 4.0, {"system": "JS"}),
            ("valve", 40.0, {"system": "JS"}),
            ("terminal", 9.0, {"system": "XF", "name": "消火栓箱"}),
            ("room", 20.0, {"use": "楼梯"}),
        ):
            entry = replace(
                compound.new_room(None),
                kind=kind,
                code_part=state.get("system"),
            )
            given = compound.record(
                new=(entry,),
                states=(
                    State(entry_id=entry.id, storey_id=compound.storey, **state),  # type: ignore[arg-type]
                ),
                shapes=(Shape(entry_id=entry.id, extent=((x, 0, 0), (x + 1, 2, 3))),),
            )
            made.append(given.codes[entry.id])
        life.do(("say", [Observation("L", START, True)]))
        with reading(conn, OPERATOR):
            (alarm,) = alarms(conn)
            found_ = {each.role: (each.code, each.distance_m) for each in nearest(conn, alarm.id)}
        # The room with the leak spans x from 1 to 2.
        assert found_ == {
            "valve": (made[0], 3.0),
            "hydrant": (made[2], 8.0),
            "exit": (made[3], 19.0),
        }
