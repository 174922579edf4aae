"""What a label says of a thing: its name and place, and where its QR code leads."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store.entries import find_entries
from fangma.asset_registry.store.items import find_items, list_items
from fangma.twin.field.errors import LinkError
from fangma.twin.field.orders import may_have_link
from fangma.twin.field.report_links import make_link
from fangma.twin.times import CHINA
from fangma.viewer.labels import Label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

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


def report_labels(
    conn: Connection,
    labels: Sequence[Label],
    *,
    key: bytes,
    base_url: str,
    now: datetime,
    days: int,
) -> list[Label]:
    """Return labels whose QR codes open the form with which a passer-by reports a fault there.

    The token stands behind ``#``, so that it comes into no server's log.

    Raises
    ------
    LinkError
        When a room is secret, or the days are too many.
    """
    made = []
    for label in labels:
        if not may_have_link(conn, label.code):
            raise LinkError(
                f"{label.code} is secret, expected a place to which passers-by may be led.",
                "Leave it out; whoever works there reports with an account.",
            )
        link = make_link(key, label.code, now=now, days=days)
        until = link.expires.astimezone(CHINA).date().isoformat()
        made.append(
            Label(
                code=label.code,
                title="扫码报修",
                subtitle=f"无需登录，有效至 {until}",
                url=f"{base_url.rstrip('/')}/report#{link.token}",
            )
        )
    return made


def _items(conn: Connection, codes: Sequence[str], moment: Moment) -> list[Item]:
    entries = find_entries(conn, codes, moment)
    by_kind = defaultdict(list)
    for entry_id, kind, _ in entries:
        by_kind[kind].append(entry_id)
    found = {
        item.id: item
        for kind, ids in by_kind.items()
        for item in find_items(conn, ids, kind, moment)
    }
    for entry_id, _, code in entries:
        if entry_id not in found:
            raise UnknownCodeError(code)
    return [found[entry_id] for entry_id, _, _ in entries]


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
