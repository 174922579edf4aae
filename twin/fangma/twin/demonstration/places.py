"""Where things happen in the demonstration: rooms by name, planted things by their GlobalId."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.store.items import Filters, list_items
from fangma.asset_registry.store.secrecy import secret_among

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.items import Item
    from fangma.asset_registry.store.sites import Site

_KINDS: Final = ("room", "pipe", "valve")


class Places:
    """The things of the sample compound by what the sample calls them."""

    def __init__(self, items: list[Item], cases: list[dict[str, Any]]) -> None:
        self._items = [item for item in items if item.code]
        self._by_guid = {
            source.guid: item.code for item in self._items for source in item.sources if source.guid
        }
        self._cases = {case["kind"]: case for case in cases}

    def room(self, name: str, *, building: str = "", storey: str = "") -> str | None:
        """Return the code of the first room of a name; parts of codes narrow it down."""
        parts = [f"-{part}-" for part in (building, storey) if part]
        found = self._named("room", name)
        return next((code for code in found if all(part in code for part in parts)), None)

    def valve(self, name: str, *, building: str) -> str | None:
        """Return the code of the first valve of a name in a building."""
        found = self._named("valve", name)
        return next((code for code in found if f"-{building}-" in code), None)

    def rooms(self, *names: str) -> list[str]:
        """Return the codes of all rooms of some names, ascending."""
        return self._named("room", *names)

    def valves(self, system: str) -> list[str]:
        """Return the codes of all valves of a system, ascending."""
        found = [item for item in self._items if item.kind == "valve" and item.system == system]
        return sorted(item.code for item in found if item.code)

    def _named(self, kind: str, *names: str) -> list[str]:
        found = [item for item in self._items if item.kind == kind and item.name in names]
        return sorted(item.code for item in found if item.code)

    def planted(self, case: str, what: str) -> str | None:
        """Return the code of what a planted case names by GlobalId."""
        return self._by_guid.get(str(self._cases.get(case, {}).get(what)))

    def told_of(self, case: str, what: str) -> str | None:
        """Return what a planted case says; None where the compound has no such case."""
        found = self._cases.get(case, {}).get(what)
        return None if found is None else str(found)


def places_of(conn: Connection, site: Site, moment: Moment, sample: Path) -> Places:
    """Find what is at hand on the site; nothing secret happens in a demonstration."""
    of_site = Filters(site=site.id)
    items = [
        item for kind in _KINDS for item in list_items(conn, kind, moment=moment, filters=of_site)
    ]
    secret = frozenset(secret_among(conn, (item.code for item in items if item.code)))
    truth = json.loads((sample / "truth.json").read_text("utf-8"))
    return Places([item for item in items if item.code not in secret], truth["cases"])
