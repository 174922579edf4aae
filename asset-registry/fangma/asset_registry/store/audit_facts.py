"""Gather what the audit is told: the rows of one site that were true at a moment, as then known.

All queries are sent at once, so that the server works on the next while a result becomes facts.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson
from psycopg.types.json import set_json_loads
from psycopg.types.range import TimestamptzRange

from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    BuildingFact,
    LeaseFact,
    LostEntry,
    PersonFact,
    RoomFact,
    SecondPost,
    TitleFact,
    UnitFact,
)
from fangma.asset_registry.auditing.heights import StoreyRooms, measured_height
from fangma.asset_registry.codes import CodeError, parse
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

Row = tuple[Any, ...]
_Same = Callable[[Any, Any], Any]
_Presence = tuple["date | None", "date | None", "date | None"]
_NEVER: Final[_Presence] = (None, None, None)

# "000000" is a site of which nobody said where it lies.
_NO_DIVISION: Final = "000000"
# Observed properties that count people or tell that somebody is there.
_COUNTING: Final = ["occupancy", "presence", "motion", "people", "people_count", "人数", "人员计数"]
_QUERIES: Final = (
    "division",
    "rooms",
    "buildings",
    "units",
    "people",
    "assignments",
    "ended",
    "leases",
    "titles",
    "booked",
    "presence",
)


def audit_facts(conn: Connection, site_id: UUID, moment: Moment) -> AuditFacts:
    """Return the facts of a site, as far as the reader sees them.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    """
    start = datetime.combine(moment.at.astimezone(CHINA).date(), time.min, CHINA)
    asked = {
        "site_id": site_id,
        "at": moment.at,
        "known": moment.known,
        "day": TimestamptzRange(start, start + timedelta(days=1)),
        "counting": _COUNTING,
        "heard": max(moment.known, moment.at + timedelta(days=1)),
    }
    sql = load("audit_facts")
    with _collector_paused(), conn.pipeline():
        cursors = {}
        for name in _QUERIES:
            cursors[name] = conn.cursor(binary=True)
            set_json_loads(orjson.loads, cursors[name])
            cursors[name].execute(sql[name], asked)
        division = [row[0] for row in cursors["division"] if row[0] != _NO_DIVISION]
        # One object a word: whoever looks codes up in dicts then compares by identity.
        same: _Same = {}.setdefault
        rows = cursors["rooms"].fetchall()
        buildings = _buildings(cursors["buildings"].fetchall(), rows)
        units = tuple(_unit(*row) for row in cursors["units"].fetchall())
        people = tuple(_person(same, *row) for row in cursors["people"].fetchall())
        assignments = tuple(
            AssignmentFact(
                room=same(room, room),
                person=same(person, person),
                unit=same(unit, unit),
                use=same(use, use),
                since=since,
                until=until,
            )
            for room, person, unit, use, since, until in cursors["assignments"].fetchall()
        )
        held = {assignment.room for assignment in assignments}
        empty = {room: day for room, day in cursors["ended"].fetchall() if room not in held}
        leases = tuple(
            LeaseFact(
                room=room,
                direction=direction,
                tenant=tenant,
                since=since,
                until=until,
                due=due,
                paid=paid,
            )
            for room, direction, tenant, since, until, due, paid in cursors["leases"].fetchall()
        )
        titles = tuple(
            TitleFact(
                thing=thing,
                certificate=certificate,
                holder=holder,
                status=status,
                area_m2=area,
                use=use,
                registered_on=registered,
            )
            for thing, certificate, holder, status, area, use, registered in cursors[
                "titles"
            ].fetchall()
        )
        presence = {
            room: (first, last, seen) for room, first, last, seen in cursors["presence"].fetchall()
        }
        rooms = tuple(
            _room(same, row, empty.get(row[0]), presence.get(row[0], _NEVER)) for row in rows
        )
        (booked,) = cursors["booked"].fetchall()[0]
    lost: tuple[LostEntry, ...] = ()
    if booked != sum(room.in_ledger for room in rooms):
        lost = tuple(
            LostEntry(room=room, area_m2=area) for room, area in conn.execute(sql["lost"], asked)
        )
    return AuditFacts(
        at=moment.at,
        known=moment.known,
        division=division[0] if division else None,
        rooms=rooms,
        buildings=buildings,
        units=units,
        people=people,
        assignments=assignments,
        leases=leases,
        titles=titles,
        lost=lost,
    )


def holds_until(conn: Connection, moment: Moment) -> datetime | None:
    """Return when the next fact begins or ends that is known already; None = never.

    Until then, and to the end of the day in China, an audit stays what it is.
    """
    row = conn.execute(
        load("audit_facts")["holds_until"], {"at": moment.at, "known": moment.known}
    ).fetchone()
    return None if row is None else row[0]


def sight(conn: Connection) -> str:
    """Return one text for all that the reader may see: equal texts mean equal sight."""
    row = conn.execute(load("audit_facts")["sight"]).fetchone()
    return "" if row is None else str(row[0])


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the cycle collector from walking over hundreds of thousands of new rows."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _room(same: _Same, row: Row, empty_since: date | None, presence: _Presence) -> RoomFact:
    (
        code, building, storey, number, name, use, area, method, shape, declared, floor_z,
        ceiling_z, is_guess, ledger, registered_use, certificate, certificate_m2, ledger_unit,
        annex_of, rest_room, toilet, sealed_on, idle_reason,
    ) = row  # fmt: skip
    # A bounding box that stands for a body is no measurement.
    if is_guess:
        area = method = floor_z = None
    first, last, seen = presence
    return RoomFact(
        code=same(code, code),
        building=same(building, building),
        storey=same(storey, storey),
        number=number,
        name=name,
        use=same(use, use),
        measured_m2=area,
        method=method,
        shape=shape,
        declared=_declared(declared) if declared else (),
        height_m=None if floor_z is None or ceiling_z is None else ceiling_z - floor_z,
        in_ledger=ledger is not None,
        ledger_m2=ledger,
        registered_use=same(registered_use, registered_use),
        certificate=certificate,
        certificate_m2=certificate_m2,
        ledger_unit=same(ledger_unit, ledger_unit),
        annex_of=same(annex_of, annex_of),
        rest_room_m2=rest_room,
        toilet_m2=toilet,
        sealed_on=sealed_on,
        idle_reason=idle_reason,
        empty_since=empty_since,
        last_presence_on=seen,
        presence_from=first,
        presence_until=last,
    )


def _declared(rows: Iterable[dict[str, Any]]) -> tuple[tuple[str, str, float], ...]:
    return tuple(
        (str(each["set"]), str(each["name"]), float(each["value_m2"]))
        for each in rows
        if each.get("value_m2") is not None
    )


def _buildings(rows: Iterable[Row], rooms: Iterable[Row]) -> tuple[BuildingFact, ...]:
    """Give each building the height of its record, or else the one that its rooms show."""
    storeys: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    for room in rooms:
        building, storey, area = room[1], room[2], room[6]
        floor_z, ceiling_z, is_guess = room[10], room[11], room[12]
        is_placed = building and storey and floor_z is not None and ceiling_z is not None
        if is_placed and area and not is_guess:
            storeys[building, storey].append((floor_z, ceiling_z, area))
    by_building: dict[str, list[StoreyRooms]] = defaultdict(list)
    for (building, storey), held in storeys.items():
        by_building[building].append(
            StoreyRooms(
                part=_part(storey),
                floor_z=min(floor for floor, _, _ in held),
                ceiling_z=max(ceiling for _, ceiling, _ in held),
                area_m2=sum(area for _, _, area in held),
            )
        )
    facts = []
    for code, name, recorded, gross, net in rows:
        height = recorded if recorded is not None else measured_height(by_building[code])
        basis = "model" if recorded is None else "record"
        facts.append(
            BuildingFact(
                code=code,
                name=name,
                height_m=height,
                height_basis=basis,
                gross_m2=gross,
                net_m2=net,
            )
        )
    return tuple(facts)


def _part(storey: str) -> str:
    try:
        return parse(storey).storey or ""
    except CodeError:
        return ""


def _unit(
    code: str, name: str | None, parent: str | None, organ_class: str | None,
    unit_rank: str | None, authorised: int | None, posts: list[Any], division: str | None,
) -> UnitFact:  # fmt: skip
    return UnitFact(
        code=code,
        name=name,
        parent=parent,
        organ_class=organ_class,
        unit_rank=unit_rank,
        authorised=authorised,
        posts=tuple((rank, count) for rank, count in posts),
        division=division,
    )


def _person(
    same: _Same, code: str, unit: str, rank: str | None, post: str | None, status: str,
    left_on: date | None, second: list[dict[str, Any]] | None,
) -> PersonFact:  # fmt: skip
    code, unit = same(code, code), same(unit, unit)
    rank, status = same(rank, rank), same(status, status)
    if not second:
        return PersonFact(id=code, unit=unit, rank=rank, post=post, status=status, left_on=left_on)
    return PersonFact(
        id=code,
        unit=unit,
        rank=rank,
        post=post,
        status=status,
        left_on=left_on,
        second_posts=tuple(_second_post(each) for each in second),
    )


def _second_post(row: dict[str, Any]) -> SecondPost:
    ended = row.get("ended")
    return SecondPost(
        unit=row["unit"],
        approved=row.get("approved"),
        ended_on=None if ended is None else datetime.fromisoformat(ended).date(),
    )
