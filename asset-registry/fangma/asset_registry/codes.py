"""Codes that name a site, a building, a storey, a room or a thing for life.

::

    site      330302-001-C              division (GB/T 2260, 6 digits) - site (001-999) - check
    building  330302-001-A02-C          ... - building (A00-Z99; U00 = the grounds outside)
    storey    330302-001-A02-F05-C      ... - storey (F05, B01 basement, M02 mezzanine, RF1 roof)
    room      330302-001-A02-F05-0512-C ... - room (4 of 0-9 A-Z without I and O)
    thing     330302-001-A02-JS-000123-C ... - system or kind (2 letters) - serial (000001-999999)

The check character is ISO 7064 MOD 37,36 over the code without its hyphens. Everything here is
pure; which part is free is decided in :mod:`fangma.asset_registry.code_parts`, under a lock.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fangma.asset_registry.errors import RegistryError

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ROOM_ALPHABET: Final = ALPHABET.replace("I", "").replace("O", "")
GROUNDS: Final = "U00"

_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}
_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣_"), "-")
# What a hand or an eye confuses, by what the position admits.
_MEANT_DIGIT: Final = str.maketrans("OIQL", "0101")
_MEANT_ROOM: Final = str.maketrans("OI", "01")
_MEANT_LETTER: Final = str.maketrans("01", "OI")


class CodeError(RegistryError):
    """A text that is no code of ours.

    Attributes
    ----------
    found, expected : str
        What stood there and what should have.
    suggestion : str or None
        The code that was probably meant; shown to a person, never taken silently.
    """

    def __init__(
        self, found: str, expected: str, remedy: str, suggestion: str | None = None
    ) -> None:
        super().__init__(f"found {found!r}, expected {expected}", remedy)
        self.found = found
        self.expected = expected
        self.suggestion = suggestion


class CodeKind(StrEnum):
    """What a code names, told by its form alone."""

    SITE = "site"
    BUILDING = "building"
    STOREY = "storey"
    ROOM = "room"
    THING = "thing"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One stretch of a code between two hyphens."""

    field: str
    width: int
    pattern: re.Pattern[str]
    words: str
    meant: tuple[tuple[int, dict[int, int]], ...]  # (width of stretch, what its slips meant)


def _part(field: str, pattern: str, words: str, *meant: tuple[int, dict[int, int]]) -> _Part:
    return _Part(
        field=field,
        width=sum(width for width, _ in meant),
        pattern=re.compile(pattern, re.ASCII),
        words=words,
        meant=meant,
    )


_DIVISION = _part("division", r"\d{6}", "a division of six digits (GB/T 2260)", (6, _MEANT_DIGIT))
_SITE = _part("site", r"(?!000)\d{3}", "a site from 001 to 999", (3, _MEANT_DIGIT))
_BUILDING = _part(
    "building",
    r"[A-Z]\d\d",
    "a building, one letter and two digits such as A02",
    (1, _MEANT_LETTER),
    (2, _MEANT_DIGIT),
)
_STOREY = _part(
    "storey",
    r"[FBM](?!00)\d\d|RF[1-9]",
    "a storey such as F05, B01, M02 or RF1",
    (1, {}),
    (2, {ord("O"): ord("0"), ord("I"): ord("1"), ord("L"): ord("1")}),
)
_ROOM = _part(
    "room",
    rf"[{ROOM_ALPHABET}]{{4}}",
    "a room of four characters 0-9 A-Z without I and O",
    (4, _MEANT_ROOM),
)
_SYSTEM = _part("system", r"[A-Z]{2}", "a system or kind of two letters", (2, _MEANT_LETTER))
_SERIAL = _part("serial", r"(?!000000)\d{6}", "a serial from 000001 to 999999", (6, _MEANT_DIGIT))

_LAYOUT: Final[dict[CodeKind, tuple[_Part, ...]]] = {
    CodeKind.SITE: (_DIVISION, _SITE),
    CodeKind.BUILDING: (_DIVISION, _SITE, _BUILDING),
    CodeKind.STOREY: (_DIVISION, _SITE, _BUILDING, _STOREY),
    CodeKind.ROOM: (_DIVISION, _SITE, _BUILDING, _STOREY, _ROOM),
    CodeKind.THING: (_DIVISION, _SITE, _BUILDING, _SYSTEM, _SERIAL),
}
# The lengths differ from kind to kind, so a code typed without hyphens is still read.
_KIND_OF_LENGTH: Final = {
    sum(part.width for part in parts) + 1: kind for kind, parts in _LAYOUT.items()
}
_EXAMPLES: Final = "a code such as 330302-001-A02-F05-0512-C"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A valid code, in its parts.

    The parts say where a thing was born. They never change, and nothing is derived from them
    later: where a thing *is* stands in the registry.

    Raises
    ------
    CodeError
        When a part is missing, superfluous or not of its form.
    """

    kind: CodeKind
    division: str
    site: str
    building: str | None = None
    storey: str | None = None
    room: str | None = None
    system: str | None = None
    serial: str | None = None

    def __post_init__(self) -> None:
        wanted = {part.field: part for part in _LAYOUT[self.kind]}
        for field in ("division", "site", "building", "storey", "room", "system", "serial"):
            value: str | None = getattr(self, field)
            if field not in wanted:
                if value is not None:
                    raise CodeError(
                        value, f"no {field} in the code of a {self.kind}", f"leave {field} out"
                    )
            elif value is None or not wanted[field].pattern.fullmatch(value):
                raise CodeError(
                    value or "nothing", wanted[field].words, f"correct the {field} part"
                )

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts in order, without the check character."""
        return tuple(str(getattr(self, part.field)) for part in _LAYOUT[self.kind])

    @property
    def check(self) -> str:
        """The check character."""
        return check_character("".join(self.parts))

    def __str__(self) -> str:
        return "-".join((*self.parts, self.check))


def check_character(body: str) -> str:
    """Compute the ISO 7064 MOD 37,36 check character (a hybrid system, clause 8).

    It finds every single wrong character and at least 99.7 % of swaps of two neighbours.

    Parameters
    ----------
    body : str
        Characters 0-9 and A-Z, without hyphens and without the check character.

    Raises
    ------
    CodeError
        When a character is outside the alphabet.

    Examples
    --------
    >>> check_character("A12425GABC1234002")
    'M'
    """
    product = 36
    for character in body:
        if character not in _VALUE:
            raise CodeError(character, "only 0-9 and A-Z", "type the code again in plain letters")
        product = (product + _VALUE[character]) % 36 or 36
        product = product * 2 % 37
    return ALPHABET[(37 - product) % 36]


def parse(text: str) -> Code:
    """Read a code as it was typed or scanned.

    Case, full-width characters, long dashes and missing hyphens are forgiven; nothing else is.

    Parameters
    ----------
    text : str
        The code, of any kind.

    Returns
    -------
    code : Code
        ``str(code)`` is the canonical text.

    Raises
    ------
    CodeError
        Says which part or whether the check character is wrong; where O was typed for 0 or I for
        1 (or the reverse) and the check character proves it, ``suggestion`` is the code meant.
    """
    typed = canonical(text)
    compact = typed.replace("-", "")
    kind = _KIND_OF_LENGTH.get(len(compact))
    if kind is None:
        lengths = ", ".join(str(length) for length in sorted(_KIND_OF_LENGTH))
        raise CodeError(
            text,
            f"{_EXAMPLES} ({lengths} characters without hyphens, found {len(compact)})",
            "compare with the label: a character is missing or there is one too many",
        )
    pieces = _split(compact, kind)
    if "-" in typed and typed != "-".join(pieces):
        raise CodeError(
            text,
            f"hyphens as in {'-'.join(pieces)}",
            "type the hyphens as on the label, or none at all",
        )
    *fields, check = pieces
    suggestion = _suggest(kind, fields, check)
    for part, piece in zip(_LAYOUT[kind], fields, strict=True):
        if not part.pattern.fullmatch(piece):
            raise CodeError(piece, part.words, _remedy(suggestion), suggestion)
    expected = check_character("".join(fields))
    if check != expected:
        raise CodeError(
            text,
            f"check character {expected}, not {check}, if the rest were right",
            "the check character is wrong, so at least one character was misread: "
            + _remedy(suggestion),
            suggestion,
        )
    return Code(
        kind=kind,
        **{part.field: piece for part, piece in zip(_LAYOUT[kind], fields, strict=True)},
    )


def is_code(text: str) -> bool:
    """Say whether a text is a valid code of any kind."""
    try:
        parse(text)
    except CodeError:
        return False
    return True


def canonical(text: str) -> str:
    """Fold case, full-width forms, dashes and blanks; the result need not be a code."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASHES).upper()
    return "".join(folded.split())


def site_code(division: str, site: str) -> Code:
    """Build the code of a site, e.g. ``site_code("330302", "001")``."""
    return Code(kind=CodeKind.SITE, division=division, site=site)


def building_code(site: Code, building: str) -> Code:
    """Build the code of a building on the site that ``site`` (any code on it) names."""
    return Code(kind=CodeKind.BUILDING, division=site.division, site=site.site, building=building)


def storey_code(building: Code, storey: str) -> Code:
    """Build the code of a storey in the building that ``building`` names."""
    return Code(
        kind=CodeKind.STOREY,
        division=building.division,
        site=building.site,
        building=building.building,
        storey=storey,
    )


def room_code(storey: Code, room: str) -> Code:
    """Build the code of a room on the storey that ``storey`` names."""
    return Code(
        kind=CodeKind.ROOM,
        division=storey.division,
        site=storey.site,
        building=storey.building,
        storey=storey.storey,
        room=room,
    )


def thing_code(building: Code, system: str, serial: int) -> Code:
    """Build the code of a pipe, valve, device, sensor or asset born in a building (or U00)."""
    return Code(
        kind=CodeKind.THING,
        division=building.division,
        site=building.site,
        building=building.building,
        system=system,
        serial=f"{serial:06d}",
    )


def _split(compact: str, kind: CodeKind) -> list[str]:
    pieces = []
    start = 0
    for part in _LAYOUT[kind]:
        pieces.append(compact[start : start + part.width])
        start += part.width
    return [*pieces, compact[start:]]


def _suggest(kind: CodeKind, fields: list[str], check: str) -> str | None:
    """Undo O/0 and I/1 slips by position; a suggestion only when the check character agrees."""
    mended = []
    for part, piece in zip(_LAYOUT[kind], fields, strict=True):
        start = 0
        text = ""
        for width, meant in part.meant:
            text += piece[start : start + width].translate(meant)
            start += width
        mended.append(text)
    if not all(
        part.pattern.fullmatch(piece) for part, piece in zip(_LAYOUT[kind], mended, strict=True)
    ):
        return None
    expected = check_character("".join(mended))
    agrees = expected in {check, check.translate(_MEANT_LETTER), check.translate(_MEANT_ROOM)}
    changed = mended != fields or expected != check
    return "-".join((*mended, expected)) if agrees and changed else None


def _remedy(suggestion: str | None) -> str:
    if suggestion is None:
        return "compare with the label and type it again"
    return f"O and I were probably meant as 0 and 1 (or the reverse): try {suggestion}"
