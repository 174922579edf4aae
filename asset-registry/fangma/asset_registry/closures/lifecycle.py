"""The states of a planned closure, and what is done on site, as one table.

::

    planned > under_way > ended
    planned > cancelled
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from datetime import datetime

    from fangma.asset_registry.networks import Position

State = Literal["planned", "under_way", "ended", "cancelled"]
STATES: Final[tuple[State, ...]] = ("planned", "under_way", "ended", "cancelled")
OPEN: Final[tuple[State, ...]] = ("planned", "under_way")
LONGEST: Final = timedelta(days=31)
LONGEST_REASON: Final = 500


class ClosureError(RegistryError):
    """Something cannot be done with a planned closure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is done with a closure.

    Attributes
    ----------
    before : tuple of str
        States in which it makes sense.
    after : str or None
        State afterwards; None = the same.
    position : str or None
        How the valve stands from then on that the deed names; None = it names none.
    replans : bool
        The valves are sought anew after it.
    needs_note : bool
    """

    before: tuple[State, ...]
    after: State | None = None
    position: Position | None = None
    replans: bool = False
    needs_note: bool = False


DEEDS: Final[dict[str, Deed]] = {
    "start": Deed(before=("planned",), after="under_way"),
    "shut": Deed(before=("under_way",), position="closed"),
    "stuck": Deed(before=("planned", "under_way"), position="stuck", replans=True),
    "replan": Deed(before=("planned", "under_way"), replans=True),
    "reopen": Deed(before=("under_way",), position="open"),
    "end": Deed(before=("under_way",), after="ended"),
    "cancel": Deed(before=("planned",), after="cancelled", needs_note=True),
    "note": Deed(before=("planned", "under_way"), needs_note=True),
}


def check_window(start: datetime, end: datetime) -> None:
    """Refuse a time that is none, or that is longer than :data:`LONGEST`.

    Raises
    ------
    ClosureError
    """
    if not start < end <= start + LONGEST:
        raise ClosureError(
            f"found a closure from {start.isoformat()} to {end.isoformat()}, expected an end after "
            f"its start and within {LONGEST.days} days",
            "say from when and until when, with an offset",
        )


def check_reason(reason: str) -> str:
    """Return the reason as it is kept.

    Raises
    ------
    ClosureError
    """
    text = " ".join(reason.split())
    if not text or len(text) > LONGEST_REASON or not text.isprintable():
        raise ClosureError(
            f"found a reason of {len(text)} characters, expected 1 to {LONGEST_REASON} that can be "
            "printed",
            "say why in a sentence: it stands in the notice",
        )
    return text


def after(
    name: str, state: State, *, valve: str | None, planned: frozenset[str], note: str | None
) -> tuple[Deed, State]:
    """Return a deed and the state after it.

    Parameters
    ----------
    valve : str or None
        Code of the valve that the deed names.
    planned : frozenset of str
        Codes of the valves that the closure closes.

    Raises
    ------
    ClosureError
    """
    deed = DEEDS.get(name)
    if deed is None:
        raise ClosureError(f"found the deed {name[:40]!r}, expected one of {', '.join(DEEDS)}",
                           "say one of these")  # fmt: skip
    if state not in deed.before:
        raise ClosureError(
            f"the closure is {state}, expected {' or '.join(deed.before)} for {name}",
            "look at how it stands",
        )
    if (deed.position is None) != (valve is None):
        raise ClosureError(
            f"found {valve or 'no valve'}, expected {'a' if deed.position else 'no'} valve for "
            f"{name}",
            "name the valve that you stand at" if deed.position else "leave the valve out",
        )
    if valve is not None and valve not in planned:
        raise ClosureError(
            f"{valve} is none of the valves of this closure, expected {', '.join(sorted(planned))}",
            "record how another valve stands with fangma valve",
        )
    if deed.needs_note and not note:
        raise ClosureError(f"found no note, expected one for {name}", "say why")
    return deed, deed.after or state
