"""The watch: judges what was stored, and records where alarms begin and end.

What is remembered lives in this process; it is made again from the newest values and the open
alarms whenever the database is connected to, so that a restart forgets no alarm.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store.alarms import (
    Raised,
    clear,
    last_heard,
    open_alarms,
    raise_,
    unshelve_expired,
)
from fangma.asset_registry.store.connection import OPERATOR, Connection, reading, recording
from fangma.asset_registry.store.streams import Stream, streams
from fangma.sensors_bridge.alarms.rules import (
    CALM,
    Memory,
    Rule,
    elapse,
    judge,
    rules_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.observation import Observation, Result

ACTOR: Final = "bridge"
_LOOK_AGAIN_S: Final = 10.0
_CLOCK_S: Final = 5.0


class Watch:
    """Judges the streams of a registry by rules."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._streams: dict[str, tuple[Stream, tuple[Rule, ...]]] = {}
        self._memories: dict[tuple[int, str], Memory] = {}
        self._look_again = 0.0
        self._tick = 0.0

    def observe(self, conn: Connection, observations: Iterable[Observation]) -> None:
        """Judge observations that were just stored, in the order of their times."""
        self._refresh(conn)
        ended: list[tuple[Stream, Rule, datetime]] = []
        begun: list[tuple[Stream, Rule, datetime, Result | None]] = []
        for observation in sorted(observations, key=lambda each: each.at):
            known = self._streams.get(observation.sensor)
            if known is None:
                continue
            stream, rules = known
            for rule in rules:
                key = (stream.id, rule.name)
                before = self._memories.get(key, CALM)
                found = judge(rule, before, observation.at, observation.result)
                self._memories[key] = found
                if rule.silent_s is None and found.raised != before.raised:
                    if found.raised:
                        begun.append((stream, rule, observation.at, observation.result))
                    else:
                        ended.append((stream, rule, observation.at))
        self._record(conn, begun, ended)

    def tick(self, conn: Connection) -> None:
        """Judge by the clock: silence, delays that are over, shelving that ends."""
        now = time.monotonic()
        if now < self._tick:
            return
        self._refresh(conn)
        with reading(conn, OPERATOR):
            heard = last_heard(conn)
        moment = datetime.now(UTC)
        ended: list[tuple[Stream, Rule, datetime]] = []
        begun: list[tuple[Stream, Rule, datetime, Result | None]] = []
        for stream, rules in self._streams.values():
            for rule in rules:
                key = (stream.id, rule.name)
                before = self._memories.get(key, CALM)
                found = elapse(rule, before, moment, heard.get(stream.id))
                self._memories[key] = found
                if found.raised and not before.raised:
                    result = None if rule.silent_s is not None else found.result
                    begun.append((stream, rule, found.since or moment, result))
                elif before.raised and not found.raised:
                    ended.append((stream, rule, moment))
        self._record(conn, begun, ended)
        with recording(conn, OPERATOR):
            unshelve_expired(conn, actor=ACTOR)
        self._tick = now + max(_CLOCK_S, 10 * (time.monotonic() - now))

    def forget(self) -> None:
        """Begin anew with the next connection."""
        self._streams, self._memories, self._look_again = {}, {}, 0.0

    def _refresh(self, conn: Connection) -> None:
        """Learn which streams there are, and judge the newest value of each."""
        now = time.monotonic()
        if now < self._look_again:
            return
        with reading(conn, OPERATOR):
            found = streams(conn)
            raised = open_alarms(conn)
        ended: list[tuple[Stream, Rule, datetime]] = []
        begun: list[tuple[Stream, Rule, datetime, Result | None]] = []
        for stream in found:
            rules = rules_for(self._rules, stream.observed_property, stream.use)
            self._streams[stream.sensor] = (stream, rules)
            for rule in rules:
                key = (stream.id, rule.name)
                # What came by HTTP did not pass through here: the newest value is judged again,
                # which changes nothing when it is known.
                memory = self._memories.get(key) or Memory(raised=key in raised)
                if stream.at is not None and stream.result is not None and rule.silent_s is None:
                    judged = judge(rule, memory, stream.at, stream.result)
                    if judged.raised and not memory.raised:
                        begun.append((stream, rule, stream.at, stream.result))
                    elif memory.raised and not judged.raised:
                        ended.append((stream, rule, stream.at))
                    memory = judged
                self._memories[key] = memory
        self._record(conn, begun, ended)
        # Of very many streams this takes long: it never takes more than a tenth of the time.
        taken = time.monotonic() - now
        self._look_again = now + max(_LOOK_AGAIN_S, 10 * taken)

    def _record(
        self,
        conn: Connection,
        begun: list[tuple[Stream, Rule, datetime, Result | None]],
        ended: list[tuple[Stream, Rule, datetime]],
    ) -> None:
        if not begun and not ended:
            return
        with recording(conn, OPERATOR):
            for stream, rule, at in ended:
                clear(conn, stream.id, rule.name, at, actor=ACTOR)
            for stream, rule, at, result in begun:
                raise_(conn, _raised(stream, rule, at, result), actor=ACTOR)


def _raised(stream: Stream, rule: Rule, at: datetime, result: Result | None) -> Raised:
    number = float(result) if isinstance(result, bool | float | int) else None
    word = str(result).lower() if isinstance(result, bool) else None
    if isinstance(result, str):
        word = result
    where = stream.name or stream.sensor
    what = "nothing heard" if result is None else f"{result} {stream.unit or ''}".strip()
    return Raised(
        stream_id=stream.id,
        rule=rule.name,
        severity=rule.severity,
        message=f"{where}: {rule.name} ({what})",
        at=at,
        number=number,
        word=word,
    )
