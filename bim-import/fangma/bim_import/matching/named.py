"""Things known by a name that only they have, once names have proved to outlive the export."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fangma.bim_import.matching.ledger import Ledger, once
from fangma.bim_import.matching.things import class_of, is_akin

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from fangma.bim_import.matching.features import Feature

# Without a body, this part of the names must stand on both sides before any of them counts.
_MOST = 0.8


def _is_thing(feature: Feature) -> bool:
    return feature.kind != "room"


def match_named(ledger: Ledger) -> None:
    """Match by name and class what moved; then what has no body at all."""

    def named(f: Feature) -> Hashable | None:
        return (class_of(f), f.name) if _is_thing(f) and f.name else None

    if ledger.keeps(named, _is_thing):
        old, new = once(ledger.old, named), once(ledger.new, named)
        for i in ledger.free_olds(_is_thing):
            key = named(ledger.old[i])
            if key is None or old.get(key) != i or new.get(key) not in ledger.free_new:
                continue
            a, b = ledger.old[i], ledger.new[new[key]]
            if a.box is not None and b.box is not None and is_akin(a, b):
                ledger.pair(i, new[key], "a name that only it has, size; moved or changed", 0.9)
    _match_unseen(ledger)


def _match_unseen(ledger: Ledger) -> None:
    """Match what neither side has a body of."""

    def unseen(f: Feature) -> bool:
        return _is_thing(f) and f.box is None

    def content(f: Feature) -> Hashable | None:
        return (f.ifc_class, f.fingerprint) if unseen(f) and f.fingerprint else None

    def named(f: Feature) -> Hashable | None:
        return (class_of(f), f.system, f.storey, f.name) if unseen(f) and f.name else None

    for value, evidence in ((content, "content"), (named, "class, system, storey and name")):
        old, new = once(ledger.old, value), once(ledger.new, value)
        shared = [key for key in old if key in new]
        if value is named and len(shared) < _MOST * max(1, min(len(old), len(new))):
            continue
        for key in shared:
            if old[key] in ledger.free_old and new[key] in ledger.free_new:
                ledger.pair(old[key], new[key], f"{evidence}; without a body", 0.9)
    _match_interchangeable(ledger, unseen, named)


def _match_interchangeable(
    ledger: Ledger,
    unseen: Callable[[Feature], bool],
    named: Callable[[Feature], Hashable | None],
) -> None:
    """Match as many on either side that nothing tells apart: two stairs that are lists of flights.

    Only what carries no code of ours: nothing hangs on which of them is which.
    """
    olds: dict[Hashable, list[int]] = defaultdict(list)
    news: dict[Hashable, list[int]] = defaultdict(list)
    for i in ledger.free_olds(unseen):
        olds[named(ledger.old[i])].append(i)
    for j in ledger.free_news(unseen):
        news[named(ledger.new[j])].append(j)
    for key, here in olds.items():
        there = news.get(key, [])
        if key is None or len(here) != len(there) or any(ledger.old[i].is_coded for i in here):
            continue
        for i, j in zip(here, there, strict=True):
            ledger.pair(i, j, f"one of {len(here)} alike without a body", 0.9)
