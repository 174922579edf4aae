"""Planned closures: valves sought, planned, carried out on site, and told with all they touch."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

import numpy as np

from fangma.asset_registry.auditing.facts import CHINA
from fangma.asset_registry.closures.lifecycle import DEEDS, OPEN, ClosureError
from fangma.asset_registry.closures.notices import notice
from fangma.asset_registry.store import audit_log, closures, networks, sites, work_orders
from fangma.asset_registry.store.closures import Shutting
from fangma.asset_registry.store.connection import reading, recording
from fangma.asset_registry.work_orders.lifecycle import OPEN as OPEN_ORDERS
from fangma.twin.pipes import closing, needs
from fangma.twin.pipes.needs import Joined

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.closures import Closure, Planned
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.networks import PartRow
    from fangma.twin.pipes.book import PipeBook
    from fangma.twin.pipes.needs import Need


def plan(conn: Connection, reader: str | UUID, told: Planned, *, actor: str) -> bool:
    """Seek the valves as they will stand at the start, and record the plan.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.

    Returns
    -------
    is_new : bool

    Raises
    ------
    ClosureError
        When no working valves shut the targets off, or the plan is not as it should be.
    NetworkError, UnknownCodeError
        When a target is none.
    """
    shutting = _sought(conn, reader, told.targets, told.start, ours=())
    if shutting is None:
        raise ClosureError(
            f"no valves that work shut {', '.join(told.targets)} off, expected some",
            "look at what is skipped with fangma isolate: mend a valve, or name less",
        )
    with recording(conn, reader):
        is_new = closures.plan(conn, told, shutting, actor=actor)
        if is_new:
            audit_log.append(
                conn,
                actor=actor,
                action="closure-plan",
                subject=told.targets[0],
                detail={
                    "closure": str(told.id),
                    "from": told.start.isoformat(),
                    "until": told.end.isoformat(),
                    "valves": list(shutting.valves),
                },
            )
    return is_new


def advance(
    conn: Connection,
    reader: str | UUID,
    ref: UUID | int,
    deed: str,
    *,
    key: UUID,
    actor: str,
    at: datetime,
    valve: str | None = None,
    note: str | None = None,
) -> None:
    """Take a step; after a valve was found stuck the next ones are sought.

    The step is kept even when no others are found: then :func:`told` names the valve as unworkable,
    and the closure can be cancelled, or planned again when a valve was mended.
    """
    shutting = None
    if deed == "replan":
        shutting = _sought_again(conn, reader, ref, at)
        if shutting is None:
            raise ClosureError(
                "no valves that work shut it off any more, expected some",
                "mend a valve, or cancel the closure",
            )
    with recording(conn, reader):
        is_new = closures.take_step(
            conn, ref, deed, key=key, actor=actor, at=at, valve=valve, note=note, shutting=shutting
        )
        if is_new:
            audit_log.append(
                conn,
                actor=actor,
                action="closure-step",
                subject=valve,
                detail={"closure": str(ref), "deed": deed},
            )
    if DEEDS[deed].replans and shutting is None and _sought_again(conn, reader, ref, at):
        # Of its own key, so that the same report sent twice plans anew once.
        again = uuid5(NAMESPACE_OID, f"{key} replan")
        advance(conn, reader, ref, "replan", key=again, actor=actor, at=at)


def told(conn: Connection, closure: Closure, moment: Moment) -> dict[str, Any]:
    """Return a closure with its history, whom it affects, conflicts, and its notice.

    Beside what the list has: ``reopening`` (valves in the order in which they are opened again),
    ``left_to_shut``, ``units``, ``people`` (None below three), ``unworkable`` (valves of the plan
    that cannot be worked any more), ``deeds`` that fit now, ``conflicts`` with other closures of
    the same days, ``orders`` that are open at what it touches, ``notice`` in Chinese.
    """
    start = replace(moment, at=max(moment.at, closure.starts_at))
    valves = networks.parts(conn, start, ids=[*closure.valve_ids, *closure.target_ids])
    known = {part.id: part for part in valves}
    people = networks.people_in(conn, closure.rooms, start)
    counted = people if people == 0 or people >= closing.LEAST_PEOPLE else None
    touched = [*closure.target_ids, *closure.valve_ids, *closure.room_ids]
    site = sites.find_site(conn, closure.targets[0], moment)
    return {
        **closure.as_dict(),
        "reopening": closure.shut[::-1] if closure.state == "under_way" else closure.valves[::-1],
        "left_to_shut": [code for code in closure.valves if code not in closure.shut],
        "unworkable": _unworkable(closure, known),
        "units": closures.units_in(conn, closure.rooms, start),
        "people": counted,
        "hydrants": closure.hydrants,
        "deeds": [name for name, deed in DEEDS.items() if closure.state in deed.before],
        "steps": [step.as_dict() for step in closures.steps(conn, closure.id, moment)],
        "conflicts": _conflicts(conn, closure, moment) if closure.state in OPEN else [],
        "orders": [
            {"number": each.number, "code": each.code, "fault": each.fault, "state": each.state}
            for each in work_orders.list_orders(
                conn, moment, entries=touched, states=list(OPEN_ORDERS)
            )
        ],
        "notice": notice(
            number=closure.number,
            systems=_systems(known.values()),
            reason=closure.reason,
            start=closure.starts_at,
            end=closure.ends_at,
            affected=closures.affected(conn, closure.rooms, start),
            people=counted,
            hydrants=closure.hydrants,
            by=(site.name if site is not None else None) or "",
            written=closure.recorded_at,
        ),
    }


def _sought_again(
    conn: Connection, reader: str | UUID, ref: UUID | int, at: datetime
) -> Shutting | None:
    with reading(conn, reader) as moment:
        closure = closures.find(conn, ref, moment)
    if closure.state not in OPEN:
        return None  # the step says so in words
    when = closure.starts_at if closure.state == "planned" else at
    return _sought(conn, reader, closure.targets, max(when, at), ours=closure.shut_ids)


def _sought(
    conn: Connection,
    reader: str | UUID,
    targets: Sequence[str],
    when: datetime,
    *,
    ours: Collection[UUID],
) -> Shutting | None:
    """Seek the valves as they stand then; those that we closed count as open, to be kept or not."""
    with reading(conn, reader, when) as moment:
        read = needs.reader(conn, moment, None)

        def as_found(need: Need | None) -> PipeBook:
            book = read(need)
            opened = (part._replace(position="open") for part in book.parts if part.id in ours)
            return book.turned(opened, book.at) if ours else book

        found = closing.isolate(conn, as_found, targets, moment)
    if not found["possible"]:
        return None
    return Shutting(
        valves=tuple(found["valves"]), rooms=tuple(found["rooms"]), hydrants=len(found["hydrants"])
    )


def _unworkable(closure: Closure, known: dict[UUID, PartRow]) -> list[str]:
    """Return the valves still to be closed that are stuck, or of unknown position."""
    return [
        code
        for id_, code in ((i, known[i].code) for i in closure.valve_ids if i in known)
        if code is not None
        and id_ not in closure.shut_ids
        and known[id_].position in {"stuck", "unknown"}
    ]


def _systems(parts: Collection[PartRow]) -> list[str]:
    return sorted({part.system for part in parts if part.system is not None})


def _conflicts(conn: Connection, closure: Closure, moment: Moment) -> list[dict[str, Any]]:
    """Return other closures of the same days that share something, or that dry more together.

    Days are those of China. Of another hour they may still be none that the same people bear, or
    the same two hands do; ``at_once`` tells those of the same time.
    """
    first, last = (each.astimezone(CHINA).date() for each in (closure.starts_at, closure.ends_at))
    days = (
        datetime.combine(first, time.min, CHINA),
        datetime.combine(last + timedelta(days=1), time.min, CHINA),
    )
    others = [
        other
        for other in closures.list_closures(
            conn,
            moment,
            site_id=closure.site_id,
            states=OPEN,
            during=days,
        )
        if other.id != closure.id
    ]
    if not others:
        return []
    ids = frozenset(id_ for each in (closure, *others) for id_ in each.valve_ids)
    book = needs.reader(conn, moment, closure.site_id)(Joined(ids))
    found = []
    for other in others:
        at_once = other.starts_at < closure.ends_at and closure.starts_at < other.ends_at
        by_both = _dry_by_both(book, closure, other) if at_once else []
        valves = [code for code in closure.valves if code in other.valves]
        rooms = [code for code in closure.rooms if code in other.rooms]
        if valves or rooms or by_both:
            found.append(
                {
                    "number": other.number,
                    "from": other.starts_at.isoformat(),
                    "until": other.ends_at.isoformat(),
                    "state": other.state,
                    "at_once": at_once,
                    "valves": valves,
                    "rooms": rooms,
                    "dry_by_both": by_both,
                }
            )
    return found


def _dry_by_both(book: PipeBook, closure: Closure, other: Closure) -> list[str]:
    """Return what loses its last source only when the valves of both are closed."""

    def dry(ids: Collection[UUID]) -> set[int]:
        rows = [book.row_of[i] for i in ids if i in book.row_of]
        working = [row for row in rows if book.segments.working[row]]
        return set(book.segments.dry_without(np.array(working, dtype=np.int64)).tolist())

    ours, theirs = set(closure.valve_ids), set(other.valve_ids)
    more = dry(ours | theirs) - dry(ours) - dry(theirs)
    codes = (book.parts[row].code for row in more if book.parts[row].id not in ours | theirs)
    return sorted(code for code in codes if code is not None)
