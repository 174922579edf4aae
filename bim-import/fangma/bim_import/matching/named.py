"""Things known by a name that only they have, once names have proved to outlive the export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.matching.ledger import Ledger, once
from fangma.bim_import.matching.things import class_of, is_akin

if TYPE_CHECKING:
    from collections.abc import Hashable

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
    """Match what neither side has a body of, by the strictest of its names first.

    A system is often read from a type, a storey from a list: another exporter leaves either out.
    Where a second one got the name of a thing, a person tells which of both it is.
    """

    def unseen(f: Feature) -> bool:
        return _is_thing(f) and f.box is None

    def content(f: Feature) -> Hashable | None:
        return (f.ifc_class, f.fingerprint) if unseen(f) and f.fingerprint else None

    def named(f: Feature) -> Hashable | None:
        return (class_of(f), f.system, f.storey, f.name) if unseen(f) and f.name else None

    def on_storey(f: Feature) -> Hashable | None:
        return (class_of(f), f.storey, f.name) if unseen(f) and f.name else None

    def called(f: Feature) -> Hashable | None:
        return (class_of(f), f.name) if unseen(f) and f.name else None

    if not ledger.free_olds(unseen) or not ledger.free_news(unseen):
        return
    for value, evidence in (
        (content, "content"),
        (named, "class, system, storey and name"),
        (on_storey, "class, storey and name"),
        (called, "class and name"),
    ):
        old, new = once(ledger.old, value), once(ledger.new, value)
        shared = [key for key in old if key in new]
        if value is not content and len(shared) < _MOST * max(1, min(len(old), len(new))):
            continue
        for key in shared:
            if old[key] in ledger.free_old and new[key] in ledger.free_new:
                ledger.pair(old[key], new[key], f"{evidence}; without a body", 0.9)
    old, new = once(ledger.old, called), once(ledger.new, called)
    if len(old.keys() & new.keys()) >= _MOST * min(len(old), len(new)):
        for value in (on_storey, called):
            ledger.doubt_namesakes(value, "several are called that, and none has a body")
