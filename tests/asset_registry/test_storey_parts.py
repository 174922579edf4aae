from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.code_parts import PartsExhaustedError
from fangma.asset_registry.storey_parts import StoreyName, storey_parts


def named(*storeys: tuple[str, float]) -> list[StoreyName]:
    return [
        StoreyName(key=key, name=name, elevation_m=elevation)
        for key, (name, elevation) in enumerate(storeys)
    ]


@pytest.mark.parametrize(
    "storeys",
    [
        [("地下二层", -8.0, "B02"), ("地下一层", -4.0, "B01"), ("一层", 0.0, "F01"),
         ("夹层", 2.5, "M01"), ("二层", 5.0, "F02"), ("第十二层", 40.0, "F12"),
         ("屋面", 44.0, "RF1"), ("屋顶机房层", 48.0, "RF2")],
        [("负一层", -4.0, "B01"), ("首层", 0.0, "F01"), ("2楼", 4.0, "F02"),
         ("二十一层", 80.0, "F21")],
        [("2.UG", -6.0, "B02"), ("UG", -3.0, "B01"), ("EG", 0.0, "F01"), ("1. OG", 3.0, "F02"),
         ("2.OG", 6.0, "F03"), ("Dachgeschoss", 9.0, "F04"), ("Dach", 12.0, "RF1")],
        [("Erdgeschoss", 0.0, "F01"), ("Dachgeschoss", 2.7, "F02")],
        [("Ground Floor", 0.0, "F01"), ("First Floor", 3.0, "F02"), ("2nd floor", 6.0, "F03")],
        [("1st Floor", 0.0, "F01"), ("Second Floor", 3.0, "F02"), ("3/F", 6.0, "F03")],
        [("Level -1", -3.0, "B01"), ("Level 0", 0.0, "F01"), ("Level 1", 3.0, "F02")],
        [("B2F", -6.0, "B02"), ("B1F", -3.0, "B01"), ("1F", 0.0, "F01"), ("RF", 9.0, "RF1")],
        [("-1F", -3.0, "B01"), ("F1(±0.000)", 0.0, "F01"), ("F2(3.600)", 3.6, "F02")],
        [("T/FDN", -1.25, "B01"), ("Level 1", 0.0, "F01"), ("Level 2", 3.1, "F02"),
         ("Roof", 6.0, "RF1")],
        [("标高 1", 0.0, "F01"), ("标高 2", 4.0, "F02")],
        [("Уровень 1", -0.6, "F01"), ("Уровень 2", 2.85, "F02"), ("Кровля", 3.35, "RF1")],
        [("設計GL", 0.0, "M01"), ("1FL", 0.6, "F01"), ("2FL", 3.5, "F02"), ("RFL", 6.3, "RF1")],
        [("Floor Plan_1st Floor", 0.05, "F01"), ("Ceiling-East", 3.75, "M01"),
         ("Floor Plan_2nd Floor", 3.91, "F02"), ("Floor Plan_3rd Floor", 7.62, "F03")],
        [("", -3.0, "B01"), ("", 0.0, "F01"), ("", 3.0, "F02")],
        [("推断楼层 1", -7.0, "B02"), ("推断楼层 2", -3.5, "B01"), ("推断楼层 3", 0.0, "F01"),
         ("推断楼层 4", 3.5, "F02")],
        [("地坑", -8.0, "B02"), ("地下一层", -4.0, "B01"), ("一层", 0.0, "F01")],
        [("1", 0.0, "F01"), ("2", 3.0, "F02"), ("3", 6.0, "F03")],
        [("一层", 35.0, "F01"), ("二层", 39.0, "F02"), ("设备层", 43.0, "F03"),
         ("地下室", 31.0, "B01")],
        [("1F", 0.0, "F01"), ("结 1F", 2.87, "M01"), ("2F", 3.0, "F02"), ("结 2F", 5.87, "M02")],
    ],
    ids=lambda storeys: "/".join(name for name, _, _ in storeys)[:40],
)  # fmt: skip
def test_a_storey_is_called_what_its_name_or_place_says(
    storeys: list[tuple[str, float, str]],
) -> None:
    given_names = named(*((name, elevation) for name, elevation, _ in storeys))
    assert storey_parts(given_names) == {key: part for key, (_, _, part) in enumerate(storeys)}


def test_a_part_given_before_is_not_given_again() -> None:
    parts = storey_parts(named(("一层", 0.0), ("二层", 4.0)), taken={"F01", "F02", "M01"})
    assert set(parts.values()).isdisjoint({"F01", "F02", "M01"})


names = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["一层", "1F", "Level 1", "EG", "屋面", "夹层", "B1", "百层", "0F", "99F", "-100F"]
    ),
)


@given(
    st.lists(st.tuples(names, st.floats(-500, 500)), max_size=40),
    st.sets(st.sampled_from(["F01", "F02", "B01", "M01", "RF1"])),
)
def test_no_two_storeys_of_a_building_share_a_part_whatever_their_names(
    storeys: list[tuple[str, float]], taken: set[str]
) -> None:
    parts = storey_parts(named(*storeys), taken)
    assert len(set(parts.values())) == len(storeys)
    assert not taken & set(parts.values())
    assert all(re.fullmatch(r"[FBM](?!00)\d\d|RF[1-9]", part) for part in parts.values())


@given(st.permutations(range(6)))
def test_the_order_in_which_storeys_are_listed_changes_nothing(order: list[int]) -> None:
    storeys = named(("一层", 0), ("1F", 0.1), ("x", 3), ("", 6), ("屋面", 9), ("地下室", -3))
    assert storey_parts([storeys[i] for i in order]) == storey_parts(storeys)


def test_three_hundred_and_seven_storeys_are_too_many_and_that_is_said() -> None:
    with pytest.raises(PartsExhaustedError):
        storey_parts(named(*((f"x{n}", float(n)) for n in range(400))))
