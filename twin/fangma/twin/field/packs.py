"""What a phone takes along of a building, so that it answers without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.store import inspections, packs as store, work_orders
from fangma.asset_registry.store.entries import UnknownCodeError, find_entry
from fangma.asset_registry.store.items import find_item
from fangma.asset_registry.work_orders.lifecycle import OPEN
from fangma.twin.field import orders, rounds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection, Moment


def pack_of(
    conn: Connection,
    building: str,
    moment: Moment,
    *,
    now: datetime,
    actor: str,
    roles: Iterable[str],
) -> dict[str, Any]:
    """Gather the things, open orders and rounds of a building, as far as the reader may see.

    Raises
    ------
    CodeError, UnknownCodeError
        The latter also for what is no building.
    """
    entry_id, kind, code = find_entry(conn, building, moment)
    item = find_item(conn, entry_id, kind, moment)
    if kind != "building" or item is None:
        raise UnknownCodeError(code, "name a building")
    held = list(roles)
    found = [
        order
        for order in work_orders.list_orders(conn, moment, states=OPEN)
        if code in {order.building, order.code}
    ]
    walked = [
        round_
        for round_ in inspections.rounds(conn, moment)
        if any(stop.building == code for stop in round_.stops)
    ]
    return {
        "building": code,
        "name": item.name,
        "made_at": now,
        "revision": moment.revision,
        "storeys": store.storeys(conn, entry_id, moment),
        "items": store.things(conn, entry_id, moment),
        "orders": [
            orders.told(work_orders.find_order(conn, order.id, moment), actor=actor, roles=held)
            for order in found
        ],
        "rounds": [rounds.told(conn, round_, moment, now=now) for round_ in walked],
    }
