"""Other people's viewers in the same browser, on the same model, from the same place.

ThatOpen's fragments needs ``scripts/npm --in tests/benchmarks/viewer_peers`` once. xeokit is under
the AGPL: npm brings it into a temporary folder for a run, and nothing of it is kept.
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
XEOKIT = ("@xeokit/xeokit-sdk@2.6.114", "@xeokit/xeokit-convert@1.3.2")
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
    """Whether npm has brought fragments and what bundles a page."""
    return (MODULES / "@thatopen" / "fragments").is_dir()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _run(*command: str | Path, at: Path = PEERS) -> None:
    subprocess.run(
        [str(word) for word in command],
        cwd=at,
        check=True,
        capture_output=True,
        timeout=CONVERT_S,
    )


@contextmanager
def _served(page: str, folder: Path, modules: Path) -> Iterator[str]:
    """Bundle a page into the folder that has its model, and serve it."""
    (folder / "node_modules").symlink_to(modules)
    shutil.copy(PEERS / page, folder)
    # xeokit's decoder names what only Node has.
    apart = ("--external:fs", "--external:path")
    bundle = ("--bundle", "--format=esm", "--minify", "--log-level=error", "--outfile=page.js")
    _run(MODULES / ".bin" / "esbuild", page, *bundle, *apart, at=folder)
    shutil.copy(PEERS / "page.html", folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        # Another site than ours, so that the browser gives it a process of its own.
        yield f"http://localhost:{server.server_address[1]}/page.html?model=model"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def fragments(model: Path) -> Iterator[str]:
    """Convert a model for ThatOpen's fragments and serve its page; give the address."""
    with tempfile.TemporaryDirectory(prefix="fangma-peer-") as name:
        folder = Path(name)
        _run("node", PEERS.with_name("fragments.mjs"), MODULES, model, folder / "model")
        worker = MODULES / "@thatopen" / "fragments" / "dist" / "Worker" / "worker.min.mjs"
        shutil.copy(worker, folder / "worker.mjs")
        with _served("fragments_page.mjs", folder, MODULES) as address:
            yield address


@contextmanager
def xeokit(model: Path) -> Iterator[str]:
    """Bring xeokit, convert a model for it and serve its page; give the address."""
    with tempfile.TemporaryDirectory(prefix="fangma-peer-") as name:
        folder, modules = Path(name) / "page", Path(name) / "node_modules"
        folder.mkdir()
        _run("npm", "install", "--no-audit", "--no-fund", "--prefix", name, *XEOKIT)
        convert = modules / "@xeokit" / "xeokit-convert" / "convert2xkt.js"
        _run("node", convert, "-s", model, "-o", folder / "model", at=Path(name))
        with _served("xeokit_page.mjs", folder, modules) as address:
            yield address


def visit(driver: webdriver.Chrome, address: str, view: View) -> float:
    """Open a peer's page, with the model from the same place; give the seconds to its picture.

    Conversion of the model is not in it, as import is not in ours.

    Raises
    ------
    SystemExit
        When no picture came, with what the page said.
    """
    driver.get(f"{address}&width={view.width}&height={view.height}")
    driver.execute_script(LOOK, view.eye, view.target)
    end = time.monotonic() + READY_S
    while (state := driver.execute_script(READY))["at"] is None:
        if state["failed"] or time.monotonic() > end:
            raise SystemExit(f"the peer drew nothing: {state['failed']}")
        time.sleep(0.05)
    return float(state["at"]) / 1000


def question(driver: webdriver.Chrome, orbit_ms: int) -> dict[str, Any]:
    """Ask a peer's page what ours is asked."""
    time.sleep(3)  # as long as ours rests before it is asked
    orbit = driver.execute_async_script(ORBIT, orbit_ms)
    time.sleep(2)
    recolours = [
        driver.execute_async_script(RECOLOUR, colour)
        for colour in ("#d95f02", "#1b9e77", "#d95f02", "#1b9e77", "#7570b3")
    ]
    picks = driver.execute_async_script(PICKS)
    triangles, calls = driver.execute_script("return [window.peer.triangles, window.peer.calls]")
    driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    heap = driver.execute_script("return performance.memory.usedJSHeapSize")
    return {
        "triangles": triangles,
        "calls": calls,
        "orbit_fps": orbit,
        "heap_mb": heap / 1024**2,
        "recolour_ms": statistics.median(recolours),
        "pick_ms": statistics.median(picks),
    }
