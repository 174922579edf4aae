"""What ``/metrics`` says of observations, the spool and the adapters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fangma.sensors_bridge.spool import waiting

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.asset_registry.store.observations import Totals

_OF_ADAPTERS = ("connected", "read", "published", "waiting", "lost")


def live_gauges(books: Totals, rollups_due: int, folder: Path) -> dict[str, float]:
    """Return gauges by name, with labels where there are several of a kind.

    Parameters
    ----------
    folder : Path
        The bridge's; an adapter that never ran has no status there.
    """
    gauges: dict[str, float] = {
        "fangma_streams": books.streams,
        "fangma_streams_bound": books.bound,
        "fangma_observations_received": books.received,
        "fangma_observations_stored": books.stored,
        "fangma_observations_duplicate": books.duplicates,
        "fangma_observations_rejected": books.rejected,
        "fangma_observations_spooled": waiting(folder / "spool"),
        "fangma_rollups_due": rollups_due,
    }
    for adapter, told in adapters(folder).items():
        for name, value in told.items():
            gauges[f'fangma_adapter_{name}{{adapter="{adapter}"}}'] = float(value)
    return gauges


def adapters(folder: Path) -> dict[str, dict[str, int]]:
    """Return what the adapters wrote of themselves last, by name; one that never ran is not there.

    Parameters
    ----------
    folder : Path
        The bridge's.
    """
    found = {}
    for file in sorted(folder.glob("adapters/*/status.json")):
        try:
            told = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        found[file.parent.name] = {name: int(told.get(name) or 0) for name in _OF_ADAPTERS}
    return found
