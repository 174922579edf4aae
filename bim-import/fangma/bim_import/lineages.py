"""What became of things that were divided or thrown together, and what to ask about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from fangma.asset_registry.changes import Lineage, Question
from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.matching import Doubt, Matching
    from fangma.bim_import.model import Element
    from fangma.bim_import.plan import Known, Plan

# A split may lose this much to the walls that made it, ...
_LOST_SHARE = 0.05
# ... or this much where the rooms are small.
_LOST_M2 = 1.0


def of_secret_rooms(matching: Matching, own: Sequence[Known]) -> set[int]:
    """Find the elements that are, or may be, what became of secret rooms."""
    heirs = [
        *(((old,), parts) for old, parts in matching.splits),
        *((parts, (new,)) for new, parts in matching.merges),
        *((doubt.old, doubt.new) for doubt in matching.doubts),
    ]
    return {j for olds, news in heirs if any(own[i].secret for i in olds) for j in news}


def plan_review(
    plan: Plan, doubt: Doubt, own: Sequence[Known], elements: Sequence[Element]
) -> None:
    """Ask a person what the matching could not tell."""
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


def plan_lineage(
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
