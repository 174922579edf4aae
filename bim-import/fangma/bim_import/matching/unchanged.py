"""What a new export says word for word as the last one: most of it, and no question at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.matching.ledger import once

if TYPE_CHECKING:
    from fangma.bim_import.matching.features import Feature
    from fangma.bim_import.matching.ledger import Ledger


def match_unchanged(ledger: Ledger) -> None:
    """Match what has the GlobalId and the fingerprint that one thing had, and one alone.

    The fingerprint is of everything that a file says of a thing, its place and its body included: a
    GlobalId that was given to another thing does not agree with it, nor does a mere likeness.
    """
    old, new = (once(side, lambda f: f.guid) for side in (ledger.old, ledger.new))
    for guid, i in old.items():
        j = new.get(guid)
        if j is not None and _says_the_same(ledger.old[i], ledger.new[j]):
            ledger.pair(i, j, "GlobalId; nothing changed", 1.0)


def _says_the_same(a: Feature, b: Feature) -> bool:
    return a.kind == b.kind and bool(a.fingerprint) and a.fingerprint == b.fingerprint
