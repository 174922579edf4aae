"""Which storey part (F05, B01, M02, RF1) a storey gets, told by name, then by elevation and order.

Names come in every tongue and habit: 五层, 地下一层, 夹层, 屋面, 标高 1, Level 1, 1st Floor, 2F,
EG, 1. OG, UG, Dachgeschoss, Уровень 1, 3階. What a name says wins over the elevation; what it
leaves open (Dachgeschoss, Ceiling-East, an empty name) is placed between its neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.code_parts import PartsExhaustedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

# Below this difference in height two levels are one floor drawn twice (finished and structural).
_SAME_FLOOR_M: Final = 1.2
# A storey this far under the ground floor is a basement; a mere plinth or slab level is not.
_BASEMENT_M: Final = -0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyName:
    """What is known of a storey before it has a code.

    Attributes
    ----------
    key : int
        The caller's own key, unique in the call.
    name : str
        As the source wrote it, may be empty.
    elevation_m : float
        Height of the floor in metres, in any datum common to the building.
    """

    key: int
    name: str
    elevation_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    letter: str  # F, B, M, R, or "" where the name says nothing
    number: int | None = None
    counts_from_ground: bool = False  # European habit: ground floor is 0, the first is above it
    may_shift: bool = False  # 'Level 1' is the second floor where a level 0 lies beneath


_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_ORDINALS: Final = {
    word: n
    for n, word in enumerate(
        ["FIRST", "SECOND", "THIRD", "FOURTH", "FIFTH", "SIXTH", "SEVENTH", "EIGHTH", "NINTH"],
        start=1,
    )
}
_HAN: Final = "零〇一二两三四五六七八九十百"
_N: Final = rf"(?P<n>\d{{1,2}}(?![\d.,]*\d)|[{_HAN}]+|{'|'.join(_ORDINALS)})"

# The first that matches decides: pattern, letter, fixed number, counts from ground, may shift.
_PATTERNS: Final = tuple(
    (re.compile(pattern), letter, number, from_ground, may_shift)
    for pattern, letter, number, from_ground, may_shift in (
        (rf"(?:夹层|MEZZANINE|ZWISCHENGESCHOSS)\D*{_N}", "M", None, False, False),
        (rf"{_N}[层楼F]?\s*(?:夹层|MEZZ)", "M", None, False, False),
        (r"^M(?P<n>\d{1,2})$|^(?P<m>\d{1,2})M$", "M", None, False, False),
        (r"夹层|MEZZ|ZWISCHENGESCHOSS|ENTRESOL", "M", None, False, False),
        (rf"(?:屋面|屋顶|天面|屋上|ROOF)\D{{0,3}}{_N}", "R", None, False, False),
        (
            r"\bRF?L?\s*(?P<n>\d{1,2})?$|屋面|屋顶|天面|屋上|女儿墙|机房层|ROOF|PARAPET|КРОВЛ|КРЫШ|TOITURE",
            "R",
            None,
            False,
            False,
        ),
        (r"^DACH$|FLACHDACH", "R", None, False, False),
        (
            rf"(?:地下室?|负|\bB|BASEMENT|CELLAR|LEVEL\s*-|^-)\s*第?{_N}\s*[层楼F]?",
            "B",
            None,
            False,
            False,
        ),
        (rf"{_N}\s*\.?\s*(?:UG\b|UNTERGESCHOSS|KELLER|BASEMENT)", "B", None, False, False),
        (
            r"地下|地库|\bUG\b|\bKG\b|UNTERGESCHOSS|KELLER|BASEMENT|CELLAR|ПОДВАЛ|SOUS-SOL|\bB$",
            "B",
            1,
            False,
            False,
        ),
        (rf"{_N}\s*\.?\s*(?:OG\b|OBERGESCHOSS|[EÉ]TAGE)", "F", None, True, False),
        (r"\bEG\b|ERDGESCHOSS|REZ-DE-CHAUSS|\bRDC\b|GROUND", "F", 0, True, False),
        (r"首层|底层|ПЕРВЫЙ ЭТАЖ", "F", 1, False, False),
        (rf"第?{_N}\s*[层楼階阶]|标高\s*{_N.replace('<n>', '<m>')}", "F", None, False, False),
        (
            rf"{_N}(?:ST|ND|RD|TH)?[\s_/]*(?:FLOOR|FLR|FL\b|F\b|STOREY|STORY|LEVEL|ЭТАЖ)",
            "F",
            None,
            False,
            True,
        ),
        (
            rf"(?:LEVEL|FLOOR|STOREY|STORY|\bLVL|\bL|\bF|УРОВЕНЬ|ЭТАЖ|PLAN|NIVEAU|GESCHOSS)[\s_.\-]*{_N}",
            "F",
            None,
            False,
            True,
        ),
        (rf"^{_N}$", "F", None, False, True),
    )
)


def storey_parts(storeys: Sequence[StoreyName], taken: Collection[str] = ()) -> dict[int, str]:
    """Give each new storey of a building its part.

    Parameters
    ----------
    storeys : sequence of StoreyName
        The storeys without a code yet, in any order.
    taken : collection of str
        Parts ever given in the building.

    Returns
    -------
    parts : dict of int to str
        Part by key; no part twice, none in ``taken``. The same for any order of ``storeys``,
        save storeys alike in elevation and name.

    Raises
    ------
    PartsExhaustedError
        When a building has more storeys than there are parts.
    """
    ordered = sorted(storeys, key=lambda storey: (storey.elevation_m, storey.name, storey.key))
    readings = _resolved(ordered, [_read(storey.name) for storey in ordered])
    used = set(taken)
    parts: dict[int, str] = {}
    # Who has a name that says all comes first, so that an inferred one never takes its part.
    for stage in ("F", "B", "M", "R", ""):
        for place, storey in enumerate(ordered):
            reading = readings[place]
            if reading.letter != stage:
                continue
            part = next((p for p in _wishes(reading, place, ordered, parts) if p not in used), None)
            if part is None:
                raise PartsExhaustedError("storey parts", 3 * 99 + 9)
            used.add(part)
            parts[storey.key] = part
    return {storey.key: parts[storey.key] for storey in storeys}


def _read(name: str) -> _Reading:
    text = unicodedata.normalize("NFKC", name).upper().strip()
    for pattern, letter, number, from_ground, may_shift in _PATTERNS:
        match = pattern.search(text)
        if match:
            said = next((value for value in match.groupdict().values() if value), None)
            stated = number if said is None else _integer(said)
            if said is not None and stated is None:
                continue
            return _Reading(
                letter=letter,
                number=stated,
                counts_from_ground=from_ground,
                may_shift=may_shift,
            )
    return _Reading(letter="")


def _integer(text: str) -> int | None:
    """Read 12, 十二, 二十 or FIRST."""
    if text.isascii() and text.isdigit():
        return int(text)
    if text in _ORDINALS:
        return _ORDINALS[text]
    if "百" in text:
        return None  # no storey part above 99
    tens, ten, ones = text.rpartition("十")
    if ten:
        return _DIGITS.get(tens or "一", 0) * 10 + _DIGITS.get(ones, 0)
    digits = "".join(str(_DIGITS[c]) for c in text if c in _DIGITS)
    return int(digits) if digits else None


def _resolved(ordered: Sequence[StoreyName], readings: Sequence[_Reading]) -> list[_Reading]:
    """Count every floor from one, as Chinese practice does, whatever habit the names follow."""
    ground = [
        storey.elevation_m
        for storey, r in zip(ordered, readings, strict=True)
        if r.letter == "F" and r.number == 0
    ]
    first = [
        storey.elevation_m
        for storey, r in zip(ordered, readings, strict=True)
        if r.letter == "F" and r.number == 1 and r.may_shift
    ]
    shift = bool(ground and first and min(first) - min(ground) > _SAME_FLOOR_M)
    resolved = []
    for r in readings:
        number = r.number
        if r.letter == "F" and number is not None:
            if r.counts_from_ground or (r.may_shift and (shift or (number == 0 and not first))):
                number += 1
            if not 1 <= number <= 99:
                resolved.append(_Reading(letter=""))
                continue
        elif number is not None and not 1 <= number <= 99:
            number = None
        resolved.append(_Reading(letter=r.letter, number=number))
    return resolved


def _wishes(
    reading: _Reading, place: int, ordered: Sequence[StoreyName], parts: dict[int, str]
) -> Iterable[str]:
    """Parts in order of preference; the tail holds every part, so that some free one is found."""
    here = ordered[place].elevation_m
    floors = sorted(
        (storey.elevation_m, int(parts[storey.key][1:]))
        for storey in ordered
        if parts.get(storey.key, "").startswith("F")
    )
    below = max((n for z, n in floors if z <= here + 1e-6), default=0)
    above = min((n for z, n in floors if z > here + 1e-6), default=None)
    mezzanines = _numbers("M", below or 1)
    anything = chain(mezzanines, _numbers("F", below or 1), _numbers("B", 1))
    match reading.letter, reading.number:
        case "F", int(n):
            return chain((f"F{n:02d}",), _numbers("M", n), anything)
        case "B", int(n):
            return chain((f"B{n:02d}",), _numbers("B", n), anything)
        case "M", int(n):
            return chain(_numbers("M", n), anything)
        case "M", _:
            return anything
        case "R", n:
            first = () if n is None else (f"RF{n}",) if n <= 9 else ()
            return chain(first, (f"RF{k}" for k in range(1, 10)), anything)
        case _:
            return chain(_between(here, below, above, floors, ordered), anything)


def _between(
    here: float,
    below: int,
    above: int | None,
    floors: Sequence[tuple[float, int]],
    ordered: Sequence[StoreyName],
) -> Iterable[str]:
    """Place a storey whose name says nothing by its elevation."""
    if not floors:
        # Nothing is named: the lowest storey not under zero is the ground floor.
        lowest = min(
            (s.elevation_m for s in ordered if s.elevation_m >= _BASEMENT_M),
            default=ordered[-1].elevation_m,
        )
        return _numbers("F", 1) if here >= lowest else _numbers("B", _depth(here, lowest, ordered))
    lowest_elevation = floors[0][0]
    if here < lowest_elevation + _BASEMENT_M:
        return _numbers("B", _depth(here, lowest_elevation + _BASEMENT_M, ordered))
    nearest = min(abs(here - z) for z, _ in floors)
    if nearest < _SAME_FLOOR_M:
        return ()  # the same floor again: a mezzanine part tells them apart
    if above is None:
        return _numbers("F", below + 1)
    return (f"F{n:02d}" for n in range(below + 1, above))


def _depth(here: float, ground: float, ordered: Sequence[StoreyName]) -> int:
    """Count the storeys from here up to the ground: the basements are numbered downwards."""
    return sum(here <= storey.elevation_m < ground for storey in ordered)


def _numbers(letter: str, first: int) -> Iterable[str]:
    return (f"{letter}{n:02d}" for n in range(max(first, 1), 100))
