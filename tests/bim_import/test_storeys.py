from uuid import uuid4

from fangma.bim_import.model import Storey
from fangma.bim_import.storeys import KnownStorey, match_storeys


def storey(key: int, name: str, elevation: float, guid: str | None = None) -> Storey:
    return Storey(key=key, guid=guid, name=name, elevation_m=elevation, building=1)


def known(name: str, elevation: float, *guids: str) -> KnownStorey:
    return KnownStorey(id=uuid4(), guids=frozenset(guids), name=name, elevation_m=elevation)


def test_a_guid_decides_even_when_the_height_was_corrected():
    old = known("Level 2", 3.1, "g2")
    assert match_storeys([storey(7, "Level 2", 3.4, "g2")], [old]) == {7: old.id}


def test_another_discipline_is_matched_by_height_not_by_its_name():
    ground, first = known("Level 1", 0.0), known("Level 2", 3.1)
    mep = [storey(1, "Level 2", 0.0), storey(2, "Level 3", 3.1)]
    assert match_storeys(mep, [first, ground]) == {1: ground.id, 2: first.id}


def test_a_structural_level_joins_the_nearest_floor_one_to_one():
    floors = [known("1F", 0.0), known("2F", 3.0)]
    slabs = [storey(1, "结 0F", -0.13), storey(2, "结 1F", 2.87), storey(3, "结 2F", 5.87)]
    assert match_storeys(slabs, floors) == {1: floors[0].id, 2: floors[1].id}


def test_a_storey_named_alike_at_another_height_is_new():
    assert match_storeys([storey(1, "Roof", 9.0)], [known("Roof", 6.0)]) == {}


def test_a_shift_of_the_files_zero_is_allowed_for():
    old = known("F01", 0.0)
    assert match_storeys([storey(1, "F01", 12.4)], [old], zero_m=-12.4) == {1: old.id}
