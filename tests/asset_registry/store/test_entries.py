"""Lists, files, search and the columns of a scene, as their readers get them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import numpy as np
import pytest
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import NewEntry, Shape, State
from fangma.asset_registry.codes import CodeError, site_code
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store.connection import OPERATOR, reading
from fangma.asset_registry.store.entries import find_entry, show_item
from fangma.asset_registry.store.items import Filters, KindError, list_items, next_after
from fangma.asset_registry.store.scene import features, find_by_ordinal
from fangma.asset_registry.store.search import search
from fangma.asset_registry.store.sites import WhichSiteError, add_site, find_site, tree

pytestmark = pytest.mark.db
DAY = datetime(2026, 5, 1, tzinfo=UTC)

LISTED = {
    "code", "kind", "name", "number", "building", "storey", "use", "system", "area_m2", "sources",
    "status",
}  # fmt: skip
SHOWN = LISTED | {"area", "occupants", "history", "predecessors", "successors"}


def named(compound: Compound, **number_of_name: str) -> dict[str, str]:
    codes = {}
    for name, number in number_of_name.items():
        room = compound.new_room(number)
        codes[name] = compound.add_rooms(room, name=name, number=number)[room.id]
    return codes


def test_an_item_has_the_fields_of_the_contract(compound: Compound) -> None:
    named(compound, 会议室="512")
    with reading(compound.conn, OPERATOR) as moment:
        (item,) = list_items(compound.conn, "room", moment=moment)
        listed = item.as_dict()
        shown = show_item(compound.conn, item.code or "", moment)
    assert set(listed) >= LISTED
    assert set(shown) >= SHOWN
    assert {key: shown[key] for key in LISTED} == {key: listed[key] for key in LISTED}
    assert shown["area"]["measured_m2"] == 20.0
    assert (shown["area"]["declared"], shown["area"]["ledger_m2"]) == ([], None)


def test_a_page_ends_where_the_next_begins(compound: Compound) -> None:
    compound.add_rooms(*(compound.new_room(str(n)) for n in range(101, 126)))
    with reading(compound.conn, OPERATOR) as moment:
        whole = list_items(compound.conn, "room", moment=moment)
        paged, after = [], None
        while page := list_items(compound.conn, "room", moment=moment, limit=7, after=after):
            paged += page
            after = next_after(page[-1])
    assert [item.code for item in paged] == [item.code for item in whole]
    assert [item.code for item in whole] == sorted(item.code or "" for item in whole)


def test_walls_are_listed_without_codes_page_by_page(compound: Compound) -> None:
    walls = tuple(
        NewEntry(id=uuid4(), kind="element", site_id=compound.site, building_id=compound.building)
        for _ in range(5)
    )
    compound.record(new=walls, states=tuple(State(entry_id=wall.id) for wall in walls))
    with reading(compound.conn, OPERATOR) as moment:
        first = list_items(compound.conn, "element", moment=moment, limit=3)
        after = next_after(first[-1])
        rest = list_items(compound.conn, "element", moment=moment, limit=3, after=after)
    assert [item.code for item in first] == [None] * 3
    assert len({item.ordinal for item in (*first, *rest)}) == 5


def test_filters_narrow_a_list(compound: Compound) -> None:
    named(compound, 会议室="101", 档案室="102")
    with reading(compound.conn, OPERATOR) as moment:

        def names(**filters: object) -> list[str | None]:
            asked = Filters(**filters)  # type: ignore[arg-type]
            rows = list_items(compound.conn, "room", moment=moment, filters=asked)
            return [item.name for item in rows]

        assert names(q="案") == ["档案室"]
        assert names(q="%") == []
        assert names(storey=compound.storey, use="office") == ["会议室", "档案室"]
        assert names(building=uuid4()) == []
        assert names(site=uuid4()) == []


def test_a_word_that_is_no_kind_is_refused(compound: Compound) -> None:
    with reading(compound.conn, OPERATOR) as moment, pytest.raises(KindError, match="found kind"):
        list_items(compound.conn, "rooms", moment=moment)


def test_a_retired_code_resolves_and_is_listed_only_with_all(compound: Compound) -> None:
    room = compound.new_room()
    code = compound.add_rooms(room)[room.id]
    compound.record(valid_from=DAY, retired=(room.id,))
    with reading(compound.conn, OPERATOR) as moment:
        assert list_items(compound.conn, "room", moment=moment) == []
        (item,) = list_items(compound.conn, "room", moment=moment, all_=True)
        shown = show_item(compound.conn, code, moment)
    assert item.status == shown["status"] == "retired"
    assert shown["name"] == "办公室"
    assert shown["area"]["measured_m2"] == 20.0
    with reading(compound.conn, OPERATOR, at=DAY.replace(year=2025)) as moment:
        assert show_item(compound.conn, code, moment)["status"] == "current"


def test_a_code_is_read_however_it_is_typed(compound: Compound) -> None:
    code = named(compound, 会议室="512")["会议室"]
    with reading(compound.conn, OPERATOR) as moment:
        for typed in (code.lower(), code.replace("-", ""), f" {code} "):
            assert find_entry(compound.conn, typed, moment)[2] == code


def test_a_wrong_check_character_is_told_with_the_right_one(compound: Compound) -> None:
    code = named(compound, 会议室="512")["会议室"]
    wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
    with (
        reading(compound.conn, OPERATOR) as moment,
        pytest.raises(CodeError, match=f"check character {code[-1]}"),
    ):
        find_entry(compound.conn, wrong, moment)


def test_a_code_without_its_check_character_is_told_what_is_missing(compound: Compound) -> None:
    code = named(compound, 会议室="512")["会议室"]
    with reading(compound.conn, OPERATOR) as moment, pytest.raises(CodeError) as caught:
        find_entry(compound.conn, code[:-2], moment)
    assert code in f"{caught.value.message} {caught.value.remedy} {caught.value.suggestion}"


def test_a_code_that_names_nothing_is_unknown(compound: Compound) -> None:
    with reading(compound.conn, OPERATOR) as moment, pytest.raises(UnknownCodeError):
        find_entry(compound.conn, str(site_code("330302", "999")), moment)


def test_search_puts_codes_before_door_numbers_before_names(compound: Compound) -> None:
    codes = named(compound, 会议室="101", 小会议室="102", 档案室="1011", 三零一="A101")
    with reading(compound.conn, OPERATOR) as moment:
        site = find_site(compound.conn, None, moment)

        def hits(q: str) -> list[tuple[str | None, str]]:
            return [
                (hit.name, hit.why)
                for hit in search(compound.conn, q, moment=moment, site=site, limit=10)
            ]

        assert hits("101") == [("会议室", "number"), ("档案室", "number"), ("三零一", "number")]
        assert hits("会议") == [("会议室", "name"), ("小会议室", "name")]
        assert hits("室") == [("会议室", "name"), ("档案室", "name"), ("小会议室", "name")]
        assert hits(codes["档案室"].lower()) == [("档案室", "code")]
        assert hits(codes["会议室"][:-2]) == [("会议室", "code")]
        assert [why for _, why in hits("A01-F05")] == ["code"] * 5
        assert hits("%") == hits("_") == hits("") == hits("'; --") == hits("\0") == []
        assert len(search(compound.conn, "室", moment=moment, site=site, limit=1)) == 1


def test_full_width_digits_find_what_plain_ones_find_and_back(compound: Compound) -> None:
    named(compound, 会议室="0512", 档案室="０６１３")
    with reading(compound.conn, OPERATOR) as moment:
        for q, name in (
            ("０５１２", "会议室"),
            ("0512", "会议室"),
            ("0613", "档案室"),
            ("０６１３", "档案室"),
        ):
            assert [hit.name for hit in search(compound.conn, q, moment=moment)] == [name], q
        listed = list_items(compound.conn, "room", moment=moment, filters=Filters(q="０５１２"))
        assert [item.name for item in listed] == ["会议室"]


def test_features_are_columns_by_ordinal_in_the_local_frame(compound: Compound) -> None:
    room = compound.new_room("512")
    codes = compound.add_rooms(room)
    wall = NewEntry(
        id=uuid4(), kind="element", site_id=compound.site, building_id=compound.building
    )
    placed = State(
        entry_id=wall.id,
        ifc_class="IfcWall",
        building_id=compound.building,
        storey_id=compound.storey,
    )
    body = Shape(entry_id=wall.id, extent=((10, 20, 30), (11, 22, 33)))
    compound.record(new=(wall,), states=(placed,), shapes=(body,))
    with compound.conn.transaction():
        compound.conn.execute("SELECT set_config('fangma.reader', 'operator', true)")
        compound.conn.execute("UPDATE fangma.site SET origin = '{10, 20, 30}'")
    with reading(compound.conn, OPERATOR) as moment:
        site = find_site(compound.conn, None, moment)
        assert site is not None
        table = features(compound.conn, site, moment)
        picked = find_by_ordinal(compound.conn, site, int(table.ordinal[0]), moment)
    assert picked is not None
    assert picked.code == codes[room.id]
    assert table.code == [codes[room.id], ""]
    assert np.all(np.diff(table.ordinal) > 0)
    assert table.box[1].tolist() == [0, 0, 0, 1, 2, 3]
    assert table.area_m2[0] == 20.0
    assert np.isnan(table.area_m2[1])
    told = [
        {name: table.dictionaries[name][table.columns[name][row]] for name in table.columns}
        for row in range(2)
    ]
    assert [row["kind"] for row in told] == ["room", "element"]
    assert [row["layer"] for row in told] == ["room", "wall"]
    assert [row["use"] for row in told] == ["office", ""]
    assert told[0]["storey"] == told[1]["storey"] != ""
    assert told[0]["building"] == told[1]["building"] != ""


def test_features_of_an_empty_site_are_empty_columns(compound: Compound) -> None:
    with reading(compound.conn, OPERATOR) as moment:
        site = find_site(compound.conn, None, moment)
        assert site is not None
        table = features(compound.conn, site, moment)
    assert (len(table.ordinal), table.code, table.box.shape) == (0, [], (0, 6))


def test_a_tree_counts_rooms_and_areas_by_storey(compound: Compound) -> None:
    named(compound, 会议室="101", 档案室="102")
    with reading(compound.conn, OPERATOR) as moment:
        site = find_site(compound.conn, None, moment)
        assert site is not None
        told = tree(compound.conn, site, moment)
    (building,) = told["children"]
    (storey,) = building["children"]
    assert (told["rooms"], building["rooms"], storey["rooms"]) == (2, 2, 2)
    assert (told["area_m2"], storey["area_m2"]) == (40.0, 40.0)
    assert (storey["name"], storey["elevation_m"]) == ("五层", 14.4)


def test_without_a_word_which_site_only_the_only_one_is_taken(compound: Compound) -> None:
    with reading(compound.conn, OPERATOR) as moment:
        only = find_site(compound.conn, None, moment)
    assert only is not None
    assert only.code == compound.site_code
    found(compound.conn, "另一个院")
    with reading(compound.conn, OPERATOR) as moment:
        with pytest.raises(WhichSiteError, match="found 2 sites"):
            find_site(compound.conn, None, moment)
        again = find_site(compound.conn, compound.site_code.lower(), moment)
    assert again is not None
    assert again.code == compound.site_code


def test_the_default_site_is_the_first_of_no_division(compound: Compound) -> None:
    site = add_site(compound.conn, name="院落", actor="tester")
    assert site.code.startswith("000000-001-")
