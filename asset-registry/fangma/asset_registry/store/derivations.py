"""Derived streams in the database: what is defined, the tree that it stands on, what goes in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from fangma.asset_registry.deriving import Definition, DerivationError, Place
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.recording import revision
from fangma.asset_registry.store.streams import Declaration, declare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

PROTOCOL: Final = "derived"
_FILE: Final = "derivations"
_MOST: Final = 100  # definitions of a site
_HOUR: Final = timedelta(hours=1)
_RANGE: Final = 2  # observation.QUALITIES: no such thing can be


class UnknownDerivationError(DerivationError):
    """A name that nothing is derived under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A definition as the registry holds it.

    Attributes
    ----------
    since, until : datetime or None
        Recorded; ``until`` None = it holds.
    filled_until : datetime or None
        Of hours: those before are told.
    """

    id: int
    site_id: UUID
    site: str
    name: str
    observed_property: str
    function: str
    of_what: str
    unit: str | None
    levels: list[str]
    fresh_s: float
    least_share: float
    filled_until: datetime | None
    since: datetime
    until: datetime | None
    actor: str
    reason: str | None

    @property
    def definition(self) -> Definition:
        """What it says."""
        return Definition(
            name=self.name,
            observed_property=self.observed_property,
            function=self.function,
            of_what=self.of_what,
            unit=self.unit,
            levels=tuple(self.levels),
            fresh_s=self.fresh_s,
            least_share=self.least_share,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "site": self.site,
            **self.definition.as_dict(),
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "by": self.actor,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Place):
    """A place of the tree as the registry names it; ``id`` is None of units."""

    id: UUID | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stream that goes in: bound to ``place``, a key of the tree."""

    id: int
    sensor: str
    observed_property: str
    unit: str | None
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Places of a site that are open to see, and the streams bound to them."""

    places: tuple[Named, ...]
    sources: tuple[Source, ...]

    def of(self, definition: Definition) -> tuple[tuple[Named, ...], dict[int, str]]:
        """Return the streams that a definition is made of, and the places that they lie in."""
        sources = {
            each.id: each.place
            for each in self.sources
            if each.observed_property == definition.observed_property
            and definition.unit in (None, each.unit)
        }
        by_key = {place.key: place for place in self.places}
        kept: dict[str, Named] = {}
        waiting = list(sources.values())
        while waiting:
            key = waiting.pop()
            if key not in kept:
                kept[key] = by_key[key]
                waiting += [upper for upper, _ in by_key[key].within]
        return tuple(kept.values()), sources


def define(
    conn: Connection,
    site_id: UUID,
    definition: Definition,
    *,
    actor: str,
    reason: str | None = None,
) -> Derivation:
    """Say what is derived under a name from now on, inside a recording transaction.

    Raises
    ------
    DerivationError
        When it cannot be, or stands on what is derived itself.
    """
    definition.check()
    sql = load(_FILE)
    there = derivations(conn, site_id)
    if len(there) >= _MOST and definition.name not in {each.name for each in there}:
        raise DerivationError(
            f"there are {len(there)} derivations, expected at most {_MOST} a site",
            "withdraw one that nobody reads",
        )
    taken = conn.execute(sql["properties"], {"properties": [definition.name]}).fetchall()
    if taken:
        raise DerivationError(
            f"there are sensors whose property is {definition.name}, expected a new word",
            "call it like mean-temperature",
        )
    if definition.observed_property in {each.name for each in there}:
        raise DerivationError(
            f"{definition.observed_property} is derived itself, expected a property of sensors",
            "derive from what the sensors say",
        )
    with revision(conn, actor=actor, detail={"derivation": definition.name}, reason=reason) as row:
        stamp = {"recorded_at": row.recorded_at, "revision": row.revision}
        conn.execute(sql["close"], {"site_id": site_id, "name": definition.name, **stamp})
        conn.execute(
            sql["add"],
            {
                "site_id": site_id,
                "name": definition.name,
                "property": definition.observed_property,
                "function": definition.function,
                "of_what": definition.of_what,
                "unit": definition.unit,
                "levels": list(definition.levels),
                "fresh_s": definition.fresh_s,
                "least_share": definition.least_share,
                **stamp,
            },
        )
    (made,) = derivations(conn, site_id, name=definition.name)
    return made


def withdraw(
    conn: Connection, site_id: UUID, name: str, *, actor: str, reason: str | None = None
) -> Derivation:
    """Derive nothing under a name any more; what was told stays. Inside a recording transaction.

    Raises
    ------
    UnknownDerivationError
    """
    found = derivations(conn, site_id, name=name)
    if not found:
        raise UnknownDerivationError(
            f"nothing is derived under the name {name[:80]!r}", "fangma derived list shows what is"
        )
    sql = load(_FILE)
    with revision(conn, actor=actor, detail={"withdrawn": name}, reason=reason) as row:
        conn.execute(
            sql["close"],
            {
                "site_id": site_id,
                "name": name,
                "recorded_at": row.recorded_at,
                "revision": row.revision,
            },
        )
    conn.execute(sql["undeclare"], {"address": address_of(found[0].site, name)})
    return found[0]


def derivations(
    conn: Connection, site_id: UUID | None = None, *, name: str | None = None, ever: bool = False
) -> list[Derivation]:
    """Return what is derived, or with ``ever`` all that ever was, the earlier first."""
    with conn.cursor(row_factory=class_row(Derivation)) as cursor:
        return cursor.execute(
            load(_FILE)["derivations"], {"site_id": site_id, "name": name, "ever": ever}
        ).fetchall()


def fill(conn: Connection, derivation: Derivation, until: datetime) -> None:
    """Note that the hours before a time are told."""
    conn.execute(load(_FILE)["filled"], {"id": derivation.id, "until": until})


def signature(conn: Connection, properties: Sequence[str]) -> tuple[Any, ...]:
    """Return what differs when trees may have changed."""
    row = conn.execute(load(_FILE)["state"], {"properties": list(properties)}).fetchone()
    return () if row is None else tuple(row)


def tree_of(
    conn: Connection,
    site_id: UUID,
    site: str,
    properties: Iterable[str],
    *,
    every_room: bool = False,
) -> Tree:
    """Return the tree of a site as it is now, without what is secret, as the reader may see it.

    Parameters
    ----------
    site : str
        Its code; the key of the root.
    every_room : bool
        With the rooms in which nothing is measured.
    """
    sql = load(_FILE)
    asked = {"site_id": site_id, "properties": list(properties)}
    bound = conn.execute(sql["sources"], asked).fetchall()
    entries = list({row[4] for row in bound})
    rows = conn.execute(
        sql["places"], {"site_id": site_id, "rooms": every_room, "entries": entries}
    ).fetchall()
    codes = {row[0]: row[1] for row in rows} | {site_id: site}
    units = _units(conn, site_id, site)
    places = [Named(key=site, kind="site", id=site_id)]
    for entry, code, kind, name, storey, building, area in rows:
        if kind == "site":
            continue
        upper = next(
            (codes[each] for each in (storey, building) if each in codes and each != entry), site
        )
        places.append(
            Named(
                key=code,
                kind=kind,
                area_m2=area if kind == "room" else None,
                within=((upper, 1.0), *(units.get(entry, ()) if kind == "room" else ())),
                id=entry,
                name=name,
            )
        )
    named = {unit for shares in units.values() for unit, _ in shares}
    names = {
        f"{site}/{code}": name
        for code, name in conn.execute(sql["unit_names"], {"site_id": site_id})
    }
    places += [Named(key=unit, kind="unit", name=names.get(unit)) for unit in sorted(named)]
    return Tree(
        places=tuple(places),
        sources=tuple(
            Source(id=id_, sensor=sensor, observed_property=prop, unit=unit, place=codes[entry])
            for id_, sensor, prop, unit, entry in bound
            if entry in codes
        ),
    )


def declare_streams(
    conn: Connection, derivation: Derivation, places: Iterable[Named], *, actor: str
) -> dict[str, str]:
    """Declare the streams of a derivation, inside a recording transaction; return their names.

    A stream is bound to its place. Those of units, and of the site, which sum up what lies in
    buildings that not everybody may see, are bound to nothing: who sees everything sees them.

    Returns
    -------
    sensors : dict of str to str
        By the key of the place. A name that a sensor has already is left to it.
    """
    definition = derivation.definition
    told = {
        sensor_of(definition.name, place.key): place
        for place in places
        if place.kind in definition.levels
    }
    taken = {
        row[0] for row in conn.execute(load(_FILE)["made"], {"sensors": list(told)}).fetchall()
    }
    kept = {sensor: place for sensor, place in told.items() if sensor not in taken}
    declare(
        conn,
        [
            Declaration(
                sensor=sensor,
                observed_property=definition.name,
                code=place.key if place.kind in ("room", "storey", "building") else None,
                name=f"{place.name or place.key} {definition.name}",
                unit=definition.made_unit,
                protocol=PROTOCOL,
                address=address_of(derivation.site, definition.name),
            )
            for sensor, place in kept.items()
        ],
        actor=actor,
        action="edit",
        reason=f"derived: {definition.name}",
    )
    return {place.key: sensor for sensor, place in kept.items()}


def newest(
    conn: Connection, streams: Sequence[int], since: datetime
) -> list[tuple[int, float | None, datetime]]:
    """Return newest numbers that came since a time, by our clock: stream, number, when it came.

    A number that cannot be, and a word, is None.
    """
    rows = conn.execute(load(_FILE)["newest"], {"streams": list(streams), "since": since})
    return [
        (stream, None if quality == _RANGE else number, heard)
        for stream, number, quality, heard in rows
    ]


def first_hour(conn: Connection, streams: Sequence[int], since: datetime) -> datetime | None:
    """Return the first hour from a time on in which one of some streams said something."""
    row = conn.execute(load(_FILE)["first_hour"], {"streams": list(streams), "since": since})
    found = row.fetchone()
    return None if found is None else found[0]


def hours(
    conn: Connection, streams: Sequence[int], start: datetime, until: datetime, *, used: bool
) -> dict[datetime, dict[int, float]]:
    """Return by hour what streams read, from ``start`` (included) to ``until``.

    Parameters
    ----------
    used : bool
        What meters counted from the end of the hour before to the end of the hour, not what they
        read. A meter that runs backwards, or was not heard in one of both hours, is left out.
    """
    before = start - _HOUR if used else start
    asked = {"streams": list(streams), "start": before, "until": until}
    found: dict[datetime, dict[int, float]] = defaultdict(dict)
    last: tuple[int, datetime, float] | None = None
    for stream, at, mean, first, final, least, most in conn.execute(load(_FILE)["hours"], asked):
        if not used:
            found[at][stream] = mean
            continue
        is_rising = first <= final and least >= first and most <= final
        if (
            last is not None
            and last[0] == stream
            and at - last[1] == _HOUR
            and is_rising
            and first >= last[2]
        ):
            found[at][stream] = final - last[2]
        last = (stream, at, final)
    return dict(found)


def sensor_of(name: str, key: str) -> str:
    """Name the stream of a place."""
    return f"{name}:{key}"


def address_of(site: str, name: str) -> str:
    """Say where the streams of a derivation come from."""
    return f"{site}/{name}"


def _units(conn: Connection, site_id: UUID, site: str) -> dict[UUID, tuple[tuple[str, float], ...]]:
    """Return the units that hold each room, with their shares by heads."""
    heads: dict[UUID, list[tuple[str, int]]] = defaultdict(list)
    for room, unit, count in conn.execute(load(_FILE)["holders"], {"site_id": site_id}):
        heads[room].append((f"{site}/{unit}", count))
    return {
        room: tuple((unit, count / sum(n for _, n in all_)) for unit, count in all_)
        for room, all_ in heads.items()
    }
