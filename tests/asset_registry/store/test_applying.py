"""A change set is carried out whole, or not at all, and its faults are told in words."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import shapely
from tests.asset_registry.store.compound import Compound, source_of

from fangma.asset_registry.changes import ChangeSet, Lineage, ModelRevision, NewEntry, Shape, State
from fangma.asset_registry.store.applying import ApplyError, apply
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.entries import show_item
from fangma.asset_registry.store.items import list_items

pytestmark = pytest.mark.db
DAY = datetime(2026, 5, 1, tzinfo=UTC)
ADDING = Path(__file__).with_name("adding.py")


def counts(compound: Compound) -> tuple[int, ...]:
    with reading(compound.conn, OPERATOR):
        row = compound.conn.execute("""
            SELECT (SELECT count(*) FROM fangma.entry), (SELECT count(*) FROM fangma.state),
                   (SELECT count(*) FROM fangma.code_part), (SELECT count(*) FROM fangma.revision),
                   (SELECT max(last) FROM fangma.code_serial)
        """).fetchone()
    assert row is not None
    return tuple(row)


def test_a_process_that_is_killed_in_the_middle_leaves_the_old_state_and_no_lock(
    compound: Compound, dsn: str
) -> None:
    before = counts(compound)
    ids = map(str, (compound.site, compound.building, compound.storey))
    process = subprocess.Popen(
        [sys.executable, ADDING, dsn, *ids, "hang"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "applied\n"
    assert counts(compound) == before, "somebody saw half a change"
    process.kill()
    process.wait(10)
    process.stdout.close()
    started = time.monotonic()
    codes = compound.add_rooms(compound.new_room("512"))
    assert time.monotonic() - started < 30
    assert [code.split("-")[4] for code in codes.values()] == ["0512"]


@pytest.mark.parametrize("what", ["states", "shapes", "retired", "new"])
def test_an_entry_that_occurs_twice_is_told_by_name(compound: Compound, what: str) -> None:
    room = compound.new_room()
    twice: dict[str, object] = {
        "states": State(entry_id=room.id),
        "shapes": Shape(entry_id=room.id),
        "retired": room.id,
        "new": room,
    }
    with pytest.raises(ApplyError, match=f"entry {room.id} occurs twice"):
        compound.record(**{what: (twice[what], twice[what])})


def test_an_entry_cannot_be_changed_and_retired_at_once(compound: Compound) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    with pytest.raises(ApplyError, match="given a state and retired"):
        compound.record(states=(compound.room_state(room.id),), retired=(room.id,))


def test_a_state_of_an_unknown_entry_is_refused(compound: Compound) -> None:
    before = counts(compound)
    with pytest.raises(ApplyError, match="only 0 of 1 states"):
        compound.record(states=(State(entry_id=uuid4()),))
    assert counts(compound) == before


def test_a_storey_that_does_not_exist_is_refused(compound: Compound) -> None:
    room = compound.new_room()
    with pytest.raises(ApplyError, match="names a building or storey that does not exist"):
        compound.record(new=(room,), states=(compound.room_state(room.id, storey_id=uuid4()),))


def test_a_room_cannot_be_the_storey_of_another(compound: Compound) -> None:
    room, inner = compound.new_room(), compound.new_room()
    compound.add_rooms(room)
    with pytest.raises(ApplyError, match="does not exist"):
        compound.record(new=(inner,), states=(compound.room_state(inner.id, storey_id=room.id),))


def test_bytes_that_are_no_shape_are_refused_and_nothing_is_written(compound: Compound) -> None:
    room = compound.new_room()
    before = counts(compound)
    with pytest.raises(ApplyError, match="does not fit the registry"):
        compound.record(
            new=(room,),
            states=(compound.room_state(room.id),),
            shapes=(Shape(entry_id=room.id, footprint=b"\x01\x02no geometry"),),
        )
    assert counts(compound) == before


def test_a_negative_area_is_refused(compound: Compound) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    with pytest.raises(ApplyError, match="area_m2"):
        compound.record(shapes=(Shape(entry_id=room.id, area_m2=-1.0),))


def test_times_in_the_wrong_order_are_refused(compound: Compound) -> None:
    with pytest.raises(ApplyError, match="expected the end after the start"):
        compound.record(valid_from=DAY, valid_to=DAY)


def test_garbled_text_is_kept_as_far_as_the_database_can(compound: Compound) -> None:
    room = compound.new_room()
    compound.record(
        new=(room,),
        states=(compound.room_state(room.id, name="会\0议\ud800室"),),
        model=compound.revision_of("a.ifc"),
        sources=(source_of(room.id, "G"),),
    )
    with reading(compound.conn, OPERATOR) as moment:
        (item,) = list_items(compound.conn, "room", moment=moment)
    assert item.name == "会\N{REPLACEMENT CHARACTER}议?室"


def test_nan_and_garbled_properties_do_not_stop_an_import(compound: Compound) -> None:
    from dataclasses import replace

    room = compound.new_room()
    source = replace(
        source_of(room.id, "G"), properties={"P\0": {"a": float("nan"), "b": "x\ud800\0"}}
    )
    codes = compound.record(
        new=(room,),
        states=(compound.room_state(room.id),),
        model=compound.revision_of("a.ifc"),
        sources=(source,),
    ).codes
    with reading(compound.conn, OPERATOR) as moment:
        shown = show_item(compound.conn, codes[room.id], moment)["properties"]
    mark = "\N{REPLACEMENT CHARACTER}"
    assert shown == {f"P{mark}": {"a": None, "b": f"x?{mark}"}}


def test_a_split_is_told_from_both_sides(compound: Compound) -> None:
    whole, left, right = (compound.new_room(str(n)) for n in (512, 513, 514))
    codes = compound.add_rooms(whole)
    codes |= compound.record(
        valid_from=DAY,
        new=(left, right),
        states=(compound.room_state(left.id), compound.room_state(right.id)),
        retired=(whole.id,),
        lineage=tuple(
            Lineage(
                predecessor_id=whole.id,
                successor_id=part.id,
                kind="split",
                area_share=0.5,
                reason="隔断",
                document="批复〔2026〕3号",
            )
            for part in (left, right)
        ),
    ).codes
    with reading(compound.conn, OPERATOR) as moment:
        old = show_item(compound.conn, codes[whole.id], moment)
        new = show_item(compound.conn, codes[right.id], moment)
    assert old["status"] == "retired"
    assert old["successors"] == sorted((codes[left.id], codes[right.id]))
    assert new["predecessors"] == [codes[whole.id]]
    told = [(step["what"], step["fact"]) for step in old["history"]]
    assert told == [
        ("created", "state"),
        ("created", "shape"),
        ("retired", "state"),
        ("split", "lineage"),
        ("split", "lineage"),
    ]
    assert old["history"][2]["valid_from"] == DAY.isoformat()


def test_a_new_revision_of_a_file_supersedes_the_old_one(compound: Compound) -> None:
    changed, same, gone = (compound.new_room(str(n)) for n in (101, 102, 103))
    first = compound.revision_of("v1.ifc")
    rooms = (changed, same, gone)
    codes = compound.record(
        new=rooms,
        states=tuple(compound.room_state(room.id) for room in rooms),
        model=first,
        sources=tuple(source_of(room.id, f"G{i}") for i, room in enumerate(rooms)),
    ).codes
    second: ModelRevision = compound.revision_of("v2.ifc", model=first.model_id)
    compound.record(
        valid_from=DAY,
        states=(compound.room_state(changed.id, name="新名"),),
        model=second,
        sources=(source_of(changed.id, "G9", "g"),),
        superseded=(changed.id, gone.id),
        retired=(gone.id,),
    )
    with reading(compound.conn, OPERATOR) as moment:
        sources = {
            room.id: show_item(compound.conn, codes[room.id], moment)["sources"] for room in rooms
        }
    assert sources[changed.id] == [
        {"file": "v2.ifc", "guid": "G9", "superseded": False},
        {"file": "v1.ifc", "guid": "G0", "superseded": True},
    ]
    assert sources[same.id] == [
        {"file": "v2.ifc", "guid": "G1", "superseded": False},
        {"file": "v1.ifc", "guid": "G1", "superseded": True},
    ]
    assert sources[gone.id] == [{"file": "v1.ifc", "guid": "G2", "superseded": True}]


def test_a_footprint_keeps_its_shape(compound: Compound) -> None:
    room = compound.new_room()
    ring = shapely.Polygon([(0, 0), (4, 0), (4, 5), (0, 5)], holes=[[(1, 1), (2, 1), (2, 2)]])
    codes = compound.record(
        new=(room,),
        states=(compound.room_state(room.id),),
        shapes=(Shape(entry_id=room.id, footprint=shapely.to_wkb(ring), area_m2=ring.area),),
    ).codes
    with reading(compound.conn, OPERATOR) as moment:
        place = show_item(compound.conn, codes[room.id], moment)["place"]
    assert place["footprint"]["type"] == "MultiPolygon"
    assert shapely.geometry.shape(place["footprint"]).equals(shapely.MultiPolygon([ring]))


def test_tiles_without_a_model_are_refused(compound: Compound) -> None:
    from fangma.asset_registry.changes import TileSwitch

    with recording(compound.conn, OPERATOR), pytest.raises(ApplyError, match="tiles but no model"):
        apply(
            compound.conn,
            ChangeSet(site_id=compound.site, valid_from=None),
            actor="tester",
            action="import",
            publish=lambda _codes: TileSwitch(),
        )


def test_a_thing_that_moves_to_another_building_keeps_its_code(compound: Compound) -> None:
    other = Compound(conn=compound.conn, site=compound.site, site_code=compound.site_code).build()
    chair = NewEntry(id=uuid4(), kind="asset", site_id=compound.site, building_id=compound.building)
    born = State(entry_id=chair.id, name="椅", building_id=compound.building)
    code = compound.record(new=(chair,), states=(born,)).codes[chair.id]
    compound.record(
        valid_from=DAY,
        states=(State(entry_id=chair.id, name="椅", building_id=other.building),),
        moved=((chair.id, other.building),),
    )
    with reading(compound.conn, OPERATOR) as moment:
        shown = show_item(compound.conn, code, moment)
        (there,) = list_items(compound.conn, "asset", moment=moment)
    assert shown["code"] == code
    assert shown["building"] == there.building
    assert there.building is not None
    assert there.building.split("-")[2] == "A02"


def test_a_new_building_is_checked_without_walking_over_it_for_each_of_its_things(
    compound: Compound,
) -> None:
    conn, walls = compound.conn, 600

    def building_full() -> ChangeSet:
        building = uuid4()
        inside = [
            NewEntry(id=uuid4(), kind="element", site_id=compound.site, building_id=building)
            for _ in range(walls)
        ]
        new = (NewEntry(id=building, kind="building", site_id=compound.site), *inside)
        return ChangeSet(
            site_id=compound.site, valid_from=None, new=new,
            states=tuple(State(entry_id=entry.id, building_id=building) for entry in new),
        )  # fmt: skip

    with recording(conn, OPERATOR):
        apply(conn, building_full(), actor="tester", action="import")
    with conn.transaction():  # from now on the planner knows every scope that there is
        conn.execute("SELECT fangma.refresh_statistics()")
    with recording(conn, OPERATOR):
        apply(conn, building_full(), actor="tester", action="import")
        row = conn.execute("""
            SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
             WHERE relid = 'fangma.entry'::regclass""").fetchone()
    assert row is not None
    assert row[0] < 20 * walls, "a foreign key was checked by the scope, row by row"
