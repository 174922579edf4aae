"""Packed features: shared while nothing changed for their reader, and never a moment longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
import pytest
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import NewEntry, Shape, State
from fangma.asset_registry.store import scene, sites
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.scene import EVERYTHING, Slice
from fangma.twin.feature_shelf import FeatureShelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from fangma.twin.feature_shelf import PackedFeatures

pytestmark = [pytest.mark.db, pytest.mark.slow]
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def compound(dsn: str) -> Iterator[Compound]:
    with connect(dsn) as conn:
        yield found(conn)


def asked(
    compound: Compound,
    shelf: FeatureShelf,
    reader: str | UUID = OPERATOR,
    at: datetime | None = None,
    known: datetime | None = None,
    part: Slice = EVERYTHING,
) -> PackedFeatures:
    with reading(compound.conn, reader, at, known) as moment:
        (site,) = sites.sites(compound.conn, moment)
        return shelf.features(compound.conn, site, moment, part)


def test_an_answer_is_packed_once_a_revision(compound: Compound) -> None:
    shelf = FeatureShelf()
    compound.add_rooms(compound.new_room("101"))
    first = asked(compound, shelf)
    assert asked(compound, shelf) is first
    assert orjson.loads(first.body)["count"] == 1
    compound.add_rooms(compound.new_room("102"))
    second = asked(compound, shelf)
    assert orjson.loads(second.body)["count"] == 2
    assert second.tag != first.tag


def test_an_answer_ends_when_a_fact_that_is_known_begins_or_ends(compound: Compound) -> None:
    shelf = FeatureShelf()
    room = compound.new_room("101")
    compound.add_rooms(room)
    compound.record(
        valid_from=NOW + 10 * DAY, states=(compound.room_state(room.id, use="archive"),)
    )
    now = asked(compound, shelf, at=NOW + DAY)
    assert asked(compound, shelf, at=NOW + 9 * DAY) is now
    later = asked(compound, shelf, at=NOW + 10 * DAY)
    assert orjson.loads(now.body)["dictionaries"]["use"] == ["office"]
    assert orjson.loads(later.body)["dictionaries"]["use"] == ["archive"]
    # What was asked of an earlier time than it was packed for is packed again.
    assert orjson.loads(asked(compound, shelf, at=NOW - DAY).body)["dictionaries"]["use"] == [
        "office"
    ]


def test_readers_share_an_answer_only_while_they_see_the_same(compound: Compound) -> None:
    shelf = FeatureShelf()
    compound.add_rooms(compound.new_room("101"), compound.new_room("102", secret=True))
    stranger = uuid4()
    with compound.conn.transaction():
        compound.conn.execute("RESET ROLE")
        compound.conn.execute(
            "INSERT INTO fangma.account (id, name, display_name, password_hash, roles, every_site)"
            " VALUES (%s, 'wei', 'Wei', 'x', '{planner}', true)",
            (stranger,),
        )
        compound.conn.execute("SET ROLE fangma_app")
    everything = asked(compound, shelf)
    assert orjson.loads(everything.body)["count"] == 2
    open_only = asked(compound, shelf, stranger)
    assert orjson.loads(open_only.body)["count"] == 1
    assert asked(compound, shelf, stranger) is open_only
    assert asked(compound, shelf) is everything


def test_what_was_known_before_is_another_answer(compound: Compound) -> None:
    shelf = FeatureShelf()
    compound.add_rooms(compound.new_room("101"))
    before = datetime.now(UTC)
    compound.add_rooms(compound.new_room("102"))
    assert orjson.loads(asked(compound, shelf).body)["count"] == 2
    assert orjson.loads(asked(compound, shelf, known=before).body)["count"] == 1


def told(answer: PackedFeatures) -> dict[int, dict[str, object]]:
    """Return the rows of an answer by ordinal, with words in the place of their numbers."""
    body = orjson.loads(answer.body)
    columns = body["dictionaries"]
    return {
        ordinal: {
            "code": body["code"][row],
            "area_m2": body["area_m2"][row],
            "box": body["box"][6 * row : 6 * row + 6],
            **{name: words[body[name][row]] for name, words in columns.items()},
        }
        for row, ordinal in enumerate(body["ordinal"])
    }


def test_slices_and_rooms_apart_tell_together_what_one_answer_tells(
    compound: Compound,
) -> None:
    width = 4
    rooms = [compound.new_room(str(number)) for number in range(101, 108)]
    compound.add_rooms(*rooms[:4])
    walls = [NewEntry(id=uuid4(), kind="element", site_id=compound.site) for _ in range(6)]
    compound.record(
        new=tuple(walls),
        states=tuple(
            State(entry_id=wall.id, ifc_class=("IfcWall", "IfcDoor")[i % 2])
            for i, wall in enumerate(walls)
        ),
        shapes=tuple(
            Shape(entry_id=wall.id, extent=((i, 0, 0), (i, 1, 1))) for i, wall in enumerate(walls)
        ),
    )
    compound.add_rooms(*rooms[4:], use="archive")
    shelf = FeatureShelf()
    with reading(compound.conn, OPERATOR) as moment:
        (site,) = sites.sites(compound.conn, moment)
        numbers = scene.slices(compound.conn, site, width)
    assert len(numbers) > 3
    whole = told(asked(compound, shelf))
    assert len(whole) == 13
    parts = [told(asked(compound, shelf, part=Slice(rooms=True)))]
    assert {row["kind"] for row in parts[0].values()} == {"room"}
    parts += [
        told(asked(compound, shelf, part=Slice(number=number, rooms=False, width=width)))
        for number in numbers
    ]
    assert sum(len(part) for part in parts) == len(whole)
    assert {ordinal: row for part in parts for ordinal, row in part.items()} == whole
    of_ordinals = [
        told(asked(compound, shelf, part=Slice(number=number, width=width))) for number in numbers
    ]
    assert [ordinal for part in of_ordinals for ordinal in part] == list(whole)
    assert told(asked(compound, shelf, part=Slice(number=10**6))) == {}
