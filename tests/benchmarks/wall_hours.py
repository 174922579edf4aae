"""Hours of the display wall in minutes: does its heap grow?

    python tests/benchmarks/wall_hours.py [MODEL.ifc] [--hours 10] [--times 120] [--calm] [--json]

The wall of a new twin with one model runs in headless Chromium with its timers and clocks so many
times as fast; pictures are not drawn more often. Every 3 s, six minutes of the wall at the usual
speed, a sensor of another room tells of water, and 6 s later that it is gone: the wall hears the
alarm, asks, marks the room and goes there. ``--calm`` has no sensors. Printed every 14 s: simulated
hours, JS heap after a collection, nodes and listeners that the page holds, shown or not, private
memory of its process, alarms that stood, and how many questions the page has asked.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
from fresh_twin import FreshTwin, fresh_twin  # type: ignore[import-not-found]  # beside this script
from paho.mqtt.enums import CallbackAPIVersion
from viewer_speed import (  # type: ignore[import-not-found]  # beside this script
    PASSWORD,
    SIGN_IN,
    USER,
    chromium,
    memory_mb,
    page_process,
)

from fangma.bim_import.sample import write_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_S = 14
# So many that none begins five times within ten minutes: it would be held as flapping.
SENSORS, WET_EVERY_S, WET_FOR = 60, 3.0, 2
HURRY = """
(() => {
  const [times, RealDate] = [TIMES, Date];
  const [later, repeat, frame] = [setTimeout, setInterval, requestAnimationFrame];
  const clock = performance.now.bind(performance);
  const [from, start] = [clock(), RealDate.now()];
  performance.now = () => from + (clock() - from) * times;
  window.Date = class extends RealDate {
    constructor(...words) {
      if (words.length) super(...words);
      else super(window.Date.now());
    }
    static now() { return start + (clock() - from) * times; }
  };
  window.setTimeout = (act, ms, ...words) => later(act, Math.max(4, (ms || 0) / times), ...words);
  window.setInterval = (act, ms, ...words) => repeat(act, Math.max(20, ms / times), ...words);
  const real = window.fetch;
  window.asked = 0;
  window.fetch = (...words) => { window.asked += 1; return real(...words); };
  window.requestAnimationFrame = (act) => frame(() => act(performance.now()));
})();
"""
ALARMS = "return document.querySelectorAll('.alarms li').length"


def watch_rooms(twin: FreshTwin, folder: Path) -> int:
    """Hang a sensor for water into as many rooms as there are, at most ``SENSORS``."""
    rooms = twin.run("list", "room").answer["items"][:SENSORS]
    path = folder / "传感器.csv"
    with path.open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["传感器编号", "房间编码", "观测属性"])
        rows.writerows([f"WET-{i}", room["code"], "leak"] for i, room in enumerate(rooms))
    twin.run("import", str(path))
    return len(rooms)


@contextmanager
def water(home: Path, sensors: int) -> Iterator[None]:
    """Let one sensor after the other tell of water, and that it is gone."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", int((home / "mqtt" / "port").read_text("utf-8")))
    client.loop_start()
    over = threading.Event()

    def tell(sensor: int, *, result: bool) -> None:
        told = {"result": result, "phenomenonTime": datetime.now(UTC).isoformat()}
        client.publish(f"fangma/observations/WET-{sensor % sensors}", json.dumps(told), qos=1)

    def flow() -> None:
        turn = 0
        while not over.wait(WET_EVERY_S):
            tell(turn, result=True)
            if turn >= WET_FOR:
                tell(turn - WET_FOR, result=False)
            turn += 1

    thread = threading.Thread(target=flow)
    if sensors:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if sensors:
            thread.join()
        client.disconnect()
        client.loop_stop()


def run_wall(address: str, hours: float, times: int) -> list[dict[str, Any]]:
    """Let the wall run; give the rows."""
    rows: list[dict[str, Any]] = []
    driver = chromium()
    try:
        driver.get(address)
        driver.execute_async_script(SIGN_IN, USER, PASSWORD)
        source = {"source": HURRY.replace("TIMES", str(times))}
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", source)
        driver.get(f"{address}/wall?inspect")
        time.sleep(10)
        started = time.monotonic()
        while not rows or rows[-1]["hours"] < hours:
            driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
            heap = driver.execute_script("return performance.memory.usedJSHeapSize")
            counted = driver.execute_cdp_cmd("Memory.getDOMCounters", {})
            rows.append(
                {
                    "hours": round((time.monotonic() - started) * times / 3600, 2),
                    "heap_mb": round(heap / 1024**2, 2),
                    "nodes": counted["nodes"],
                    "listeners": counted["jsEventListeners"],
                    "page_mb": round(memory_mb(page_process(driver))),
                    "alarms": driver.execute_script(ALARMS),
                    "asked": driver.execute_script("return window.asked"),
                }
            )
            time.sleep(EVERY_S)
    finally:
        driver.quit()
    return rows


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--hours", type=float, default=10)
    parser.add_argument("--times", type=int, default=120)
    parser.add_argument("--calm", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, fresh_twin() as twin:
        if options.model is None:
            write_sample(Path(folder))
        model = options.model or min(
            Path(folder).glob("*-建筑.ifc"), key=lambda path: path.stat().st_size
        )
        twin.run("import", str(model))
        sensors = 0 if options.calm else watch_rooms(twin, Path(folder))
        with twin.serving(USER, PASSWORD) as address, water(twin.home, sensors):
            rows = run_wall(address, options.hours, options.times)
    if options.json:
        json.dump(rows, sys.stdout, indent=1)
        return
    for row in rows:
        sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")


if __name__ == "__main__":
    main()
