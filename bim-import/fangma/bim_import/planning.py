"""Stage **plan**: what an import would add, change, retire and ask; pure functions.

Nothing here knows the database; what the registry holds comes in as ``Known`` rows, what the file
holds as a ``Model`` and its measured bodies.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from fangma.asset_registry.changes import NewEntry, Shape, Source
from fangma.bim_import.comparable import code_part, feature_of, known_feature
from fangma.bim_import.differences import (
    Difference,
    is_same_measurement,
    shape_differences,
    state_differences,
)
from fangma.bim_import.element_facts import is_secret, shape_of, state_of
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.lineages import of_secret_rooms, plan_lineage, plan_review
from fangma.bim_import.matching import match
from fangma.bim_import.plan import Known, Match, Places, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.model import Element, Model

# A revision that retires more than this part of its model is hardly one.
_HARDLY_KNOWN = 0.5
_ENOUGH = 8
# A thing that people divided is shown as it was when no side of its box went farther than this.
_SAME_BODY_M = 0.1


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
        [known_feature(k) for k in own],
        [feature_of(e, laid.get(e.key), places) for e in elements],
    )
    matched: dict[int, Known] = {p.new: own[p.old] for p in matching.pairs}
    loose = [j for j in range(len(elements)) if j not in matched]
    guids = {k.guid for k in foreign}
    asked = [j for j in loose if elements[j].kind == "room" or elements[j].guid in guids]
    confirmed = match(
        [known_feature(k) for k in foreign],
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

    secret = of_secret_rooms(matching, own)
    for j, element in enumerate(elements):
        body = bodies.get(element.key)
        if j in matched:
            _plan_known(plan, element, body, laid.get(element.key), matched[j], places)
        elif j in confirms:
            _plan_confirmed(plan, element, confirms[j])
        else:
            _plan_new(plan, element, body, places, secret=j in secret)
    _plan_absent(plan, own, matching.gone)
    for old, parts in matching.splits:
        plan_lineage(plan, "split", [own[old]], [elements[j] for j in parts], laid)
    for new, parts in matching.merges:
        plan_lineage(plan, "merge", [own[i] for i in parts], [elements[new]], laid)
    for doubt in matching.doubts:
        plan_review(plan, doubt, own, elements)
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
        [known_feature(k) for k in decided],
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
            code_part=code_part(element),
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
    plan: Plan,
    element: Element,
    body: Body | None,
    laid: Body | None,
    known: Known,
    places: Places,
) -> None:
    """Take over what a known thing is now; what the whole building did is no change of the thing.

    Parameters
    ----------
    laid : Body or None
        The body laid back on what is known, where the building moved as a whole; else the same.
    """
    entry_id = known.entry_id
    plan.entry_of[element.key] = entry_id
    state = state_of(element, entry_id, places)
    shape = shape_of(element, entry_id, body)
    found: tuple[Difference, ...] = ()
    was = known.state  # elevations are of places: a file says none of an element
    if state != (was if was.elevation_m is None else replace(was, elevation_m=None)):
        plan.states.append(state)
        found = state_differences(known.state, state, places.names)
        if state.building_id is not None and state.building_id != known.state.building_id:
            plan.moved.append((entry_id, state.building_id))
    if not is_same_measurement(known.shape, shape):
        plan.shapes.append(shape or Shape(entry_id=entry_id))
        before_motion = shape if laid is body else shape_of(element, entry_id, laid)
        found += shape_differences(known.shape, before_motion)
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
