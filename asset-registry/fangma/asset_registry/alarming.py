"""The states of an alarm after ISA-18.2, 4: what may be done in which, as a table."""

from __future__ import annotations

from typing import Final

from fangma.asset_registry.errors import RegistryError

STATES: Final = ("active", "acknowledged", "shelved", "cleared")
OPEN: Final = ("active", "acknowledged", "shelved")

#: Deed, state before, state after. Shelving hides an alarm for a time; what clears meanwhile is
#: cleared. A cleared alarm does not come back: the next time it is a new one.
TRANSITIONS: Final = {
    ("acknowledge", "active"): "acknowledged",
    ("shelve", "active"): "shelved",
    ("shelve", "acknowledged"): "shelved",
    ("unshelve", "shelved"): "active",
    ("clear", "active"): "cleared",
    ("clear", "acknowledged"): "cleared",
    ("clear", "shelved"): "cleared",
}


class AlarmError(RegistryError):
    """Something cannot be done with an alarm in the state that it is in."""


def after(deed: str, state: str) -> str:
    """Return the state after a deed.

    Raises
    ------
    AlarmError
        When the deed makes no sense in that state.
    """
    found = TRANSITIONS.get((deed, state))
    if found is None:
        possible = sorted(do for do, before in TRANSITIONS if before == state and do != "clear")
        raise AlarmError(
            f"the alarm is {state}, in which one cannot {deed}",
            f"possible now: {', '.join(possible) or 'nothing, it is over'}",
        )
    return found
