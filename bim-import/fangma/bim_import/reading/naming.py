"""Tell which of a room's texts is its door number, and which its name.

IFC says Name is the number and LongName the name (ISO 16739-1:2024,
5.4.3.58); the field puts the number anywhere, or leaves it out, or calls every room "Room".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fangma.bim_import.reading import attributes

if TYPE_CHECKING:
    from fangma.bim_import.model import Value
    from fangma.bim_import.reading.attributes import Instance

_LONGEST = 12
# A whole text that is a number: 101, A102, 5-12, B1-03, 301甲, R301, 1.05.
_WHOLE = re.compile(r"[A-Za-z]{0,4}[-. ]?\d+(?:[-./#]\d+)*[A-Za-z甲乙丙丁]?(?:室|房|号|號)?")
# A number within a text: at least two digits, or it would be a count ("Bathroom 1").
_WITHIN = re.compile(
    r"(?<![0-9A-Za-z.])([A-Za-z]{0,3}-?\d{2,5}(?:-\d{1,4})?[A-Za-z]?)(?![0-9A-Za-z.²㎡])"
)
_PROPERTY_NAMES = {
    "房号", "房间号", "房间编号", "门牌号", "房间门牌", "number", "roomnumber", "room number",
    "roomtag", "room tag", "doornumber", "door number", "raumnummer", "номер", "部屋番号", "室番号",
}  # fmt: skip
_NOTHING = {"", "n/a", "none", "-", "无", "unnamed", "<unnamed>", "null"}


def room_name(space: Instance) -> str | None:
    """Give the descriptive name of a room: LongName, or what stands in for it.

    Returns
    -------
    name : str or None
        LongName; else Description, when Name is a mere number (COBie writes so); else None.
    """
    long_name = _real(attributes.text(space, "LongName"))
    if long_name is not None:
        return long_name
    name = _real(attributes.text(space, "Name"))
    if name is not None and _WHOLE.fullmatch(name):
        return _real(attributes.text(space, "Description"))
    return None


def room_number(space: Instance, properties: dict[str, dict[str, Value]]) -> str | None:
    """Find the door number of a room; None when the file has none that could be one."""
    name = _real(attributes.text(space, "Name"))
    long_name = _real(attributes.text(space, "LongName"))
    if name is not None and _is_number(name):
        return name
    for values in properties.values():
        for key, found in values.items():
            if key.strip().lower() in _PROPERTY_NAMES and isinstance(found, str | int):
                number = str(found).strip()
                if not isinstance(found, bool) and _is_number(number):
                    return number
    for text in (name, long_name):
        if text is not None and _is_number(text):
            return text
        match = _WITHIN.search(text or "")
        if match is not None:
            return match[1]
    return None


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST and _WHOLE.fullmatch(text) is not None


def _real(text: str | None) -> str | None:
    return None if text is None or text.strip().lower() in _NOTHING else text
