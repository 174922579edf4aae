"""Gather what the figures of a site are counted from, for the wall and the index board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.indicators.errors import UnknownFigureError
from fangma.asset_registry.indicators.figures import (
    CHINA,
    KINDS,
    Figure,
    SiteFacts,
    StandingFacts,
    figures,
    standing_figures,
)
from fangma.asset_registry.indicators.rectifying import rectification
from fangma.asset_registry.store.connection import reading
from fangma.asset_registry.store.figures import energy, month_orders
from fangma.asset_registry.store.moments import rooms_at, scene_at
from fangma.twin.auditing import audit_of, document_of, site_of
from fangma.twin.places import over_at

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from fangma.asset_registry.auditing.engine import Audit
    from fangma.asset_registry.indicators.metering import Metered
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site
    from fangma.twin.audit_shelf import AuditShelf
    from fangma.twin.revision_shelf import RevisionShelf

_DAYS: Final = timedelta(days=31)
_WEIGHTS: Final = (("over", "excess_m2"), ("excess", "excess_m2"), ("idle", "idle_days"))
"""By what rooms are sorted behind figures of these names; else by their area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFigures:
    """The figures of a site at a moment, with the facts that the wall shows beside them."""

    site: Site
    moment: Moment
    figures: dict[str, Figure]
    facts: SiteFacts
    audited: Audit
    since: datetime


def site_figures(
    conn: Connection,
    reader: str,
    *,
    site: str | None,
    at: datetime | None = None,
    known: datetime | None = None,
    audits: AuditShelf,
    places: RevisionShelf[Any],
) -> SiteFigures:
    """Count every figure of a site as a reader sees it.

    What only a recording changes is counted once for each; readings, alarms and orders every time.

    Parameters
    ----------
    conn : Connection
        Outside of a transaction: two moments are read, now and the start of the year.
    site : str or None
        Any code on it; None = the only one.

    Raises
    ------
    NothingToAuditError, WhichSiteError, CodeError, UnknownCodeError, StandardError
    """
    with reading(conn, reader, at, known) as moment:
        found = site_of(conn, moment, site)
        audited = audit_of(conn, moment, site=found.code, shelf=audits)
        rooms = places.of(
            conn,
            moment,
            ("rooms", found.id),
            lambda: rooms_at(conn, found.id, moment.at, moment.known),
        )
        scene = scene_at(conn, found.id, moment.at, known, rooms=rooms)
        told = scene.as_dict()
        used = energy(conn, found.id, moment.at - _DAYS, moment.at)
        month = month_orders(conn, found.id, moment)
    local = moment.at.astimezone(CHINA)
    since = local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    # The same knowledge of an earlier day: what was found out since counts for both.
    with reading(conn, reader, since, moment.known) as then:
        was_over = over_at(places, conn, then, found, audits)
    standing = audits.reckoned(
        audited, "figures", lambda: _standing(audited, rooms, was_over, since)
    )
    facts = SiteFacts(
        at=moment.at,
        rooms=rooms,
        values=told["values"],
        presence=scene.occupancy(),
        alarms=told["alarms"],
        orders=told["orders"],
        month=month,
        energy=used,
    )
    return SiteFigures(
        site=found,
        moment=moment,
        figures=figures(facts, standing),
        facts=facts,
        audited=audited,
        since=since,
    )


def _standing(
    audited: Audit, rooms: list[dict[str, Any]], was_over: frozenset[str], since: datetime
) -> dict[str, Figure]:
    verdicts = {code: str(room.verdict) for code, room in audited.rooms.items()}
    facts = StandingFacts(
        rooms=rooms,
        audit=document_of(audited),
        rectified=rectification(was_over, verdicts),
        since=since,
    )
    return standing_figures(facts)


def rooms_behind(found: SiteFigures, key: str) -> list[dict[str, Any]]:
    """List the rooms behind a figure, those first that weigh most in it.

    Raises
    ------
    UnknownFigureError
    """
    if key not in KINDS:
        raise UnknownFigureError(f"found no figure {key[:40]!r}", f"name one of {', '.join(KINDS)}")
    codes = set(found.figures[key].rooms)
    idle = {row.code: row for row in found.audited.report().idle}
    rows = []
    for room in found.facts.rooms:
        if room["code"] not in codes:
            continue
        audited = found.audited.rooms.get(room["code"])
        presence = found.facts.presence.get(room["code"])
        rows.append(
            {
                **room,
                "verdict": None if audited is None else audited.verdict,
                "excess_m2": None if audited is None else _number(audited.excess_m2),
                "idle_days": idle[room["code"]].days if room["code"] in idle else None,
                "occupied": None if presence is None else presence.occupied,
                "alarms": [
                    alarm["message"]
                    for alarm in found.facts.alarms
                    if alarm["code"] == room["code"] and alarm["state"] != "shelved"
                ],
                "orders": sum(order["code"] == room["code"] for order in found.facts.orders),
            }
        )
    by = next((name for word, name in _WEIGHTS if word in key), "area_m2")
    return sorted(rows, key=lambda row: (-(row[by] or 0.0), row["code"]))


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def elsewhere(found: SiteFigures, key: str) -> list[str]:
    """Return the codes behind a figure that are no rooms, such as pipes with an alarm."""
    rooms = {room["code"] for room in found.facts.rooms}
    return [code for code in found.figures[key].rooms if code not in rooms]


def energy_hours(energy: Metered, at: datetime, *, hours: int = 24) -> list[dict[str, Any]]:
    """Return what was used in each of the last hours, the running one last; None = no reading."""
    last = at.astimezone(CHINA).replace(minute=0, second=0, microsecond=0)
    by_hour = {when.astimezone(CHINA): used for when, used in energy.by_hour.items()}
    times = [last - timedelta(hours=back) for back in range(hours - 1, -1, -1)]
    return [
        {
            "at": when.isoformat(),
            "kwh": None if when not in by_hour else round(by_hour[when], 2),
        }
        for when in times
    ]


def uses(facts: SiteFacts) -> list[dict[str, Any]]:
    """Return how the area is distributed over uses, the largest first."""
    by_use: dict[str, list[float]] = {}
    for room in facts.rooms:
        by_use.setdefault(room["use"] or "", []).append(room["area_m2"] or 0.0)
    rows = [
        {"use": use or None, "rooms": len(areas), "area_m2": round(sum(areas), 2)}
        for use, areas in by_use.items()
    ]
    return sorted(rows, key=lambda row: (-float(str(row["area_m2"])), str(row["use"])))
