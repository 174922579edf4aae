"""One spelling of each real number, however a writer puts it.

ISO 10303-21, 6.4.2: ``1.``, ``1.0`` and ``1.00E+0`` are one number, ``6.E-4`` and ``0.0006`` too.
Programs that open a file and save it again write every number in their own way, and round the 17th
digit in theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: What every double keeps through any writer that is not careless.
DIGITS: Final = 15
# Longer runs of digits are no writer's: they stay as they are.
_LONGEST: Final = 40
_ZERO, _DOT, _MINUS, _PLUS = 0x30, 0x2E, 0x2D, 0x2B


@dataclass(frozen=True, slots=True, kw_only=True)
class Respelled:
    """The numbers of a text that are not in the one spelling, in order.

    Attributes
    ----------
    begins, ends : (n,) int64
        Byte span of each.
    words : list of bytes
        How it is spelled.
    """

    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    words: list[bytes]

    def spliced(self, text: bytes, *offsets: NDArray[np.int64]) -> tuple[bytes, list[list[int]]]:
        """Put the words into a text, and move the offsets along that stand outside of them."""
        pieces: list[bytes] = []
        done = 0
        for begin, end, word in zip(
            self.begins.tolist(), self.ends.tolist(), self.words, strict=True
        ):
            pieces += (text[done:begin], word)
            done = end
        longer = np.array([0, *map(len, self.words)], np.int64)
        longer[1:] -= self.ends - self.begins
        moved = np.cumsum(longer)
        return b"".join([*pieces, text[done:]]), [
            (offset + moved[np.searchsorted(self.ends, offset, side="right")]).tolist()
            for offset in offsets
        ]


def spell(number: bytes) -> bytes:
    """Spell a real number with at most :data:`DIGITS` digits.

    >>> [spell(number).decode() for number in (b"-1.00", b"6.E-004", b"+1.E-9", b"-0.")]
    ['-1.', '0.0006', '1e-09', '0.']
    """
    word = f"{float(number) + 0.0:.{DIGITS}g}"
    return (word if "." in word or "e" in word else f"{word}.").encode()


def respell(text: NDArray[np.uint8], is_string: NDArray[np.bool_]) -> Respelled:
    """Find the real numbers of a text that are not in the one spelling.

    Parameters
    ----------
    text : (n,) uint8
        Statements of ISO 10303-21.
    is_string : (n,) bool
        Which bytes stand in a string.
    """
    dots = np.flatnonzero((text == _DOT) & ~is_string)
    dots = dots[(dots > 0) & (dots < len(text) - 1)]
    whole, part = _digits_beside(text, dots, -1), _digits_beside(text, dots, 1)
    first, ends = dots - whole, dots + 1 + part
    sign = text[np.maximum(first - 1, 0)]
    begins = first - ((sign == _MINUS) | (sign == _PLUS))
    before = text[np.maximum(begins - 1, 0)]

    last = len(text) - 1
    has_power = (text[np.minimum(ends, last)] | 0x20) == ord("e")
    marks = ends[has_power]
    power_sign = text[np.minimum(marks + 1, last)]
    marks += (power_sign == _MINUS) | (power_sign == _PLUS)
    power = np.zeros(len(dots), np.int64)
    power[has_power] = _digits_beside(text, marks, 1)
    ends[has_power] = marks + 1 + power[has_power]

    # Not the dots of an enumeration, nor of what is too long.
    is_real = (whole > 0) & (begins > 0) & (~has_power | (power > 0))
    is_real &= (before == ord("(")) | (before == ord(",")) | (before <= 0x20)
    is_real &= np.maximum(np.maximum(whole, part), power) < _LONGEST
    is_below_one = (whole == 1) & (text[first] == _ZERO)
    is_tiny = is_below_one & (part >= 4)
    for place in range(1, 5):
        is_tiny &= text[np.minimum(dots + place, last)] == _ZERO
    is_odd = (
        has_power
        | (sign == _PLUS)
        | ((part > 0) & (text[dots + part] == _ZERO))
        | ((whole > 1) & (text[first] == _ZERO))
        | (part + np.where(is_below_one, 0, whole) > DIGITS)
        | ((sign == _MINUS) & is_below_one & (part == 0))
        | is_tiny
    )
    begins, ends = begins[is_odd & is_real], ends[is_odd & is_real]
    data = text.tobytes() if len(begins) else b""
    seen: dict[bytes, bytes] = {}
    words: list[bytes] = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        number = data[begin:end]
        word = seen.get(number)
        if word is None:
            word = seen[number] = spell(number)
        words.append(word)
    return Respelled(begins=begins, ends=ends, words=words)


def _digits_beside(
    text: NDArray[np.uint8], places: NDArray[np.int64], step: int
) -> NDArray[np.int64]:
    """Count the digits in a row on one side of each place, up to ``_LONGEST``."""
    lengths = np.zeros(len(places), np.int64)
    active = np.arange(len(places))
    for count in range(1, _LONGEST + 1):
        at = places[active] + step * count
        is_inside = (at >= 0) & (at < len(text))
        active, at = active[is_inside], at[is_inside]
        is_digit = (text[at] - np.uint8(_ZERO)) < 10  # below "0" it turns over
        active = active[is_digit]
        if not len(active):
            break
        lengths[active] = count
    return lengths
