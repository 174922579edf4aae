"""The states of a work order, and who may take it from one to the next, as one table.

::

    reported > assigned > accepted > in_progress > done > closed
    rejected, on_hold and "sent back" are the ways beside it; STEPS has them all.

Whoever did the work does not check it: closing and sending back are somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable

State = Literal[
    "reported", "assigned", "accepted", "in_progress", "on_hold", "done", "closed", "rejected"
]
STATES: Final[tuple[State, ...]] = (
    "reported", "assigned", "accepted", "in_progress", "on_hold", "done", "closed", "rejected",
)  # fmt: skip
OVER: Final[frozenset[State]] = frozenset({"closed", "rejected"})
OPEN: Final[tuple[State, ...]] = tuple(state for state in STATES if state not in OVER)

#: What the machine's operator passes as its role on the command line.
OPERATOR_ROLE: Final = "operator"
_DISPATCHERS: Final = frozenset({"administrator", "maintainer"})
_WORKERS: Final = frozenset({"maintainer"})
_EVERYBODY: Final = frozenset(
    {"planner", "maintainer", "auditor", "leader", "administrator", "security"}
)


class WorkOrderError(RegistryError):
    """Something cannot be done with a work order."""


class NotYoursError(WorkOrderError):
    """A step that another role, or another person, has to take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a deed does.

    Attributes
    ----------
    before : frozenset of str
        States in which it makes sense.
    after : str or None
        State afterwards; None = the same.
    roles : frozenset of str
        Any of these may.
    by : str
        ``anyone`` of the roles, the ``responsible`` person alone, or ``another`` than that.
    needs_note, names_person : bool
        It must say why; it must say who sees to it.
    """

    before: frozenset[State]
    after: State | None
    roles: frozenset[str]
    by: Literal["anyone", "responsible", "another"] = "anyone"
    needs_note: bool = False
    names_person: bool = False


STEPS: Final[dict[str, Step]] = {
    "assign": Step(
        before=frozenset({"reported", "assigned", "accepted", "on_hold"}), after="assigned",
        roles=_DISPATCHERS, names_person=True,
    ),
    "reject": Step(
        before=frozenset({"reported", "assigned"}), after="rejected", roles=_DISPATCHERS,
        needs_note=True,
    ),
    "accept": Step(
        before=frozenset({"assigned"}), after="accepted", roles=_WORKERS, by="responsible"
    ),
    "decline": Step(
        before=frozenset({"assigned", "accepted"}), after="reported", roles=_WORKERS,
        by="responsible", needs_note=True,
    ),
    "start": Step(
        before=frozenset({"accepted", "on_hold"}), after="in_progress", roles=_WORKERS,
        by="responsible",
    ),
    "hold": Step(
        before=frozenset({"accepted", "in_progress"}), after="on_hold", roles=_WORKERS,
        by="responsible", needs_note=True,
    ),
    "finish": Step(
        before=frozenset({"in_progress"}), after="done", roles=_WORKERS, by="responsible"
    ),
    "send_back": Step(
        before=frozenset({"done"}), after="in_progress", roles=_DISPATCHERS, by="another",
        needs_note=True,
    ),
    "close": Step(before=frozenset({"done"}), after="closed", roles=_DISPATCHERS, by="another"),
    "note": Step(before=frozenset(STATES), after=None, roles=_EVERYBODY, needs_note=True),
}  # fmt: skip
DEEDS: Final = tuple(STEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a work order is, as far as the next step depends on it."""

    state: State
    responsible: str | None = None


def after(
    deed: str,
    standing: Standing,
    *,
    actor: str,
    roles: Iterable[str],
    note: str | None = None,
    person: str | None = None,
) -> Standing:
    """Return where an order stands after a deed.

    Parameters
    ----------
    actor : str
        Whose deed it is; compared with the responsible person.
    roles : iterable of str
        The actor's roles; :data:`OPERATOR_ROLE` may everything that makes sense.
    note : str or None
        Why, or what was done.
    person : str or None
        Who is to see to it; for ``assign``.

    Raises
    ------
    NotYoursError
        When it is for another role or person.
    WorkOrderError
        When there is no such deed, it makes no sense now, or lacks its note or person.

    Examples
    --------
    >>> after("accept", Standing(state="assigned", responsible="mei"), actor="mei",
    ...       roles=["maintainer"])
    Standing(state='accepted', responsible='mei')
    """
    step = STEPS.get(deed)
    if step is None:
        raise WorkOrderError(
            f"found the deed {deed[:40]!r}, expected one of {', '.join(DEEDS)}", "name one of them"
        )
    if standing.state not in step.before:
        sensible = [name for name, each in STEPS.items() if standing.state in each.before]
        raise WorkOrderError(
            f"the order is {standing.state}, in which one cannot {deed}",
            f"possible now: {', '.join(sensible) or 'nothing, it is over; report it anew'}",
        )
    _check_who(deed, step, standing, actor, frozenset(roles))
    if step.needs_note and not (note or "").strip():
        raise WorkOrderError(f"{deed} lacks its note, expected the reason in words", "say why")
    if step.names_person != (person is not None):
        raise WorkOrderError(
            f"found {person or 'nobody'} named with {deed}, expected "
            + ("who is to see to it" if step.names_person else "nobody"),
            "name the person with assign, and with no other deed",
        )
    responsible = person if step.names_person else standing.responsible
    state = standing.state if step.after is None else step.after
    return Standing(state=state, responsible=None if state == "reported" else responsible)


def possible(standing: Standing, *, actor: str, roles: Iterable[str]) -> list[str]:
    """List the deeds that somebody may do now, in the order of :data:`STEPS`."""
    held = frozenset(roles)
    found = []
    for deed, step in STEPS.items():
        if standing.state in step.before:
            try:
                _check_who(deed, step, standing, actor, held)
            except NotYoursError:
                continue
            found.append(deed)
    return found


def check_states(names: Iterable[str]) -> list[str]:
    """Refuse what is no state.

    Raises
    ------
    WorkOrderError
    """
    found = list(names)
    for name in found:
        if name not in STATES:
            raise WorkOrderError(
                f"found the state {name[:40]!r}, expected one of {', '.join(STATES)}",
                "name one of them",
            )
    return found


def _check_who(
    deed: str, step: Step, standing: Standing, actor: str, roles: frozenset[str]
) -> None:
    if OPERATOR_ROLE in roles:
        return
    if not roles & step.roles:
        raise NotYoursError(
            f"{deed} is for {' or '.join(sorted(step.roles))}; {actor} is "
            f"{', '.join(sorted(roles)) or 'nothing'}",
            "ask somebody who has the role",
        )
    is_responsible = actor == standing.responsible
    if step.by == "responsible" and not is_responsible:
        raise NotYoursError(
            f"{deed} is for whoever is responsible, {standing.responsible or 'nobody yet'}; "
            f"you are {actor}",
            "have the order assigned to you",
        )
    if step.by == "another" and is_responsible:
        raise NotYoursError(
            f"{actor} is responsible for the work, and may not check it too",
            f"have somebody else {deed.replace('_', ' ')} it",
        )
