"""What a label says of a thing: its name and place, and where its QR code leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.store.entries import UnknownCodeError, find_entry
from fangma.asset_registry.store.items import find_item, list_items
from fangma.viewer.labels import Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.items import Item


def labels_of(
    conn: Connection, codes: Sequence[str], *, moment: Moment, base_url: str
) -> list[Label]:
    """Return the labels of things that the reader may see, each once, in the order given.

    Raises
    ------
    CodeError, UnknownCodeError
        For the first code that is none, or names nothing that the reader sees.
    """
    return _labels(conn, _items(conn, codes, moment), moment=moment, base_url=base_url)


def labels_of_rooms(conn: Connection, *, moment: Moment, base_url: str) -> list[Label]:
    """Return the labels of all rooms, by code."""
    rooms = list_items(conn, "room", moment=moment)
    return _labels(conn, rooms, moment=moment, base_url=base_url)


def _items(conn: Connection, codes: Sequence[str], moment: Moment) -> list[Item]:
    found: dict[str, Item] = {}
    for code in codes:
        entry_id, kind, canonical = find_entry(conn, code, moment)
        item = find_item(conn, entry_id, kind, moment)
        if item is None:
            raise UnknownCodeError(canonical)
        found.setdefault(canonical, item)
    return list(found.values())


def _labels(
    conn: Connection, items: Sequence[Item], *, moment: Moment, base_url: str
) -> list[Label]:
    names = {
        place.code: place.name or ""
        for kind in ("site", "building", "storey")
        for place in list_items(conn, kind, moment=moment)
    }
    root = base_url.rstrip("/")
    return [
        Label(
            code=item.code,
            title=" ".join(part for part in (item.number, item.name) if part),
            subtitle=" ".join(
                names[place] for place in (item.building, item.storey) if names.get(place)
            ),
            url=f"{root}/r/{item.code}",
        )
        for item in items
        if item.code is not None
    ]
