"""What an import changes thing by thing, and what hangs on each: the diff that people look at.

Secret rooms are left out: reports are read by people who may not know of them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.impact import Impact
    from fangma.bim_import.model import Element
    from fangma.bim_import.plan import Known, Plan

#: Things of one outcome that are told; the counts tell all of them.
MOST: Final = 5_000


def affected(plan: Plan) -> list[UUID]:
    """List the known things that an import touches, for asking what hangs on them."""
    questioned = [id_ for question in plan.questions for id_ in question.old]
    return list(dict.fromkeys([*plan.differences, *plan.retired, *questioned]))


def differences_of(
    plan: Plan,
    elements: Sequence[Element],
    known: Sequence[Known],
    impacts: Mapping[UUID, Impact],
) -> list[dict[str, Any]]:
    """Tell what becomes of things, the known ones with what hangs on them.

    Returns
    -------
    differences : list of dict
        ``{"outcome", "code", "element", "kind", "class", "name", "number", "changes", "became",
        "impact"}``. ``outcome`` is ``added``, ``changed``, ``retired``, ``split``, ``merged`` or
        ``review``; ``changes`` as :class:`fangma.bim_import.differences.Difference`; ``became``
        the GlobalIds of successors, or of what it may have become.
    """
    by_id = {k.entry_id: k for k in known}
    guid_of = {plan.entry_of[e.key]: e for e in elements if e.key in plan.entry_of}
    ties: dict[UUID, list[UUID]] = defaultdict(list)
    kinds: dict[UUID, str] = {}
    for step in plan.lineage:
        ties[step.predecessor_id].append(step.successor_id)
        kinds[step.predecessor_id] = "split" if step.kind == "split" else "merged"
    for question in plan.questions:
        for id_ in question.old:
            ties[id_] += question.new
            kinds[id_] = "review"
    found: list[dict[str, Any]] = []

    def tell(outcome: str, id_: UUID) -> None:
        k = by_id[id_]
        element = guid_of.get(id_)
        if k.secret or id_ in plan.secret:
            return
        impact = impacts.get(id_)
        found.append(
            {
                "outcome": outcome, "code": k.code,
                "element": k.guid if element is None else element.guid,
                "kind": k.kind, "class": k.state.ifc_class, "name": k.state.name,
                "number": k.state.number,
                "changes": [d.as_dict() for d in plan.differences.get(id_, ())],
                "became": [guid_of[to].guid for to in ties.get(id_, ()) if to in guid_of],
                "impact": {} if impact is None else impact.as_dict(),
            }
        )  # fmt: skip

    for id_ in plan.differences:
        tell("changed", id_)
    for id_ in plan.retired:
        tell(kinds.get(id_, "retired"), id_)
    for question in plan.questions:
        for id_ in question.old:
            tell("review", id_)
    for entry in plan.new:
        if entry.secret or entry.id not in guid_of:
            continue
        element = guid_of[entry.id]
        found.append(
            {
                "outcome": "added", "code": None, "element": element.guid, "kind": element.kind,
                "class": element.ifc_class, "name": element.long_name or element.name,
                "number": element.number, "changes": [], "became": [], "impact": {},
            }
        )  # fmt: skip
    return _shortened(found)


def _shortened(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep the first of each outcome: those that something hangs on, then those with a code."""
    by_outcome: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in found:
        by_outcome[each["outcome"]].append(each)
    kept: list[dict[str, Any]] = []
    for of_outcome in by_outcome.values():
        of_outcome.sort(key=lambda d: (not d["impact"], d["code"] is None, d["code"] or ""))
        kept += of_outcome[:MOST]
    return kept
