"""What "now" is, and that an answer for a moment is the answer for good."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fangma.asset_registry.changes import ChangeSet
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import (
    BEFORE_ALL,
    OPERATOR,
    Connection,
    Moment,
    connect,
    open_pool,
    reading,
    recording,
)
from fangma.asset_registry.store.items import list_items

if TYPE_CHECKING:
    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db


def names(conn: Connection, moment: Moment) -> list[str | None]:
    return [item.name for item in list_items(conn, "room", moment=moment)]


def test_an_empty_registry_knows_nothing(conn: Connection) -> None:
    with reading(conn, OPERATOR) as moment:
        assert (moment.known, moment.revision) == (BEFORE_ALL, 0)
        assert list_items(conn, "site", moment=moment, all_=True) == []


def test_now_is_the_newest_committed_revision(compound: Compound) -> None:
    applied = compound.record()
    with reading(compound.conn, OPERATOR) as moment:
        assert (moment.known, moment.revision) == (applied.recorded_at, applied.revision_id)


def test_a_reading_sees_one_snapshot_whatever_is_committed_meanwhile(
    compound: Compound, dsn: str
) -> None:
    with connect(dsn) as other, reading(other, OPERATOR) as moment:
        assert names(other, moment) == []
        compound.add_rooms(compound.new_room())
        later = Moment(at=datetime.now(UTC), known=datetime.now(UTC), revision=10**9)
        assert names(other, later) == []


def test_known_asks_for_what_was_believed_then(compound: Compound) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    with reading(compound.conn, OPERATOR) as before:
        pass
    compound.record(states=(compound.room_state(room.id, name="档案室"),))
    with reading(compound.conn, OPERATOR, known=before.known) as moment:
        assert names(compound.conn, moment) == ["办公室"]
    with reading(compound.conn, OPERATOR) as moment:
        assert names(compound.conn, moment) == ["档案室"]


def test_a_known_that_a_recording_may_still_belong_to_waits_for_it(
    compound: Compound, dsn: str
) -> None:
    room = compound.new_room()
    answers: list[list[str | None]] = []

    def ask(known: datetime) -> None:
        with connect(dsn) as other, reading(other, OPERATOR, known=known) as moment:
            answers.append(names(other, moment))

    with recording(compound.conn, OPERATOR):
        changes = ChangeSet(
            site_id=compound.site,
            valid_from=None,
            new=(room,),
            states=(compound.room_state(room.id),),
        )
        applied = apply(compound.conn, changes, actor="tester", action="import")
        asking = threading.Thread(target=ask, args=(applied.recorded_at,))
        asking.start()
        time.sleep(0.5)
        assert answers == [], "it answered while a recording of that time was under way"
    asking.join(20)
    assert answers == [["办公室"]]


def test_a_known_to_come_is_taken_as_now(compound: Compound) -> None:
    applied = compound.record()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with reading(compound.conn, OPERATOR, known=tomorrow) as moment:
        assert moment.known == applied.recorded_at


def test_recorded_time_runs_forward_even_within_one_transaction(compound: Compound) -> None:
    with recording(compound.conn, OPERATOR):
        changes = ChangeSet(site_id=compound.site, valid_from=None)
        stamps = [
            apply(compound.conn, changes, actor="tester", action="edit").recorded_at
            for _ in range(5)
        ]
    assert stamps == sorted(set(stamps))


def test_connections_of_the_pool_speak_utc_and_stop_long_statements(dsn: str) -> None:
    import psycopg

    with open_pool(dsn, size=2, statement_timeout_s=0.2) as pool, pool.connection() as conn:
        row = conn.execute("SELECT current_user, current_setting('TimeZone')").fetchone()
        assert row == ("fangma_app", "UTC")
        with pytest.raises(psycopg.errors.QueryCanceled):
            conn.execute("SELECT pg_sleep(5)")
        conn.rollback()


def test_the_reader_of_one_transaction_is_forgotten_in_the_next(compound: Compound) -> None:
    with reading(compound.conn, OPERATOR) as moment:
        assert len(list_items(compound.conn, "building", moment=moment)) == 1
    row = compound.conn.execute("SELECT count(*) FROM fangma.entry").fetchone()
    assert row == (0,)


def test_reading_inside_an_open_transaction_is_a_mistake_of_the_caller(conn: Connection) -> None:
    conn.execute("SELECT 1")
    with pytest.raises(RuntimeError, match="transaction of its own"), reading(conn, OPERATOR):
        pass
