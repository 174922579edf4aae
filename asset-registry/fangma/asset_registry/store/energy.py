"""What meters read, hour by hour, and the tree that they stand in, for the energy book."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from fangma.asset_registry.energy import Book, Hourly, Meter, book, hour_of
from fangma.asset_registry.store.derivations import tree_of
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Metering:
    """A book with the names of its places."""

    book: Book
    names: dict[str, str | None]


def metering(
    conn: Connection,
    site: Site,
    observed_property: str,
    unit: str | None,
    start: datetime,
    end: datetime,
) -> Metering:
    """Reckon the book of a site, as the reader may see it, from whole hours.

    Parameters
    ----------
    unit : str or None
        UCUM of the meters; those in another are left out. None takes any.
    """
    tree = tree_of(conn, site.id, site.code, [observed_property], every_room=True)
    sources = [each for each in tree.sources if unit in (None, each.unit)]
    hours = meter_hours(conn, [each.id for each in sources], start - timedelta(hours=1), end)
    meters = [
        Meter(sensor=each.sensor, place=each.place, hours=hours.get(each.id, []))
        for each in sources
    ]
    return Metering(
        book=book(tree.places, meters, hour_of(start), hour_of(end)),
        names={place.key: place.name for place in tree.places},
    )


def meter_hours(
    conn: Connection, streams: Sequence[int], start: datetime, until: datetime
) -> dict[int, list[Hourly]]:
    """Return what meters read in the hours from ``start`` (included) to ``until``, ascending."""
    found: dict[int, list[Hourly]] = defaultdict(list)
    asked = {"streams": list(streams), "start": start, "until": until}
    for stream, at, _, first, last, least, most in conn.execute(
        load("derivations")["hours"], asked
    ):
        found[stream].append(
            Hourly(
                hour=hour_of(at),
                first=first,
                last=last,
                reset=least < first or most > last,
            )
        )
    return found


def at_hour(hour: int) -> datetime:
    """Return the beginning of an hour counted since 1970."""
    return datetime.fromtimestamp(hour * 3600, UTC)
