"""Hours of the display wall in minutes: does its heap grow?

    python tests/benchmarks/wall_hours.py [MODEL.ifc] [--hours 10] [--times 120] [--json]

The wall of a new twin with one model runs in headless Chromium with its timers and clocks so many
times as fast; pictures are not drawn more often. Printed every 14 s: simulated hours, JS heap after
a collection, elements of the page, private memory of its process.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script
from viewer_speed import (  # type: ignore[import-not-found]  # beside this script
    PASSWORD,
    SIGN_IN,
    USER,
    chromium,
    memory_mb,
    page_process,
)

from fangma.bim_import.sample import write_sample

EVERY_S = 14
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
  window.requestAnimationFrame = (act) => frame(() => act(performance.now()));
})();
"""


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
            rows.append(
                {
                    "hours": round((time.monotonic() - started) * times / 3600, 2),
                    "heap_mb": round(heap / 1024**2, 2),
                    "nodes": driver.execute_script("return document.querySelectorAll('*').length"),
                    "page_mb": round(memory_mb(page_process(driver))),
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
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, fresh_twin() as twin:
        if options.model is None:
            write_sample(Path(folder))
        model = options.model or min(
            Path(folder).glob("*-建筑.ifc"), key=lambda path: path.stat().st_size
        )
        twin.run("import", str(model))
        with twin.serving(USER, PASSWORD) as address:
            rows = run_wall(address, options.hours, options.times)
    if options.json:
        json.dump(rows, sys.stdout, indent=1)
        return
    for row in rows:
        sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")


if __name__ == "__main__":
    main()
