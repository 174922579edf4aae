"""Recordings: tables of observations, read and published as their sensors would have."""

from __future__ import annotations

import codecs
import csv
import math
import re
import time
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import groupby
from typing import TYPE_CHECKING, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from fangma.sensors_bridge.address import address, prepared
from fangma.sensors_bridge.codec.judgement import PayloadError, judge
from fangma.sensors_bridge.errors import BridgeError
from fangma.sensors_bridge.publishing import published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from fangma.asset_registry.observation import Observation

COLUMNS: Final = {
    "sensor": ("传感器编号", "sensor"),
    "time": ("时间", "观测时间", "time", "phenomenontime"),
    "result": ("观测值", "值", "result", "value"),
}
_WRITTEN: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:\.(\d{1,6}))?)?[分秒]?)?"
)
_SERIAL: Final = re.compile(r"\d{5}(\.\d+)?")
"""Days since 1899-12-30: a time in a cell that a spreadsheet shows as a number."""

_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_WORDS: Final = {"true": True, "false": False, "是": True, "否": False}
_MOST_TOLD: Final = 20
_AT_ONCE: Final = 2000
_TAKEN_S: Final = 60.0
_NOBODY_LISTENS: Final = 0x10  # MQTT 5, 3.4.2.1


class RecordingError(BridgeError):
    """A table of observations that cannot be published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A table that was read whole and found good."""

    path: Path
    encoding: str
    offset: timezone | None
    observations: int
    sensors: int
    first: datetime
    last: datetime


def examine(path: Path, *, offset: timedelta | None = None) -> Recording:
    """Read a table to its end: all of its rows are good, or every bad one is told.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 or GB18030 with a header: sensor, time and result, in Chinese or English.
    offset : timedelta or None
        From UTC, of times that have none of their own; None refuses those.

    Raises
    ------
    RecordingError
    """
    encoding = _encoding(path)
    zone = None if offset is None else timezone(offset)
    count, sensors = 0, set()
    first = last = None
    bad: list[str] = []
    wrong = 0
    for number, row in _rows(path, encoding):
        try:
            each = _observation(row, zone)
        except PayloadError as error:
            wrong += 1
            if len(bad) < _MOST_TOLD:
                bad.append(f"row {number}: {error}")
            continue
        count += 1
        sensors.add(each.sensor)
        first = each.at if first is None else min(first, each.at)
        last = each.at if last is None else max(last, each.at)
    if wrong:
        more = f", and {wrong - len(bad)} more" if wrong > len(bad) else ""
        raise RecordingError(
            f"{path.name}: {wrong} rows cannot be observations: {'; '.join(bad)}{more}",
            "correct them, and say with --offset +08:00 what times without an offset mean; "
            "nothing of the file was published",
        )
    if first is None or last is None:
        raise RecordingError(f"{path.name} has no rows below its header", "was it exported whole?")
    return Recording(
        path=path, encoding=encoding, offset=zone, observations=count, sensors=len(sensors),
        first=first, last=last,
    )  # fmt: skip


def observations(recording: Recording) -> Iterator[Observation]:
    """Give the observations of a table in the order of its rows."""
    for _, row in _rows(recording.path, recording.encoding):
        yield _observation(row, recording.offset)


def publish(
    url: str,
    told: Iterable[Observation],
    *,
    speed: float | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Publish observations at quality 1; return how many the broker has acknowledged: all.

    Parameters
    ----------
    speed : float or None
        How many times as fast as they were observed, in their order; None = at once.

    Raises
    ------
    RecordingError
        When the broker does not take them, or nobody listens to it.
    """
    client = prepared(
        mqtt.Client(CallbackAPIVersion.VERSION2, client_id="", protocol=mqtt.MQTTv5), url
    )
    client.max_inflight_messages_set(500)
    unheard: list[int] = []

    def note(
        _client: mqtt.Client, _: object, number: int, code: ReasonCode, _properties: Properties
    ) -> None:
        if code.value == _NOBODY_LISTENS:
            unheard.append(number)

    client.on_publish = note
    try:
        client.connect(*address(url))
    except OSError as error:
        raise RecordingError(f"the broker is away: {error}", "fangma up starts it") from None
    client.loop_start()
    done = 0
    try:
        for batch in _paced(told, speed):
            _send(client, batch, done)
            if unheard:
                raise RecordingError(
                    "the broker is there, and nobody listens to it",
                    "wait until the sensors bridge runs (fangma up), then publish the file again",
                )
            done += len(batch)
            progress(done)
    finally:
        client.disconnect()
        client.loop_stop()
    return done


def _paced(told: Iterable[Observation], speed: float | None) -> Iterator[list[Observation]]:
    """Cut into batches; with a speed, wait until each of their seconds has come."""
    if speed is None:
        batch: list[Observation] = []
        for each in told:
            batch.append(each)
            if len(batch) >= _AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch
        return
    began, origin = time.monotonic(), None
    for second, group in groupby(told, key=lambda each: math.floor(each.at.timestamp())):
        origin = second if origin is None else origin
        wait = (second - origin) / speed - (time.monotonic() - began)
        if wait > 0:
            time.sleep(wait)
        yield list(group)


def _send(client: mqtt.Client, batch: list[Observation], done: int) -> None:
    if not published(client, batch, within_s=_TAKEN_S):
        raise RecordingError(
            f"the broker acknowledged {done} observations and then no more",
            "publish the file again: what is there already is kept once",
        )


def _encoding(path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as stream:
                while piece := stream.read(1 << 20):
                    decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        except OSError as error:
            raise RecordingError(
                f"{path.name} cannot be read: {error.strerror}", "name a CSV file"
            ) from None
        return encoding
    raise RecordingError(
        f"{path.name} is neither UTF-8 nor GB18030", "save it as CSV UTF-8 in the spreadsheet"
    )


def _rows(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Give rows below the header by our names of the columns, with their numbers in the file."""
    with path.open(encoding=encoding, newline="") as stream:
        lines = csv.reader(stream)
        try:
            header = [cell.strip().casefold() for cell in next(lines, [])]
            places = {
                name: next((header.index(word) for word in words if word in header), None)
                for name, words in COLUMNS.items()
            }
            absent = [COLUMNS[name][0] for name, at in places.items() if at is None]
            if absent:
                raise RecordingError(
                    f"{path.name} has the columns {', '.join(header)[:200]!r} and lacks "
                    f"{', '.join(absent)}",
                    "the first row names 传感器编号, 时间 and 观测值, or sensor, time and result",
                )
            for row in lines:
                if any(cell.strip() for cell in row):
                    yield (
                        lines.line_num,
                        {
                            name: row[at].strip() if at is not None and at < len(row) else ""
                            for name, at in places.items()
                        },
                    )
        except csv.Error as error:
            raise RecordingError(
                f"{path.name}: line {lines.line_num}: {error}", "save it as CSV again"
            ) from None


def _observation(row: dict[str, str], zone: timezone | None) -> Observation:
    return judge(row["sensor"], _time(row["time"], zone), _result(row["result"]))


def _result(text: str) -> float | bool | str:
    if text.casefold() in _WORDS:
        return _WORDS[text.casefold()]
    number = unicodedata.normalize("NFKC", text)  # full-width digits, too
    if _THOUSANDS.fullmatch(number):
        number = number.replace(",", "")
    try:
        return float(number)
    except ValueError:
        if not text:
            raise PayloadError("result", "the result is missing") from None
        return text


def _time(text: str, zone: timezone | None) -> object:
    """Read a time as far as it can be read; the rest is for :func:`judge` to refuse."""
    moment = _written(text)
    if moment is None and zone is not None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
    if moment is None:
        return text
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _written(text: str) -> datetime | None:
    """Read a time without an offset as spreadsheets write it: 2026/11/21 9:05, 46347.378."""
    if _SERIAL.fullmatch(text):
        return datetime(1899, 12, 30) + timedelta(milliseconds=round(float(text) * 86_400_000))  # noqa: DTZ001 - its zone comes later
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    *parts, fraction = match.groups(default="0")
    year, month, day, hour, minute, second = map(int, parts)
    microsecond = int(fraction.ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001 - its zone comes later
    except ValueError:  # the 31st of November
        return None


def offset_of(text: str) -> timedelta:
    """Read an offset from UTC such as ``+08:00``.

    Raises
    ------
    RecordingError
    """
    try:
        found = datetime.strptime(text, "%z").utcoffset()
    except ValueError:
        found = None
    if found is None:
        raise RecordingError(f"found the offset {text[:20]!r}, expected +08:00", "write it so")
    return found
