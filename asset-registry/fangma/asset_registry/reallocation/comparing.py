"""Two plans side by side, and two plans made one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Places = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Somebody whom two plans place differently.

    Attributes
    ----------
    present : str or None
        Where they are without a plan.
    """

    person: str
    present: str | None
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Two plans as one.

    Attributes
    ----------
    places : dict of person to room
        Where both agree, or one of them alone says something, or a choice was made; else the left.
    conflicts : tuple of Difference
        Whom both place, differently, and about whom nothing was chosen.
    """

    places: Places
    conflicts: tuple[Difference, ...]


def differences(
    present: Mapping[str, str | None],
    left: Mapping[str, str | None],
    right: Mapping[str, str | None],
) -> tuple[Difference, ...]:
    """Return whom two plans place differently; who is not named by a plan stays where they are."""
    found = []
    for person in sorted(left.keys() | right.keys()):
        now = present.get(person)
        one, other = left.get(person, now), right.get(person, now)
        if one != other:
            found.append(Difference(person=person, present=now, left=one, right=other))
    return tuple(found)


def merge(
    present: Mapping[str, str | None],
    left: Mapping[str, str | None],
    right: Mapping[str, str | None],
    chosen: Mapping[str, str],
) -> Merged:
    """Make one plan of two.

    Parameters
    ----------
    chosen : mapping of person to ``left`` or ``right``
        For people whom both place, differently.
    """
    places: Places = {}
    conflicts = []
    for person in sorted(left.keys() | right.keys()):
        if person not in right:
            places[person] = left[person]
        elif person not in left:
            places[person] = right[person]
        else:
            places[person] = right[person] if chosen.get(person) == "right" else left[person]
            if left[person] != right[person] and person not in chosen:
                conflicts.append(
                    Difference(
                        person=person,
                        present=present.get(person),
                        left=left[person],
                        right=right[person],
                    )
                )
    return Merged(places=places, conflicts=tuple(conflicts))
