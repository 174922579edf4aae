"""What is said of a fault and of the steps to mend it, before it is stored."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.work_orders.lifecycle import WorkOrderError

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

#: Kinds of faults with their Chinese names; the first ones are a plumber's.
FAULTS: Final = {
    "leak": "渗漏水",
    "blocked": "堵塞",
    "no_supply": "停水、停气、停暖",
    "power": "停电、电气故障",
    "lighting": "照明",
    "climate": "空调、通风",
    "fire_safety": "消防设施",
    "lift": "电梯",
    "door_window": "门窗",
    "fabric": "墙、顶、地面",
    "furniture": "家具",
    "network": "网络、电话",
    "smell": "异味",
    "other": "其他",
}
#: How urgent it is, the most urgent first.
URGENCIES: Final = {"emergency": "应急", "urgent": "紧急", "normal": "一般", "low": "不急"}

LONGEST_TEXT: Final = 2000
MOST_PARTS: Final = 50
_KEPT_CONTROLS: Final = frozenset("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A fault as somebody reports it.

    Attributes
    ----------
    id : UUID
        Made by whoever reports: sent twice, it is one order.
    code : str
        Where: a room, pipe, valve, device or whatever else has a code.
    text : str
        In words; may be empty where the kind says enough.
    origin : str
        ``account``, ``link`` (a passer-by with a signed link), ``operator`` or ``round``.
    reporter : str or None
        The account; None for a passer-by, of whom nothing is kept.
    at : datetime
        When it was seen.
    point : (float, float, float) or None
        Where exactly, the site's CRS, metres.
    """

    id: UUID
    code: str
    fault: str
    urgency: str
    text: str
    origin: str
    reporter: str | None
    at: datetime
    point: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that was used: what, how many, of which unit."""

    name: str
    count: float
    unit: str = "个"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A step that somebody takes with an order.

    Attributes
    ----------
    key : UUID
        Made by whoever takes it: sent twice, it is one step.
    at : datetime
        When it was done, which may be before it is told.
    minutes : int or None
        Time that was worked.
    cost : Decimal or None
        Yuan.
    """

    key: UUID
    name: str
    at: datetime
    note: str | None = None
    person: str | None = None
    due: datetime | None = None
    parts: tuple[Part, ...] = ()
    minutes: int | None = None
    cost: Decimal | None = None


def check_report(fault: str, urgency: str, text: str) -> str:
    """Return the text of a report as it is kept.

    Raises
    ------
    WorkOrderError
        When fault or urgency is unknown, or the text too long.
    """
    for what, found, known in (("fault", fault, FAULTS), ("urgency", urgency, URGENCIES)):
        if found not in known:
            raise WorkOrderError(
                f"found the {what} {found[:40]!r}, expected one of {', '.join(known)}",
                "name one of them",
            )
    return clean_text(text)


def check_parts(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return parts with their names cleaned.

    Raises
    ------
    WorkOrderError
        When there are too many, or a count is no positive number.
    """
    if len(parts) > MOST_PARTS:
        raise WorkOrderError(
            f"found {len(parts)} parts, expected at most {MOST_PARTS}", "put alike ones together"
        )
    cleaned = []
    for part in parts:
        name = clean_text(part.name).replace("\n", " ")
        if not name or not math.isfinite(part.count) or not 0 < part.count <= 1e6:
            raise WorkOrderError(
                f"found the part {name[:40]!r} {part.count} times, expected a name and a count",
                "correct it",
            )
        cleaned.append(Part(name=name, count=part.count, unit=clean_text(part.unit)[:8] or "个"))
    return tuple(cleaned)


def clean_text(text: str) -> str:
    r"""Drop what steers a terminal, turns a line or cannot be stored; keep line breaks.

    Raises
    ------
    WorkOrderError
        When more than :data:`LONGEST_TEXT` characters are left.

    Examples
    --------
    >>> clean_text("水\x1b[31m 从\u202e顶上滴\r\n下 ")
    '水[31m 从顶上滴\n下'
    """
    folded = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(
        c
        for c in folded.replace("\t", " ")
        if c in _KEPT_CONTROLS or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    ).strip()
    if len(kept) > LONGEST_TEXT:
        raise WorkOrderError(
            f"the text has {len(kept)} characters, expected at most {LONGEST_TEXT}", "shorten it"
        )
    return kept
