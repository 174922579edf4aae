"""What one does with work orders, each deed with its line in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fangma.asset_registry.store import audit_log, work_orders
from fangma.asset_registry.store.connection import moment_of, recording
from fangma.asset_registry.store.entries import find_entry, show_item
from fangma.asset_registry.store.secrecy import is_secret
from fangma.asset_registry.work_orders.facts import FAULTS, URGENCIES
from fangma.asset_registry.work_orders.lifecycle import possible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.work_orders import Order
    from fangma.asset_registry.work_orders.facts import Deed, Report
    from fangma.twin.field.photos import PhotoStore

#: Whom the audit log names for a report without an account.
PASSER_BY = "passer-by"


def report(conn: Connection, reader: str | UUID, told: Report) -> tuple[Order, bool]:
    """Record a fault; the same report twice is one order.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.

    Returns
    -------
    order : Order
    is_new : bool
    """
    actor = told.reporter or PASSER_BY
    with recording(conn, reader):
        order, is_new = work_orders.report(conn, told, actor=actor)
        if is_new:
            audit_log.append(
                conn,
                actor=actor,
                action="order-report",
                subject=order.code,
                detail={"order": order.number, "fault": told.fault, "origin": told.origin},
            )
    return order, is_new


def advance(
    conn: Connection,
    reader: str | UUID,
    ref: UUID | int,
    deed: Deed,
    *,
    actor: str,
    roles: Iterable[str],
) -> tuple[Order, bool]:
    """Take a step with an order; the same step twice is one."""
    with recording(conn, reader):
        order, is_new = work_orders.take_step(conn, ref, deed, actor=actor, roles=roles)
        if is_new:
            detail = {"order": order.number, "deed": deed.name, "state": order.state}
            audit_log.append(
                conn,
                actor=actor,
                action="order-step",
                subject=order.code,
                detail=detail | ({"person": deed.person} if deed.person else {}),
            )
    return order, is_new


def attach(
    conn: Connection,
    reader: str | UUID,
    store: PhotoStore,
    ref: UUID | int,
    data: bytes,
    *,
    actor: str | None,
) -> tuple[str, bool]:
    """Keep a photo with an order: first the file, whole, then the row.

    Returns
    -------
    sha256 : str
        Of the file as we wrote it.
    is_new : bool
    """
    with recording(conn, reader):  # who may not see the order does not make us decode anything
        order = work_orders.find_order(conn, ref, moment_of(conn))
    kept = store.keep(data)
    with recording(conn, reader):
        is_new = work_orders.add_photo(
            conn,
            order.id,
            sha256=kept.sha256,
            size=kept.size,
            length=kept.length,
            actor=actor,
        )
        if is_new:
            audit_log.append(
                conn,
                actor=actor or PASSER_BY,
                action="order-photo",
                subject=order.code,
                detail={"order": order.number, "photo": kept.sha256[:12]},
            )
    return kept.sha256, is_new


def orders_at(conn: Connection, code: str, moment: Moment) -> list[Order]:
    """Return the orders of a thing, and of what lies in it when it is a room."""
    entry_id, kind, _ = find_entry(conn, code, moment)
    entries = [entry_id]
    if kind == "room":
        entries = work_orders.entries_within(conn, entry_id, moment)
    return work_orders.list_orders(conn, moment, entries=entries)


def file_of(conn: Connection, code: str, moment: Moment) -> dict[str, Any]:
    """Return the dated file of a thing, with the work orders of it and of what lies in it."""
    item = show_item(conn, code, moment)
    found = orders_at(conn, item["code"], moment)
    return item | {"orders": [order.as_dict() for order in found]}


def told(order: Order, *, actor: str, roles: Iterable[str]) -> dict[str, Any]:
    """Return an order with all steps, and what the asker may do with it now."""
    return order.as_file() | {"deeds": possible(order.standing, actor=actor, roles=roles)}


def words() -> dict[str, dict[str, str]]:
    """Return the kinds of faults and urgencies with their Chinese names."""
    return {"faults": dict(FAULTS), "urgencies": dict(URGENCIES)}


def may_have_link(conn: Connection, code: str) -> bool:
    """Tell whether passers-by may be led to a place: never to a secret one."""
    return not is_secret(conn, code)
