"""What becomes of the facts that are held when others are told. Pure.

What is told holds for its time: a held fact that starts at the same moment is replaced whole (its
end may have been corrected), another one keeps what lies before and after. A fact that says nothing
new changes nothing, so that the same table can be imported again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from fangma.asset_registry.occupation.facts import Dated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

F = TypeVar("F", bound=Dated)
_EVER = datetime(1, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Generic[F]):
    """A fact as the registry holds it, with the id of its row."""

    id: int
    fact: F


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment(Generic[F]):
    """Rows to close, facts to add, and how many of those told were new, different or known."""

    closed: tuple[int, ...]
    added: tuple[F, ...]
    new: int
    changed: int
    kept: int


def amend(held: Iterable[Held[F]], told: Iterable[F]) -> Amendment[F]:
    """Work out how the registry gets from what it holds to what it is told.

    Parameters
    ----------
    held : iterable of Held
        All current rows of the subjects that are told; of one subject, no two overlap.
    told : iterable of Dated
        Of one subject, no two overlap either: the reader of a table sees to that.
    """
    rows: dict[tuple[object, ...], list[Held[F]]] = defaultdict(list)
    for row in held:
        rows[row.fact.subject].append(row)
    closed: dict[int, None] = {}
    added: list[F] = []
    new = changed = kept = 0
    by_subject: dict[tuple[object, ...], list[F]] = defaultdict(list)
    for fact in told:
        by_subject[fact.subject].append(fact)
    for subject, facts in by_subject.items():
        there = rows.get(subject, [])
        different = [fact for fact in facts if not any(_says(row.fact, fact) for row in there)]
        kept += len(facts) - len(different)
        if not different:
            continue
        if there:
            changed += len(different)
        else:
            new += len(different)
        for row in there:
            rest = list(_rest(row.fact, different))
            if rest != [row.fact]:
                closed[row.id] = None
                added.extend(rest)
        added.extend(different)
    return Amendment(closed=tuple(closed), added=tuple(added), new=new, changed=changed, kept=kept)


def overlapping(a: Dated, b: Dated) -> bool:
    """Tell whether two facts hold at some moment together."""
    return _start(a) < _end(b) and _start(b) < _end(a)


def _says(held: Dated, told: Dated) -> bool:
    """Tell whether what is held says already what is told."""
    if replace(held, valid_from=told.valid_from, valid_to=told.valid_to) != told:
        return False
    if _start(held) == _start(told):
        return _end(held) == _end(told)
    return _start(held) < _start(told) and _end(told) <= _end(held)


def _rest(held: F, told: Iterable[F]) -> Iterator[F]:
    """Yield what stays of a held fact."""
    pieces = [held]
    for fact in told:
        if _start(fact) == _start(held):
            return
        pieces = [rest for piece in pieces for rest in _without(piece, fact)]
    yield from pieces


def _without(piece: F, fact: F) -> Iterator[F]:
    if not overlapping(piece, fact):
        yield piece
        return
    if _start(piece) < _start(fact):
        yield replace(piece, valid_to=fact.valid_from)
    if _end(fact) < _end(piece):
        yield replace(piece, valid_from=fact.valid_to)


def _start(fact: Dated) -> datetime:
    return fact.valid_from or _EVER


def _end(fact: Dated) -> datetime:
    return fact.valid_to or _NEVER
