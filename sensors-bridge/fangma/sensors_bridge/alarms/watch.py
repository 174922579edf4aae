"""The watch: judges what was stored, and records where alarms begin and end.

What is remembered lives in this process; it is made again from the newest values and the open
alarms whenever the database is connected to, so that a restart forgets no alarm.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from fangma.asset_registry.observation import LARGEST_LEAD, is_newer
from fangma.asset_registry.presence import told
from fangma.asset_registry.store.alarms import (
    Raised,
    clear,
    hold,
    last_heard,
    open_alarms,
    raise_,
    unshelve_expired,
)
from fangma.asset_registry.store.connection import OPERATOR, Connection, reading, recording
from fangma.asset_registry.store.forecasts import expected_at
from fangma.asset_registry.store.rollups import usual_at
from fangma.asset_registry.store.streams import Stream, streams
from fangma.sensors_bridge.alarms.judging import CALM, Memory, Usual, elapse, judge
from fangma.sensors_bridge.alarms.notices import Notices
from fangma.sensors_bridge.alarms.rules import Rule, in_unit, rules_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fangma.asset_registry.observation import Observation, Result

ACTOR: Final = "bridge"
DERIVED: Final = "derived"
_LOOK_AGAIN_S: Final = 10.0
_CLOCK_S: Final = 5.0
_SEVERE: Final = ("critical", "high")


@dataclass(slots=True)
class _Known:
    """A stream with its rules.

    Attributes
    ----------
    low, high : float
        Between them nothing that its rules say can be; ``high`` < ``low``: every reading is judged.
    at : datetime or None
        Its newest reading; what is not newer changes nothing.
    is_calm : bool
        No rule remembers anything that a reading between the limits would change.
    """

    stream: Stream
    rules: tuple[Rule, ...]
    low: float
    high: float
    at: datetime | None = None
    is_calm: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """An alarm that begins, ends or is held."""

    what: Literal["begins", "ends", "is held"]
    stream: Stream
    rule: Rule
    at: datetime
    result: Result | None = None


@dataclass(slots=True)
class _Turns:
    """What is to be recorded together, in its order: one batch may hold a beginning and its end."""

    all: list[_Turn] = field(default_factory=list)

    def note(
        self,
        known: _Known,
        rule: Rule,
        before: Memory,
        after: Memory,
        at: datetime,
        result: Result | None,
    ) -> None:
        """Note what a judgement changed."""
        stream = known.stream
        if after.raised and not before.raised:
            self.all.append(_Turn(what="begins", stream=stream, rule=rule, at=at, result=result))
        elif before.raised and not after.raised:
            self.all.append(_Turn(what="ends", stream=stream, rule=rule, at=at))
        if after.flaps and not before.flaps:
            self.all.append(_Turn(what="is held", stream=stream, rule=rule, at=at))


class Watch:
    """Judges the streams of a registry by rules.

    Parameters
    ----------
    flood : int
        From how many alarms within ten minutes on those that are not severe are a flood.
    """

    def __init__(
        self, rules: tuple[Rule, ...], notices: Notices | None = None, *, flood: int = 10
    ) -> None:
        self._rules = rules
        self._notices = notices or Notices()
        self._flood = flood
        self._streams: dict[str, _Known] = {}
        self._memories: dict[tuple[int, str], Memory] = {}
        self._beside: dict[str, dict[str, tuple[Result, str | None]]] = {}
        self._usual: dict[tuple[int, datetime], Usual] = {}
        self._usual_hour: datetime | None = None
        self._look_again = 0.0
        self._tick = 0.0

    def observe(self, conn: Connection, observations: Iterable[Observation]) -> None:
        """Judge observations that were just stored, in the order of their times."""
        if not self._streams:
            self._learn(conn)
        turns, now = _Turns(), datetime.now(UTC)
        known_of = self._streams
        watched = [
            (known, each)
            for each in observations
            if (known := known_of.get(each.sensor)) is not None
        ]
        # What bears a time to come first: what does not counts after it.
        watched.sort(key=lambda pair: (pair[1].at <= now + LARGEST_LEAD, pair[1].at))
        for known, each in watched:
            if not is_newer(each.at, known.at, now):
                continue
            result = each.result
            if known.is_calm and not isinstance(result, str) and known.low <= result <= known.high:
                known.at = each.at
                continue
            self._judge(known, each.at, result, turns)
        self._record(conn, turns)

    def tick(self, conn: Connection) -> None:
        """Judge by the clock: silence, delays that are over, shelving that ends."""
        now = time.monotonic()
        if now < self._tick:
            return
        self._refresh(conn)
        with reading(conn, OPERATOR):
            heard = last_heard(conn)
        moment = datetime.now(UTC)
        turns = _Turns()
        for known in self._streams.values():
            for rule in known.rules:
                key = (known.stream.id, rule.name)
                before = self._memories.get(key, CALM)
                if before.is_calm and rule.silent_s is None:
                    continue
                found = elapse(rule, before, moment, heard.get(known.stream.id))
                if found is before:
                    continue
                self._memories[key] = found
                result = None if rule.silent_s is not None else found.result
                turns.note(known, rule, before, found, found.since or moment, result)
        self._record(conn, turns)
        with recording(conn, OPERATOR):
            unshelve_expired(conn, actor=ACTOR)
        self._tick = now + max(_CLOCK_S, 10 * (time.monotonic() - now))

    def open_stream(self, sensor: str) -> Stream | None:
        """Return the stream of a sensor that watches something that is not secret."""
        known = self._streams.get(sensor)
        return known.stream if known is not None and known.stream.secret is False else None

    def forget(self) -> None:
        """Begin anew with the next connection."""
        self._streams, self._memories, self._look_again = {}, {}, 0.0

    def _judge(self, known: _Known, at: datetime, result: Result, turns: _Turns) -> None:
        """Judge a newer reading of a stream by all of its rules."""
        stream = known.stream
        if stream.code is not None and stream.observed_property is not None:
            there = self._beside.setdefault(stream.code, {})
            there[stream.observed_property] = result, stream.unit
        usual = self._usual.get((stream.id, _hour_of(at)))
        was_ahead = known.at is not None and at < known.at  # see is_newer
        known.at, known.is_calm = at, True
        for rule in known.rules:
            if rule.silent_s is not None:
                continue
            key = (stream.id, rule.name)
            before = self._memories.get(key, CALM)
            if was_ahead:
                before = Memory(raised=before.raised)
            beside = self._beside_for(rule, stream.code)
            found = judge(rule, before, at, result, usual=usual, beside=beside)
            self._memories[key] = found
            known.is_calm &= found.is_calm
            turns.note(known, rule, before, found, at, result)

    def _beside_for(self, rule: Rule, code: str | None) -> dict[str, Result]:
        """Return what was read at a place of what a rule asks for besides, in the rule's units."""
        there = self._beside.get(code or "", {})
        told = {
            each.property: in_unit(*there[each.property], each.unit)
            for each in rule.together
            if each.property in there
        }
        return {name: result for name, result in told.items() if result is not None}

    def _refresh(self, conn: Connection) -> None:
        """Learn which streams there are, and judge what did not pass through here.

        Never between storing a batch and judging it: the newest value would hide the others.
        """
        now, moment = time.monotonic(), datetime.now(UTC)
        if now < self._look_again:
            return
        self._learn(conn)
        turns = _Turns()
        for known in self._streams.values():
            newest = known.stream
            if newest.at is None or newest.result is None:
                continue
            if is_newer(newest.at, known.at, moment):
                self._judge(known, newest.at, newest.result, turns)
        self._record(conn, turns)
        # Of very many streams this takes long: it never takes more than a tenth of the time.
        taken = time.monotonic() - now
        self._look_again = now + max(_LOOK_AGAIN_S, 10 * taken)

    def _learn(self, conn: Connection) -> None:
        with reading(conn, OPERATOR):
            found = streams(conn, is_declared=True)
            raised = open_alarms(conn)
        self._learn_usual(conn, found)
        for stream in found:
            self._streams[stream.sensor] = self._known(stream, raised)

    def _known(self, stream: Stream, raised: set[tuple[int, str]]) -> _Known:
        rules = rules_for(self._rules, stream.observed_property, stream.use, stream.unit)
        if stream.protocol == DERIVED:  # its sensors say themselves that they are silent
            rules = tuple(rule for rule in rules if rule.silent_s is None)
        before = self._streams.get(stream.sensor)
        if before is not None and before.rules == rules:
            before.stream = stream
            return before
        low, high = _harmless(rules)
        for rule in rules:
            key = (stream.id, rule.name)
            if key in raised and key not in self._memories:
                self._memories[key] = Memory(raised=True)
        is_calm = all(
            self._memories.get((stream.id, rule.name), CALM).is_calm
            for rule in rules
            if rule.silent_s is None
        )
        at = None if before is None else before.at
        return _Known(stream, rules, low, high, at, is_calm)

    def _learn_usual(self, conn: Connection, found: Sequence[Stream]) -> None:
        """Learn once an hour what streams usually read in this hour of the week and in the last.

        A forecast counts before what the same hour of other weeks was. Hours are derived when they
        are over: so the last, too.
        """
        hour = _hour_of(datetime.now(UTC))
        if hour == self._usual_hour:
            return
        asked = [
            stream.id
            for stream in found
            if any(
                rule.deviates is not None or rule.unusual is not None
                for rule in rules_for(self._rules, stream.observed_property, stream.use)
            )
        ]
        self._usual = {}
        with reading(conn, OPERATOR):
            for each in (hour - timedelta(hours=1), hour):
                for stream, number in usual_at(conn, asked, each).items():
                    self._usual[stream, each] = Usual(number)
                for stream, (number, error) in expected_at(conn, asked, each).items():
                    self._usual[stream, each] = Usual(number, error)
        self._usual_hour = hour

    def _record(self, conn: Connection, turns: _Turns) -> None:
        if not turns.all:
            return
        with recording(conn, OPERATOR):
            for turn in turns.all:
                self._carry_out(conn, turn)

    def _carry_out(self, conn: Connection, turn: _Turn) -> None:
        stream, rule = turn.stream, turn.rule
        match turn.what:
            case "begins":
                raised = _raised(stream, rule, turn.at, turn.result)
                begun = raise_(conn, raised, actor=ACTOR, flood=self._flood)
                if begun is not None and not begun.flood:
                    self._notices.put(conn, begun.id, "raised", actor=ACTOR)
            case "ends":
                over = clear(conn, stream.id, rule.name, turn.at, actor=ACTOR)
                if over is not None and rule.severity in _SEVERE:
                    self._notices.put(conn, over, "cleared", actor=ACTOR)
            case "is held":
                hold(conn, stream.id, rule.name, actor=ACTOR)


def _hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour; China's hours begin when those of UTC do."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _harmless(rules: Sequence[Rule]) -> tuple[float, float]:
    """Return between which readings none of some rules can hold; none where one must see all."""
    low, high = float("-inf"), float("inf")
    for rule in rules:
        if rule.silent_s is not None:
            continue
        if any(each is not None for each in (rule.rate_above, rule.deviates, rule.unusual)):
            return 1.0, 0.0
        if rule.above is not None:
            high = min(high, rule.above)
        elif rule.below is not None:
            low = max(low, rule.below)
        elif rule.equals:  # yes is 1, no is 0
            low, high = max(low, 0.0), min(high, 0.0)
        else:
            low = max(low, 1.0)
    return low, high


def _reading(stream: Stream, result: Result | None) -> str:
    """Return what was read, in brackets; a yes says no more than the alarm itself."""
    result = told(stream.observed_property, stream.unit, result)
    if result is None or isinstance(result, bool):
        return ""
    if isinstance(result, str):
        return f" ({result})"
    unit = "" if stream.unit in {None, "1"} else f" {stream.unit}"
    return f" ({result:g}{unit})"


def _raised(stream: Stream, rule: Rule, at: datetime, result: Result | None) -> Raised:
    number = float(result) if isinstance(result, bool | float | int) else None
    word = str(result).lower() if isinstance(result, bool) else None
    if isinstance(result, str):
        word = result
    where = stream.name or stream.sensor
    return Raised(
        stream_id=stream.id,
        rule=rule.name,
        severity=rule.severity,
        message=f"{where}: {rule.title or rule.name}{_reading(stream, result)}",
        at=at,
        number=number,
        word=word,
    )
