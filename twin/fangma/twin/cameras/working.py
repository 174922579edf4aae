"""Whether a camera works at a moment: by what its streams said, its alarms and its work orders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from fangma.asset_registry.store import cameras as stored

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.cameras.watching import Watch
    from fangma.asset_registry.store.cameras import AlarmRow, HeardRow
    from fangma.asset_registry.store.connection import Connection, Moment

State = Literal["working", "unheard", "offline", "silent", "alarm", "order"]
#: Properties by which a camera says that it works.
_SIGNS: Final = frozenset(
    {"online", "camera", "camera-online", "status", "state", "在线", "在线状态", "运行状态"}
)
_DOWN: Final = frozenset({"false", "off", "offline", "fault", "down", "离线", "故障", "断线"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a camera is.

    Attributes
    ----------
    state : str
        ``unheard`` has no stream that ever said anything: it is held to work.
    why : str or None
        The sensor, the rule of the alarm or the number of the order.
    """

    state: State
    why: str | None = None
    since: datetime | None = None

    @property
    def works(self) -> bool:
        """Whether it is reckoned with."""
        return self.state in {"working", "unheard"}

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "state": self.state,
            "why": self.why,
            "since": self.since and self.since.isoformat(),
        }


def conditions(
    conn: Connection,
    cameras: Iterable[UUID],
    moment: Moment,
    known: datetime | None,
    watch: Watch,
) -> dict[UUID, Condition]:
    """Tell of each camera how it is."""
    ids = list(cameras)
    said: dict[UUID, list[HeardRow]] = defaultdict(list)
    for row in stored.heard(conn, ids, moment, known):
        said[row.entry_id].append(row)
    alarms: dict[UUID, AlarmRow] = {}
    for alarm in stored.alarms(conn, ids, moment):
        alarms.setdefault(alarm.entry_id, alarm)
    orders: dict[UUID, int] = {}
    for entry, number in stored.orders(conn, ids, moment):
        orders.setdefault(entry, number)
    return {
        entry: condition(said[entry], alarms.get(entry), orders.get(entry), moment.at, watch)
        for entry in ids
    }


def condition(
    said: Sequence[HeardRow],
    alarm: AlarmRow | None,
    order: int | None,
    at: datetime,
    watch: Watch,
) -> Condition:
    """Judge one camera.

    A camera under a work order counts as out of service: whoever mends it may have taken it down.
    """
    if order is not None:
        return Condition(state="order", why=str(order))
    heard = [row for row in said if row.at is not None]
    for row in heard:
        if (row.observed_property or "").lower() in _SIGNS and _is_down(row):
            return Condition(state="offline", why=row.sensor, since=row.at)
    newest = max(heard, key=lambda row: row.at or at, default=None)
    if (
        newest is not None
        and newest.at is not None
        and at - newest.at > timedelta(seconds=watch.silent_s)
    ):
        return Condition(state="silent", why=newest.sensor, since=newest.at)
    if alarm is not None:
        return Condition(state="alarm", why=alarm.rule, since=alarm.raised_at)
    if newest is None:
        return Condition(state="unheard")
    return Condition(state="working", why=newest.sensor, since=newest.at)


def _is_down(row: HeardRow) -> bool:
    word = (row.word or "").strip().lower()
    return word in _DOWN if word else row.number == 0
