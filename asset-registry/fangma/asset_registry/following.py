"""What becomes of the facts that hang on a room when it is divided, thrown together or replaced.

Pure. The rules, also in docs/lineage.md:

- A merge or a replacement hands everything on to the one successor.
- At a split, people, leases, sensors, building records and titles go to the **principal heir**: the
  part with the largest share of the area (the first of equal ones). Who sits in which part is not
  known; one place to look at is better than two wrong ones, and a finding says so.
- The ledger is divided at a split by the shares of the area, and added up at a merge: the sum of
  the books stays what it was.
- How well a pipe's place is known goes to every part; of several, the worst stays.
- Nothing before the day of the decision changes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.changes import Lineage

Clash = Literal["one", "sum", "worst"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How the facts of one table follow.

    Attributes
    ----------
    subject : tuple of str
        Besides the entry: what two facts have in common that may not hold at the same time.
    to_all : bool
        To every heir; else to the principal one.
    divided : tuple of str
        Figures that are divided by the heirs' shares, and added up where several meet.
    clash : str
        What holds where several ancestors bring a fact of one subject: ``one`` (the first), ``sum``
        (of the divided figures), ``worst`` (the greatest of every figure).
    """

    subject: tuple[str, ...] = ()
    to_all: bool = False
    divided: tuple[str, ...] = ()
    clash: Clash = "one"


RULES: Final[dict[str, Rule]] = {
    "assignment": Rule(subject=("person_id", "unit_id")),
    "lease": Rule(subject=("direction", "tenant"), divided=("due", "paid"), clash="sum"),
    "ledger": Rule(
        to_all=True,
        divided=("area_m2", "certificate_m2", "rest_room_m2", "toilet_m2"),
        clash="sum",
    ),
    "title": Rule(subject=("certificate",)),
    "building_record": Rule(),
    "binding": Rule(subject=("stream_id",)),
    "accuracy": Rule(to_all=True, clash="worst"),
}
"""By table. Shapes and states are told by the decision itself; joins by the import of the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A row as the registry holds it; ``place`` names it until the transaction ends."""

    place: str
    valid_from: datetime | None
    valid_to: datetime | None
    fact: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """A successor and its part of an ancestor's area, 0 to 1; the parts add up to 1."""

    id: UUID
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Rows to close, and facts to add with their times."""

    closed: tuple[str, ...]
    added: tuple[Held, ...]
    moved: int


def heirs_of(lineage: Iterable[Lineage]) -> dict[UUID, list[Heir]]:
    """List the heirs of each ancestor, principal first, with shares that add up to 1."""
    raw: dict[UUID, list[tuple[UUID, float | None]]] = defaultdict(list)
    for step in lineage:
        raw[step.predecessor_id].append((step.successor_id, step.area_share))
    found: dict[UUID, list[Heir]] = {}
    for ancestor, parts in raw.items():
        told = [share for _, share in parts if share is not None and share > 0.0]
        usual = sum(told) / len(told) if told else 1.0
        shares = [share if share is not None and share > 0.0 else usual for _, share in parts]
        whole = sum(shares)
        heirs = [
            Heir(id=id_, share=share / whole) for (id_, _), share in zip(parts, shares, strict=True)
        ]
        found[ancestor] = sorted(heirs, key=lambda heir: -heir.share)
    return found


def follow(
    table: str, held: Sequence[Held], heirs: Mapping[UUID, Sequence[Heir]], at: datetime
) -> Followed:
    """Work out what the registry gets to hold of one table.

    Parameters
    ----------
    held : sequence of Held
        What is held of the ancestors and of the heirs for the time from ``at`` on.
    """
    rule = RULES[table]
    ancestors = {str(id_): list(parts) for id_, parts in heirs.items()}
    mine = [row for row in held if str(row.fact["entry_id"]) in ancestors]
    theirs = [row for row in held if str(row.fact["entry_id"]) not in ancestors]
    closed = [row.place for row in mine]
    added: list[Held] = []
    arriving: list[Held] = []
    for row in mine:
        if row.valid_from is None or row.valid_from < at:
            added.append(replace(row, valid_to=at))
        parts = ancestors[str(row.fact["entry_id"])]
        start = at if row.valid_from is None or row.valid_from < at else row.valid_from
        for rank, heir in enumerate(parts):
            if rank and not rule.to_all:
                break
            share = heir.share if rule.to_all else 1.0
            fact = {**row.fact, "entry_id": str(heir.id), **_divided(rule, row.fact, share)}
            arriving.append(replace(row, valid_from=start, fact=fact))
    met, untouched = _met(rule, arriving, theirs)
    closed += [row.place for row in theirs if row.place not in untouched]
    added += met
    return Followed(closed=tuple(closed), added=tuple(added), moved=len(mine))


def _divided(rule: Rule, fact: Mapping[str, Any], share: float) -> dict[str, float]:
    return {
        key: fact[key] * share for key in rule.divided if share != 1.0 and fact.get(key) is not None
    }


def _met(
    rule: Rule, arriving: Iterable[Held], theirs: Iterable[Held]
) -> tuple[list[Held], set[str]]:
    """Lay what arrives on what the heirs have: stretch by stretch, one fact a subject."""
    groups: dict[str, list[Held]] = defaultdict(list)
    own: dict[str, list[Held]] = defaultdict(list)
    for row in theirs:
        own[_subject(rule, row)].append(row)
    for row in arriving:
        groups[_subject(rule, row)].append(row)
    untouched = {row.place for key, rows in own.items() if key not in groups for row in rows}
    found: list[Held] = []
    for key, rows in groups.items():
        found += _stretches(rule, [*own.get(key, ()), *rows])
    return found, untouched


def _subject(rule: Rule, row: Held) -> str:
    return json.dumps([row.fact.get(key) for key in ("entry_id", *rule.subject)], default=str)


def _stretches(rule: Rule, rows: Sequence[Held]) -> list[Held]:
    """Cut overlapping facts of one subject at every edge, settle each piece, join equal ones."""
    if len(rows) == 1:
        return list(rows)
    edges = sorted({edge for row in rows for edge in (_start(row), _end(row))})
    found: list[Held] = []
    for start, end in pairwise(edges):
        here = [row for row in rows if _start(row) <= start and end <= _end(row)]
        if not here:
            continue
        piece = replace(
            here[0], fact=_settled(rule, here), valid_from=None if start == _EVER else start,
            valid_to=None if end == _NEVER else end,
        )  # fmt: skip
        last = found[-1] if found else None
        if last is not None and last.valid_to == start and last.fact == piece.fact:
            found[-1] = replace(last, valid_to=piece.valid_to)
        else:
            found.append(piece)
    return found


def _settled(rule: Rule, rows: Sequence[Held]) -> Mapping[str, Any]:
    facts = [row.fact for row in rows]
    if len(facts) == 1 or rule.clash == "one":
        return facts[0]
    if rule.clash == "sum":
        sums = {key: [f[key] for f in facts if f.get(key) is not None] for key in rule.divided}
        return {**facts[0], **{key: sum(values) for key, values in sums.items() if values}}
    greatest = {
        key: max(f[key] for f in facts if f.get(key) is not None)
        for key, value in facts[0].items()
        if isinstance(value, float)
    }
    return {**facts[0], **greatest}


_EVER = datetime.fromisoformat("0001-01-02T00:00:00+00:00")
_NEVER = datetime.fromisoformat("9999-12-30T00:00:00+00:00")


def _start(row: Held) -> datetime:
    return row.valid_from or _EVER


def _end(row: Held) -> datetime:
    return row.valid_to or _NEVER
