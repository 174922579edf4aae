"""Which part of a code a new site, building, room or thing gets.

Pure: ``taken`` holds every part that was ever given in the same place, retired ones too, because
a part is never used again. The caller holds the registry's lock from reading ``taken`` to writing.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain, product
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.codes import GROUNDS, ROOM_ALPHABET
from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_ROOM_WIDTH: Final = 4
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SERIAL_LETTERS: Final = [letter for letter in reversed(_LETTERS) if letter in ROOM_ALPHABET]
_WORDS_AROUND: Final = re.compile(
    r"^(?:ROOM|RM|NO|房间|房号|门牌)[.:\s]*(?=[0-9A-Z])|(?:号房间|号房|房间|号|室|房)$|^#|#$"
)
_SEPARATOR: Final = re.compile(r"(?<=[A-Z])[\s\-_./]+(?=\d)|(?<=\d)[\s\-_./]+(?=[A-Z])")


class PartsExhaustedError(RegistryError):
    """Every part that the layout allows has been given."""

    def __init__(self, what: str, count: int) -> None:
        super().__init__(
            f"all {count} {what} of this place have been given, expected a free one",
            "open a further building or site for what comes now; parts are never used again",
        )


def site_part(taken: Collection[str]) -> str:
    """Return the first site part never given in a division, 001 to 999."""
    return _first_free((f"{n:03d}" for n in range(1, 1000)), taken, "site parts", 999)


def building_part(taken: Collection[str]) -> str:
    """Return the first building part never given on a site.

    A01 ... A99, B00 ... Z99, then A00 (people count from one); never U00, the grounds outside.
    """
    parts = (f"{letter}{n:02d}" for letter in _LETTERS for n in range(100))
    ordered = chain((part for part in parts if part not in {"A00", GROUNDS}), ("A00",))
    return _first_free(ordered, taken, "building parts", 2599)


def door_part(number: str | None) -> str | None:
    """Turn a door number into a room part, or None where it does not fit.

    Case, full-width forms and the words around a number (室, 房, 号, Room, No.) are dropped; so is
    a separator between a letter and a digit. A separator between two digits carries meaning
    (``5-12`` is not 512), so such a number does not fit; nor does one with I or O, or one of more
    than four characters. Shorter numbers are filled with zeros on the left.

    Examples
    --------
    >>> door_part("512"), door_part("A-512"), door_part("b12室")
    ('0512', 'A512', '0B12')
    >>> door_part("5-12"), door_part("10512"), door_part("会议室"), door_part("1O1")
    (None, None, None, None)
    """
    if number is None:
        return None
    text = unicodedata.normalize("NFKC", number).upper().strip()
    text = _WORDS_AROUND.sub("", _WORDS_AROUND.sub("", text)).strip()
    text = _SEPARATOR.sub("", text)
    if not 0 < len(text) <= _ROOM_WIDTH or any(c not in ROOM_ALPHABET for c in text):
        return None
    if not any(c.isdigit() for c in text):  # WC, EDV: a name, not a number
        return None
    return text.zfill(_ROOM_WIDTH)


def room_parts(numbers: Sequence[str | None], taken: Collection[str]) -> list[str]:
    """Give each new room of a storey its part, in the order of ``numbers``.

    A door number that fits and is free is kept; the others get serials Z001 ... Z999, Y001 ...,
    which look like no door number, so that they leave real numbers free.

    Parameters
    ----------
    numbers : sequence of str or None
        Door numbers as the source wrote them.
    taken : collection of str
        Parts ever given on this storey.

    Returns
    -------
    parts : list of str
        As long as ``numbers``, without a repeat, none in ``taken``.

    Raises
    ------
    PartsExhaustedError
        When more rooms were ever on the storey than there are parts (34 to the power 4).
    """
    used = set(taken)
    parts: list[str | None] = []
    for number in numbers:
        part = door_part(number)
        if part in used:
            part = None
        if part is not None:
            used.add(part)
        parts.append(part)
    serials = (part for part in _room_serials() if part not in used)
    given = []
    for part in parts:
        chosen = part if part is not None else next(serials, None)
        if chosen is None:
            raise PartsExhaustedError("room parts", len(ROOM_ALPHABET) ** _ROOM_WIDTH)
        given.append(chosen)
    return given


def next_serials(last: int, count: int) -> range:
    """Return the serials of ``count`` new things after the highest ever given.

    Raises
    ------
    PartsExhaustedError
        When they would pass 999999.
    """
    if last + count > 999_999:
        raise PartsExhaustedError("serials", 999_999)
    return range(last + 1, last + count + 1)


def _room_serials() -> Iterator[str]:
    for letter in _SERIAL_LETTERS:
        for n in range(1, 1000):
            yield f"{letter}{n:03d}"
    lettered = re.compile(r"[A-Z](?!000)\d{3}")
    for characters in product(ROOM_ALPHABET, repeat=_ROOM_WIDTH):
        part = "".join(characters)
        if not lettered.fullmatch(part):
            yield part


def _first_free(parts: Iterable[str], taken: Collection[str], what: str, count: int) -> str:
    used = frozenset(taken)
    for part in parts:
        if part not in used:
            return part
    raise PartsExhaustedError(what, count)
