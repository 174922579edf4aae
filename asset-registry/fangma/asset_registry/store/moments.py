"""The scene at any moment, as it is known now or was known then."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.observation import QUALITIES, Result, result_of
from fangma.asset_registry.presence import Presence, Reading, presence, told
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

PARTS: Final = ("values", "occupancy", "alarms", "valves", "rooms", "orders")
"""The lists of a scene, in their order."""

_WITHIN: Final = timedelta(days=31)
"""A value that is older is no longer one of the scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a stream had said last."""

    sensor: str
    code: str | None
    kind: str
    observed_property: str | None
    unit: str | None
    at: datetime
    number: float | None
    word: str | None
    quality: int

    @property
    def result(self) -> Result:
        """The result as it came."""
        return result_of(self.number, self.word)

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "sensor": self.sensor,
            "code": self.code,
            "property": self.observed_property,
            "unit": self.unit,
            "time": self.at.isoformat(),
            "result": told(self.observed_property, self.unit, self.result),
            "quality": QUALITIES[self.quality],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An alarm that was not over."""

    id: int
    sensor: str
    code: str | None
    rule: str
    severity: str
    state: str
    message: str
    raised_at: datetime
    number: float | None
    word: str | None
    observed_property: str | None
    unit: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API, that of an alarm."""
        is_silence = self.number is None and self.word is None
        return {
            "id": self.id,
            "sensor": self.sensor,
            "code": self.code,
            "rule": self.rule,
            "severity": self.severity,
            "state": self.state,
            "message": self.message,
            "since": self.raised_at.isoformat(),
            "value": None
            if is_silence
            else told(self.observed_property, self.unit, result_of(self.number, self.word)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A site at a moment; the lists ascend by code or sensor.

    Attributes
    ----------
    parts : tuple of str
        Those of :data:`PARTS` that were asked for; the lists of the others are empty.
    """

    at: datetime
    known: datetime | None
    parts: tuple[str, ...] = PARTS
    values: list[Value]
    alarms: list[Standing]
    valves: list[dict[str, Any]]
    rooms: list[dict[str, Any]]
    orders: list[dict[str, Any]]

    def occupancy(self) -> dict[str, Presence]:
        """Judge presence in each room of which something speaks."""
        readings: dict[str, list[Reading]] = {}
        for value in self.values:
            if value.kind == "room" and value.code and value.observed_property:
                readings.setdefault(value.code, []).append(
                    Reading(
                        observed_property=value.observed_property,
                        result=value.result,
                        age_s=(self.at - value.at).total_seconds(),
                        unit=value.unit,
                    )
                )
        found = {code: presence(each) for code, each in readings.items()}
        return {code: each for code, each in found.items() if each.from_}

    def codes(self) -> set[str]:
        """Name everything of which the scene says something."""
        told = {value.code for value in self.values} | {alarm.code for alarm in self.alarms}
        told |= {row.get("code") for row in (*self.valves, *self.rooms, *self.orders)}
        return {code for code in told if code is not None}

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API and of ``fangma replay``."""
        return {
            "at": self.at.isoformat(),
            "known": self.known.isoformat() if self.known else None,
            "parts": list(self.parts),
            "values": [each.as_dict() for each in self.values] if "values" in self.parts else [],
            "occupancy": [
                {"code": code} | each.as_dict() for code, each in sorted(self.occupancy().items())
            ]
            if "occupancy" in self.parts
            else [],
            "alarms": [each.as_dict() for each in self.alarms],
            "valves": self.valves,
            "rooms": self.rooms,
            "orders": self.orders,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: ``kind`` is alarm, alarm-over, order, valve or registry."""

    at: datetime
    kind: str
    code: str | None
    what: str
    words: str

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return asdict(self) | {"at": self.at.isoformat()}


def rooms_at(
    conn: Connection, site: UUID, at: datetime, known: datetime | None
) -> list[dict[str, Any]]:
    """Return the rooms of a site at a moment, ascending by code, as :class:`Scene` holds them."""
    asked = {"site": site, "at": at, "known": known}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load("moments")["rooms"], asked).fetchall()


def scene_at(
    conn: Connection,
    site: UUID,
    at: datetime,
    known: datetime | None,
    *,
    rooms: list[dict[str, Any]] | None = None,
    parts: Collection[str] = PARTS,
) -> Scene:
    """Return a site at a moment, inside a transaction that has a reader.

    Parameters
    ----------
    known : datetime or None
        Only what was recorded until then counts; None = all that is known now.
    rooms : list of dict or None
        What :func:`rooms_at` tells of the same moment; None = ask it.
    parts : collection of str
        Which of :data:`PARTS` are wanted: the others are not asked of the database.
    """
    sql = load("moments")
    asked = {"site": site, "at": at, "known": known, "within": _WITHIN}

    def rows_of(name: str) -> list[dict[str, Any]]:
        if name not in parts:
            return []
        with conn.cursor(row_factory=dict_row) as cursor:
            return [_plain(row) for row in cursor.execute(sql[name], asked)]

    values: list[Value] = []
    if "values" in parts or "occupancy" in parts:
        with conn.cursor(row_factory=class_row(Value)) as cursor:
            values = cursor.execute(sql["values"], asked).fetchall()
    alarms: list[Standing] = []
    if "alarms" in parts:
        with conn.cursor(row_factory=class_row(Standing)) as standing:
            alarms = standing.execute(sql["alarms"], asked).fetchall()
    if rooms is None:
        rooms = rooms_at(conn, site, at, known) if "rooms" in parts else []
    return Scene(
        at=at,
        known=known,
        parts=tuple(part for part in PARTS if part in parts),
        values=values,
        alarms=alarms,
        valves=rows_of("valves"),
        rooms=rooms,
        orders=rows_of("orders"),
    )


def events(
    conn: Connection, site: UUID, start: datetime, end: datetime, *, limit: int = 1000
) -> list[Event]:
    """Return what happened between two times, the latest first."""
    asked = {"site": site, "start": start, "end": end, "limit": limit}
    with conn.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(load("moments")["events"], asked).fetchall()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in row.items()
    }
