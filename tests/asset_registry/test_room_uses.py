from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.codes import CodeKind, building_code, parse, site_code, thing_code
from fangma.asset_registry.kinds import KINDS, SYSTEMS, Source, code_letters
from fangma.asset_registry.room_uses import (
    CLASSES,
    RoomUsesError,
    read_room_uses,
    room_use,
    room_uses,
)

USES = {use.name: use for use in room_uses()}


@pytest.mark.parametrize(
    ("long_name", "use"),
    [
        ("局长办公室", "领导办公室"),
        ("办公室", "办公室"),
        ("第一会议室", "会议室"),
        ("档案室", "档案室"),
        ("男卫生间", "卫生间"),
        ("电梯机房", "电梯机房"),
        ("电梯厅", "电梯厅"),
        ("生活水泵房", "水泵房"),
        ("职工食堂", "食堂"),
        ("地下车库", "停车库"),
        ("走道", "走廊"),
        ("楼梯间", "楼梯"),
        ("门厅", "门厅"),
        ("OPEN OFFICE", "办公室"),
        ("ISM OFF", "办公室"),
        ("MENS RR", "卫生间"),
        ("ELEV EQ RM", "电梯机房"),
        ("ELEC RM", "变配电室"),
        ("CORRIDOR", "走廊"),
        ("Flur", "走廊"),
        ("Buero", "办公室"),
        ("Besprechungsraum 2", "会议室"),
        ("Küche", "食堂"),
        ("Технический узел", "设备用房"),
        ("階段", "楼梯"),
    ],
)
def test_the_use_of_a_room_is_told_by_its_name(long_name: str, use: str) -> None:
    found, confidence = room_use("101", long_name)
    assert found == use
    assert 0 < confidence <= 1


@pytest.mark.parametrize("name", ["512", "Room", "房间", "", "Offset", "Badge", None])
def test_a_name_that_says_nothing_gives_no_use(name: str | None) -> None:
    assert room_use(name, None) == (None, 0.0)


def test_a_property_speaks_where_the_name_is_silent_and_is_believed_less() -> None:
    properties = {"Pset_SpaceCommon": {"OccupancyType": "会议", "Reference": "厨房"}}
    use, confidence = room_use("512", "房间", properties)
    assert use == "会议室"
    assert confidence < room_use(None, "会议室")[1]


def test_a_word_that_names_only_the_class_is_believed_less() -> None:
    assert room_use(None, "服务用房")[1] < 0.75 < room_use(None, "会议室")[1]


def test_circulation_is_never_usable_area_and_everything_else_is() -> None:
    for name in ("走廊", "楼梯", "电梯厅", "门厅"):
        assert not USES[name].is_usable
    for use in USES.values():
        assert use.use_class in CLASSES
        assert use.is_usable == (use.use_class != "公共交通")


def test_every_class_of_the_assignments_table_has_a_use() -> None:
    assert {use.use_class for use in USES.values()} == set(CLASSES)


@pytest.mark.parametrize(
    "rows",
    [
        None,
        [{}],
        [{"name": "x", "en": "x", "class": "no such", "words": []}],
        [{"name": "x", "en": "x", "class": "办公室", "words": [False]}],
        [{"name": "x", "en": "x", "class": "办公室", "words": []}] * 2,
    ],
)
def test_a_table_that_is_not_well_formed_is_refused(rows: object) -> None:
    with pytest.raises(RoomUsesError) as caught:
        read_room_uses(rows)
    assert caught.value.remedy


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_whatever_breaks_the_reading_of_uses(name: str, long_name: str) -> None:
    use, confidence = room_use(name, long_name)
    assert (use is None) == (confidence == 0.0)


def test_every_kind_with_a_serial_makes_a_valid_code() -> None:
    building = building_code(site_code("330302", "001"), "A01")
    for kind in KINDS:
        letters = code_letters(kind, "js")
        if letters is not None:
            assert letters in SYSTEMS
            code = parse(str(thing_code(building, letters, 7)))
            assert code.kind is CodeKind.THING
    assert code_letters("pipe", None) == "BM"
    assert code_letters("element", None) is None


def test_system_colours_are_hex_and_say_where_they_come_from() -> None:
    for system in SYSTEMS.values():
        assert system.colour.startswith("#")
        assert 0 <= int(system.colour[1:], 16) <= 0xFFFFFF
        assert isinstance(system.colour_source, Source)
