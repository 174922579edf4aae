"""What is wrong with a room before a plan touches it, as the solver takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.reallocation.situation import Sharing, excess_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fangma.asset_registry.reallocation.kinds import Kind
    from fangma.asset_registry.reallocation.situation import Occupant, Situation


def group_of(sharing: Sharing) -> Callable[[Kind | Occupant], str] | None:
    """Return the function that names the group which has a room to itself; None for any."""
    match sharing:
        case Sharing.UNIT:
            return lambda who: who.unit
        case Sharing.ORGANISATION:
            return lambda who: who.organisation
        case Sharing.ANY:
            return None


def is_broken(situation: Situation, code: str) -> bool:
    """Tell whether a room breaks a rule on sharing already: too full, too small, or mixed.

    Such a room may stay as it is or lose people; nobody is added to it. The ceilings are another
    matter: there a room is measured by its excess.
    """
    room = situation.rooms[code]
    people = [situation.people[id_] for id_ in situation.holders[code]]
    group = group_of(situation.settings.sharing)
    return (
        len(people) > room.capacity
        or sum(person.least for person in people) > room.area
        or (len(people) > 1 and any(person.is_alone for person in people))
        or (group is not None and len({group(person) for person in people}) > 1)
    )


def excess_before(situation: Situation, code: str) -> int | None:
    """Return a room's area above the ceilings of its holders; None when it cannot be judged."""
    ceilings = [situation.people[id_].ceiling for id_ in situation.holders[code]]
    known = [ceiling for ceiling in ceilings if ceiling is not None]
    if len(known) < len(ceilings):
        return None
    return excess_of(situation.rooms[code].area, sum(known)) if ceilings else 0
