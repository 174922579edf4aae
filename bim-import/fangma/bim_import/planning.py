"""The list of what an import would add, change, retire and ask: pure data, pure functions.

``--dry-run`` stops after this stage. Nothing here knows the database; what the registry holds comes
in as :class:`Known` rows, what the file holds as a ``Model`` and its measured bodies.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import shapely

from fangma.asset_registry.changes import Lineage, NewEntry, Question, Shape, Source, State
from fangma.asset_registry.kinds import code_letters
from fangma.bim_import.differences import (
    Difference,
    is_same_measurement,
    shape_differences,
    state_differences,
)
from fangma.bim_import.element_facts import is_secret, shape_of, state_of
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.matching import Feature, match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.matching import Doubt, Matching
    from fangma.bim_import.model import Element, Model

_FIGURE = re.compile(r"\d+(\.\d+)?( m\b|%)?")
# Matches below this are told one by one in the report, so many at most.
_CERTAIN = 0.95
_MOST_UNCERTAIN = 200
# A revision that retires more than this part of its model is hardly one.
_HARDLY_KNOWN = 0.5
_ENOUGH = 8
# A thing that people divided is shown as it was when no side of its box went farther than this.
_SAME_BODY_M = 0.1
# A split may lose this much to the walls that made it, ...
_LOST_SHARE = 0.05
# ... or this much where the rooms are small.
_LOST_M2 = 1.0


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


def _code_part(element: Element) -> str | None:
    if element.kind == "room":
        return element.number
    return code_letters(element.kind, element.system)


def feature_of(element: Element, body: Body | None, places: Places) -> Feature:
    """Prepare an element of a file for matching."""
    return Feature(
        kind=element.kind,
        ifc_class=element.ifc_class,
        guid=element.guid,
        fingerprint=element.fingerprint,
        storey=None if element.storey is None else places.storeys.get(element.storey),
        number=element.number,
        name=element.long_name or element.name,
        system=element.system,
        box=None if body is None else body.box,
        footprint=None if body is None else body.footprint,
        diameter_m=None if body is None else body.outer_diameter_m,
        axis=None if body is None else body.axis,
        predefined_type=element.predefined_type,
        is_coded=_code_part(element) is not None or element.kind == "room",
    )


def _known_feature(known: Known) -> Feature:
    shape = known.shape
    return Feature(
        kind=known.kind,
        ifc_class=known.state.ifc_class or "",
        guid=known.guid,
        fingerprint=known.fingerprint,
        storey=known.state.storey_id,
        number=known.state.number,
        name=known.state.name,
        system=known.state.system,
        box=None if shape.extent is None else (*shape.extent[0], *shape.extent[1]),
        footprint=None if shape.footprint is None else shapely.from_wkb(shape.footprint),
        diameter_m=shape.outer_diameter_m,
        axis=None if shape.axis is None else shapely.from_wkb(shape.axis),
        predefined_type=known.state.predefined_type,
        is_coded=known.code is not None,
    )


def plan_elements(
    model: Model,
    bodies: Mapping[int, Body],
    known: Sequence[Known],
    places: Places,
    laid: Mapping[int, Body] | None = None,
) -> Plan:
    """Match the elements of a file with the registry and list what would be done.

    Parameters
    ----------
    known : sequence of Known
        Entries of the model's own series, and rooms of the same buildings known from other
        disciplines.
    laid : mapping or None
        Bodies laid back on what is known, where the building moved as a whole; by them elements
        are matched, while ``bodies`` are what the registry is to hold.

    Returns
    -------
    plan : Plan
        Doubtful elements are findings of rule ``review-match`` and enter the registry as new
        things, so that no code is ever given to the wrong one; the old entry stays until a person
        decides.
    """
    plan = Plan()
    laid = bodies if laid is None else laid
    behind = _plan_decided(plan, model.elements, laid, [k for k in known if k.is_decided], places)
    elements = [e for e in model.elements if e.key not in behind]
    own = [k for k in known if k.of_series and not k.is_decided]
    foreign = [k for k in known if not k.of_series]
    matching = match(
        [_known_feature(k) for k in own],
        [feature_of(e, laid.get(e.key), places) for e in elements],
    )
    matched: dict[int, Known] = {p.new: own[p.old] for p in matching.pairs}
    loose = [j for j in range(len(elements)) if j not in matched]
    guids = {k.guid for k in foreign}
    asked = [j for j in loose if elements[j].kind == "room" or elements[j].guid in guids]
    confirmed = match(
        [_known_feature(k) for k in foreign],
        [feature_of(elements[j], laid.get(elements[j].key), places) for j in asked],
    )
    confirms = {asked[p.new]: foreign[p.old] for p in confirmed.pairs}
    for pairs, olds, news in (
        (matching.pairs, own, range(len(elements))),
        (confirmed.pairs, foreign, asked),
    ):
        plan.matches += [
            Match(
                entry_id=olds[p.old].entry_id, code=olds[p.old].code,
                guid=elements[news[p.new]].guid, evidence=p.evidence, confidence=p.confidence,
                secret=olds[p.old].secret or is_secret(elements[news[p.new]]),
            )
            for p in pairs
        ]  # fmt: skip

    secret = _of_secret_rooms(matching, own)
    for j, element in enumerate(elements):
        body = bodies.get(element.key)
        if j in matched:
            _plan_known(plan, element, body, matched[j], places)
        elif j in confirms:
            _plan_confirmed(plan, element, confirms[j])
        else:
            _plan_new(plan, element, body, places, secret=j in secret)
    _plan_absent(plan, own, matching.gone)
    for old, parts in matching.splits:
        _plan_lineage(plan, "split", [own[old]], [elements[j] for j in parts], laid)
    for new, parts in matching.merges:
        _plan_lineage(plan, "merge", [own[i] for i in parts], [elements[new]], laid)
    for doubt in matching.doubts:
        _plan_review(plan, doubt, own, elements)
    if len(plan.retired) > _HARDLY_KNOWN * len(own) and len(own) >= _ENOUGH:
        plan.findings.append(_little_recognised(len(plan.retired), len(own)))
    return plan


def _little_recognised(gone: int, of: int) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="little-recognised",
        element=None,
        message=f"{gone} of {of} things of the last export were not found again; their codes are "
        "retired, and what hangs on them stays behind.",
        remedy="Look whether the right model was exported, in the right units; fangma rollback "
        "undoes the import.",
    )


def _plan_decided(
    plan: Plan,
    elements: Sequence[Element],
    bodies: Mapping[int, Body],
    decided: Sequence[Known],
    places: Places,
) -> set[int]:
    """Keep to what people decided where the model still shows a thing as it was before.

    Returns
    -------
    behind : set of int
        Keys of the elements that show such things.
    """
    if not decided:
        return set()
    asked = [e for e in elements if e.kind in {k.kind for k in decided}]
    matching = match(
        [_known_feature(k) for k in decided],
        [feature_of(e, bodies.get(e.key), places) for e in asked],
    )
    behind: set[int] = set()
    for pair in matching.pairs:
        known, element = decided[pair.old], asked[pair.new]
        if not _is_same_body(known, bodies.get(element.key)):
            continue
        behind.add(element.key)
        plan.entry_of[element.key] = known.entry_id
        plan.kept += 1
        if element.guid != known.guid or element.fingerprint != known.fingerprint:
            plan.superseded.append(known.entry_id)
            plan.sources.append(_source(element, known.entry_id))
        if not known.secret:
            plan.findings.append(
                Finding(
                    severity=Severity.INFO,
                    rule="decided-otherwise",
                    element=element.guid,
                    message=f"The model still shows {known.code}, which was divided, joined or "
                    "replaced since; the decision stands.",
                    remedy="Bring the model up to date and export it again.",
                )
            )
    shown = {plan.entry_of[key] for key in behind}
    plan.superseded += [k.entry_id for k in decided if k.entry_id not in shown]
    return behind


def _is_same_body(known: Known, body: Body | None) -> bool:
    """Tell whether an element has the outline that a thing had, not that of one of its parts."""
    if body is None or known.shape.extent is None:
        return body is None and known.shape.extent is None
    old = (*known.shape.extent[0], *known.shape.extent[1])
    return max(abs(a - b) for a, b in zip(old, body.box, strict=True)) <= _SAME_BODY_M


def _of_secret_rooms(matching: Matching, own: Sequence[Known]) -> set[int]:
    """Find the elements that are, or may be, what became of secret rooms."""
    heirs = [
        *(((old,), parts) for old, parts in matching.splits),
        *((parts, (new,)) for new, parts in matching.merges),
        *((doubt.old, doubt.new) for doubt in matching.doubts),
    ]
    return {j for olds, news in heirs if any(own[i].secret for i in olds) for j in news}


def _plan_review(
    plan: Plan, doubt: Doubt, own: Sequence[Known], elements: Sequence[Element]
) -> None:
    plan.review += 1
    plan.questions.append(
        Question(
            old=tuple(own[i].entry_id for i in doubt.old),
            new=tuple(plan.entry_of[elements[j].key] for j in doubt.new),
            why=doubt.why,
        )
    )
    olds = ", ".join(own[i].code or own[i].guid or "?" for i in doubt.old)
    news = ", ".join(elements[j].number or elements[j].guid or "?" for j in doubt.new)
    plan.findings.append(
        Finding(
            severity=Severity.WARNING,
            rule="review-match",
            element=elements[doubt.new[0]].guid if doubt.new else None,
            message=f"{olds} may have become {news}: {doubt.why}.",
            remedy="Decide in the review list whether they are the same.",
        )
    )


def _plan_new(
    plan: Plan, element: Element, body: Body | None, places: Places, *, secret: bool = False
) -> None:
    entry_id = uuid4()
    state = state_of(element, entry_id, places)
    named_secret = is_secret(element)
    secret |= named_secret
    plan.new.append(
        NewEntry(
            id=entry_id,
            kind=element.kind,
            site_id=places.site_id,
            building_id=state.building_id,
            storey_id=state.storey_id,
            code_part=_code_part(element),
            secret=secret,
        )
    )
    plan.states.append(state)
    shape = shape_of(element, entry_id, body)
    if shape is not None:
        plan.shapes.append(shape)
    plan.sources.append(_source(element, entry_id))
    plan.entry_of[element.key] = entry_id
    plan.added += 1
    if secret:
        plan.secret.add(entry_id)
    if named_secret:
        plan.findings.append(
            Finding(
                severity=Severity.INFO,
                rule="secret-by-name",
                element=element.guid,
                message=f"Room {element.number or ''} “{element.long_name or element.name}” was "
                "marked 涉密 because of its name.",
                remedy="The security officer may take the mark off.",
            )
        )


def _source(element: Element, entry_id: UUID) -> Source:
    return Source(
        entry_id=entry_id,
        guid=element.guid,
        step_key=element.key,
        fingerprint=element.fingerprint,
        properties=dict(element.properties),
    )


def _plan_known(
    plan: Plan, element: Element, body: Body | None, known: Known, places: Places
) -> None:
    entry_id = known.entry_id
    plan.entry_of[element.key] = entry_id
    state = state_of(element, entry_id, places)
    shape = shape_of(element, entry_id, body)
    found: tuple[Difference, ...] = ()
    if replace(state, elevation_m=known.state.elevation_m) != known.state:
        plan.states.append(state)
        found = state_differences(known.state, state, places.names)
        if state.building_id is not None and state.building_id != known.state.building_id:
            plan.moved.append((entry_id, state.building_id))
    if not is_same_measurement(known.shape, shape):
        plan.shapes.append(shape or Shape(entry_id=entry_id))
        found += shape_differences(known.shape, shape)
    if element.guid != known.guid or element.fingerprint != known.fingerprint:
        plan.superseded.append(entry_id)
        plan.sources.append(_source(element, entry_id))
    if found:
        plan.changed += 1
        plan.differences[entry_id] = found
    else:
        plan.kept += 1


def _plan_confirmed(plan: Plan, element: Element, known: Known) -> None:
    """Add one more source to what another discipline brought in already."""
    plan.entry_of[element.key] = known.entry_id
    plan.sources.append(_source(element, known.entry_id))
    plan.kept += 1


def _plan_absent(plan: Plan, own: Sequence[Known], gone: Sequence[int]) -> None:
    for i in gone:
        if own[i].is_questioned or own[i].is_heir:
            continue
        plan.retired.append(own[i].entry_id)
        plan.superseded.append(own[i].entry_id)


def _plan_lineage(
    plan: Plan,
    kind: str,
    olds: Sequence[Known],
    news: Sequence[Element],
    bodies: Mapping[int, Body],
) -> None:
    """Retire the ancestors and tie them to their descendants with the share of the area."""
    for old in olds:
        plan.retired.append(old.entry_id)
        plan.superseded.append(old.entry_id)
        footprint = None if old.shape.footprint is None else shapely.from_wkb(old.shape.footprint)
        for element in news:
            body = bodies.get(element.key)
            share = None
            if footprint is not None and body is not None and body.footprint is not None:
                share = float(footprint.intersection(body.footprint).area / footprint.area)
            plan.lineage.append(
                Lineage(
                    predecessor_id=old.entry_id,
                    successor_id=plan.entry_of[element.key],
                    kind=kind,
                    area_share=share,
                    reason="found on import",
                )
            )
    _check_area(plan, kind, olds, news, bodies)
    if kind == "split":
        plan.split += 1
    else:
        plan.merged += 1


def _check_area(
    plan: Plan,
    kind: str,
    olds: Sequence[Known],
    news: Sequence[Element],
    bodies: Mapping[int, Body],
) -> None:
    """Say so where descendants have clearly more or less area than their ancestors."""
    before = [k.shape.area_m2 for k in olds]
    measured = [bodies.get(e.key) for e in news]
    after = [None if b is None else b.area_m2 for b in measured]
    old_m2 = sum(a for a in before if a is not None)
    new_m2 = sum(a for a in after if a is not None)
    if None in before or None in after:
        return
    if abs(new_m2 - old_m2) <= max(_LOST_M2, _LOST_SHARE * old_m2):
        return
    codes = ", ".join(k.code or "?" for k in olds)
    plan.findings.append(
        Finding(
            severity=Severity.WARNING,
            rule="lineage-area",
            element=news[0].guid,
            message=f"The {kind} of {codes} had {old_m2:.2f} m² before and has {new_m2:.2f} m² "
            f"after it; {_LOST_SHARE:.0%} may go into walls.",
            remedy="Check the outlines of the rooms, or correct the lineage.",
        )
    )
