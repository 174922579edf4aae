"""The statements of a STEP file, found without a parser: where they are and what they refer to.

ISO 10303-21 clause 7: a file is HEADER and DATA sections; an instance is ``#id = KEYWORD(...);``.
The reader behind (ifcopenshell) forgives too much: it drops what it cannot parse without a word.
So the text is scanned here by the strict grammar first, in one pass of a regular expression that
never backtracks, and the reader must then hold exactly the statements that were found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEEPEST_NESTING = 100

_VALUE = (
    rb"(?:\#\d++|[+-]?+(?:\d++(?:\.\d*+)?+|\.\d++)(?:E[+-]?+\d++)?+|\$|\*"
    rb"|'[^']*+(?:''[^']*+)*+'|\.\w++\.|\"[0-9A-F]*+\")"
)
_OPENINGS = rb"(?:(?:[A-Z]\w*+\s*+)?+\(\s*+)*+"
_ARGUMENT = _OPENINGS + rb"(?:" + _VALUE + rb"|(?<=\()(?=\))|(?<=\(\s)(?=\)))\s*+(?:\)\s*+)*+"
_ARGUMENTS = rb"\(\s*+(?:\)|" + _ARGUMENT + rb"(?:,\s*+" + _ARGUMENT + rb")*+)"
_INSTANCE = re.compile(
    rb"\s*+\#(\d{1,18}+)\s*+=\s*+([A-Z]\w*+)\s*+(" + _ARGUMENTS + rb")\s*+;",
    re.IGNORECASE | re.ASCII,
)
_SECTION_WORD = re.compile(
    rb"\s*+([A-Z][A-Z0-9_-]*+)\s*+(" + _ARGUMENTS + rb")?+\s*+;", re.IGNORECASE | re.ASCII
)
_END = re.compile(rb"\s*+END-ISO-10303-21\s*+;?+", re.IGNORECASE)
_COMMENT_OR_STRING = re.compile(rb"'[^']*+'|/\*")
# What (, ), *, + and , do to the depth.
_STEPS = np.array([1, -1, 0, 0, 0], dtype=np.int32)
_NO_LINE_END = re.compile(rb"[^\r\n]")
# Some writers forget to double the apostrophe that stands for a character of the upper half.
_BARE_PAGE_QUOTE = re.compile(rb"(?<!\\)((?:\\\\)*)\\S\\'('(?!\s*[,)]))?")


class UnreadableTextError(Exception):
    """The grammar ends at ``offset``; never leaves :mod:`fangma.bim_import.opening`."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"no statement at byte {offset}")
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """Every instance of the DATA sections, by row.

    Attributes
    ----------
    data : bytes
        The text, comments blanked out.
    header : dict[str, bytes]
        Arguments of the header's statements by upper-case keyword.
    ids : (n,) int64
        ``#`` numbers.
    starts, ends : (n,) int64
        Byte span of the arguments, both parentheses (and blanks behind them) included.
    thirds : (n,) int64
        Where the third argument begins; ``ends`` when there are fewer. What every IfcRoot has
        before it is its GlobalId and its owner history.
    counts : (n,) int32
        Number of arguments.
    commas : (c,) int64
        Offsets of the commas that part arguments from each other, ascending.
    classes : (n,) int32
        Index into ``keywords``.
    keywords : tuple[str, ...]
        Upper-case class names.
    unbalanced : int or None
        First row whose parentheses do not close, or nest deeper than DEEPEST_NESTING.
    ref_rows, ref_offsets, ref_lengths : (m,)
        For each reference, in order of the text: row of the statement it stands in, byte offset of
        its ``#``, digits after it.
    ref_targets : (m,) int64
        Row referred to; -1 when no statement has that number.
    repeated : (k,) int64
        ``#`` numbers that more than one statement has.
    trailing : int
        Bytes after the end mark that are neither blank nor NUL.
    """

    data: bytes
    header: dict[str, bytes]
    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    thirds: NDArray[np.int64]
    counts: NDArray[np.int32]
    commas: NDArray[np.int64]
    classes: NDArray[np.int32]
    keywords: tuple[str, ...]
    unbalanced: int | None
    ref_rows: NDArray[np.int64]
    ref_offsets: NDArray[np.int64]
    ref_lengths: NDArray[np.int64]
    ref_targets: NDArray[np.int64]
    repeated: NDArray[np.int64]
    trailing: int

    def line(self, row: int) -> int:
        """Count the line, from 1, on which a statement stands."""
        return line_at(self.data, int(self.starts[row]))


def line_at(data: bytes, offset: int) -> int:
    """Count the line, from 1, of a byte; CR, LF and CRLF all end lines."""
    before = data[:offset]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


def without_comments(data: bytes) -> bytes:
    r"""Blank out comments, length kept, and double the apostrophes that ``\S\'`` left bare."""
    if b"\\S\\'" in data:
        data = _BARE_PAGE_QUOTE.sub(rb"\1\\X\\A7", data)
    if b"/*" not in data:
        return data

    pieces: list[bytes] = []
    done = position = 0
    while match := _COMMENT_OR_STRING.search(data, position):
        position = match.end()
        if match[0] != b"/*":
            continue
        end = data.find(b"*/", position)
        if end < 0:  # never closed: left for the scan to stumble over
            break
        position = end + 2
        pieces += [
            data[done : match.start()],
            _NO_LINE_END.sub(b" ", data[match.start() : position]),
        ]
        done = position
    return b"".join([*pieces, data[done:]])


def scan(data: bytes) -> Statements:
    """Find every statement of a STEP file.

    Parameters
    ----------
    data : bytes
        The file, comments blanked (:func:`without_comments`).

    Raises
    ------
    UnreadableTextError
        At the first byte that is no statement, section word or end mark.
    """
    header: dict[str, bytes] = {}
    ids: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    classes: list[int] = []
    index: dict[bytes, int] = {}
    position = 0
    in_data = False
    match_instance = _INSTANCE.match
    while True:
        if in_data:
            while match := match_instance(data, position):
                number, keyword, _ = match.groups()
                ids.append(int(number))
                starts.append(match.start(3))
                ends.append(match.end(3))
                position = match.end()
                code = index.get(keyword)
                if code is None:
                    code = index.setdefault(keyword.upper(), len(index))
                    index[keyword] = code
                classes.append(code)
        if end := _END.match(data, position):
            position = end.end()
            break
        word = _SECTION_WORD.match(data, position)
        if word is None:
            raise UnreadableTextError(position)
        name = word[1].upper().decode("ascii")
        if name == "DATA":
            in_data = True
        elif name == "ENDSEC":
            in_data = False
        elif in_data:
            raise UnreadableTextError(position)
        elif word[2] is not None:
            header.setdefault(name, word[2])
        position = word.end()
    return _measure(
        data,
        header,
        np.array(ids, dtype=np.int64),
        np.array(starts, dtype=np.int64),
        np.array(ends, dtype=np.int64),
        *_codes(classes, index),
        trailing=len(data[position:].strip(b"\x00\x1a \t\r\n")),
    )


def _codes(
    classes: list[int], index: dict[bytes, int]
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    # Lower-case keywords were entered beside the upper-case ones: number them anew without gaps.
    names = sorted({key.upper() for key in index})
    place = {name: row for row, name in enumerate(names)}
    table = np.zeros(max(index.values(), default=0) + 1, dtype=np.int32)
    for key, code in index.items():
        table[code] = place[key.upper()]
    codes = table[np.array(classes, dtype=np.int64)] if classes else np.zeros(0, dtype=np.int32)
    return codes, tuple(name.decode("ascii") for name in names)


def _measure(
    data: bytes,
    header: dict[str, bytes],
    ids: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    classes: NDArray[np.int32],
    keywords: tuple[str, ...],
    *,
    trailing: int,
) -> Statements:
    """Measure nesting, arguments and references of all statements at once."""
    text = np.frombuffer(data, dtype=np.uint8)
    outside = ~inside_strings(text)
    marks = np.flatnonzero((((text & 0xFE) == 0x28) | (text == 0x2C)) & outside)
    marks = marks[_covered(marks, starts, ends)[0]]
    kinds = text[marks]
    depth = np.cumsum(_STEPS[kinds - 0x28], dtype=np.int32)
    unbalanced = _first_unbalanced(marks, depth, starts, ends)
    commas = marks[(kinds == 0x2C) & (depth == 1)]
    before = np.searchsorted(commas, starts)
    between = np.searchsorted(commas, ends) - before
    thirds = ends.copy()
    has_two = between >= 2
    thirds[has_two] = commas[before[has_two] + 1] + 1

    hashes = np.flatnonzero((text == 0x23) & outside)
    place, rows = _covered(hashes, starts, ends)
    hashes = hashes[place]
    values, lengths = _digits(text, hashes)
    order = np.argsort(ids, kind="stable")
    ordered = ids[order]
    same = ordered[1:] == ordered[:-1]
    return Statements(
        data=data,
        header=header,
        ids=ids,
        starts=starts,
        ends=ends,
        thirds=thirds,
        counts=np.where(ends - starts <= 2, 0, between + 1).astype(np.int32),
        commas=commas,
        classes=classes,
        keywords=keywords,
        unbalanced=unbalanced,
        ref_rows=rows,
        ref_offsets=hashes,
        ref_lengths=lengths,
        ref_targets=_find(values, ordered, order),
        repeated=np.unique(ordered[1:][same]),
        trailing=trailing,
    )


def inside_strings(text: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which bytes stand in a string literal, its opening apostrophe included.

    A doubled apostrophe leaves the string and enters it again: parity alone tells.
    """
    quotes = np.flatnonzero(text == 0x27)
    lengths = np.diff(quotes, prepend=0, append=len(text))
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)


def _covered(
    places: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose the ascending places that lie within statements: their indices, and their rows."""
    first = np.searchsorted(places, starts)
    sizes = np.searchsorted(places, ends) - first
    rows = np.repeat(np.arange(len(starts)), sizes)
    shift = np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
    return shift + np.arange(len(rows)), rows


def _first_unbalanced(
    marks: NDArray[np.int64],
    depth: NDArray[np.int32],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> int | None:
    """Find the first row whose parentheses do not close at its end, or nest too deep."""
    # In a sound file the depth is 0 behind the last parenthesis of each statement and nowhere else.
    closing = np.searchsorted(marks, ends) - 1
    level = np.flatnonzero(depth <= 0)
    wrong: list[int] = []
    if not np.array_equal(level, closing):
        size = min(len(level), len(closing))
        differs = np.flatnonzero(level[:size] != closing[:size])
        first = int(differs[0]) if len(differs) else size
        wrong.append(min(first, len(starts) - 1))
    deep = np.flatnonzero(depth > DEEPEST_NESTING)
    if len(deep):
        wrong.append(int(np.searchsorted(starts, marks[deep[0]], side="right")) - 1)
    return min(wrong) if wrong else None


def _find(
    values: NDArray[np.int64], ordered: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Find the row that has each number; -1 when none has."""
    if not len(ordered):
        return np.full(len(values), -1, dtype=np.int64)
    largest = int(ordered[-1])
    if largest <= 8 * len(ordered) + 1_000_000:  # numbers lie close: look them up
        rows = np.full(largest + 2, -1, dtype=np.int64)
        rows[ordered[::-1]] = order[::-1]
        return rows[np.where((values >= 0) & (values <= largest), values, largest + 1)]
    slot = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.where(ordered[slot] == values, order[slot], -1)


def _digits(
    text: NDArray[np.uint8], hashes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Read the number behind each ``#``; returns values and how many digits they have."""
    values = np.zeros(len(hashes), dtype=np.int64)
    lengths = np.zeros(len(hashes), dtype=np.int64)
    active = np.arange(len(hashes))
    for place in range(1, 20):
        at = hashes[active] + place
        active, at = active[at < len(text)], at[at < len(text)]
        digit = text[at].astype(np.int64) - 0x30
        real = (digit >= 0) & (digit <= 9)
        active, digit = active[real], digit[real]
        if not len(active):
            break
        if place > 18:
            values[active] = -1
        else:
            values[active] = values[active] * 10 + digit
        lengths[active] = place
    return values, lengths
