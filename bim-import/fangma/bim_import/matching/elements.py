"""One-to-one matching, strongest evidence first; geometry outranks names, which get renumbered.

A wrong automatic match is the worst thing that this program can do: whatever is not clear becomes
a :class:`Doubt`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment
from shapely.strtree import STRtree

from fangma.bim_import.matching.features import Doubt, Feature, Matching, Pair

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

_SAME_PLACE_M = 0.05  # exporters move bodies by millimetres, people by more
_SAME_ROOM = 0.9  # intersection over union of footprints
_LIKELY_ROOM = 0.5
_SHARE = 0.9  # of a room's area that its parts must cover to be called a split


class _Ledger:
    """Who is matched already."""

    def __init__(self, old: Sequence[Feature], new: Sequence[Feature]) -> None:
        self.old, self.new = old, new
        self.free_old = dict.fromkeys(range(len(old)))
        self.free_new = dict.fromkeys(range(len(new)))
        self.pairs: list[Pair] = []
        self.doubts: list[Doubt] = []

    def pair(self, old: int, new: int, evidence: str, confidence: float) -> None:
        del self.free_old[old], self.free_new[new]
        self.pairs.append(Pair(old=old, new=new, evidence=evidence, confidence=confidence))

    def doubt(self, old: Iterable[int], new: Iterable[int], why: str) -> None:
        olds, news = tuple(old), tuple(new)
        for i in olds:
            self.free_old.pop(i, None)
        for j in news:
            self.free_new.pop(j, None)
        self.doubts.append(Doubt(old=olds, new=news, why=why))


def _distance(a: Feature, b: Feature) -> float | None:
    """Greatest difference between the boxes' six coordinates, metres."""
    if a.box is None or b.box is None:
        return None
    return float(np.abs(np.subtract(a.box, b.box)).max())


def _overlap(a: Feature, b: Feature) -> float | None:
    """Intersection over union of two footprints on the same storey."""
    if a.footprint is None or b.footprint is None or a.storey != b.storey:
        return None
    union = a.footprint.union(b.footprint).area
    return float(a.footprint.intersection(b.footprint).area / union) if union > 0 else None


def _unique(
    features: Sequence[Feature], free: Iterable[int], key: str
) -> dict[tuple[Hashable, ...], int]:
    """Index the features whose key stands only once."""
    groups: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
    for i in free:
        value = getattr(features[i], key)
        if value:
            groups[(features[i].kind, value)].append(i)
    return {k: g[0] for k, g in groups.items() if len(g) == 1}


def _by_guid(ledger: _Ledger) -> None:
    """Trust a GlobalId only where the thing has not become another one."""
    old = _unique(ledger.old, ledger.free_old, "guid")
    new = _unique(ledger.new, ledger.free_new, "guid")
    for key in old.keys() & new.keys():
        i, j = old[key], new[key]
        a, b = ledger.old[i], ledger.new[j]
        if a.fingerprint == b.fingerprint:
            ledger.pair(i, j, "GlobalId and content", 1.0)
        elif a.kind == "room":
            overlap = _overlap(a, b)
            if overlap is None and a.footprint is None:
                ledger.pair(i, j, "GlobalId", 0.95)
            elif overlap is not None and overlap >= _LIKELY_ROOM:
                ledger.pair(i, j, f"GlobalId, overlap {overlap:.0%}", 0.99)
        else:
            ledger.pair(i, j, "GlobalId", 0.98)


def _by_fingerprint(ledger: _Ledger) -> None:
    old = _unique(ledger.old, ledger.free_old, "fingerprint")
    new = _unique(ledger.new, ledger.free_new, "fingerprint")
    for key in old.keys() & new.keys():
        i, j = old[key], new[key]
        distance = _distance(ledger.old[i], ledger.new[j])
        if distance is None or distance <= _SAME_PLACE_M:
            ledger.pair(i, j, "content", 0.99)


def _rooms_by_outline(ledger: _Ledger) -> None:
    """Match rooms of a storey by overlap: one-to-one, optimal; unclear ones become doubts."""
    storeys: dict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i in ledger.free_old:
        if ledger.old[i].kind == "room" and ledger.old[i].footprint is not None:
            storeys[ledger.old[i].storey][0].append(i)
    for j in ledger.free_new:
        if ledger.new[j].kind == "room" and ledger.new[j].footprint is not None:
            storeys[ledger.new[j].storey][1].append(j)
    for olds, news in storeys.values():
        if not olds or not news:
            continue
        overlaps = np.zeros((len(olds), len(news)))
        tree = STRtree([ledger.new[j].footprint for j in news])
        for row, i in enumerate(olds):
            for column in tree.query(ledger.old[i].footprint):
                overlaps[row, column] = _overlap(ledger.old[i], ledger.new[news[column]]) or 0.0
        rows, columns = linear_sum_assignment(-overlaps)
        for row, column in zip(rows, columns, strict=True):
            overlap = float(overlaps[row, column])
            i, j = olds[row], news[column]
            same_number = ledger.old[i].number is not None and (
                ledger.old[i].number == ledger.new[j].number
            )
            if overlap >= _SAME_ROOM:
                ledger.pair(i, j, f"overlap {overlap:.0%}", overlap)
            elif overlap >= _LIKELY_ROOM and same_number:
                ledger.pair(i, j, f"door number and overlap {overlap:.0%}", overlap)


def _rooms_without_outline(ledger: _Ledger) -> None:
    """Rooms that neither side has a shape of: storey, number and name together, where unique."""

    def named(features: Sequence[Feature], free: Iterable[int]) -> dict[tuple[Hashable, ...], int]:
        groups: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
        for i in free:
            f = features[i]
            if f.kind == "room" and (f.number or f.name):
                groups[(f.storey, f.number, f.name)].append(i)
        return {k: g[0] for k, g in groups.items() if len(g) == 1}

    old, new = named(ledger.old, ledger.free_old), named(ledger.new, ledger.free_new)
    for key in old.keys() & new.keys():
        i, j = old[key], new[key]
        if ledger.old[i].footprint is None or ledger.new[j].footprint is None:
            ledger.pair(i, j, "storey, number and name", 0.9)


def _splits_and_merges(
    ledger: _Ledger,
) -> tuple[list[tuple[int, tuple[int, ...]]], list[tuple[int, tuple[int, ...]]]]:
    """Find old rooms that new ones tile, and new rooms that old ones tile, by area shares."""

    def tiled(
        wholes: Sequence[Feature], free_wholes: Iterable[int],
        parts: Sequence[Feature], free_parts: Iterable[int],
    ) -> list[tuple[int, tuple[int, ...]]]:  # fmt: skip
        found: list[tuple[int, tuple[int, ...]]] = []
        rooms = [
            j for j in free_parts if parts[j].kind == "room" and parts[j].footprint is not None
        ]
        taken: set[int] = set()
        for i in list(free_wholes):
            whole = wholes[i]
            if whole.kind != "room" or whole.footprint is None:
                continue
            inside = [
                j
                for j in rooms
                if j not in taken
                and parts[j].storey == whole.storey
                and whole.footprint.intersection(parts[j].footprint).area
                >= _SHARE * parts[j].footprint.area  # type: ignore[union-attr]
            ]
            covered = sum(parts[j].footprint.area for j in inside)  # type: ignore[union-attr]
            if len(inside) >= 2 and covered >= _SHARE * whole.footprint.area:
                found.append((i, tuple(inside)))
                taken.update(inside)
        return found

    splits = tiled(ledger.old, ledger.free_old, ledger.new, ledger.free_new)
    for one, several in splits:
        del ledger.free_old[one]
        for j in several:
            del ledger.free_new[j]
    merges = tiled(ledger.new, ledger.free_new, ledger.old, ledger.free_old)
    for one, several in merges:
        del ledger.free_new[one]
        for i in several:
            del ledger.free_old[i]
    return splits, merges


def _by_place(ledger: _Ledger) -> None:
    """Match what is not a room by class, place and size, where there is just one candidate."""
    cells: dict[tuple[Hashable, ...], list[int]] = defaultdict(list)
    for i in ledger.free_old:
        f = ledger.old[i]
        if f.kind != "room" and f.box is not None:
            cells[(f.ifc_class, *np.floor(np.array(f.box[:3])).astype(int).tolist())].append(i)
    near: dict[int, list[int]] = {}
    wanted: dict[int, int] = defaultdict(int)
    for j in ledger.free_new:
        f = ledger.new[j]
        if f.kind == "room" or f.box is None:
            continue
        low = {tuple(np.floor(np.array(f.box[:3]) + d).astype(int).tolist()) for d in _CORNERS}
        candidates = [
            i
            for cell in low
            for i in cells.get((f.ifc_class, *cell), ())
            if (_distance(ledger.old[i], f) or 0.0) <= _SAME_PLACE_M
        ]
        if candidates:
            near[j] = candidates
            for i in candidates:
                wanted[i] += 1
    for j, candidates in near.items():
        if len(candidates) == 1 and wanted[candidates[0]] == 1:
            ledger.pair(candidates[0], j, "class, place and size", 0.97)


_CORNERS = np.array(
    [[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float
) * _SAME_PLACE_M  # fmt: skip


def _doubtful_rooms(ledger: _Ledger) -> None:
    """Set aside rooms that overlap somewhat or share a door number: a person decides."""
    for i in list(ledger.free_old):
        a = ledger.old[i]
        if a.kind != "room":
            continue
        akin = [
            j
            for j in ledger.free_new
            if ledger.new[j].kind == "room"
            and ((_overlap(a, ledger.new[j]) or 0.0) >= 0.3
                 or (a.guid is not None and a.guid == ledger.new[j].guid))
        ]  # fmt: skip
        if akin:
            ledger.doubt([i], akin, "partly the same outline or the same GlobalId elsewhere")


def match(old: Sequence[Feature], new: Sequence[Feature]) -> Matching:
    """Match an export against the registry.

    Returns
    -------
    matching : Matching
        Every index of ``old`` and ``new`` occurs exactly once over its fields.
    """
    ledger = _Ledger(old, new)
    _by_guid(ledger)
    _by_fingerprint(ledger)
    _rooms_by_outline(ledger)
    _rooms_without_outline(ledger)
    splits, merges = _splits_and_merges(ledger)
    _by_place(ledger)
    _doubtful_rooms(ledger)
    return Matching(
        pairs=tuple(ledger.pairs),
        gone=tuple(ledger.free_old),
        born=tuple(ledger.free_new),
        doubts=tuple(ledger.doubts),
        splits=tuple(splits),
        merges=tuple(merges),
    )
