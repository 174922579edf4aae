"""One-to-one matching, strongest evidence first; geometry outranks names, which get renumbered.

A wrong automatic match is the worst thing that this program can do: whatever is not clear becomes
a :class:`Doubt`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.matching.ledger import Ledger
from fangma.bim_import.matching.named import match_named
from fangma.bim_import.matching.rooms import match_rooms
from fangma.bim_import.matching.runs import match_runs, tie_runs
from fangma.bim_import.matching.things import match_changed, match_in_place
from fangma.bim_import.matching.unchanged import match_unchanged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.bim_import.matching.features import Feature, Matching


def match(old: Sequence[Feature], new: Sequence[Feature]) -> Matching:
    """Match an export against the registry.

    Parameters
    ----------
    old, new : sequence of Feature
        In one frame: a building that moved as a whole is laid back first, see
        :func:`fangma.bim_import.matching.motion.find_motion`.

    Returns
    -------
    matching : Matching
        Every index of ``old`` and ``new`` occurs exactly once over its fields.
    """
    ledger = Ledger(old, new)
    for settle in (
        match_unchanged, match_rooms, match_in_place, tie_runs, match_changed, match_runs,
        match_named,
    ):  # fmt: skip
        if not ledger.is_open:
            break
        settle(ledger)
    return ledger.result()
