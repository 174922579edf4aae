"""Edits by people: from now on, in the past, and without touching what they do not name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.editing import EditError, correct, record_edit, retire
from fangma.asset_registry.store.items import find_item

if TYPE_CHECKING:
    from uuid import UUID

    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db
DAY = datetime(2026, 5, 1, tzinfo=UTC)


def told(compound: Compound, room: UUID, at: datetime) -> tuple[str | None, str | None] | None:
    with reading(compound.conn, OPERATOR, at=at) as moment:
        item = find_item(compound.conn, room, "room", moment)
    return (item.name, item.use) if item and item.status == "current" else None


def test_a_correction_changes_one_field_across_periods_that_differ_otherwise(
    compound: Compound,
) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    later = DAY + timedelta(days=10)
    compound.record(valid_from=later, states=(compound.room_state(room.id, use="archive"),))
    with recording(compound.conn, OPERATOR):
        applied = correct(
            compound.conn,
            room.id,
            {"name": "更正"},
            valid_from=DAY,
            valid_to=later + timedelta(days=1),
            actor="wang",
            reason="名称有误",
        )
    assert len(applied) == 2
    days = {n: told(compound, room.id, DAY + timedelta(days=n)) for n in (-1, 0, 9, 10, 11)}
    assert days == {
        -1: ("办公室", "office"),
        0: ("更正", "office"),
        9: ("更正", "office"),
        10: ("更正", "archive"),
        11: ("办公室", "archive"),
    }


def test_an_edit_holds_from_its_day_on(compound: Compound) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    with recording(compound.conn, OPERATOR):
        record_edit(compound.conn, room.id, {"use": None}, actor="wang", valid_from=DAY)
    assert told(compound, room.id, DAY - timedelta(1)) == ("办公室", "office")
    assert told(compound, room.id, DAY) == ("办公室", None)


def test_what_is_retired_is_gone_from_that_day_and_cannot_be_edited_after(
    compound: Compound,
) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    with recording(compound.conn, OPERATOR):
        retire(compound.conn, room.id, actor="wang", at=DAY)
    assert told(compound, room.id, DAY) is None
    assert told(compound, room.id, DAY - timedelta(1)) is not None
    with recording(compound.conn, OPERATOR), pytest.raises(EditError, match="does not exist then"):
        record_edit(compound.conn, room.id, {"name": "x"}, actor="wang", valid_from=DAY)


@pytest.mark.parametrize("changes", [{}, {"building_id": "x"}, {"name": "x", "code": "y"}])
def test_only_what_people_may_edit_is_edited(compound: Compound, changes: dict[str, str]) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    with recording(compound.conn, OPERATOR), pytest.raises(EditError, match="expected some of"):
        record_edit(compound.conn, room.id, changes, actor="wang")
