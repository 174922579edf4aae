"""Rooms: outline first, since numbers, names and GlobalIds are handed on from room to room.

The order is that of certainty: rooms that were divided or thrown together; rooms that stayed where
they were; rooms that changed their outline; rooms that moved; rooms without any outline.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.matching.ledger import Ledger, once
from fangma.bim_import.matching.lineage import tie_splits_and_merges
from fangma.bim_import.matching.overlap import UNMOVED, Overlap, overlaps, plan_of, same_form

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.matching.features import Feature

# Intersection over union of outlines.
_SAME = 0.9
_LIKELY = 0.7
_POSSIBLE = 0.5
_AKIN = 0.3
_SAME_FORM = 0.97
# By this much the best partner must lead the second, on either side.
_MARGIN = 0.15


def _is_room(feature: Feature) -> bool:
    return feature.kind == "room"


def match_rooms(ledger: Ledger) -> None:
    """Match the rooms of both sides, or leave them to a person."""
    olds, news = ledger.free_olds(_is_room), ledger.free_news(_is_room)
    found = overlaps(ledger.old, olds, ledger.new, news)
    tie_splits_and_merges(ledger, found)
    _assign(ledger, [o for o in found if o.iou >= UNMOVED])
    _assign(ledger, [o for o in found if o.iou >= _AKIN])
    _match_moved(ledger)
    _match_unseen(ledger)
    _doubt_akin(ledger, found)


def _score(ledger: Ledger, o: Overlap) -> float:
    """Weigh a pair: overlap, and what names and GlobalId add to it."""
    a, b = ledger.old[o.old], ledger.new[o.new]
    score = o.iou
    score += 0.4 if a.guid is not None and a.guid == b.guid else 0.0
    score += 0.2 if a.number is not None and a.number == b.number else 0.0
    score += 0.1 if a.name is not None and a.name == b.name else 0.0
    return score


def _assign(ledger: Ledger, found: Iterable[Overlap]) -> None:
    """Match one-to-one, best in sum; only where best leads second and the evidence suffices."""
    free = [o for o in found if o.old in ledger.free_old and o.new in ledger.free_new]
    taken_old = {ledger.old[i].number for i in ledger.free_olds(_is_room)}
    taken_new = {ledger.new[j].number for j in ledger.free_news(_is_room)}
    for group in _groups(free):
        rows = {i: r for r, i in enumerate(dict.fromkeys(o.old for o in group))}
        columns = {j: c for c, j in enumerate(dict.fromkeys(o.new for o in group))}
        scores = np.zeros((len(rows), len(columns)))
        by_cell: dict[tuple[int, int], Overlap] = {}
        for o in group:
            cell = rows[o.old], columns[o.new]
            scores[cell] = _score(ledger, o)
            by_cell[cell] = o
        for cell in _best_cells(scores):
            if cell not in by_cell:
                continue
            row, column = cell
            rivals = [*np.delete(scores[row], column), *np.delete(scores[:, column], row)]
            lead = float(scores[cell]) - max(rivals, default=0.0)
            o = by_cell[cell]
            a, b = ledger.old[o.old], ledger.new[o.new]
            # Where a number has gone elsewhere, what lies here now may be that other room.
            gone_elsewhere = a.number != b.number and (
                (a.number is not None and a.number in taken_new)
                or (b.number is not None and b.number in taken_old)
            )
            is_alone = not gone_elsewhere and not any(r > 0.0 for r in rivals)
            evidence = _evidence(a, b, o, is_alone=is_alone)
            if evidence and lead >= _MARGIN:
                ledger.pair(o.old, o.new, evidence, _confidence(o.iou, lead))


def _best_cells(scores: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Choose one cell a row and column so that their sum is the greatest."""
    if scores.size == 1:
        return [(0, 0)]
    from scipy.optimize import linear_sum_assignment  # slow to load, and seldom needed

    return list(zip(*(a.tolist() for a in linear_sum_assignment(-scores)), strict=True))


def _confidence(iou: float, lead: float) -> float:
    return min(0.99, 0.5 + 0.3 * iou + 0.2 * min(1.0, lead / 0.5))


def _evidence(a: Feature, b: Feature, o: Overlap, *, is_alone: bool) -> str:
    """Put into words why two rooms are one; empty when it does not suffice."""
    words = [f"overlap {o.iou:.0%}"]
    if a.guid is not None and a.guid == b.guid:
        words.append("GlobalId")
    if a.number is not None and a.number == b.number:
        words.append("door number")
    if a.name is not None and a.name == b.name:
        words.append("name")
    named = "GlobalId" in words or "door number" in words
    form = 1.0 if o.iou >= _SAME_FORM else same_form(a, b)
    if form >= _SAME_FORM > o.iou:
        words.append("same form")
    enough = (
        o.iou >= _SAME
        or (is_alone and o.iou >= _LIKELY)
        or (o.iou >= _POSSIBLE and (named or (is_alone and "same form" in words)))
        or (named and "same form" in words)
    )
    return ", ".join(words) if enough else ""


def _groups(found: list[Overlap]) -> list[list[Overlap]]:
    """Cut the pairs into sets that have no room in common."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for o in found:
        parent[root(("old", o.old))] = root(("new", o.new))
    groups: dict[tuple[str, int], list[Overlap]] = defaultdict(list)
    for o in found:
        groups[root(("old", o.old))].append(o)
    return list(groups.values())


def _match_moved(ledger: Ledger) -> None:
    """Match rooms that went elsewhere whole: same form, and a name that only they have.

    Numbers count only on storeys where they outlived the export: where all were shifted by one, a
    number found elsewhere is another room's.
    """

    def signed(f: Feature) -> Hashable | None:
        return (f.number, f.name) if f.kind == "room" and f.number else None

    def identified(f: Feature) -> Hashable | None:
        return f.guid if f.kind == "room" else None

    guids_stay = ledger.keeps(identified, _is_room)
    numbers_stay = _numbers_stay(ledger, signed)
    old_by, new_by = once(ledger.old, signed), once(ledger.new, signed)
    old_guid, new_guid = once(ledger.old, identified), once(ledger.new, identified)
    for i in ledger.free_olds(_is_room):
        a = ledger.old[i]
        key, guid = signed(a), a.guid
        by_number = old_by.get(key) == i and key in new_by and numbers_stay(a.storey)
        j = new_by[key] if by_number else None
        if guids_stay and guid in new_guid and old_guid.get(guid) == i:
            if by_number and new_guid[guid] != j:
                continue
            j = new_guid[guid]
        if j is None or j not in ledger.free_new:
            continue
        b = ledger.new[j]
        if plan_of(a) is None or plan_of(b) is None or same_form(a, b) < _SAME_FORM:
            continue
        what = "door number and name" if by_number else "GlobalId"
        ledger.pair(i, j, f"{what} that only it has, same form; moved", 0.9)


def _numbers_stay(
    ledger: Ledger, signed: Callable[[Feature], Hashable | None]
) -> Callable[[Hashable], bool]:
    """Tell for a storey whether numbers outlived the export; small ones go by all storeys."""
    known: dict[Hashable, bool] = {}

    def stay(storey: Hashable) -> bool:
        if storey not in known:
            here = ledger.keeps(signed, lambda f: _is_room(f) and f.storey == storey)
            known[storey] = bool(ledger.keeps(signed, _is_room) if here is None else here)
        return known[storey]

    return stay


def _match_unseen(ledger: Ledger) -> None:
    """Match rooms that one side at least has no outline of: by what they are called.

    Without geometry a shifted row of numbers can't be seen; so most of a storey's names must be
    the same on both sides, else nothing is matched by name.
    """
    unseen = (
        {i for i in ledger.free_olds(_is_room) if plan_of(ledger.old[i]) is None},
        {j for j in ledger.free_news(_is_room) if plan_of(ledger.new[j]) is None},
    )

    def called(f: Feature) -> Hashable | None:
        return (f.storey, f.number, f.name) if _is_room(f) and (f.number or f.name) else None

    def identified(f: Feature) -> Hashable | None:
        return f.guid if _is_room(f) else None

    for value, evidence, confidence in (
        (identified, "GlobalId", 0.95),
        (called, "storey, number and name", 0.9),
    ):
        old, new = once(ledger.old, value), once(ledger.new, value)
        shared = old.keys() & new.keys()
        if value is identified:
            shared -= _contradicted(ledger, old, new, called)
        if value is called and len(shared) < 0.8 * min(len(old), len(new)):
            continue
        for key in sorted(shared, key=str):
            i, j = old[key], new[key]
            if i in ledger.free_old and j in ledger.free_new and (i in unseen[0] or j in unseen[1]):
                ledger.pair(i, j, evidence, confidence)
        if value is called:
            ledger.doubt_namesakes(
                lambda f: called(f) if plan_of(f) is None else None,
                "several rooms are called that, and none has an outline",
            )
            _match_renamed(ledger)
    _doubt_renumbered(ledger)


def _is_unseen(feature: Feature) -> bool:
    return _is_room(feature) and plan_of(feature) is None


def _match_renamed(ledger: Ledger) -> None:
    """Match rooms without an outline by storey and number, where only their name is another one.

    Not where either name is that of another room that is missing or new on the storey: then the
    numbers may have been exchanged.
    """

    def numbered(f: Feature) -> Hashable | None:
        return (f.storey, f.number) if _is_room(f) and f.number else None

    old, new = once(ledger.old, numbered), once(ledger.new, numbered)
    olds, news = ledger.free_olds(_is_unseen), ledger.free_news(_is_unseen)
    missing = {(ledger.old[i].storey, ledger.old[i].name) for i in olds}
    added = {(ledger.new[j].storey, ledger.new[j].name) for j in news}
    for i in olds:
        key = numbered(ledger.old[i])
        j = new.get(key)
        if key is None or old.get(key) != i or j not in ledger.free_new or j not in news:
            continue
        a, b = ledger.old[i], ledger.new[j]
        if (a.storey, a.name) not in added and (b.storey, b.name) not in missing:
            ledger.pair(i, j, "storey and number; another name", 0.85)


def _doubt_renumbered(ledger: Ledger) -> None:
    """Ask about rooms without an outline that have another number and the name of a missing one."""

    def sorted_by_name(
        side: Sequence[Feature], free: Iterable[int]
    ) -> dict[Hashable, dict[Hashable, list[int]]]:
        found: dict[Hashable, dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
        for i in sorted(free, key=lambda i: str(side[i].number)):
            if side[i].name:
                found[side[i].storey][side[i].name].append(i)
        return found

    olds = sorted_by_name(ledger.old, ledger.free_olds(_is_unseen))
    news = sorted_by_name(ledger.new, ledger.free_news(_is_unseen))
    for storey, names in olds.items():
        couples = [
            couple
            for name, mine in names.items()
            for couple in zip(mine, news.get(storey, {}).get(name, ()), strict=False)
        ]
        if couples:
            ledger.doubt_couples(couples, "the same name, another number, and no outline")


def _contradicted(
    ledger: Ledger,
    old: Mapping[Hashable, int],
    new: Mapping[Hashable, int],
    called: Callable[[Feature], Hashable | None],
) -> set[Hashable]:
    """Set aside rooms whose GlobalId says one room and whose number and name say another.

    Without an outline nothing tells which of both was handed on.
    """
    old_called, new_called = once(ledger.old, called), once(ledger.new, called)
    strange = {
        key
        for key in old.keys() & new.keys()
        if new_called.get(called(ledger.old[old[key]]), new[key]) != new[key]
        or old_called.get(called(ledger.new[new[key]]), old[key]) != old[key]
    }
    for key in sorted(strange, key=str):
        i, j = old[key], new[key]
        unseen = plan_of(ledger.old[i]) is None or plan_of(ledger.new[j]) is None
        if unseen and i in ledger.free_old and j in ledger.free_new:
            ledger.doubt([i], [j], "the same GlobalId, but the number and name of another room")
    return strange


def _doubt_akin(ledger: Ledger, found: Iterable[Overlap]) -> None:
    """Set aside rooms that overlap somewhat: a person decides."""
    near: dict[int, list[int]] = defaultdict(list)
    for o in found:
        if o.iou >= _AKIN and o.old in ledger.free_old and o.new in ledger.free_new:
            near[o.old].append(o.new)
    for i, akin in near.items():
        left = [j for j in akin if j in ledger.free_new]
        if left:
            ledger.doubt([i], left, "partly the same outline")
