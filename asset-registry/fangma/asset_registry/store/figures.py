"""What figures of a site are counted from, as a reader sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from fangma.asset_registry.indicators.figures import Orders
from fangma.asset_registry.indicators.metering import Metered, MeterHour, metered
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTally:
    """What goes on in a site now."""

    site: str
    alarms: int
    orders: int
    sensors: int


def energy(conn: Connection, site_id: UUID, start: datetime, end: datetime) -> Metered:
    """Return what the energy meters of a site counted in the hours from ``start`` to ``end``."""
    asked = {"site_id": site_id, "start": start, "end": end}
    with conn.cursor(row_factory=class_row(MeterHour)) as cursor:
        return metered(cursor.execute(load("figures")["meter_hours"], asked))


def month_orders(conn: Connection, site_id: UUID, moment: Moment, *, days: int = 30) -> Orders:
    """Count the orders of the last days, and those of them that are closed."""
    asked = {
        "site_id": site_id,
        "at": moment.at,
        "known": moment.known,
        "start": moment.at - timedelta(days=days),
    }
    with conn.cursor(row_factory=class_row(Orders)) as cursor:
        return cursor.execute(load("figures")["month_orders"], asked).fetchone() or Orders(
            reported=0, closed=0
        )


def site_people(conn: Connection, moment: Moment) -> dict[str, int]:
    """Return how many people each site has that the reader may see, by code."""
    asked = {"at": moment.at, "known": moment.known, "revision": moment.revision}
    return dict(conn.execute(load("figures")["site_people"], asked).fetchall())


def site_tallies(conn: Connection, moment: Moment) -> dict[str, SiteTally]:
    """Return what goes on in each site that the reader may see, by code."""
    asked = {"at": moment.at, "known": moment.known, "revision": moment.revision}
    with conn.cursor(row_factory=class_row(SiteTally)) as cursor:
        return {row.site: row for row in cursor.execute(load("figures")["site_tallies"], asked)}
