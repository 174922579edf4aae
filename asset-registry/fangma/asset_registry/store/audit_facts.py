"""Gather what the audit is told: the rows of one site that were true at a moment, as then known.

All queries go out at once, so that the server works on the next while a result becomes facts; the
rooms of a large site are read beside the rest, on a second connection. Large results come in the
order of codes: what the audit walks together then lies together in memory, which takes a quarter
off its time.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack, contextmanager
from datetime import datetime, time, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import orjson
from psycopg.types.json import set_json_loads
from psycopg.types.range import TimestamptzRange

from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    BuildingFact,
    FactChanges,
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
from fangma.asset_registry.collector import collector_paused
from fangma.asset_registry.columns import make_rows, transpose
from fangma.asset_registry.presence import COUNTING_UNIT, WATCHING
from fangma.asset_registry.store.connection import reading_beside
from fangma.asset_registry.store.queries import literal, load

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from typing import LiteralString
    from uuid import UUID

    from psycopg import Cursor

    from fangma.asset_registry.store.connection import Connection, Moment

Row = tuple[Any, ...]

# "000000" is a site of which nobody said where it lies.
_NO_DIVISION: Final = "000000"
LARGE: Final = 10_000
"""Rooms above which a second connection reads beside the first."""

# In the order in which they are worked on: the longest comes when there is most to do meanwhile.
_QUERIES: Final = (
    "division",
    "people",
    "assignments",
    "rooms",
    "buildings",
    "units",
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
    asked = _asked(site_id, moment)
    sql = load("audit_facts")
    ((is_large,),) = _read(conn, sql["is_large"], {"large": LARGE})
    with collector_paused(), ExitStack() as open_:
        beside = open_.enter_context(reading_beside(conn)) if is_large else conn
        read = open_.enter_context(_asking(beside, ("rooms",), asked)) if is_large else {}
        read |= open_.enter_context(_asking(conn, [n for n in _QUERIES if n not in read], asked))
        words = _Words()
        division = [row[0] for row in read["division"]() if row[0] != _NO_DIVISION]
        people = _people(words, read["people"]())
        assignments = _assignments(words, read["assignments"]())
        read_rooms = read["rooms"]()
        buildings = _buildings(read["buildings"](), read_rooms)
        units = tuple(_unit(*row) for row in read["units"]())
        held = {assignment.room for assignment in assignments}
        empty = {room: day for room, day in read["ended"]() if room not in held}
        rooms = _rooms(words, read_rooms, empty, {room: days for room, *days in read["presence"]()})
        leases = _leases(read["leases"]())
        titles = make_rows(TitleFact, **_named(_TITLE, read["titles"]()))
        ((booked,),) = read["booked"]()
    lost: tuple[LostEntry, ...] = ()
    if booked != sum(room.in_ledger for room in rooms):
        lost = make_rows(LostEntry, **_named(_LOST, _read(conn, sql["lost"], asked)))
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


def changed_facts(
    conn: Connection,
    site_id: UUID,
    moment: Moment,
    *,
    rooms: Collection[str],
    people: Collection[str],
) -> FactChanges | None:
    """Read what the audit is told of some rooms and people as they are now.

    Returns
    -------
    changes : FactChanges or None
        None when one of the rooms is not there now: the whole is to be read again.
    """
    asked = _asked(site_id, moment) | {"rooms": list(rooms), "people": list(people)}
    sql = load("audit_facts")

    def read(name: str) -> list[Row]:
        query = sql[name]
        for mark in ("of these rooms", "of these people"):
            query = query.replace(f"/* {mark} */", sql[mark.replace(" ", "_")])
        return _read(conn, literal(query), asked)

    words = _Words()
    told = _people(words, read("people")) if people else ()
    if not rooms:
        return FactChanges(people=told, gone=frozenset(people) - {each.id for each in told})
    assignments = _assignments(words, read("assignments"))
    held = {assignment.room for assignment in assignments}
    facts = _rooms(
        words,
        read("rooms"),
        {room: day for room, day in read("ended") if room not in held},
        {room: days for room, *days in read("presence")},
    )
    if {fact.code for fact in facts} != set(rooms):
        return None
    leases = _leases(read("leases"))
    return FactChanges(
        rooms=facts,
        people=told,
        gone=frozenset(people) - {each.id for each in told},
        assigned={room: tuple(row for row in assignments if row.room == room) for room in rooms},
        leases={room: tuple(row for row in leases if row.room == room) for room in rooms},
    )


def presence(
    conn: Connection, site_id: UUID, moment: Moment
) -> dict[str, tuple[date | None, date | None, date | None]]:
    """Return what counters say by room: since when and until when they counted, and saw somebody.

    Of all that an audit is told, this alone changes without a revision.
    """
    rows = _read(conn, load("audit_facts")["presence"], _asked(site_id, moment))
    return {room: (start, end, seen) for room, start, end, seen in rows}


def _read(conn: Connection, query: LiteralString, asked: Mapping[str, Any]) -> list[Row]:
    with _send(conn, query, asked) as cursor:
        return cursor.fetchall()


@contextmanager
def _asking(
    conn: Connection, names: Iterable[str], asked: Mapping[str, Any]
) -> Iterator[dict[str, Callable[[], list[Row]]]]:
    """Send queries all at once; what is yielded takes the rows of each, in this order."""
    sql = load("audit_facts")
    conn.execute(sql["room_to_sort"])
    with conn.pipeline():
        read = {}
        for name in names:
            read[name] = _send(conn, sql[name], asked).fetchall
            conn.pgconn.send_flush_request()  # else its last rows wait for the next one's first
        yield read


def _send(conn: Connection, query: LiteralString, asked: Mapping[str, Any]) -> Cursor[Row]:
    cursor = conn.cursor(binary=True)
    set_json_loads(orjson.loads, cursor)
    return cursor.execute(query, asked)


def _asked(site_id: UUID, moment: Moment) -> dict[str, Any]:
    start = datetime.combine(moment.at.astimezone(CHINA).date(), time.min, CHINA)
    return {
        "site_id": site_id,
        "at": moment.at,
        "known": moment.known,
        "day": TimestamptzRange(start, start + timedelta(days=1)),
        "watching": WATCHING,
        "counting_unit": COUNTING_UNIT,
        "heard": max(moment.known, moment.at + timedelta(days=1)),
    }


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


_ROOM: Final = (
    "code", "building", "storey", "number", "name", "use", "measured_m2", "method", "shape",
    "declared", "floor_z", "ceiling_z", "ledger_m2", "registered_use", "certificate",
    "certificate_m2", "ledger_unit", "annex_of", "rest_room_m2", "toilet_m2", "sealed_on",
    "idle_reason",
)  # fmt: skip
_STANDING: Final = itemgetter(
    *map(_ROOM.index, ("building", "storey", "measured_m2", "floor_z", "ceiling_z"))
)
_PERSON: Final = ("id", "unit", "rank", "post", "status", "left_on", "second_posts")
_ASSIGNMENT: Final = ("room", "person", "unit", "use", "since", "until")
_LEASE: Final = ("room", "direction", "tenant", "since", "until", "due", "paid")
_TITLE: Final = (
    "thing", "certificate", "holder", "status", "area_m2", "use", "registered_on",
)  # fmt: skip
_LOST: Final = ("room", "area_m2")


def _named(names: tuple[str, ...], rows: Sequence[Row]) -> dict[str, Sequence[Any]]:
    return dict(zip(names, transpose(rows, len(names)), strict=True))


class _Words:
    """One object a word: whoever looks codes up in dicts then compares by identity."""

    def __init__(self) -> None:
        self._same = dict[Any, Any]().setdefault

    def share(self, columns: dict[str, Sequence[Any]], *names: str) -> None:
        """Put the words that were met first into these columns."""
        for name in names:
            columns[name] = tuple(map(self._same, columns[name], columns[name]))


def _people(words: _Words, rows: Sequence[Row]) -> tuple[PersonFact, ...]:
    columns = _named(_PERSON, rows)
    words.share(columns, "id", "unit", "rank", "status")
    columns["second_posts"] = [
        tuple(map(_second_post, posts)) if posts else () for posts in columns["second_posts"]
    ]
    return make_rows(PersonFact, **columns)


def _assignments(words: _Words, rows: Sequence[Row]) -> tuple[AssignmentFact, ...]:
    columns = _named(_ASSIGNMENT, rows)
    words.share(columns, "room", "person", "unit", "use")
    return make_rows(AssignmentFact, **columns)


def _leases(rows: Sequence[Row]) -> tuple[LeaseFact, ...]:
    return make_rows(LeaseFact, **_named(_LEASE, rows))


def _rooms(
    words: _Words,
    rows: Sequence[Row],
    empty: Mapping[str, date],
    presence: Mapping[str, Sequence[date | None]],
) -> tuple[RoomFact, ...]:
    columns = _named(_ROOM, rows)
    words.share(columns, "code", "building", "storey", "use", "registered_use")
    words.share(columns, "ledger_unit", "annex_of")
    columns["declared"] = [_declared(each) if each else () for each in columns["declared"]]
    columns["height_m"] = [
        None if floor is None or ceiling is None else ceiling - floor
        for floor, ceiling in zip(columns.pop("floor_z"), columns.pop("ceiling_z"), strict=True)
    ]
    columns["in_ledger"] = [area is not None for area in columns["ledger_m2"]]
    if empty:
        columns["empty_since"] = [empty.get(room) for room in columns["code"]]
    if presence:
        seen = [presence.get(room, (None, None, None)) for room in columns["code"]]
        for index, name in enumerate(("presence_from", "presence_until", "last_presence_on")):
            columns[name] = [each[index] for each in seen]
    return make_rows(RoomFact, **columns)


def _declared(rows: Iterable[dict[str, Any]]) -> tuple[tuple[str, str, float], ...]:
    return tuple(
        (str(each["set"]), str(each["name"]), float(each["value_m2"]))
        for each in rows
        if each.get("value_m2") is not None
    )


def _buildings(rows: Iterable[Row], rooms: Iterable[Row]) -> tuple[BuildingFact, ...]:
    """Give each building the height of its record, or else the one that its rooms show."""
    unmeasured = {code for code, _, recorded, _, _ in rows if recorded is None}
    storeys: defaultdict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    if unmeasured:
        for building, storey, area, floor_z, ceiling_z in map(_STANDING, rooms):
            is_whole = storey and area and floor_z is not None and ceiling_z is not None
            if is_whole and building in unmeasured:
                storeys[building, storey].append((floor_z, ceiling_z, area))
    by_building: dict[str, list[StoreyRooms]] = defaultdict(list)
    for (building, storey), found in storeys.items():
        floors, ceilings, areas = zip(*found, strict=True)
        by_building[building].append(
            StoreyRooms(
                part=_part(storey),
                floor_z=min(floors),
                ceiling_z=max(ceilings),
                area_m2=sum(areas),
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


def _second_post(row: dict[str, Any]) -> SecondPost:
    ended = row.get("ended")
    return SecondPost(
        unit=row["unit"],
        approved=row.get("approved"),
        ended_on=None if ended is None else datetime.fromisoformat(ended).date(),
    )
