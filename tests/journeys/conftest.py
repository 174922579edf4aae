"""A whole twin for the journeys: a home, services, the sample's smallest building, a browser."""

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from fangma.viewer import static_dir

PASSWORD = "Grey-heron-41"  # noqa: S105 - of the journey's own account
START_S = 90
BUILDING = "后勤服务楼"  # the smallest of the sample, which the twin has
FANGMA = str(Path(sys.executable).with_name("fangma"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A running twin and an account on it."""

    address: str
    user: str
    password: str
    site: str
    models: Path  # the folder of the files that were imported
    environment: dict[str, str]  # of commands that work on this twin


def _fangma(environment: dict[str, str], *arguments: str, stdin: str | None = None) -> str:
    answer = subprocess.run(
        [FANGMA, *arguments],
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert answer.returncode == 0, f"fangma {' '.join(arguments)}: {answer.stdout}{answer.stderr}"
    return answer.stdout


def fangma(twin: Twin, *arguments: str, stdin: str | None = None) -> str:
    """Run a command on a twin and return what it prints."""
    return _fangma(twin.environment, *arguments, stdin=stdin)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert process.poll() is None, f"fangma up ended with {process.returncode}"
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 - our own
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail(f"nothing answered at {address} within {START_S} s")


@contextmanager
def serving(prepare: Callable[[Path, dict[str, str]], list[Path]]) -> Iterator[Twin]:
    """Serve the models that `prepare` names or makes in the folder of a new twin."""
    if not (static_dir() / "index.html").is_file():
        pytest.skip("the viewer is not built: run npm ci and npm run build in viewer/")
    folder = Path(tempfile.mkdtemp(prefix="fangma-journey-"))
    folder.chmod(0o755)  # as root the cluster runs as another user, who must get in
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FANGMA_")},
        "FANGMA_HOME": str(folder / "home"),
        "FANGMA_PORT": str(port),
    }
    address = f"http://127.0.0.1:{port}"
    try:
        models = prepare(folder, environment)
        site = json.loads(
            _fangma(
                environment,
                *("site", "add", "--division", "330302", "--name", "市行政中心大院"),
                *("--epsg", "4549", "--json"),
            )
        )["code"]
        _fangma(environment, "import", *map(str, models), "--json")
        _fangma(
            environment,
            *("user", "add", "planner", "--role", "planner", "--every-site", "--password-stdin"),
            stdin=PASSWORD,
        )
        process = subprocess.Popen(
            [FANGMA, "up"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(address, process)
            yield Twin(
                address=address,
                user="planner",
                password=PASSWORD,
                site=site,
                models=models[0].parent,
                environment=environment,
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
    finally:
        _fangma(environment, "down")
        shutil.rmtree(folder, ignore_errors=True)


def smallest_building(folder: Path, environment: dict[str, str]) -> list[Path]:
    _fangma(environment, "sample", str(folder / "sample"))
    models = sorted((folder / "sample").glob("A03-*.ifc"))
    assert models, "the sample has no third building any more"
    return models


@pytest.fixture(scope="session")
def twin() -> Iterator[Twin]:
    """Serve the smallest building of the sample compound, architecture and services."""
    with serving(smallest_building) as served:
        yield served


def of_building(twin: Twin, table: str) -> Path:
    """Write the rows of a table of the sample that are about the twin's building."""
    with (twin.models / table).open(encoding="utf-8-sig", newline="") as source:
        titles, *rows = csv.reader(source)
    path = twin.models.parent / table
    with path.open("w", encoding="utf-8", newline="") as kept:
        csv.writer(kept).writerows([titles, *(row for row in rows if BUILDING in row)])
    return path


@pytest.fixture(scope="session")
def occupied(twin: Twin) -> Twin:
    """Import units, people and who holds the rooms of the building."""
    tables = (twin.models / "单位.csv", twin.models / "人员.csv", of_building(twin, "房间分配.csv"))
    fangma(twin, "import", *map(str, tables), "--json")
    return twin


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a journey that failed what its browser showed: elsewhere nobody can look at it."""
    report = yield
    chrome = getattr(item, "funcargs", {}).get("browser")
    if report.when == "call" and report.failed and chrome is not None:
        report.sections.append(("the browser", _what_it_shows(chrome)))
    return report


def _what_it_shows(chrome: webdriver.Chrome) -> str:
    try:
        words: str = chrome.execute_script("return document.body.innerText")
        console = [entry["message"] for entry in chrome.get_log("browser")][-20:]
        return "\n".join([chrome.current_url, "-- says:", words[:4000], "-- console:", *console])
    except WebDriverException as failure:
        return f"answers no longer: {failure.msg}"


@pytest.fixture
def browser(request: pytest.FixtureRequest) -> Iterator[webdriver.Chrome]:
    """Chromium without a screen, drawing WebGL with the processor; 1280 x 800 or as marked."""
    width, height = getattr(request, "param", (1280, 800))
    chromium, driver = (
        shutil.which("chromium"),
        shutil.which("chromedriver") or shutil.which("chromium.chromedriver"),
    )
    if chromium is None or driver is None:
        pytest.skip("chromium and chromedriver are not installed: apt install chromium-driver")
    options = Options()
    options.binary_location = chromium
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"),
        *("--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
        *("--disable-background-networking", "--lang=zh-CN", f"--window-size={width},{height}"),
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = webdriver.Chrome(options=options, service=Service(driver))
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield chrome
    chrome.quit()
