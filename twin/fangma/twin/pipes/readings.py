"""Readings of meters, pressures and flood sensors: from a file, or as they were observed."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from fangma.asset_registry.store.networks import NetworkError
from fangma.bim_import.tables.errors import RefusedTable
from fangma.bim_import.tables.text_files import read_csv
from fangma.twin.errors import TwinError
from fangma.twin.times import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

Kind = Literal["flow", "volume", "pressure", "flood"]

_CHINA: Final = timezone(timedelta(hours=8))
_NIGHT: Final = (1, 5)  # hours between which little is used
_LEAST_NIGHTS: Final = 3
_MOST_ROWS: Final = 200_000
_METRES_OF_MPA: Final = 101.97
_WORDS: Final[tuple[tuple[Kind, tuple[str, ...]], ...]] = (
    ("flow", ("flow", "流量", "瞬时流量")),
    ("volume", ("volume", "water", "累计流量", "水量", "表底数")),
    ("pressure", ("pressure", "压力", "水压")),
    ("flood", ("flood", "leak", "water-leak", "漏水", "水浸")),
)
_KINDS: Final[dict[str, Kind]] = {word: kind for kind, words in _WORDS for word in words}
_COLUMNS: Final = {
    "code": "code", "位置": "code", "编码": "code", "位置编码": "code",
    "sensor": "sensor", "传感器编号": "sensor", "传感器": "sensor",
    "kind": "kind", "类型": "kind", "观测属性": "kind", "property": "kind",
    "value": "value", "读数": "value", "数值": "value", "result": "value",
    "usual": "usual", "平时值": "usual", "正常值": "usual",
    "time": "time", "时间": "time", "phenomenontime": "time",
    "unit": "unit", "单位": "unit",
}  # fmt: skip
# To cubic metres an hour, and to metres of water.
_FACTORS: Final[Mapping[tuple[str, str], float]] = {
    ("flow", "m3/h"): 1.0, ("flow", "l/s"): 3.6, ("flow", "L/s"): 3.6, ("flow", "l/min"): 0.06,
    ("flow", "L/min"): 0.06, ("flow", "m3/s"): 3600.0, ("volume", "m3"): 1.0,
    ("volume", "L"): 0.001, ("volume", "l"): 0.001, ("pressure", "MPa"): _METRES_OF_MPA,
    ("pressure", "kPa"): 0.10197, ("pressure", "bar"): 10.197, ("pressure", "m"): 1.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value; ``code`` or ``sensor`` says of what; no time = now."""

    code: str | None
    sensor: str | None
    kind: Kind
    value: float
    usual: float | None = None
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the readings of one thing come to: now, and usually where that can be told."""

    code: str | None
    sensor: str | None
    kind: Kind
    now: float
    usual: float | None


def read_readings(path: Path) -> list[Reading]:
    """Read a file: CSV with a header, or JSON, a list or ``{"readings": [...]}``.

    Raises
    ------
    NetworkError
        Naming every bad row.
    """
    try:
        start = path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \r\n\t")
        if start[:1] in {b"[", b"{"}:
            document = json.loads(path.read_text("utf-8-sig"))
            rows = document.get("readings") if isinstance(document, dict) else document
            return taken(rows)
        (grid,) = read_csv(path)
        lines = list(grid.rows)
    except RefusedTable as refused:
        raise NetworkError(refused.findings[0].message, refused.findings[0].remedy) from None
    except (OSError, ValueError) as failure:
        raise NetworkError(
            f"{path.name} cannot be read: {failure}", "give CSV with a header, or JSON"
        ) from None
    header = [str(cell or "").strip().lower() for cell in (lines[0][1] if lines else [])]
    named = [
        {name: cell for name, cell in zip(header, cells, strict=False) if cell not in {None, ""}}
        for _, cells in lines[1:]
        if any(cells)
    ]
    return taken(named, first=2)


def taken(rows: object, *, first: int = 1) -> list[Reading]:
    """Take rows of names and values.

    Raises
    ------
    NetworkError
        Naming every bad row.
    """
    if not isinstance(rows, list) or len(rows) > _MOST_ROWS:
        raise NetworkError(
            f"found no list of at most {_MOST_ROWS} readings", "give a list of readings"
        )
    found, wrong = [], []
    for number, row in enumerate(rows, first):
        try:
            found.append(_one(row))
        except (ValueError, TypeError, AttributeError, TwinError) as failure:
            wrong.append(f"row {number}: {failure}")
    if wrong:
        raise NetworkError(
            "; ".join(wrong[:20]),
            "each row needs code or sensor, kind (flow, volume, pressure, flood) and value; times "
            "are RFC 3339 with an offset",
        )
    return found


def _one(row: Mapping[str, Any]) -> Reading:
    cells = {
        name: value
        for key, value in row.items()
        if (name := _COLUMNS.get(str(key).strip().lower())) is not None and value not in {None, ""}
    }
    kind = _KINDS.get(str(cells.get("kind", "")).strip().lower())
    if kind is None:
        raise ValueError(f"found the kind {cells.get('kind')!r}")
    if not cells.get("code") and not cells.get("sensor"):
        raise ValueError("found neither code nor sensor")
    unit = str(cells.get("unit", "")).strip()
    factor = 1.0 if not unit or kind == "flood" else _FACTORS.get((kind, unit))
    if factor is None:
        raise ValueError(f"found the unit {unit!r} for {kind}")
    return Reading(
        code=None if not cells.get("code") else str(cells["code"]).strip(),
        sensor=None if not cells.get("sensor") else str(cells["sensor"]).strip(),
        kind=kind,
        value=_number(cells.get("value")) * factor,
        usual=None if "usual" not in cells else _number(cells["usual"]) * factor,
        time=None if "time" not in cells else parse_time(str(cells["time"])),
    )


def _number(value: object) -> float:
    if isinstance(value, bool):
        return float(value)
    word = str(value).strip().lower()
    if word in {"true", "是", "wet", "湿"}:
        return 1.0
    if word in {"false", "否", "dry", "干"}:
        return 0.0
    number = float(word)
    if not -1e9 < number < 1e9:
        raise ValueError(f"found the value {value!r}")
    return number


def summed(readings: Iterable[Reading]) -> list[Told]:
    """Reduce readings to what each thing says now and usually.

    Of flows the least hourly mean of each night counts (minimum night flow, 1 to 5 o'clock in
    China), of pressures the mean of the night; the newest night is now, the median of the nights
    before, where there are three, is usual. Of a counter the differences are flows. Single
    readings are taken as they are.
    """
    by_thing: dict[tuple[str | None, str | None, Kind], list[Reading]] = defaultdict(list)
    for reading in readings:
        by_thing[reading.code, reading.sensor, reading.kind].append(reading)
    told = []
    for (code, sensor, kind), own in by_thing.items():
        stated = next((r.usual for r in reversed(own) if r.usual is not None), None)
        timed = sorted(
            ((r.time, r.value) for r in own if r.time is not None), key=lambda each: each[0]
        )
        if kind == "flood":
            newest = timed[-1][1] if timed else own[-1].value
            told.append(Told(code=code, sensor=sensor, kind=kind, now=newest, usual=0.0))
            continue
        if kind == "volume":
            timed = _flows(timed)
            if not timed:
                continue  # one reading of a counter says nothing
        nights = _nights(timed, least=kind != "pressure")
        out: Kind = "flow" if kind == "volume" else kind
        if nights:
            usual = statistics.median(nights[:-1]) if len(nights) > _LEAST_NIGHTS else None
            now = nights[-1]
        elif timed:
            usual, now = None, timed[-1][1]
        else:
            usual, now = None, own[-1].value
        told.append(
            Told(
                code=code, sensor=sensor, kind=out, now=now,
                usual=stated if stated is not None else usual,
            )
        )  # fmt: skip
    return told


def _flows(counted: Sequence[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """Make flows of the readings of a counter; one that was set back starts anew."""
    flows = []
    for (before, low), (after, high) in pairwise(counted):
        hours = (after - before).total_seconds() / 3600
        if hours > 0.0 and high >= low:
            flows.append((after, (high - low) / hours))
    return flows


def _nights(timed: Sequence[tuple[datetime, float]], *, least: bool) -> list[float]:
    hours: dict[tuple[object, int], list[float]] = defaultdict(list)
    for at, value in timed:
        local = at.astimezone(_CHINA)
        if _NIGHT[0] <= local.hour < _NIGHT[1]:
            hours[local.date(), local.hour].append(value)
    nights: dict[Any, list[float]] = defaultdict(list)
    for (day, _), values in hours.items():
        nights[day].append(statistics.fmean(values))
    chosen = min if least else statistics.fmean
    return [float(chosen(nights[day])) for day in sorted(nights)]
