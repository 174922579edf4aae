"""The list of what an import would add, change, retire and ask, and what it is made from: data.

``--dry-run`` stops with it. Nothing here knows the database: what the registry holds comes in as
:class:`Known` rows.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fangma.bim_import.element_facts import is_secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fangma.asset_registry.changes import Lineage, NewEntry, Question, Shape, Source, State
    from fangma.bim_import.differences import Difference
    from fangma.bim_import.findings import Finding
    from fangma.bim_import.model import Model

_FIGURE = re.compile(r"\d+(\.\d+)?( m\b|%)?")
# Matches below this are told one by one in the report, so many at most.
_CERTAIN = 0.95
_MOST_UNCERTAIN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entry of the registry that the file may speak of.

    Attributes
    ----------
    of_series : bool
        It was last seen in a revision of the same model, so that its absence means that it is gone;
        otherwise it belongs to another discipline and can only be confirmed.
    secret : bool
        涉密: what comes of it is so too, until somebody entitled says otherwise.
    is_questioned : bool
        A person has yet to decide what became of it: no import retires it before that.
    is_decided : bool
        It is no longer: people divided or joined it, while the model still shows it.
    is_heir : bool
        What such a thing became; no export has shown it yet, so that its absence says nothing.
    """

    entry_id: UUID
    code: str | None
    guid: str | None
    fingerprint: str
    kind: str
    state: State
    shape: Shape
    of_series: bool
    secret: bool = False
    is_questioned: bool = False
    is_decided: bool = False
    is_heir: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Why an element of the file is an entry of the registry, and how sure that is (0 to 1)."""

    entry_id: UUID
    code: str | None
    guid: str | None
    evidence: str
    confidence: float
    secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Registry ids of the file's buildings and storeys, by their keys in the file.

    Attributes
    ----------
    buildings, storeys : mapping of int to UUID
        New ones have ids made by the caller, and rows in ``new``.
    default_building : UUID or None
        Where elements go that say nothing; None = the grounds outside.
    names : mapping of UUID to str
        How buildings and storeys are told in words: code, or name where they are new.
    """

    buildings: Mapping[int, UUID]
    storeys: Mapping[int, UUID]
    default_building: UUID | None
    site_id: UUID
    names: Mapping[UUID, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Plan:
    """What the element part of an import would do.

    ``entry_of`` names the entry of every element of the file, new or known, so that tiles and
    networks can refer to it.
    """

    new: list[NewEntry] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    retired: list[UUID] = field(default_factory=list)
    superseded: list[UUID] = field(default_factory=list)
    moved: list[tuple[UUID, UUID]] = field(default_factory=list)
    lineage: list[Lineage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    entry_of: dict[int, UUID] = field(default_factory=dict)
    secret: set[UUID] = field(default_factory=set)
    matches: list[Match] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    differences: dict[UUID, tuple[Difference, ...]] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    health: dict[str, Any] = field(default_factory=dict)
    added: int = 0
    changed: int = 0
    kept: int = 0
    split: int = 0
    merged: int = 0
    review: int = 0

    def hidden(self, model: Model) -> frozenset[int]:
        """Return the keys of elements that no report may speak of: secret rooms."""
        known = {m.entry_id for m in self.matches if m.secret} | self.secret
        return frozenset(
            e.key for e in model.elements if is_secret(e) or self.entry_of.get(e.key) in known
        )

    def evidence(self) -> dict[str, int]:
        """Count by what known entries were recognised, without the figures in the words."""
        words = Counter(_FIGURE.sub("n", m.evidence) for m in self.matches)
        return dict(words.most_common())

    def uncertain(self) -> list[dict[str, Any]]:
        """List the least certain matches; secret rooms are left out, since reports are read."""
        open_ = [m for m in self.matches if not m.secret and m.confidence < _CERTAIN]
        return [
            {
                "code": m.code, "element": m.guid, "evidence": m.evidence,
                "confidence": m.confidence,
            }
            for m in sorted(open_, key=lambda m: m.confidence)[:_MOST_UNCERTAIN]
        ]  # fmt: skip
