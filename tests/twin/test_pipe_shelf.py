"""Pipe books go on through what does not concern them, and through nothing else."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from tests.asset_registry.store.compound import Compound, found
from tests.asset_registry.store.test_networks import code_of, join, lay

from fangma.asset_registry.changes import ChangeSet, State
from fangma.asset_registry.networks import NetworkChanges
from fangma.asset_registry.occupation.facts import Named, OccupationChanges
from fangma.asset_registry.store import networks
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.secrecy import set_secret
from fangma.twin.pipes.needs import Touched
from fangma.twin.pipes.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from fangma.twin.pipes.book import PipeBook

pytestmark = pytest.mark.db


@pytest.fixture
def compound(dsn: str) -> Iterator[Compound]:
    with connect(dsn) as conn:
        yield found(conn)


def asked(shelf: Shelf, compound: Compound, *, at: datetime | None = None) -> PipeBook:
    """Ask for the book of now, or as somebody does when it is that late."""
    with reading(compound.conn, OPERATOR) as moment:
        asked_at = moment if at is None else replace(moment, at=at)
        return shelf.book(compound.conn, asked_at, compound.site, is_now=True)


def edit(compound: Compound, **changes: object) -> None:
    told = ChangeSet(site_id=compound.site, valid_from=None, **changes)  # type: ignore[arg-type]
    with recording(compound.conn, OPERATOR):
        apply(compound.conn, told, actor="tester", action="edit")


def turn(compound: Compound, valve: UUID, position: str, *, days_ago: int) -> None:
    since = datetime.now(UTC) - timedelta(days=days_ago)
    code = code_of(compound, valve)
    with recording(compound.conn, OPERATOR):
        networks.set_valve(compound.conn, code, position, actor="tester", valid_from=since)


def test_a_book_goes_on_through_what_it_was_not_read_from(compound: Compound) -> None:
    pipe, valve = lay(compound, "pipe", "valve")
    shelf = Shelf()
    first = asked(shelf, compound)
    assert [part.id for part in first.parts] == [pipe, valve]
    assert asked(shelf, compound) is first
    for name in ("财政局", "审计局", "司法局", "民政局", "教育局", "卫健委", "统计局"):
        unit = Named(id=uuid4(), code=name)
        edit(compound, occupation=OccupationChanges(units=(unit,)))
        assert asked(shelf, compound) is first


def test_a_book_is_read_again_when_its_network_changed(compound: Compound) -> None:
    pipe, valve = lay(compound, "pipe", "valve")
    shelf = Shelf()
    before = asked(shelf, compound)
    edit(compound, network=NetworkChanges(joins=(join(pipe, valve),), rejoined=(pipe, valve)))
    joined = asked(shelf, compound)
    assert (len(before.joins), len(joined.joins)) == (0, 1)

    edit(compound, states=(State(entry_id=pipe, building_id=compound.building, system="PS"),))
    assert [part.system for part in asked(shelf, compound).parts] == ["PS", "JS"]


def test_a_valve_that_was_turned_changes_the_book_and_what_is_made_of_it(
    compound: Compound,
) -> None:
    pipe, valve, other = lay(compound, "pipe", "valve", "pipe")
    joins = (join(pipe, valve), join(valve, other))
    edit(compound, network=NetworkChanges(joins=joins, rejoined=(pipe, valve, other)))
    shelf = Shelf()
    before = asked(shelf, compound)
    _ = before.oriented, before.looped
    for position, since in (("closed", 3), ("stuck", 2), ("open", 4)):
        turn(compound, valve, position, days_ago=since)
        shut, anew = asked(shelf, compound), asked(Shelf(), compound)
        assert shut.parts == anew.parts
        assert [*shut.joins] == [*anew.joins]
        for name in {name for name in vars(anew) if name not in {"parts", "joins", "at"}}:
            assert pickle.dumps(getattr(shut, name)) == pickle.dumps(getattr(anew, name)), name
        assert shut.proximity is before.proximity
    assert list(before.closed) == [False, False, False]


def test_a_book_goes_on_when_a_room_is_used_otherwise(compound: Compound) -> None:
    lay(compound, "pipe")
    room = compound.new_room("101")
    compound.add_rooms(room)
    shelf = Shelf()
    before = asked(shelf, compound)
    edit(compound, states=(State(entry_id=room.id, building_id=compound.building, use="会议室"),))
    assert asked(shelf, compound) is before


def test_a_book_ends_when_something_becomes_secret(compound: Compound) -> None:
    lay(compound, "pipe")
    room = compound.new_room("101")
    code = str(compound.add_rooms(room)[room.id])
    shelf = Shelf()
    before = asked(shelf, compound)
    with recording(compound.conn, OPERATOR):
        set_secret(compound.conn, OPERATOR, code, secret=True, actor="an", reason="涉密")
    assert asked(shelf, compound) is not before


def test_a_book_holds_no_longer_than_the_facts_that_were_told_ahead(compound: Compound) -> None:
    _, valve = lay(compound, "pipe", "valve")
    soon = datetime.now(UTC) + timedelta(hours=1)
    code = code_of(compound, valve)
    with recording(compound.conn, OPERATOR):
        networks.set_valve(compound.conn, code, "closed", actor="tester", valid_from=soon)
    shelf = Shelf()
    assert list(asked(shelf, compound).closed) == [False, False]
    edit(compound, occupation=OccupationChanges(units=(Named(id=uuid4(), code="财政局"),)))
    assert list(asked(shelf, compound).closed) == [False, False]
    assert list(asked(shelf, compound, at=soon).closed) == [False, True]


def test_what_readings_touch_is_read_alone_unless_the_whole_is_kept(compound: Compound) -> None:
    pipe, valve, _ = lay(compound, "pipe", "valve", "pipe")
    edit(compound, network=NetworkChanges(joins=(join(pipe, valve),), rejoined=(pipe, valve)))
    shelf = Shelf()
    need = Touched(joined=frozenset({pipe}), beside=frozenset())

    def touched() -> PipeBook:
        with reading(compound.conn, OPERATOR) as moment:
            return shelf.book(compound.conn, moment, compound.site, need, is_now=True)

    alone = touched()
    assert [part.id for part in alone.parts] == [pipe, valve]
    assert touched() is alone
    whole = asked(shelf, compound)
    assert len(whole.parts) == 3
    assert touched() in (alone, whole)
    shelf = Shelf()
    assert asked(shelf, compound) is not whole
    assert len(touched().parts) == 3
