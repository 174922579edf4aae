from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings, strategies as st

from fangma.asset_registry.codes import (
    ALPHABET,
    ROOM_ALPHABET,
    Code,
    CodeError,
    CodeKind,
    check_character,
    is_code,
    parse,
    site_code,
)

DIGIT = st.sampled_from("0123456789")
LETTER = st.sampled_from(ALPHABET[10:])
NUMBER = st.integers


@st.composite
def codes(draw: st.DrawFn) -> Code:
    kind = draw(st.sampled_from(CodeKind))
    division = f"{draw(NUMBER(0, 999_999)):06d}"
    site = f"{draw(NUMBER(1, 999)):03d}"
    if kind is CodeKind.SITE:
        return Code(kind=kind, division=division, site=site)
    building = f"{draw(LETTER)}{draw(NUMBER(0, 99)):02d}"
    if kind is CodeKind.BUILDING:
        return Code(kind=kind, division=division, site=site, building=building)
    if kind is CodeKind.THING:
        return Code(
            kind=kind,
            division=division,
            site=site,
            building=building,
            system=draw(LETTER) + draw(LETTER),
            serial=f"{draw(NUMBER(1, 999_999)):06d}",
        )
    storey = draw(
        st.one_of(
            st.builds("{}{:02d}".format, st.sampled_from("FBM"), NUMBER(1, 99)),
            st.builds("RF{}".format, NUMBER(1, 9)),
        )
    )
    room = draw(st.text(ROOM_ALPHABET, min_size=4, max_size=4)) if kind is CodeKind.ROOM else None
    return Code(
        kind=kind, division=division, site=site, building=building, storey=storey, room=room
    )


def test_the_published_grid_example_has_its_check_character() -> None:
    assert check_character("A12425GABC1234002") == "M"


@given(codes())
def test_a_code_read_back_is_the_same_code(code: Code) -> None:
    assert parse(str(code)) == code


@given(codes())
def test_case_width_and_missing_hyphens_are_forgiven(code: Code) -> None:
    text = str(code)
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in text)
    for typed in (text.lower(), text.replace("-", ""), full_width, f"  {text}\n"):
        assert parse(typed) == code


@given(codes())
@settings(max_examples=40)
def test_every_single_wrong_character_is_caught(code: Code) -> None:
    text = str(code)
    for place, right in enumerate(text):
        for wrong in ALPHABET:
            if wrong != right:
                assert not is_code(text[:place] + wrong + text[place + 1 :])


def test_every_single_wrong_character_is_caught_by_the_check_character_alone() -> None:
    # One step of the check maps (state, value) to a state; two values never meet for one state,
    # and two states never meet for one value: so no single difference can vanish.
    def step(state: int, value: int) -> int:
        return (((state + value) % 36) or 36) * 2 % 37

    for state in range(1, 37):
        assert len({step(state, value) for value in range(36)}) == 36
    for value in range(36):
        assert len({step(state, value) for state in range(1, 37)}) == 36


def swaps_missed() -> tuple[int, int]:
    """Count, over every state and every pair, the swaps that leave the state as it was."""

    def step(state: int, value: int) -> int:
        return (((state + value) % 36) or 36) * 2 % 37

    missed = total = 0
    for state, a, b in product(range(1, 37), range(36), range(36)):
        if a != b:
            total += 1
            missed += step(step(state, a), b) == step(step(state, b), a)
    return missed, total


def test_at_least_99_7_percent_of_adjacent_swaps_are_caught_counted_exactly() -> None:
    missed, total = swaps_missed()
    assert total == 36 * 36 * 35
    assert 1 - missed / total >= 0.997


def test_at_least_99_7_percent_of_swaps_in_sampled_codes_are_caught() -> None:
    missed = total = 0
    for division, site, floor, room in product(
        ("330302", "110000", "350102"), (1, 27, 450), (1, 12), range(101, 1800, 7)
    ):
        code = parse_valid(f"{division}{site:03d}A02F{floor:02d}{room:04d}")
        text = str(code).replace("-", "")
        for place in range(len(text) - 1):
            if text[place] != text[place + 1]:
                total += 1
                swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
                missed += is_code(swapped)
    assert total > 50_000
    assert 1 - missed / total >= 0.997


def parse_valid(body: str) -> Code:
    return parse(body + check_character(body))


def test_a_wrong_check_character_is_named_as_such() -> None:
    good = "330302001A02F050512"
    right = check_character(good)
    wrong = "7" if right != "7" else "8"
    with pytest.raises(CodeError, match=f"check character {right}, not {wrong}") as caught:
        parse(good + wrong)
    assert "check character is wrong" in caught.value.remedy


@pytest.mark.parametrize(
    ("zero_as", "one_as"), [("O", "1"), ("0", "I"), ("o", "i")], ids=["O", "I", "lower case"]
)
def test_o_and_i_typed_for_0_and_1_are_told_with_the_code_meant(zero_as: str, one_as: str) -> None:
    meant = str(parse_valid("330302001A02F050511"))
    site, room = meant[:14], meant[18:]
    typed = site.replace("0", zero_as) + meant[14:18] + room[:-1].replace("1", one_as) + room[-1]
    with pytest.raises(CodeError) as caught:
        parse(typed)
    assert caught.value.suggestion == meant
    assert meant in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "330302-001",
        "330302-000-" + check_character("330302000"),
        "3303-02001-" + check_character("330302001"),
        "330302-001-A02-F00-0512-X",
        "330302-001-A02-JS-000000-X",
        "330302-001-A02-F05-0512-X\x00",
        "３３０" * 900,
        "🏢330302-001-",
    ],
)
def test_what_is_no_code_is_refused_with_found_expected_and_remedy(text: str) -> None:
    with pytest.raises(CodeError) as caught:
        parse(text)
    error = caught.value
    assert error.expected
    assert error.remedy
    assert "expected" in error.message


@given(st.text(max_size=40))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    try:
        code = parse(text)
    except CodeError:
        return
    assert parse(str(code)) == code


def test_a_code_cannot_be_built_from_parts_that_do_not_belong() -> None:
    with pytest.raises(CodeError, match="no room in the code of a site"):
        Code(kind=CodeKind.SITE, division="330302", site="001", room="0512")
    with pytest.raises(CodeError, match="six digits"):
        site_code("33030", "001")
