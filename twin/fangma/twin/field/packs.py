"""What a phone takes along of a building, so that it answers without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store import inspections, packs as store, work_orders
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.items import find_item
from fangma.asset_registry.work_orders.lifecycle import OPEN
from fangma.twin.field import orders, rounds

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.inspections import Round


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

    Nothing secret is among them, whoever asks: a phone is lost more easily than a server.

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
        if code in {order.building, order.code} and not order.secret
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
        "rounds": [_open_part(conn, round_, moment, now=now) for round_ in walked],
    }


def _open_part(conn: Connection, round_: Round, moment: Moment, *, now: datetime) -> dict[str, Any]:
    """Tell a round without its secret stops; those are walked with a network."""
    hidden = {stop.code for stop in round_.stops if stop.secret}
    told = rounds.told(conn, round_, moment, now=now)
    for key in ("stops", "visits"):
        told[key] = [each for each in told[key] if each["code"] not in hidden]
    return told
