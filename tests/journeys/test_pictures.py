"""The manual's pictures of every page (docs/pages.md), taken of a demonstration.

PICTURES_FOLDER=docs/images/pages .venv/bin/pytest tests/journeys/test_pictures.py
"""

import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from selenium import webdriver
from tests.journeys.conftest import FANGMA, PASSWORD, Twin, fangma
from tests.journeys.routes import Route, open_first, routes, settle
from tests.journeys.test_compound_view import Page
from tests.journeys.test_every_page import ROLES, size

from fangma.twin.field.report_links import load_key, make_link

WIDEST = 1920  # of a picture in the book
MOST = 250_000  # bytes of one
LAPTOP = (1280, 800)
MORE_SIZES = {
    "field": {"field": (390, 844)},
    "report": {"report": (390, 844)},
    "wall": {"wall": (1920, 1080), "wall-wide": (7680, 2160)},
}
# What is chosen by the page itself, or is better seen as a whole.
UNOPENED = {"model", "desk"}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.db,
    pytest.mark.skipif("PICTURES_FOLDER" not in os.environ, reason="takes PICTURES_FOLDER"),
]


@pytest.fixture(scope="module")
def demonstration() -> Iterator[Twin]:
    """Serve the demonstration, with one account that sees every page."""
    folder = Path(tempfile.mkdtemp(prefix="fangma-pictures-"))
    folder.chmod(0o755)  # as root the cluster runs as another user, who must get in
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FANGMA_")}
    environment = {**kept, "FANGMA_HOME": str(folder / "home")}
    process = subprocess.Popen(
        [FANGMA, "demo", "--port", "0", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        told = "".join(iter(process.stdout.readline, "}\n"))
        address = json.loads(told + "}")["address"]
        twin = Twin(
            address=address,
            user="chief",
            password=PASSWORD,
            site="",
            models=folder,
            environment=environment,
        )
        asked = [word for role in ROLES for word in ("--role", role)]
        fangma(
            twin, "user", "add", "chief", *asked, "--every-site", "--password-stdin", stdin=PASSWORD
        )
        yield twin
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=90)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_scene(page: Page) -> None:
    """Until the scene, where the page has one, is drawn whole: in motion it is drawn coarsely."""
    page.until(
        lambda: page.browser.execute_script(
            "const there = [...document.querySelectorAll('canvas.picture')]"
            ".some(one => one.checkVisibility());"
            "return !there || window.fangmaStage?.statistics().triangles > 100"
        )
    )
    settle(page)
    wait_for_rest(page)
    time.sleep(4)


def wait_for_rest(page: Page, within_s: float = 60) -> None:
    """Until the eye stands still: a large wall flies for as long as the processor draws it."""
    pose = "return JSON.stringify(window.fangmaStage?.rig.pose() ?? null)"
    end, before = time.monotonic() + within_s, None
    while time.monotonic() < end:
        now = page.browser.execute_script(pose)
        if now == before:
            return
        before = now
        time.sleep(2)


def keep(page: Page, name: str, folder: Path) -> Path:
    """Write what the browser shows, in 256 colours at most."""
    shown = Image.open(io.BytesIO(page.browser.get_screenshot_as_png())).convert("RGB")
    if shown.width > WIDEST:
        shown = shown.resize(
            (WIDEST, shown.height * WIDEST // shown.width), Image.Resampling.LANCZOS
        )
    path = folder / f"{name}.png"
    # Fewer would make one colour of two that a legend tells apart.
    for colours in (256, 192, 128):
        # A red sign among ten thousand grey points stays red: medians would take it for brown.
        shown.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            path, optimize=True
        )
        if path.stat().st_size <= MOST:
            break
    return path


# A manual names no folders of the machine that its pictures were taken on.
RENAMED = """
const names = Object.entries(arguments[0]);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text = walker.nextNode(); text; text = walker.nextNode())
  for (const [found, said] of names)
    if (text.data.includes(found)) text.data = text.data.replaceAll(found, said);
"""


def rename_folders(page: Page) -> None:
    folders = {
        page.twin.environment["FANGMA_HOME"]: "/var/lib/fangma",
        str(Path(__file__).parents[2]): "/opt/fangma",
    }
    encoded = {quote(found, safe=""): quote(said, safe="") for found, said in folders.items()}
    page.browser.execute_script(RENAMED, folders | encoded)


def opened_with(twin: Twin) -> dict[str, str]:
    """Say what a page is opened with, where its first sight would be empty.

    The alarms that were, what to close for the planted leak, the report by a link as on a label.
    """
    orders = json.loads(fangma(twin, "orders", "list", "--json"))["items"]
    leak = next(each["code"] for each in orders if each["urgency"] == "emergency")
    key = load_key(Path(twin.environment["FANGMA_HOME"]) / "keys" / "report-links")
    link = make_link(key, leak, now=datetime.now(UTC))
    return {
        "alarms": "&view=cleared",
        "pipes": f"&ask=close&of={leak}",
        "report": f"#{link.token}",
    }


def take(page: Page, route: Route, folder: Path, more: str) -> None:
    for name, (width, height) in MORE_SIZES.get(route.path, {route.name: LAPTOP}).items():
        size(page.browser, width, height)
        page.browser.get("about:blank")
        page.browser.get(f"{page.twin.address}/{route.path}?inspect{more}")
        settle(page)
        if route.name not in UNOPENED:
            open_first(page)
        wait_for_scene(page)
        rename_folders(page)
        kept = keep(page, name, folder)
        assert kept.stat().st_size <= MOST, name


def views(twin: Twin) -> dict[str, str]:
    """Say what the model page shows in the pictures of README: one storey, and a room's file."""
    rooms = json.loads(fangma(twin, "list", "room", "--json"))["items"]
    room = next(each for each in rooms if "-F03-" in each["storey"] and each["area_m2"] > 25)
    storey = f"colour=use&only={room['storey']}"
    return {"storey": storey, "room": f"{storey}&pick={room['code']}"}


def test_every_page_is_pictured(browser: webdriver.Chrome, demonstration: Twin) -> None:
    folder = Path(os.environ["PICTURES_FOLDER"])
    folder.mkdir(parents=True, exist_ok=True)
    page = Page(browser, demonstration)
    page.browser.get(f"{demonstration.address}/sites?inspect")
    page.sign_in()
    page.one(".sections")
    more = opened_with(demonstration)
    for route in routes():
        take(page, route, folder, more.get(route.path, ""))
    size(page.browser, *LAPTOP)
    for name, view in views(demonstration).items():
        page.browser.get("about:blank")
        page.browser.get(f"{demonstration.address}/?inspect#{view}")
        wait_for_scene(page)
        assert keep(page, name, folder).stat().st_size <= MOST, name
