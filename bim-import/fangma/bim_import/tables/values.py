"""Cells as values: dates, areas, amounts, words. A cell that is none says what was expected."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final


class FormulaCell(str):
    """A formula without a value, or one whose value is an error such as #REF!."""

    __slots__ = ()


Cell = str | float | int | bool | date | datetime | None

_YMD: Final = re.compile(
    r"(\d{4})\s*(?:[-./]|年)\s*(\d{1,2})\s*(?:[-./]|月)\s*(\d{1,2})\s*日?(?:[T\s].*)?$"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?$")
_NUMBER: Final = re.compile(
    r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?$", re.IGNORECASE
)
_MEASURES: Final = re.compile(r"(?:m2|m\^2|平方米|平米|元|人|¥|￥)", re.IGNORECASE)
_SERIAL_ZERO: Final = date(1899, 12, 30)  # serials of Excel, right since 1900-03-01
_EARLIEST: Final = date(1900, 3, 1)
_LATEST: Final = date(2200, 1, 1)
_OPEN_ENDED: Final = frozenset({"长期", "至今", "无", "无固定期限", "/", "-", "—", "——"})
# What text becomes when UTF-8 is read as GBK and written again, or was replaced on the way.
_GARBLED: Final = re.compile("�|锟斤拷|烫烫烫|屯屯屯")
_YES: Final = frozenset({"是", "已批准", "批准", "经批准", "有", "yes", "y", "true", "1"})
_NO: Final = frozenset({"否", "未批准", "不批准", "无", "no", "n", "false", "0"})


class CellError(Exception):
    """A cell that cannot be taken; says what was expected, and what to do."""

    def __init__(self, expected: str, remedy: str, *, rule: str = "bad-value") -> None:
        super().__init__(expected)
        self.expected = expected
        self.remedy = remedy
        self.rule = rule


def text(cell: Cell, *, longest: int = 500) -> str | None:
    """Read a word or sentence; None when the cell is empty.

    Raises
    ------
    CellError
        For control characters, garbled text, and text without end.
    """
    if cell is None:
        return None
    if isinstance(cell, FormulaCell):
        raise CellError(
            "a value, not a formula without one",
            "Open the file in a spreadsheet program, mend the formula and save; or paste values.",
        )
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # spreadsheets keep 512 as 512.0
    if isinstance(cell, datetime):
        cell = cell.date() if cell.time() == datetime.min.time() else cell
    word = str(cell).strip().strip("\N{ZERO WIDTH NO-BREAK SPACE}\N{ZERO WIDTH SPACE}").strip()
    if not word:
        return None
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t\r" for c in word):
        raise CellError("text without control characters", "Type the cell anew.")
    if _GARBLED.search(word):
        raise CellError(
            "readable text; this was garbled on its way", "Export the table anew as UTF-8."
        )
    if len(word) > longest:
        raise CellError(f"at most {longest} characters", "Shorten it.")
    return " ".join(word.split())


def day(cell: Cell, *, open_ended: bool = False) -> date | None:
    """Read a date: a date cell, 2024-01-31, 2024.1.31, 2024/1/31, 2024年1月31日, or a serial.

    Parameters
    ----------
    open_ended : bool
        Take 长期 and the like as no date.

    Raises
    ------
    CellError
    """
    if isinstance(cell, datetime):
        return _plausible(cell.date())
    if isinstance(cell, date):
        return _plausible(cell)
    if isinstance(cell, bool):
        raise _no_day()
    if isinstance(cell, int | float):
        return _from_number(float(cell))
    word = text(cell)
    if word is None or (open_ended and word in _OPEN_ENDED):
        return None
    word = unicodedata.normalize("NFKC", word)
    parts = _YMD.match(word) or _COMPACT.match(word)
    if parts is not None:
        try:
            return _plausible(date(int(parts[1]), int(parts[2]), int(parts[3])))
        except ValueError:
            raise _no_day() from None
    if _SERIAL.match(word):
        return _from_number(float(word))
    raise _no_day()


def number(
    cell: Cell,
    *,
    above: float | None = None,
    least: float | None = None,
    below: float | None = None,
) -> float | None:
    """Read a number such as 96,000.00, 23.5㎡ or ￥1200; None when the cell is empty.

    Raises
    ------
    CellError
    """
    if isinstance(cell, bool | date | datetime):
        raise CellError("a number", "Type it as a number.")
    if isinstance(cell, int | float):
        value = float(cell)
    else:
        word = text(cell)
        if word is None:
            return None
        plain = _MEASURES.sub("", unicodedata.normalize("NFKC", word)).replace(" ", "")
        if not _NUMBER.match(plain):
            raise CellError("a number", "Type it as a number, with a point for decimals.")
        value = float(plain.replace(",", ""))
    if not math.isfinite(value) or abs(value) > 1e12:
        raise CellError("a number of usual size", "Correct it.")
    if above is not None and value <= above:
        raise CellError(f"a number above {above:g}", "Correct it, or leave the row out.")
    if below is not None and value >= below:
        raise CellError(f"a number below {below:g}", "Correct it.")
    if least is not None and value < least:
        raise CellError(f"a number of at least {least:g}", "Correct it.")
    return value


def count(cell: Cell) -> int | None:
    """Read a whole number of people; None when the cell is empty.

    Raises
    ------
    CellError
    """
    value = number(cell, least=0)
    if value is None:
        return None
    if not value.is_integer() or value > 10_000_000:
        raise CellError("a whole number of people", "Correct it.")
    return int(value)


def yes_or_no(cell: Cell) -> bool | None:
    """Read 是 or 否; None when the cell is empty.

    Raises
    ------
    CellError
    """
    word = text(cell)
    if word is None:
        return None
    if word.casefold() in _YES:
        return True
    if word.casefold() in _NO:
        return False
    raise CellError("是 or 否 (yes or no)", "Write one of them, or leave it empty.")


def choice(cell: Cell, words: dict[str, str], expected: str) -> str | None:
    """Read one of some words, in any of their forms; None when the cell is empty.

    Raises
    ------
    CellError
    """
    word = text(cell)
    if word is None:
        return None
    found = words.get(unicodedata.normalize("NFKC", word).casefold().replace(" ", ""))
    if found is None:
        raise CellError(expected, "Write one of them.")
    return found


def _from_number(value: float) -> date:
    if 19_000_101 <= value <= 22_000_101 and value.is_integer():
        return day(str(int(value))) or _plausible(_EARLIEST)
    if not 10_000 <= value <= 110_000:
        raise _no_day()
    return _plausible(_SERIAL_ZERO + timedelta(days=int(value)))


def _plausible(value: date) -> date:
    if not _EARLIEST <= value <= _LATEST:
        raise CellError(f"a date between {_EARLIEST} and {_LATEST}", "Correct the year.")
    return value


def _no_day() -> CellError:
    return CellError(
        "a date such as 2024-01-31, 2024.1.31 or 2024年1月31日", "Write the whole date that way."
    )
