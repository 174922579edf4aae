"""The viewer in headless Chromium, drawing with the processor (SwiftShader), on a loaded model.

    python tests/benchmarks/viewer_speed.py [MODEL.ifc ...] [--peers] [--visits N] [--json]

Without models: the sample compound's largest building and, where ../shared has them, office-A and
duplex-A. Signed in, caches off, 1280 x 720: seconds from opening the page to a picture with every
wanted tile that has been drawn (``gl.finish``, as of the peers), and CPU seconds of all the
browser's processes until then; pictures drawn a second while orbiting; JS heap of the page after a
collection (without workers) and private memory of its process; script of one recolouring of every
element until its picture can be drawn (colours, texture: ``recolour_ms``), and of what follows
it in tasks of its own, drawing and the page's legend (``recolour_after_ms``); picking; and the
first page over a line of 1 Mbit/s with 40 ms on the way: until it can be used, and until the
picture is whole.

``--peers`` shows the same model in ThatOpen's fragments and, where npm can bring it, in xeokit, in
the same browser, from the same place, on a canvas of the same size; ours and theirs in turn, so
that a machine's other work falls on both. The first visit of each is thrown away (the browser
translates its own shaders in it); medians of the others are printed with ours over theirs. Ours
draws coarser while it turns on a processor and whole when it rests; fragments leaves small elements
out: the triangles of the last picture stand beside each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script
from peer_viewers import (  # type: ignore[import-not-found]  # beside this script
    View,
    fragments,
    is_installed,
    question,
    visit,
    xeokit,
)
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from fangma.bim_import.sample import write_sample

SHARED = Path(__file__).parents[3] / "shared" / "ifc"
USUAL = ("office-A-20110811.ifc", "duplex-A-20110907.ifc")
USER, PASSWORD = "benchmark", "Grey-heron-41"
READY_S = 120
ORBIT_MS = 6000

# The stage marks its first picture with every wanted tile; finish() waits until it is drawn.
WHOLE = """
new PerformanceObserver((list) => {
  for (const {name} of list.getEntries()) {
    if (name !== 'fangma.whole' || window.wholeAt) continue;
    document.querySelector('canvas.picture').getContext('webgl2').finish();
    window.wholeAt = performance.now();
  }
}).observe({type: 'mark', buffered: true});
"""
WHOLE_AT = "return window.wholeAt ?? null"
READY = """
const stage = window.fangmaStage;
return stage && !document.querySelector('[role=progressbar]') && stage.statistics().triangles > 100
  ? performance.now() : null;
"""
SIGN_IN = """
const [user, password, done] = arguments;
fetch('/api/session', {method: 'POST', headers: {'content-type': 'application/json'},
  body: JSON.stringify({user, password})}).then((answer) => done(answer.status));
"""
# Counts pictures that were drawn, not the browser's frames.
ORBIT = """
const [lasting, done] = arguments;
const started = performance.now();
let [drawn, atTurn] = [0, performance.now()];
const frame = window.fangmaStage.frame;
const draw = frame.drawElements;
frame.drawElements = function (...words) { drawn += 1; return draw.apply(this, words); };
(function turn() {
  const now = performance.now();
  if (now - started > lasting) {
    frame.drawElements = draw;
    done(drawn * 1000 / (now - started));
    return;
  }
  window.fangmaStage.rig.orbit((now - atTurn) / 2000, 0);
  atTurn = now;
  requestAnimationFrame(turn);
})();
"""
# The key's handler, what follows in microtasks, and the upload of the texture in the next picture;
# the legend is redrawn after that.
RECOLOUR = """
const [key, done] = arguments;
const states = window.fangmaStage.states;
const refresh = states.refresh;
let uploading = 0;
states.refresh = function () {
  const from = performance.now();
  refresh.call(this);
  uploading += performance.now() - from;
};
const from = performance.now();
document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
Promise.resolve().then(() => Promise.resolve()).then(() => {
  const painting = performance.now() - from;
  setTimeout(() => { states.refresh = refresh; done(painting + uploading); }, 1500);
});
"""
VIEW = """
const stage = window.fangmaStage;
const {eye, target} = stage.rig.pose();
const box = stage.options.box;
const from = (point) => point.map((p, i) => p - (box[i] + box[i + 3]) / 2);
const {width, height} = document.querySelector('canvas.picture').getBoundingClientRect();
return {eye: from(eye), target: from(target), width: Math.round(width), height: Math.round(height)};
"""
PICK = """
const box = document.querySelector('canvas.picture').getBoundingClientRect();
const took = [];
for (let i = 1; i < 21; i += 1) {
  const from = performance.now();
  window.fangmaStage.pick(box.width * i / 21, box.height / 2);
  took.push(performance.now() - from);
}
return took;
"""


def chromium() -> webdriver.Chrome:
    """Start Chromium without a screen."""
    options = Options()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"),
        *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--window-size=1280,720"),
        *("--disable-background-networking", "--enable-precise-memory-info"),
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    driver.set_script_timeout(60)
    return driver


def ready_s(driver: webdriver.Chrome) -> float:
    """Wait for a whole picture; give the seconds since the page was opened."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        at_ms = driver.execute_script(WHOLE_AT)
        if at_ms is not None:
            return float(at_ms) / 1000
        time.sleep(0.05)
    raise SystemExit(f"no complete picture within {READY_S} s")


# DESIGN 8: ours over theirs.
TARGETS = {"ready_s": 0.7, "recolour_ms": 0.02}
LINE = {"offline": False, "latency": 40, "downloadThroughput": 125_000, "uploadThroughput": 125_000}
NO_LINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
USABLE = """
return document.querySelector('.tree .row') && document.querySelector('.tools')
  ? performance.now() : null;
"""


def processes_of(driver: webdriver.Chrome) -> list[Path]:
    """Folders in /proc of all processes of the browser."""
    parents: dict[int, list[Path]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        parents.setdefault(int(words[1]), []).append(folder)
    found: list[Path] = []
    asked = [driver.service.process.pid]
    while asked:
        children = parents.get(asked.pop(), [])
        found += children
        asked += [int(child.name) for child in children]
    return found


def cpu_s(process: Path) -> float:
    """CPU seconds of a process, none when it has ended."""
    try:
        words = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def page_process(driver: webdriver.Chrome) -> Path:
    """Find the process of the page: of all renderers the one that has done most."""
    pages = [
        one for one in processes_of(driver) if b"--type=renderer" in (one / "cmdline").read_bytes()
    ]
    return max(pages, key=cpu_s)


def memory_mb(process: Path) -> float:
    """Memory that a process has for itself: workers, buffers and code beside the page's heap."""
    lines = (process / "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def ratios(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Ours over theirs; of frames a second more is better, of all else less."""
    asked = (
        *("ready_s", "ready_cpu_s", "orbit_fps", "heap_mb", "page_mb", "recolour_ms", "pick_ms"),
    )
    row: dict[str, Any] = {name: round(ours[name] / theirs[name], 3) for name in asked}
    row["met"] = row["orbit_fps"] >= 1 and all(row[name] <= most for name, most in TARGETS.items())
    return row


def script_ms(driver: webdriver.Chrome) -> float:
    """Give the milliseconds that the page's thread has run script since it was opened."""
    found = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    return 1000 * next(float(one["value"]) for one in found if one["name"] == "ScriptDuration")


def question_ours(driver: webdriver.Chrome) -> dict[str, Any]:
    """Orbit, recolour and pick; give what was seen."""
    time.sleep(3)  # the flight to the model ends
    drawn = driver.execute_script("return window.fangmaStage.statistics()")
    orbit = driver.execute_async_script(ORBIT, ORBIT_MS)
    time.sleep(2)
    recolours, scripts = [], []
    for key in "24242":
        before = script_ms(driver)
        recolours.append(driver.execute_async_script(RECOLOUR, key))
        scripts.append(script_ms(driver) - before)
    picks = driver.execute_script(PICK)
    driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    heap = driver.execute_script("return performance.memory.usedJSHeapSize")
    return {
        **drawn,
        "orbit_fps": orbit,
        "heap_mb": heap / 1024**2,
        "recolour_ms": statistics.median(recolours),
        "recolour_after_ms": statistics.median(scripts),
        "pick_ms": statistics.median(picks),
    }


def over_a_line(driver: webdriver.Chrome, address: str) -> dict[str, Any]:
    """Open the page over 1 Mbit/s with nothing kept."""
    driver.get("about:blank")
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", LINE)
    driver.get(f"{address}/?inspect")
    end = time.monotonic() + READY_S
    while (usable_ms := driver.execute_script(USABLE)) is None and time.monotonic() < end:
        time.sleep(0.05)
    whole = ready_s(driver)
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", NO_LINE)
    return {"line_usable_s": round((usable_ms or 0) / 1000, 2), "line_ready_s": round(whole, 2)}


def _median(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: round(statistics.median(row[name] for row in rows), 2) for name in rows[0]}


def measure(model: Path, *, with_peers: bool = False, visits: int = 3) -> dict[str, Any]:
    """Import a model into a new twin and look at it, in turn with the peers' pictures of it."""
    with fresh_twin() as twin, ExitStack() as stack:
        report = twin.run("import", str(model)).answer["files"][0]
        address = stack.enter_context(twin.serving(USER, PASSWORD))
        peers: dict[str, str] = {}
        for name, page in (("fragments", fragments), ("xeokit", xeokit)) if with_peers else ():
            try:
                peers[name] = stack.enter_context(page(model))
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
                sys.stderr.write(f"{name} is left out: {failure}\n")
        driver = chromium()
        stack.callback(driver.quit)
        driver.get(address)
        answered = driver.execute_async_script(SIGN_IN, USER, PASSWORD)
        if answered != 200:
            raise SystemExit(f"sign-in answered {answered}")
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WHOLE})
        driver.execute_cdp_cmd("Performance.enable", {})
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        view: View | None = None
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("ours", *peers)}
        for turn in range(visits + 1):
            for name, seen in rows.items():
                driver.get("about:blank")
                time.sleep(0.5)
                before = sum(map(cpu_s, processes_of(driver)))
                if name == "ours":
                    driver.get(f"{address}/?inspect")
                    ready = ready_s(driver)
                else:
                    ready = visit(driver, peers[name], view)
                row = {
                    "ready_s": ready,
                    "ready_cpu_s": sum(map(cpu_s, processes_of(driver))) - before,
                }
                if turn:
                    asked = question_ours(driver) if name == "ours" else question(driver, ORBIT_MS)
                    seen.append(row | asked | {"page_mb": memory_mb(page_process(driver))})
                elif name == "ours":
                    time.sleep(3)
                    view = View(**driver.execute_script(VIEW))
        line = over_a_line(driver, address)
    ours = _median(rows["ours"])
    table = {"model": model.name, "elements": report["elements"]} | ours | line
    for name in peers:
        theirs = _median(rows[name])
        table[name] = theirs | {"ratio": ratios(ours, theirs)}
    return table


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--peers", action="store_true", help="beside fragments and xeokit")
    parser.add_argument("--visits", type=int, default=3, help="counted visits of each")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.peers and not is_installed():
        raise SystemExit("bring the peer first: scripts/npm --in tests/benchmarks/viewer_peers")
    with tempfile.TemporaryDirectory() as folder:
        # Converters of the peers run in folders of their own.
        models = [each.resolve() for each in options.models]
        if not models:
            write_sample(Path(folder))
            sample = max(Path(folder).glob("*-建筑.ifc"), key=lambda path: path.stat().st_size)
            models = [sample, *(SHARED / name for name in USUAL if (SHARED / name).is_file())]
        table = []
        for model in models:
            table.append(measure(model, with_peers=options.peers, visits=options.visits))
            if not options.json:
                row = "  ".join(f"{name} {value}" for name, value in table[-1].items())
                sys.stdout.write(row + "\n")
                sys.stdout.flush()
    if options.json:
        json.dump(table, sys.stdout, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()
