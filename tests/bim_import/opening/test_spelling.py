"""One number has one spelling, whoever wrote it; two numbers have two."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, strategies as st

from fangma.bim_import.opening.spelling import respell, spell
from fangma.bim_import.opening.statements import inside_strings


def respelled(text: bytes) -> bytes:
    array = np.frombuffer(text, np.uint8)
    numbers = respell(array, inside_strings(array))
    return numbers.spliced(text)[0]


def written(value: float, digits: int, power: int) -> bytes:
    """Spell a number with digits behind the dot, times a power of ten."""
    text = f"{value / 10.0**power:.{digits}f}"
    return f"{text}E{power:+04d}".encode() if power else text.encode()


@given(st.integers(-(10**9), 10**9), st.integers(0, 3), st.integers(9, 14), st.integers(-4, 4))
@example(0, 3, 9, 2)
def test_the_spellings_of_a_number_become_one(
    whole: int, places: int, digits: int, power: int
) -> None:
    value = whole / 10**places
    plain = spell(repr(value).encode())
    for word in (written(value, digits, power), written(value, digits + 1, 0), b"%.18e" % value):
        assert respelled(b"#1=IFCX((2.," + word + b"),$);") == b"#1=IFCX((2.," + plain + b"),$);"


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_numbers_that_differ_in_fifteen_digits_stay_apart(one: float, other: float) -> None:
    words = [spell(b"%.20e" % value) for value in (one, other)]
    assert (words[0] == words[1]) == (f"{one + 0.0:.14e}" == f"{other + 0.0:.14e}")


@given(st.floats(-1e300, 1e300))
def test_what_is_spelled_is_not_spelled_anew(value: float) -> None:
    word = spell(repr(value).encode())
    text = b"#1=IFCX(" + word + b");"
    assert respelled(text) == text


@given(st.text("01.E+-(), ;'#A", max_size=40).map(str.encode))
@example(b"(1.E" + b"0" * 60 + b"5)")
@example(b"('it''s 1.00',1.00)")
@example(b"(.T1.,.5,1.0")
@example(b"1.00")
def test_whatever_stands_in_a_file_is_gone_through(text: bytes) -> None:
    assert respelled(respelled(text)) == respelled(text)


def test_only_numbers_are_touched() -> None:
    text = b"#1=IFCX('1.00',.T1.,.E1.,\"0A\",#10,1.00,(2.50,$),IFCREAL( -3.0E+00 ),10,V1.00);"
    assert respelled(text) == (
        b"#1=IFCX('1.00',.T1.,.E1.,\"0A\",#10,1.,(2.5,$),IFCREAL( -3. ),10,V1.00);"
    )


def test_offsets_stay_with_what_they_point_at() -> None:
    text = b"#1=IFCX(1.000,2.0,'end');"
    array = np.frombuffer(text, np.uint8)
    marks = np.array([text.index(b"2.0"), text.index(b"'end'"), 0])
    packed, (moved,) = respell(array, inside_strings(array)).spliced(text, marks)
    assert [packed[at : at + 2] for at in moved] == [b"2.", b"'e", b"#1"]
