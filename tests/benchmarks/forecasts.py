"""Forecasts of load against the same hour of last week, on weeks that were held out.

    python tests/benchmarks/forecasts.py [--weeks 26] [--held 6] [--holidays] [--csv FILE] [--json]

Simulated loads are offices with staff, weather that drifts, a night, holidays and noise, of several
kinds. ``--csv`` takes real ones: a number an hour in the last column, a time with offset (or hours
since 1970) in the first; a header is skipped. Each week that is held out is told day by day, at the
beginning of each, learnt from what was before the week. Mean absolute errors, and their ratio:
below 1 is better than last week. ``--holidays``: the simulated loads keep China's holidays of 2025
up to the weeks after National Day, and each is told a second time by who does not know them.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from datetime import datetime
from pathlib import Path

import numpy as np

from fangma.asset_registry.forecasting import WEEK, held_out
from fangma.asset_registry.workdays import Workdays, read_workdays

_AFTER_NATIONAL_DAY = 489_544  # 2025-11-06 in China
KINDS = ("offices", "chillers", "canteen", "servers", "lights")


def simulated(
    kind: str, weeks: int, seed: int, *, keeps: Workdays | None = None
) -> tuple[np.ndarray, int]:
    """Return hourly kW of a kind of load, and its first hour since 1970.

    ``keeps``: the calendar that its people keep, instead of a day off now and then.
    """
    chance = np.random.default_rng(seed)
    start = 496_000 if keeps is None else _AFTER_NATIONAL_DAY - weeks * WEEK
    hours = np.arange(weeks * WEEK) + start + 8
    clock, day = hours % 24, hours // 24
    weekday = (day + 3) % 7
    holiday = chance.random(day.max() + 1) < 0.03
    works = (weekday < 5) & ~holiday[day] if keeps is None else ~keeps.are_off(day)
    busy = np.where(works, 1.0, 0.08) * np.clip(
        np.interp(clock, [0, 7, 9, 12, 13, 14, 17, 19, 24], [0, 0, 1, 0.9, 0.5, 1, 0.9, 0.2, 0]),
        0, None,
    )  # fmt: skip
    drift = np.zeros(day.max() + 2)
    for i in range(1, len(drift)):
        drift[i] = 0.85 * drift[i - 1] + chance.normal(0, 1.6)
    warmth = 18 + 10 * np.sin(day / 58) + drift[day] + 4 * np.sin((clock - 9) / 24 * 2 * np.pi)
    match kind:
        case "offices":
            load = 20 + 110 * busy
        case "chillers":
            load = 5 + np.clip(warmth - 20, 0, None) * (1 + 9 * busy)
        case "canteen":
            load = 3 + 60 * np.where(works, np.exp(-(((clock - 11) / 1.5) ** 2)), 0)
        case "servers":
            load = 45 + 0.6 * np.clip(warmth - 15, 0, None)
        case _:
            load = 2 + 30 * busy + 8 * ((clock >= 18) | (clock < 6))
    noise = np.zeros(len(load))
    for i in range(1, len(load)):
        noise[i] = 0.6 * noise[i - 1] + chance.normal(0, 0.05)
    load = load * (1 + noise)
    load[chance.random(len(load)) < 0.01] = np.nan
    return load, start


def read(path: Path) -> tuple[np.ndarray, int]:
    """Read a load; hours that the file leaves out are not known."""
    told: dict[int, float] = {}
    for row in csv.reader(path.read_text("utf-8").splitlines()):
        try:
            value = float(row[-1])
            hour = (
                int(row[0])
                if row[0].isdigit()
                else int(datetime.fromisoformat(row[0]).timestamp() // 3600)
            )
        except (ValueError, IndexError):
            continue
        told[hour] = value
    start = min(told)
    series = np.full(max(told) - start + 1, np.nan)
    for hour, value in told.items():
        series[hour - start] = value
    return series, start


def measure(
    series: np.ndarray, start: int, held: int, workdays: Workdays | None = None
) -> dict[str, float]:
    """Tell each of the last weeks as one would have, and return the errors."""
    apart: dict[str, list[np.ndarray]] = {}
    began = time.process_time()
    for week in range(held, 0, -1):
        origin = len(series) - week * WEEK
        truth = series[origin : origin + WEEK]
        for name, told in held_out(series, start, origin, workdays=workdays).items():
            apart.setdefault(name, []).append(np.abs(told - truth))
    found = {name: float(np.nanmean(np.concatenate(parts))) for name, parts in apart.items()}
    found["ratio"] = found["boosted"] / found["last week"] if found["last week"] else float("nan")
    found["cpu_s"] = (time.process_time() - began) / held
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--held", type=int, default=6)
    parser.add_argument("--holidays", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--csv", type=Path, action="append", default=[])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    loads = {
        f"simulated {kind}": simulated(
            kind, given.weeks, given.seed + i, keeps=read_workdays() if given.holidays else None
        )
        for i, kind in enumerate(KINDS)
    } | {path.stem: read(path) for path in given.csv}
    answer = {
        name: measure(load[0], load[1], given.held, read_workdays()) for name, load in loads.items()
    }
    if given.holidays:
        for name, load in loads.items():
            answer[f"{name}, blind"] = measure(load[0], load[1], given.held)
    if given.json:
        print(json.dumps(answer))
        return
    columns = ("last week", "mean of four weeks", "boosted", "ratio", "cpu_s")
    print(f"{'mean absolute error':28}" + "".join(f"{column:>20}" for column in columns))
    for name, row in answer.items():
        print(f"{name:28}" + "".join(f"{row[column]:20.3f}" for column in columns))


if __name__ == "__main__":
    main()
