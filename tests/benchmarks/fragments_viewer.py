"""ThatOpen's fragments viewer in the same browser, on the same model, from the same place.

Its importer and its page need ``npm`` once: ``scripts/npm --in tests/benchmarks/viewer_peers``.
"""

from __future__ import annotations

import functools
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium import webdriver

PEERS = Path(__file__).with_name("viewer_peers")
MODULES = PEERS / "node_modules"
CONVERT_S = 600
READY_S = 120

LOOK = """
const [eye, at] = arguments;
window.peer.look(eye, at).catch((error) => { window.peer.failed = String(error) })
"""
READY = "return {at: window.peer?.readyAt ?? null, failed: window.peer?.failed ?? null}"
ORBIT = "const [lasting, done] = arguments; window.peer.orbit(lasting).then(done)"
RECOLOUR = "const [colour, done] = arguments; window.peer.recolour(colour).then(done)"
PICKS = "const done = arguments[0]; window.peer.picks().then(done)"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """From where one looks.

    Attributes
    ----------
    eye, target : list of float, 3
        Metres from the centre of the model, z upwards.
    width, height : int
        Of the canvas, pixels.
    """

    eye: list[float]
    target: list[float]
    width: int
    height: int


def is_installed() -> bool:
    """Whether npm has brought the peer."""
    return (MODULES / "@thatopen" / "fragments").is_dir()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _page(model: Path) -> Iterator[str]:
    """Convert the model, bundle the page, and serve both from a folder."""
    with tempfile.TemporaryDirectory(prefix="fangma-peer-") as name:
        folder = Path(name)
        convert = ["node", str(PEERS.with_name("fragments.mjs")), str(MODULES), str(model)]
        subprocess.run(
            [*convert, str(folder / "model.frag")],
            check=True,
            capture_output=True,
            timeout=CONVERT_S,
        )
        subprocess.run(
            [
                str(MODULES / ".bin" / "esbuild"),
                *(
                    "fragments_page.mjs",
                    "--bundle",
                    "--format=esm",
                    "--minify",
                    "--log-level=error",
                ),
                f"--outfile={folder / 'fragments_page.js'}",
            ],
            cwd=PEERS,
            check=True,
        )
        shutil.copy(PEERS / "page.html", folder)
        worker = MODULES / "@thatopen" / "fragments" / "dist" / "Worker" / "worker.min.mjs"
        shutil.copy(worker, folder / "worker.mjs")
        handler = functools.partial(_Quiet, directory=str(folder))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()


def measure_fragments(
    driver: webdriver.Chrome, model: Path, view: View, orbit_ms: int
) -> dict[str, Any]:
    """Show a model in the peer's viewer and ask what ours was asked.

    ``ready_s`` runs from opening the page; conversion of the model is not in it, as import is not
    in ours.

    Raises
    ------
    SystemExit
        When no picture came, with what the page said.
    """
    with _page(model) as address:
        driver.get(f"{address}/page.html?model=model.frag&width={view.width}&height={view.height}")
        driver.execute_script(LOOK, view.eye, view.target)
        end = time.monotonic() + READY_S
        while (state := driver.execute_script(READY))["at"] is None:
            if state["failed"] or time.monotonic() > end:
                raise SystemExit(f"fragments drew nothing: {state['failed']}")
            time.sleep(0.05)
        time.sleep(3)  # as long as ours rests before it is asked
        orbit = driver.execute_async_script(ORBIT, orbit_ms)
        time.sleep(2)
        recolours = [
            driver.execute_async_script(RECOLOUR, colour)
            for colour in ("#d95f02", "#1b9e77", "#d95f02", "#1b9e77", "#7570b3")
        ]
        picks = driver.execute_async_script(PICKS)
        drawn = driver.execute_script("return [window.peer.triangles, window.peer.calls]")
        driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        heap = driver.execute_script("return performance.memory.usedJSHeapSize")
    return {
        "triangles": drawn[0],
        "calls": drawn[1],
        "ready_s": round(state["at"] / 1000, 2),
        "orbit_fps": round(orbit, 1),
        "heap_mb": round(heap / 1024**2, 1),
        "recolour_ms": round(statistics.median(recolours), 2),
        "pick_ms": round(statistics.median(picks), 1),
    }
