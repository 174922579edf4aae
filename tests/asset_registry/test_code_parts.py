from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.code_parts import (
    PartsExhaustedError,
    building_part,
    door_part,
    next_serials,
    room_parts,
    site_part,
)
from fangma.asset_registry.codes import ROOM_ALPHABET


@pytest.mark.parametrize(
    ("number", "part"),
    [
        ("512", "0512"),
        ("１２０３", "1203"),
        ("A-512", "A512"),
        ("a 12", "0A12"),
        ("512室", "0512"),
        ("512号房间", "0512"),
        ("#512", "0512"),
        ("Room 512", "0512"),
        ("No. 7", "0007"),
        ("512A", "512A"),
        ("5-12", None),
        ("5.12", None),
        ("B1-05", None),
        ("10512", None),
        ("1O1", None),
        ("I12", None),
        ("会议室", None),
        ("WC", None),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_a_door_number_becomes_a_part_or_does_not_fit(number: str | None, part: str | None) -> None:
    assert door_part(number) == part


def test_a_taken_or_unfit_door_number_gets_the_next_free_serial() -> None:
    assert room_parts(["512", "512", "大厅", None, "513"], {"0513", "Z001"}) == [
        "0512",
        "Z002",
        "Z003",
        "Z004",
        "Z005",
    ]


def test_an_unnumbered_room_never_takes_the_number_of_one_that_has_it() -> None:
    assert room_parts([None, "Z001"], set()) == ["Z002", "Z001"]


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=6), st.from_regex(r"\A[0-9A-Z]{1,4}\Z"))),
    st.sets(st.text(ROOM_ALPHABET, min_size=4, max_size=4)),
)
def test_rooms_never_share_a_part_nor_take_one_ever_given(
    numbers: list[str | None], taken: set[str]
) -> None:
    parts = room_parts(numbers, taken)
    assert len(parts) == len(numbers) == len(set(parts))
    assert not taken & set(parts)
    assert all(len(part) == 4 and set(part) <= set(ROOM_ALPHABET) for part in parts)


def test_thirty_thousand_rooms_without_a_number_on_one_storey_all_get_a_part() -> None:
    parts = room_parts([None] * 30_000, set())
    assert len(set(parts)) == 30_000


def test_buildings_count_from_a01_and_skip_the_grounds() -> None:
    taken: list[str] = []
    for _ in range(2599):
        taken.append(building_part(taken))
    assert taken[0] == "A01"
    assert taken[99] == "B00"
    assert taken[-1] == "A00"
    assert "U00" not in taken
    with pytest.raises(PartsExhaustedError) as caught:
        building_part(taken)
    assert caught.value.remedy


def test_sites_count_from_001_and_end_at_999() -> None:
    assert site_part(set()) == "001"
    assert site_part({"001", "003"}) == "002"
    with pytest.raises(PartsExhaustedError):
        site_part({f"{n:03d}" for n in range(1, 1000)})


def test_serials_go_on_after_the_highest_ever_given_and_end() -> None:
    assert list(next_serials(41, 3)) == [42, 43, 44]
    with pytest.raises(PartsExhaustedError):
        next_serials(999_998, 2)
