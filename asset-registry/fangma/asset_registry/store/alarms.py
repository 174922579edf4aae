"""Alarms in the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from fangma.asset_registry.alarming import STATES, AlarmError, after
from fangma.asset_registry.observation import Result, result_of
from fangma.asset_registry.presence import told
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One occurrence of an alarm, as the reader may see it."""

    id: int
    sensor: str
    observed_property: str | None
    unit: str | None
    code: str | None
    scope_id: int | None
    rule: str
    severity: str
    state: str
    message: str
    raised_at: datetime
    number: float | None
    word: str | None
    cleared_at: datetime | None
    acknowledged_by: str | None
    shelved_until: datetime | None
    flood: bool
    flapping: bool
    work_order: int | None

    @property
    def value(self) -> Result | None:
        """The reading that raised it, as it may be told; None when silence did."""
        if self.number is None and self.word is None:
            return None
        return told(self.observed_property, self.unit, result_of(self.number, self.word))

    def as_dict(self) -> dict[str, Any]:
        """Return the form of CONTRACTS."""
        return {
            "id": self.id,
            "code": self.code,
            "sensor": self.sensor,
            "rule": self.rule,
            "severity": self.severity,
            "state": self.state,
            "since": self.raised_at.isoformat(),
            "value": self.value,
            "message": self.message,
            "cleared": self.cleared_at.isoformat() if self.cleared_at else None,
            "acknowledgedBy": self.acknowledged_by,
            "shelvedUntil": self.shelved_until.isoformat() if self.shelved_until else None,
            "flood": self.flood,
            "flapping": self.flapping,
            "workOrder": self.work_order,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alarm that begins."""

    stream_id: int
    rule: str
    severity: str
    message: str
    at: datetime
    number: float | None
    word: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An alarm that was recorded; ``flood`` as in the table."""

    id: int
    flood: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody did about an alarm, or what became of it."""

    at: datetime
    state: str
    actor: str
    note: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma alarms show``."""
        return {
            "time": self.at.isoformat(),
            "state": self.state,
            "actor": self.actor,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """Something that is needed at an alarm: ``role`` is valve, hydrant or exit."""

    role: str
    code: str
    name: str | None
    distance_m: float

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma alarms show``."""
        return {
            "role": self.role,
            "code": self.code,
            "name": self.name,
            "distance_m": round(self.distance_m, 1),
        }


def alarms(
    conn: Connection,
    *,
    states: tuple[str, ...] | None = None,
    id_: int | None = None,
    limit: int | None = None,
) -> list[Alarm]:
    """Return alarms, the latest first.

    Raises
    ------
    AlarmError
        When a state is none.
    """
    for state in states or ():
        if state not in STATES:
            raise AlarmError(
                f"found the state {state[:40]!r}, expected one of {', '.join(STATES)}",
                "name one of them",
            )
    asked = {"states": list(states) if states else None, "id": id_, "limit": limit}
    with conn.cursor(row_factory=class_row(Alarm)) as cursor:
        return cursor.execute(load("alarms")["alarms"], asked).fetchall()


def change(
    conn: Connection,
    id_: int,
    deed: str,
    *,
    actor: str,
    note: str | None = None,
    until: datetime | None = None,
) -> Alarm:
    """Acknowledge, shelve or unshelve an alarm, inside a recording transaction of the caller's.

    Parameters
    ----------
    until : datetime or None
        When shelving ends by itself; needed to shelve, as is a note that says why.

    Raises
    ------
    AlarmError
        When there is no such alarm, or this cannot be done with it now.
    """
    sql = load("alarms")
    row = conn.execute(sql["lock"], {"id": id_}).fetchone()
    if row is None:
        raise _unknown(id_)
    state = after(deed, row[0])
    if deed == "shelve" and (until is None or not note):
        raise AlarmError(
            "shelving hides an alarm, expected until when and why", "give both --until and --reason"
        )
    told = {"id": id_, "state": state, "actor": actor, "note": note}
    conn.execute(sql["change"], {**told, "shelved_until": until if deed == "shelve" else None})
    conn.execute(sql["note"], told)
    conn.execute(sql["announce"])
    (found,) = alarms(conn, id_=id_)
    return found


def find_alarm(conn: Connection, id_: int) -> Alarm:
    """Return an alarm.

    Raises
    ------
    AlarmError
        When there is none that the reader may see.
    """
    found = alarms(conn, id_=id_)
    if not found:
        raise _unknown(id_)
    return found[0]


def history(conn: Connection, id_: int) -> list[Step]:
    """Return what became of an alarm, oldest first."""
    with conn.cursor(row_factory=class_row(Step)) as cursor:
        return cursor.execute(load("alarms")["history"], {"id": id_}).fetchall()


def nearest(conn: Connection, id_: int) -> list[Near]:
    """Return the nearest valve, hydrant and exit that are known; none without a place."""
    row = conn.execute(load("alarms")["entry_of"], {"id": id_}).fetchone()
    if row is None or row[0] is None:
        return []
    with conn.cursor(row_factory=class_row(Near)) as cursor:
        return cursor.execute(load("alarms")["nearest"], {"entry": row[0]}).fetchall()


def note(conn: Connection, id_: int, words: str, *, actor: str) -> Alarm:
    """Write a note on an alarm, whatever its state.

    Raises
    ------
    AlarmError
    """
    alarm = find_alarm(conn, id_)
    told = {"id": id_, "state": alarm.state, "actor": actor, "note": words}
    conn.execute(load("alarms")["note"], told)
    conn.execute(load("alarms")["announce"])
    return alarm


def assign(conn: Connection, id_: int, order: int, *, actor: str) -> Alarm:
    """Say which work order is about an alarm.

    Raises
    ------
    AlarmError
        When there is no such alarm or order.
    """
    find_alarm(conn, id_)
    sql = load("alarms")
    row = conn.execute(sql["assign"], {"id": id_, "order": order}).fetchone()
    if row is None:
        raise AlarmError(f"there is no work order {order} that you may see", "report one first")
    told = {"id": id_, "state": row[0], "actor": actor, "note": f"work order {order}"}
    conn.execute(sql["note"], told)
    conn.execute(sql["announce"])
    return find_alarm(conn, id_)


def raise_(conn: Connection, raised: Raised, *, actor: str, flood: int = 10) -> Begun | None:
    """Record that an alarm begins; None when it is there already.

    Parameters
    ----------
    flood : int
        From how many alarms within ten minutes on those of medium and low severity are a flood.
    """
    sql = load("alarms")
    row = conn.execute(
        sql["raise"],
        {
            "stream_id": raised.stream_id,
            "rule": raised.rule,
            "severity": raised.severity,
            "message": raised.message,
            "raised_at": raised.at,
            "number": raised.number,
            "word": raised.word,
            "flood": flood,
        },
    ).fetchone()
    if row is None:
        return None
    conn.execute(sql["note"], {"id": row[0], "state": "active", "actor": actor, "note": None})
    conn.execute(sql["announce"])
    return Begun(id=int(row[0]), flood=bool(row[2]))


def hold(conn: Connection, stream_id: int, rule: str, *, actor: str) -> None:
    """Record that an alarm comes and goes too often, and is held until it has been calm."""
    sql = load("alarms")
    row = conn.execute(sql["hold"], {"stream_id": stream_id, "rule": rule}).fetchone()
    if row is not None:
        told = {"id": row[0], "state": "active", "actor": actor, "note": "flapping: held"}
        conn.execute(sql["note"], told)
        conn.execute(sql["announce"])


def clear(conn: Connection, stream_id: int, rule: str, at: datetime, *, actor: str) -> int | None:
    """Record that what an alarm was about is over; None when there was none."""
    sql = load("alarms")
    asked = {"stream_id": stream_id, "rule": rule, "at": at}
    row = conn.execute(sql["clear"], asked).fetchone()
    if row is None:
        return None
    conn.execute(sql["note"], {"id": row[0], "state": "cleared", "actor": actor, "note": None})
    conn.execute(sql["announce"])
    return int(row[0])


def unshelve_expired(conn: Connection, *, actor: str) -> int:
    """Bring back what was shelved until now; return how many."""
    sql = load("alarms")
    ids = [row[0] for row in conn.execute(sql["unshelve_expired"]).fetchall()]
    for each in ids:
        told = {"id": each, "state": "active", "actor": actor, "note": "shelving ended"}
        conn.execute(sql["note"], told)
    return len(ids)


def _unknown(id_: int) -> AlarmError:
    return AlarmError(f"there is no alarm {id_} that you may see", "fangma alarms lists them")


def open_alarms(conn: Connection) -> set[tuple[int, str]]:
    """Return stream and rule of every alarm that is not over."""
    return {(row[0], row[1]) for row in conn.execute(load("alarms")["open"]).fetchall()}


def last_heard(conn: Connection) -> dict[int, datetime]:
    """Return when each declared stream was last heard, by our clock."""
    return dict(conn.execute(load("alarms")["heard"]).fetchall())
