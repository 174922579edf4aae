"""Codes: given once, whoever asks at the same moment."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from tests.asset_registry.store.adding import add_some

from fangma.asset_registry.changes import NewEntry, State
from fangma.asset_registry.codes import parse
from fangma.asset_registry.store.allocation import BirthplaceError

if TYPE_CHECKING:
    from tests.asset_registry.store.compound import Compound

ADDING = Path(__file__).with_name("adding.py")
pytestmark = pytest.mark.db


def test_processes_and_threads_that_add_at_once_get_no_code_twice_and_no_deadlock(
    compound: Compound, dsn: str
) -> None:
    ids = (compound.site, compound.building, compound.storey)
    processes = [
        subprocess.Popen(
            [sys.executable, ADDING, dsn, *map(str, ids), "5"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    given: list[str] = []
    threads = [
        threading.Thread(target=lambda: given.extend(add_some(dsn, *ids, 5))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for process in processes:
        answer, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        given.extend(answer.split())
    for thread in threads:
        thread.join(60)
    assert len(given) == 5 * 5 * 5
    assert [code for code, times in Counter(given).items() if times > 1] == []
    pipes = sorted(parse(code).serial or "" for code in given if parse(code).serial)
    assert pipes == [f"{n:06d}" for n in range(1, 26)]


def test_a_door_number_becomes_the_room_part_once_and_never_again(compound: Compound) -> None:
    first, second = compound.new_room("512"), compound.new_room("512")
    codes = compound.add_rooms(first, second)
    assert parse(codes[first.id]).room == "0512"
    assert parse(codes[second.id]).room == "Z001"
    compound.record(retired=(first.id,))
    third = compound.new_room("512")
    assert parse(compound.add_rooms(third)[third.id]).room == "Z002"


def test_what_is_outdoors_is_born_in_the_grounds(compound: Compound) -> None:
    pipe = NewEntry(id=uuid4(), kind="pipe", site_id=compound.site, code_part="YS")
    codes = compound.record(new=(pipe,), states=(State(entry_id=pipe.id, system="YS"),)).codes
    assert parse(codes[pipe.id]).building == "U00"
    assert parse(codes[pipe.id]).system == "YS"


def test_a_pipe_without_letters_gets_those_of_its_system_or_of_the_unknown(
    compound: Compound,
) -> None:
    known, unknown = (
        NewEntry(id=uuid4(), kind="pipe", site_id=compound.site, building_id=compound.building)
        for _ in range(2)
    )
    states = (State(entry_id=known.id, system="XF"), State(entry_id=unknown.id))
    codes = compound.record(new=(known, unknown), states=states).codes
    assert [parse(codes[entry.id]).system for entry in (known, unknown)] == ["XF", "BM"]


def test_walls_get_no_code(compound: Compound) -> None:
    wall = NewEntry(
        id=uuid4(), kind="element", site_id=compound.site, building_id=compound.building
    )
    assert compound.record(new=(wall,), states=(State(entry_id=wall.id),)).codes == {}


def test_a_room_without_a_storey_is_refused_in_words(compound: Compound) -> None:
    room = NewEntry(id=uuid4(), kind="room", site_id=compound.site, building_id=compound.building)
    with pytest.raises(BirthplaceError, match="names storey None, expected one") as caught:
        compound.record(new=(room,), states=(State(entry_id=room.id),))
    assert "storey" in caught.value.remedy
