"""How far what was over the standard has been put right since a day (整改). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Rectification:
    """Offices that were over the standard on the first day, and what became of them.

    Attributes
    ----------
    over : tuple of str
        Rooms that were over then and are still there for the reader; what became of one that was
        split, retired or made secret is not told here.
    rectified : tuple of str
        Those of them that are within now.
    new : tuple of str
        Rooms that are over now and were not then.
    """

    over: tuple[str, ...]
    rectified: tuple[str, ...]
    new: tuple[str, ...]


def rectification(was_over: Collection[str], verdicts: Mapping[str, str]) -> Rectification:
    """Compare two audits of one site, room by room.

    A room of which nothing can be told now is not put right.

    Parameters
    ----------
    was_over : collection of str
        Rooms that were over the standard on the first day.
    verdicts : dict of str to str
        What each room is now: ``over``, ``within``, ``unknown``.
    """
    over = sorted(verdicts.keys() & set(was_over))
    return Rectification(
        over=tuple(over),
        rectified=tuple(code for code in over if verdicts[code] == "within"),
        new=tuple(
            sorted(
                code
                for code, verdict in verdicts.items()
                if verdict == "over" and code not in was_over
            )
        ),
    )
