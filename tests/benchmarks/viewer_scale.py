"""The viewer on a generated estate: one imported building, laid out again and again.

    python tests/benchmarks/viewer_scale.py [MODEL.ifc] [--elements 100000 1000000] [--json]

The model (else the sample compound's largest building) is imported and served as it is; before the
server stands a proxy that multiplies what the viewer asks for: features with codes, ordinals and
boxes of their own for every copy, the tree, the scene's buildings, and the tileset, whose copies
are moved. Contents are the server's own, so that every copy is fetched, decoded and drawn, but all
of them name the elements of the first: a pick or a colour in a copy shows the first one's.

Printed for each size: seconds until the first picture and until the whole one (none when it was
not there after 90 s), how many of the wanted tiles were drawn then; the longest main-thread task
(Long Tasks API; of anything, drawing included) while opening, moving, colouring, isolating and
searching, and CPU seconds of the page's process beside each; script of one recolouring of every
element with its upload, and whether it fetched tiles; a pick; JS heap after a collection and the
private memory of the page's process.
"""

from __future__ import annotations

import argparse
import copy
import functools
import gzip
import json
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fresh_twin import fresh_twin  # type: ignore[import-not-found]  # beside this script
from viewer_speed import (  # type: ignore[import-not-found]  # beside this script
    PASSWORD,
    PICK,
    READY,
    RECOLOUR,
    SIGN_IN,
    USER,
    chromium,
    cpu_s,
    memory_mb,
    page_process,
)

from fangma.bim_import.sample import write_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium import webdriver


Json = dict[str, Any]
GAP_M = 15.0
PATIENCE_S = 90

LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longTasks.push([task.startTime, task.duration]);
}).observe({type: 'longtask', buffered: true});
"""
LONGEST = """
const from = arguments[0];
return Math.max(0, ...window.longTasks.filter(([at]) => at >= from).map(([, lasts]) => lasts));
"""
TURN = """
const done = arguments[0];
const until = performance.now() + 4000;
const {rig} = window.fangmaStage;
(function turn() {
  if (performance.now() > until) { done(); return; }
  rig.orbit(0.02, 0);
  rig.zoom(0.99);
  requestAnimationFrame(turn);
})();
"""
SEARCH = """
const [text, done] = arguments;
const box = document.querySelector('header input');
box.focus();
box.value = text;
box.dispatchEvent(new Event('input', {bubbles: true}));
setTimeout(done, 2500);
"""
ISOLATE = """
const done = arguments[0];
document.querySelectorAll('[role=treeitem]')[3].click();
setTimeout(done, 3000);
"""
FIRST = """
return window.fangmaStage?.statistics().triangles > 100 ? performance.now() : null;
"""
TILES = "return performance.getEntriesByType('resource').filter((e) => /glb/.test(e.name)).length"


def _moved_code(code: str, number: int) -> str:
    return f"{code}~{number}" if number else code


def _places(count: int, box: list[float]) -> list[tuple[float, float]]:
    """Lay copies of a box out in a square, metres."""
    wide, deep = box[3] - box[0] + GAP_M, box[4] - box[1] + GAP_M
    columns = max(1, round((count * deep / wide) ** 0.5))
    return [(wide * (i % columns), deep * (i // columns)) for i in range(count)]


def multiply_features(features: Json, places: list[tuple[float, float]]) -> Json:
    """Give every copy ordinals, codes, storeys and boxes of its own."""
    many = {name: value for name, value in features.items() if not isinstance(value, (list, dict))}
    step = max(features["ordinal"]) + 1
    columns: dict[str, list[Any]] = {n: [] for n, v in features.items() if isinstance(v, list)}
    dictionaries = copy.deepcopy(features["dictionaries"])
    storeys, buildings = features["dictionaries"]["storey"], features["dictionaries"]["building"]
    for number, (east, north) in enumerate(places):
        shift = (east, north, 0.0, east, north, 0.0)
        for name, values in columns.items():
            own = features[name]
            if name == "ordinal":
                values.extend(one + step * number for one in own)
            elif name == "code":
                values.extend(one and _moved_code(one, number) for one in own)
            elif name == "box":
                values.extend(
                    None if one is None else round(one + shift[i % 6], 2)
                    for i, one in enumerate(own)
                )
            elif name in {"storey", "building"}:
                base = (len(storeys) if name == "storey" else len(buildings)) * number
                values.extend(one if one < 0 else one + base for one in own)
            else:
                values.extend(own)
        if number:
            dictionaries["storey"] += [_moved_code(one, number) for one in storeys]
            dictionaries["building"] += [_moved_code(one, number) for one in buildings]
    many["count"] = len(columns["ordinal"])
    return many | columns | {"dictionaries": dictionaries}


def multiply_nodes(parent: Json, key: str, count: int) -> Json:
    """Repeat the buildings of the tree or of the scene, with codes of their own."""

    def renamed(node: Json, number: int) -> Json:
        own = node | {"code": _moved_code(node["code"], number)}
        for below in ("children", "storeys"):
            if below in node:
                own[below] = [renamed(one, number) for one in node[below]]
        return own

    return parent | {key: [renamed(one, n) for n in range(count) for one in parent[key]]}


def multiply_tileset(tileset: Json, places: list[tuple[float, float]]) -> Json:
    """Put a copy of the site's only building at every place, in quadtree-like groups of 16."""
    (building, *_) = tileset["root"]["children"]

    def moved(node: Json, east: float, north: float) -> Json:
        own = copy.deepcopy(node)
        matrix = own.get("transform", [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
        own["transform"] = [*matrix[:12], matrix[12] + east, matrix[13] + north, *matrix[14:]]
        return own

    children = [moved(building, east, north) for east, north in places]
    box = building["boundingVolume"]["box"]
    far_east, far_north = (max(axis) for axis in zip(*places, strict=True))
    whole = [
        box[0] + far_east / 2,
        box[1] + far_north / 2,
        box[2],
        *(box[3] + far_east / 2, 0, 0, 0, box[7] + far_north / 2, 0, 0, 0, box[11]),
    ]
    root = tileset["root"] | {"children": children, "boundingVolume": {"box": whole}}
    return tileset | {"root": root}


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behind = ""
    answers: ClassVar[dict[str, bytes]] = {}

    def log_message(self, *_: object) -> None:
        pass

    def _pass(self) -> None:
        made = self.answers.get(self.path.partition("?")[0])
        if made is not None:
            self._answer(
                200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, made
            )
            return
        length = int(self.headers.get("Content-Length") or 0)
        asked = urllib.request.Request(  # noqa: S310 - our own server
            self.behind + self.path,
            data=self.rfile.read(length) if length else None,
            method=self.command,
            headers={
                name: value
                for name, value in self.headers.items()
                if name.lower() not in {"host", "connection", "content-length"}
            },
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as found:  # noqa: S310 - our own server
                self._answer(found.status, dict(found.headers), found.read())
        except urllib.error.HTTPError as refused:
            self._answer(refused.code, dict(refused.headers), refused.read())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"connection", "transfer-encoding", "content-length", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _pass  # noqa: N815 - names of BaseHTTPRequestHandler


def _asker(address: str) -> Callable[[str], Any]:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    body = json.dumps({"user": USER, "password": PASSWORD}).encode()
    headers = {"Content-Type": "application/json", "X-Fangma-Request": "1"}
    opener.open(urllib.request.Request(f"{address}/api/session", body, headers)).close()  # noqa: S310 - our own

    def ask(path: str) -> Any:
        with opener.open(address + path) as answer:
            return json.load(answer)

    return ask


@contextmanager
def estate(address: str, elements: int) -> Iterator[tuple[str, int]]:
    """Stand before a server that has one building, as if it had so many elements."""
    ask = _asker(address)
    site = ask("/api/sites")["items"][0]["code"]
    scene = ask(f"/api/scene?site={site}")
    features = ask(scene["features"])
    boxes = [features["box"][i::6] for i in range(6)]
    box = [min(b for b in axis if b is not None) for axis in boxes[:3]]
    box += [max(b for b in axis if b is not None) for axis in boxes[3:]]
    count = max(1, round(elements / features["count"]))
    places = _places(count, box)
    many = multiply_features(features, places)
    made = {
        "/api/features": many,
        "/api/tree": multiply_nodes(ask(f"/api/tree?site={site}"), "children", count),
        "/api/scene": multiply_nodes(scene, "buildings", count),
        scene["tileset"]: multiply_tileset(ask(scene["tileset"]), places),
    }
    answers = {path: gzip.compress(json.dumps(one).encode(), 1) for path, one in made.items()}
    handler = type("Proxy", (_Proxy,), {"behind": address, "answers": answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", many["count"]
    finally:
        server.shutdown()
        server.server_close()


def _opened(driver: webdriver.Chrome) -> Json:
    """Wait for the first picture, and for the whole one as long as PATIENCE_S."""
    found: Json = {"first_s": None, "ready_s": None}
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and found["ready_s"] is None:
        for name, question in (("first_s", FIRST), ("ready_s", READY)):
            if found[name] is None and (at_ms := driver.execute_script(question)) is not None:
                found[name] = round(at_ms / 1000, 1)
        time.sleep(0.2)
    tiles = driver.execute_script("return window.fangmaStage.tileset.tiles.stats")
    drawn = driver.execute_script("return window.fangmaStage.statistics()")
    return found | {"tiles": f"{tiles['visible']} of {tiles['used']}"} | drawn


def measure(address: str, elements: int) -> Json:
    """Open, move, colour, pick, isolate and search; give a row of the table."""
    row: Json = {}
    driver = chromium()
    try:
        driver.set_script_timeout(300)
        driver.get(address)
        driver.execute_async_script(SIGN_IN, USER, PASSWORD)
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LONG_TASKS})
        driver.get(f"{address}/?inspect")
        row |= {"elements": elements} | _opened(driver)
        row["open_task_ms"] = round(driver.execute_script(LONGEST, 0))
        page = page_process(driver)
        time.sleep(3)

        def watch(name: str, act: Callable[[], object]) -> None:
            from_ms = driver.execute_script("return performance.now()")
            before = cpu_s(page)
            act()
            row[f"{name}_task_ms"] = round(driver.execute_script(LONGEST, from_ms))
            row[f"{name}_cpu_s"] = round(cpu_s(page) - before, 2)

        watch("move", lambda: driver.execute_async_script(TURN))
        time.sleep(3)
        tiles = driver.execute_script(TILES)
        recolours: list[float] = []
        watch("colour", lambda: recolours.extend(
            driver.execute_async_script(RECOLOUR, key) for key in "24242"
        ))  # fmt: skip
        row["recolour_ms"] = round(statistics.median(recolours), 1)
        row["recolour_fetched"] = driver.execute_script(TILES) - tiles
        row["pick_ms"] = round(statistics.median(driver.execute_script(PICK)), 2)
        watch("isolate", lambda: driver.execute_async_script(ISOLATE))
        watch("search", lambda: driver.execute_async_script(SEARCH, "会议"))
        driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        heap = driver.execute_script("return performance.memory.usedJSHeapSize")
        row |= {
            "heap_mb": round(heap / 1024**2),
            "page_mb": round(memory_mb(page)),
            "page_cpu_s": round(cpu_s(page), 1),
        }
    finally:
        driver.quit()
    return row


@contextmanager
def _served(model: Path | None) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, fresh_twin() as twin:
        if model is None:
            write_sample(Path(folder))
            sizes = functools.partial(max, key=lambda path: path.stat().st_size)
            model = sizes(Path(folder).glob("*-建筑.ifc"))
        twin.run("import", str(model))
        with twin.serving(USER, PASSWORD) as address:
            yield address


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--elements", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = []
    with _served(options.model) as address:
        for elements in options.elements:
            with estate(address, elements) as (front, count):
                table.append(measure(front, count))
            if not options.json:
                row = "  ".join(f"{name} {value}" for name, value in table[-1].items())
                sys.stdout.write(row + "\n")
                sys.stdout.flush()
    if options.json:
        json.dump(table, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
