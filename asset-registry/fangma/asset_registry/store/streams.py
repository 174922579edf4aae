"""Streams: what reports, what it is bound to, and what it said last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from fangma.asset_registry.errors import RegistryError, UnknownCodeError
from fangma.asset_registry.observation import QUALITIES, Result, result_of
from fangma.asset_registry.presence import told as told_of
from fangma.asset_registry.store.items import escape_like
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

WITHDRAWN: Final = "withdrawn"
"""Protocol of a stream that somebody took back: what it said stays, and is waited for by nobody."""

FRESH: Final = timedelta(minutes=30)
"""After half an hour without a word a stream is stale: the rule ``silent`` of the alarms."""

_NEVER: Final = TimestamptzRange(empty=True)


class UnknownSensorError(RegistryError):
    """A stream that the registry does not have, or the reader may not see."""

    def __init__(self, sensor: str) -> None:
        super().__init__(
            f"there is no sensor {sensor[:80]!r} that you may see",
            "fangma sensors list shows them; one that was never declared appears when it reports",
        )


class StreamError(RegistryError):
    """Streams that cannot be declared or bound as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A stream as a table or the API declares it.

    Attributes
    ----------
    sensor : str
        Its name outside, 1 to 200 characters.
    code : str or None
        What it watches; None leaves it unbound.
    unit : str or None
        UCUM.
    """

    sensor: str
    observed_property: str
    code: str | None = None
    name: str | None = None
    unit: str | None = None
    protocol: str | None = None
    address: str | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A stream with what it watches now and its newest value, as the reader may see them.

    Attributes
    ----------
    at : datetime or None
        phenomenonTime of the newest value, by the sensor's clock.
    heard_at : datetime or None
        When it was stored, by ours.
    """

    id: int
    sensor: str
    declared: bool
    name: str | None
    observed_property: str | None
    unit: str | None
    protocol: str | None
    address: str | None
    code: str | None
    kind: str | None
    scope_id: int | None
    secret: bool | None
    use: str | None
    at: datetime | None
    number: float | None
    word: str | None
    quality: int | None
    heard_at: datetime | None

    @property
    def result(self) -> Result | None:
        """The newest value; None when there is none."""
        return None if self.at is None else result_of(self.number, self.word)

    @property
    def told(self) -> Result | None:
        """What may be told of the newest value: no count of one or two people."""
        return told_of(self.observed_property, self.unit, self.result)

    @property
    def quality_name(self) -> str | None:
        """How good the newest value is."""
        return None if self.quality is None else QUALITIES[self.quality]

    @property
    def lag_s(self) -> float | None:
        """Seconds from the sensor's time to ours: large when late, negative when it leads."""
        if self.at is None or self.heard_at is None:
            return None
        return round((self.heard_at - self.at).total_seconds(), 3)

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma sensors list``."""
        return {
            "sensor": self.sensor,
            "declared": self.declared,
            "name": self.name,
            "code": self.code,
            "property": self.observed_property,
            "unit": self.unit,
            "protocol": self.protocol,
            "address": self.address,
            "time": self.at.isoformat() if self.at else None,
            "result": self.told,
            "quality": self.quality_name,
            "lag_s": self.lag_s,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCount:
    """How many streams of a property there are in a building.

    Attributes
    ----------
    building : str or None
        None = outside of buildings, or bound to nothing.
    fresh : int
        Those that said something in the last half hour, by their own clocks.
    """

    building: str | None
    observed_property: str | None
    streams: int
    unbound: int
    undeclared: int
    fresh: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What became of declarations."""

    added: int
    changed: int
    kept: int
    revision_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a stream watches, and since when, as of a moment."""

    sensor: str
    code: str | None
    since: datetime | None
    until: datetime | None


def streams(
    conn: Connection,
    *,
    sensor: str | None = None,
    code: str | None = None,
    ids: Sequence[int] | None = None,
    any_of: tuple[Sequence[str], Sequence[str]] | None = None,
    within: UUID | None = None,
    is_bound: bool | None = None,
    is_declared: bool | None = None,
    observed_property: str | None = None,
    holds: str | None = None,
    since: datetime | None = None,
    after: int | None = None,
    limit: int | None = None,
) -> list[Stream]:
    """Return streams by id; conditions that are None are left out.

    Parameters
    ----------
    any_of : pair of sequences or None
        Codes and sensors: what watches one of the codes, or is one of the sensors.
    within : UUID or None
        A room, storey or building: what watches it, or something of it.
    holds : str or None
        What the sensor's name, what it is called, or the code that it watches holds somewhere.
    since : datetime or None
        Only what was heard then or later, by our clock.
    """
    asked = {
        "sensor": sensor,
        "code": code,
        "ids": None if ids is None else list(ids),
        "codes": None if any_of is None else list(any_of[0]),
        "sensors": None if any_of is None else list(any_of[1]),
        "within": within,
        "bound": is_bound,
        "declared": is_declared,
        "property": observed_property,
        "holds": None if holds is None else f"%{escape_like(holds)}%",
        "since": since,
        "after": after,
        "limit": limit,
    }
    with conn.cursor(row_factory=class_row(Stream)) as cursor:
        return cursor.execute(load("streams")["streams"], asked).fetchall()


def stream_counts(conn: Connection) -> list[StreamCount]:
    """Count the streams that the reader may see, by building and property."""
    with conn.cursor(row_factory=class_row(StreamCount)) as cursor:
        return cursor.execute(load("streams")["counts"], {"fresh": FRESH}).fetchall()


def states(conn: Connection, ids: Sequence[int]) -> list[Stream]:
    """Return everything newest of the things that some streams watch, secret ones left out."""
    with conn.cursor(row_factory=class_row(Stream)) as cursor:
        return cursor.execute(load("streams")["states"], {"ids": list(ids)}).fetchall()


def bindings(conn: Connection, moment: Moment) -> list[Binding]:
    """Return what each stream watched at a moment, as it was known then."""
    asked = {"at": moment.at, "known": moment.known}
    with conn.cursor(row_factory=class_row(Binding)) as cursor:
        return cursor.execute(load("streams")["bindings"], asked).fetchall()


def declare(
    conn: Connection,
    declarations: Iterable[Declaration],
    *,
    actor: str,
    action: str = "import",
    valid_from: datetime | None = None,
    reason: str | None = None,
    document: str | None = None,
    dry_run: bool = False,
) -> Declared:
    """Declare streams and bind them, inside a recording transaction of the caller's.

    A stream that is declared again takes what is said now; where its place differs, the binding
    of before ends at ``valid_from`` and stays in the history.

    Parameters
    ----------
    valid_from : datetime or None
        Since when the streams watch what is said; None = since ever those that watched nothing
        before, since now the others.
    dry_run : bool
        Only tell what would become of them.

    Raises
    ------
    StreamError
        When a stream is declared twice.
    UnknownCodeError
        When a place is unknown, or the reader may not see it.
    """
    given = list(declarations)
    wanted = {each.sensor: each for each in given}
    if len(wanted) != len(given):
        raise StreamError(
            f"{len(given) - len(wanted)} of the streams are declared twice, expected each once",
            "leave one of each out",
        )
    if not wanted:
        return Declared(added=0, changed=0, kept=0, revision_id=None)
    sql = load("streams")
    entries = _entries(conn, {each.code for each in given if each.code})
    before = {stream.sensor: stream for stream in streams(conn) if stream.sensor in wanted}
    new = [each for each in given if each.sensor not in before]
    changed = [
        each for each in given if each.sensor in before and not _is_as(before[each.sensor], each)
    ]
    moved = [
        each
        for each in given
        if each.code != (before[each.sensor].code if each.sensor in before else None)
    ]
    touched = {each.sensor for each in (*changed, *moved)} - {each.sensor for each in new}
    revision = None
    if not dry_run:
        with conn.cursor() as cursor:
            cursor.executemany(sql["declare"], [_row(each) for each in (*new, *changed)])
        if moved:
            ids: dict[str, int] = dict(
                conn.execute(sql["ids_of"], {"sensors": [each.sensor for each in moved]}).fetchall()
            )
            revision = _bind(
                conn,
                {ids[each.sensor]: entries[each.code] if each.code else None for each in moved},
                valid_from=valid_from,
                revision={"actor": actor, "action": action, "reason": reason, "document": document},
            )
    return Declared(
        added=len(new),
        changed=len(touched),
        kept=len(given) - len(new) - len(touched),
        revision_id=revision,
    )


def describe(conn: Connection, set_: str, key: str, body: Mapping[str, Any]) -> None:
    """Keep what a client says of a Sensor or an ObservedProperty; said again, the last counts."""
    conn.execute(load("streams")["describe"], {"set": set_, "key": key, "body": Jsonb(dict(body))})


def withdraw_description(conn: Connection, set_: str, key: str) -> None:
    """Tell no longer what a client said of a Sensor or an ObservedProperty."""
    describe(conn, set_, key, {"withdrawn": True})


def is_modelled(conn: Connection, entry: UUID) -> bool:
    """Tell whether a file that is in force holds a thing."""
    row = conn.execute(load("streams")["is_modelled"], {"entry": entry}).fetchone()
    return bool(row and row[0])


def given_names(conn: Connection) -> dict[str, str]:
    """Return the names of the devices that stand in no file, by code."""
    return dict(conn.execute(load("streams")["given_names"]).fetchall())


def descriptions(conn: Connection, set_: str) -> dict[str, dict[str, Any]]:
    """Return what clients said of the Sensors or ObservedProperties, by key."""
    return dict(conn.execute(load("streams")["descriptions"], {"set": set_}).fetchall())


def rebind(
    conn: Connection,
    sensor: str,
    *,
    code: str | None,
    actor: str,
    observed_property: str | None = None,
    unit: str | None = None,
    name: str | None = None,
    valid_from: datetime | None = None,
    reason: str | None = None,
) -> Stream:
    """Say what a stream watches from a time on, inside a recording transaction of the caller's.

    What is None stays as it was declared; a stream that nobody declared is declared by it, and one
    that never reported needs its property.

    Raises
    ------
    UnknownSensorError
    UnknownCodeError
    """
    found = streams(conn, sensor=sensor)
    if not found and observed_property is None:
        raise UnknownSensorError(sensor)
    before = found[0] if found else None
    told = Declaration(
        sensor=sensor,
        observed_property=observed_property
        or (before.observed_property if before else None)
        or "unknown",
        code=code,
        name=name or (before.name if before else None),
        unit=unit or (before.unit if before else None),
        protocol=before.protocol if before else None,
        address=before.address if before else None,
    )
    declare(conn, [told], actor=actor, action="edit", valid_from=valid_from, reason=reason)
    (stream,) = streams(conn, sensor=sensor)
    return stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A thing that is there now, with all that it may be called; ``building`` is a code."""

    code: str
    kind: str
    name: str | None
    number: str | None
    building: str | None
    guids: list[str]

    @property
    def words(self) -> set[str]:
        """What it is called, besides its code."""
        return {word for word in (self.name, self.number, *self.guids) if word}


def called(conn: Connection, site_id: UUID, words: Iterable[str]) -> list[Called]:
    """Return the things of a site that have one of some names, numbers or GlobalIds."""
    asked = {"site_id": site_id, "words": sorted(set(words))}
    with conn.cursor(row_factory=class_row(Called)) as cursor:
        return cursor.execute(load("streams")["called"], asked).fetchall()


def withdraw(conn: Connection, sensor: str, *, actor: str, reason: str | None = None) -> Stream:
    """Take a stream back from now on, inside a recording transaction of the caller's.

    It watches nothing any more and is nobody's; what it said and watched stays. Declared again, it
    is one again.

    Raises
    ------
    UnknownSensorError
    """
    found = streams(conn, sensor=sensor)
    if not found:
        raise UnknownSensorError(sensor)
    if found[0].code is not None:
        rebind(conn, sensor, code=None, actor=actor, reason=reason)
    conn.execute(load("streams")["withdraw"], {"sensor": sensor, "protocol": WITHDRAWN})
    return found[0]


def known_codes(conn: Connection, codes: Iterable[str]) -> set[str]:
    """Return those of some codes that name something that the reader may see."""
    rows = conn.execute(load("streams")["entries_of"], {"codes": list(codes)}).fetchall()
    return {str(row[0]) for row in rows}


def _bind(
    conn: Connection,
    places: Mapping[int, UUID | None],
    *,
    valid_from: datetime | None,
    revision: Mapping[str, str | None],
) -> int:
    """Say what streams watch from a time on; None = nothing. Returns the revision."""
    recording, sql = load("applying"), load("streams")
    conn.execute(recording["lock_recording"])
    conn.execute(recording["check_later"])  # things may have been added just before
    stamp = conn.execute(recording["stamp"]).fetchone()
    if stamp is None:
        raise AssertionError  # a SELECT without FROM gives one row
    number, recorded_at = stamp
    rows = conn.execute(sql["bound_ever"], {"streams": list(places)})
    bound_ever = {row[0] for row in rows}
    for since, group in (
        (valid_from, {s: e for s, e in places.items() if s not in bound_ever}),
        (valid_from or recorded_at, {s: e for s, e in places.items() if s in bound_ever}),
    ):
        bound = {stream: entry for stream, entry in group.items() if entry is not None}
        times = {
            "valid": TimestamptzRange(since, None),
            "before": _NEVER if since is None else TimestamptzRange(None, since),
            "after": _NEVER,
            "recorded_at": recorded_at,
            "revision": number,
        }
        conn.execute(sql["close_bindings"], {**times, "streams": list(group)})
        adding = {key: times[key] for key in ("valid", "recorded_at", "revision")}
        conn.execute(
            sql["add_bindings"],
            {**adding, "streams": list(bound), "entries": list(bound.values())},
        )
    conn.execute(sql["point_streams"], {"streams": list(places), "now": recorded_at})
    conn.execute(
        recording["add_revision"],
        {
            **revision,
            "id": number,
            "recorded_at": recorded_at,
            "detail": Jsonb({"bindings": len(places)}),
        },
    )
    conn.execute(recording["check_now"])
    return int(number)


def _entries(conn: Connection, codes: set[str]) -> dict[str, UUID]:
    rows = conn.execute(load("streams")["entries_of"], {"codes": list(codes)}).fetchall()
    found = {code: entry for code, entry, _ in rows}
    for code in sorted(codes - found.keys()):
        raise UnknownCodeError(code, "name what the sensor watches, or leave it unbound")
    return found


def _is_as(stream: Stream, told: Declaration) -> bool:
    names = ("name", "observed_property", "unit", "protocol", "address")
    return stream.declared and all(getattr(stream, name) == getattr(told, name) for name in names)


def _row(told: Declaration) -> dict[str, Any]:
    return {
        "sensor": told.sensor,
        "name": told.name,
        "property": told.observed_property,
        "unit": told.unit,
        "protocol": told.protocol,
        "address": told.address,
        "notes": Jsonb(dict(told.notes)),
    }
