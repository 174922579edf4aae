"""The energy book as a document: what a site used, by unit, building, storey and room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.presence import counts_people
from fangma.asset_registry.store.connection import reading
from fangma.asset_registry.store.energy import Metering, at_hour, metering
from fangma.asset_registry.store.rollups import bring_up
from fangma.twin.deriving import site_named
from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.energy import Line
    from fangma.asset_registry.store.connection import Connection

USUAL_LEVELS: Final = ("site", "unit", "building")
_USUAL: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=366)


class PeriodError(TwinError):
    """A time, or a property, of which no book is kept."""


def energy_document(
    conn: Connection,
    reader: str | UUID,
    *,
    site: str | None = None,
    observed_property: str = "energy",
    unit: str | None = "kW.h",
    start: datetime | None = None,
    end: datetime | None = None,
    levels: Sequence[str] = USUAL_LEVELS,
    metered: bool = False,
) -> dict[str, Any]:
    """Reckon a site's book, as a reader may see it; outside of a transaction.

    Parameters
    ----------
    start, end : datetime or None
        Whole hours of it count: from the first that begins then or later to the last that is over
        by then, and by now. None = the last thirty days.
    metered : bool
        Leave out rooms of which there is nothing to say: no meter reads them and none is missing.

    Raises
    ------
    PeriodError, UnknownCodeError, WhichSiteError
    """
    now = datetime.now(UTC)
    until = min(end or now, now).replace(minute=0, second=0, microsecond=0)
    since = until - _USUAL if start is None else start
    whole = since.replace(minute=0, second=0, microsecond=0)
    since = whole if whole == since else whole + timedelta(hours=1)
    if not timedelta() < until - since <= _LONGEST:
        raise PeriodError(
            f"found {since.isoformat()} to {until.isoformat()}, expected at least a whole hour "
            "that is over and at most 366 days",
            "name an earlier beginning, or a shorter time",
        )
    if counts_people(observed_property, unit):
        raise PeriodError(
            f"found the property {observed_property[:80]!r}, expected one that a meter counts",
            "people are no energy; presence is told by GET /api/moment",
        )
    bring_up(conn, at_most=20_000)
    with reading(conn, reader) as moment:
        place = site_named(conn, site, moment)
        found = metering(conn, place, observed_property, unit, since, until)
    missed = {each.code for each in found.book.findings}
    return {
        "site": place.code,
        "from": since.isoformat(),
        "to": until.isoformat(),
        "property": observed_property,
        "unit": unit,
        "items": [
            _item(line, found, place.code)
            for line in found.book.lines
            if line.place.kind in levels
            and (
                not metered or line.meters or line.place.key in missed or line.place.kind != "room"
            )
        ],
        "findings": [each.as_dict() for each in found.book.findings],
    }


def _item(line: Line, found: Metering, site: str) -> dict[str, Any]:
    key = line.place.key
    return {
        "code": key.removeprefix(f"{site}/") if line.place.kind == "unit" else key,
        "kind": line.place.kind,
        "name": found.names.get(key),
        "within": _place_above(line),
        "area_m2": round(line.area_m2, 2),
        "metered_m2": round(line.metered_m2, 2),
        "used": _rounded(line.used),
        "used_per_m2": _rounded(line.per_m2),
        "by": line.by,
        "parts": _rounded(line.parts),
        "whole": line.is_whole,
        "meters": line.meters,
        "peak": _rounded(line.peak),
        "peak_at": None if line.peak_hour is None else at_hour(line.peak_hour).isoformat(),
        "baseline": _rounded(line.baseline),
        "night_share": _rounded(line.night_share),
        "hours_known": line.hours_known,
    }


def _place_above(line: Line) -> str | None:
    """Return the code of what a place of the building lies in; units are no such places."""
    place = line.place
    return place.within[0][0] if place.kind in {"building", "storey", "room"} else None


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
