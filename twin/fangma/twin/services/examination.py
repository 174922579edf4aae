"""What ``fangma doctor`` looks at: the services, and what this machine lacks.

Nothing is started, made or changed by looking.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fangma.twin.errors import TwinError
from fangma.twin.services import broker, database
from fangma.twin.services.cluster import Cluster
from fangma.twin.services.home import Home, free_bytes
from fangma.twin.services.ports import bind
from fangma.twin.services.postgresql import choose_installation
from fangma.twin.services.supervisor import address_of, running_supervisor, web_answers
from fangma.twin.settings import Settings, environment_for_child

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Room that a compound with its tiles, history and a vacuum of the database comfortably needs.
COMFORTABLE_BYTES = 2 * 2**30
_FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
)
_CHINESE_FONTS = (
    "NotoSansCJK*",
    "NotoSerifCJK*",
    "NotoSansSC*",
    "SourceHan*",
    "wqy-*",
    "PingFang*",
)
#: Draws a sphere off the screen and looks whether anything but background came out.
_RENDERING_PROBE = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=(64, 64))
plotter.add_mesh(pyvista.Sphere())
raise SystemExit(0 if plotter.screenshot(None, return_img=True).std() > 1 else 9)
"""
#: Checks without which no twin can run.
_SERVICE_CHECKS = ("postgresql", "postgis", "mosquitto", "database", "mqtt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Where a service is, and "running", "stopped" or "unreachable"."""

    url: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; ``remedy`` is empty when it is as it should be."""

    name: str
    ok: bool
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """All that was found."""

    services: dict[str, Service]
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """True when nothing needs mending; services that are merely stopped are in order."""
        return all(check.ok for check in self.checks)

    @property
    def lacks_a_service(self) -> bool:
        """True when what needs mending keeps the twin from running at all."""
        return any(not check.ok and check.name in _SERVICE_CHECKS for check in self.checks)

    def as_document(self) -> dict[str, object]:
        """Return it as CONTRACTS has it."""
        return {
            "ok": self.ok,
            "services": {name: asdict(each) for name, each in self.services.items()},
            "checks": [asdict(check) for check in self.checks],
        }


def examine(settings: Settings, *, with_pictures: bool = True) -> Examination:
    """Look at the services and at this machine.

    Parameters
    ----------
    with_pictures : bool
        Whether drawing is tried, in a process of its own, which takes seconds.
    """
    services: dict[str, Service] = {}
    checks: list[Check] = []
    for name, module in (("database", database), ("mqtt", broker)):
        try:
            url, state = module.state(settings)
        except TwinError as error:
            services[name] = Service(url="", state="unreachable")
            checks.append(_failed(name, error))
            continue
        services[name] = Service(url=url, state=state)
        if state == "unreachable":
            checks.append(
                Check(
                    name=name,
                    ok=False,
                    message=f"{url} does not answer.",
                    remedy="Start that server, or correct its FANGMA_ variable; a private one is "
                    "stopped by fangma down and started by fangma up.",
                )
            )
    services["web"] = _web(settings)
    checks += _programs(settings)
    checks += (_home(settings), _disk(settings), _port(settings), _fonts())
    if with_pictures:
        checks.append(_rendering(settings))
    checks.append(_viewer())
    return Examination(services=services, checks=tuple(checks))


def _web(settings: Settings) -> Service:
    """Look whether ``fangma up`` runs for this home and whether its web server answers."""
    running = running_supervisor(Home(directory=settings.home))
    if running is None:
        return Service(url=address_of(settings.host, settings.port), state="stopped")
    address = running.address
    return Service(url=address, state="running" if web_answers(address) else "unreachable")


def _programs(settings: Settings) -> Iterator[Check]:
    """Look for the programs of the private services; none is needed where the user has servers."""
    if settings.database_url is None:
        cluster = Cluster(settings=settings, home=Home(directory=settings.home))
        try:
            found = choose_installation(settings, major=cluster.made_with())
        except TwinError as error:
            yield _failed("postgis" if "PostGIS." in error.message else "postgresql", error)
        else:
            where = f"PostgreSQL {found.version} in {found.bin}"
            yield Check(name="postgresql", ok=True, message=where)
            yield Check(name="postgis", ok=True, message=f"installed for PostgreSQL {found.major}")
    if settings.mqtt_url is None:
        program = broker.find_mosquitto()
        if program is None:
            yield Check(
                name="mosquitto",
                ok=False,
                message="The MQTT broker mosquitto is missing.",
                remedy=broker.INSTALL_REMEDY,
            )
        else:
            version = broker.mosquitto_version(program)
            yield Check(name="mosquitto", ok=True, message=f"Mosquitto {version} as {program}")


def _home(settings: Settings) -> Check:
    """Look whether the home can be written, or made."""
    place = settings.home
    while not place.exists():
        place = place.parent
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        missing = "" if place == settings.home else " (is made at the first start)"
        return Check(name="home", ok=True, message=f"{settings.home}{missing}")
    return Check(
        name="home",
        ok=False,
        message=f"{settings.home} cannot be written: {place} is not a folder of yours.",
        remedy="Set FANGMA_HOME to a folder that you may write.",
    )


def _disk(settings: Settings) -> Check:
    free = free_bytes(settings.home)
    message = f"{free / 2**30:.1f} GiB free for {settings.home}"
    return Check(
        name="disk",
        ok=free >= COMFORTABLE_BYTES,
        message=message,
        remedy=""
        if free >= COMFORTABLE_BYTES
        else f"Free some: {COMFORTABLE_BYTES / 2**30:g} GiB are wanted for tiles and history.",
    )


def _port(settings: Settings) -> Check:
    """Look whether the web server's port is ours or free."""
    place = f"port {settings.port} on {settings.host}"
    running = running_supervisor(Home(directory=settings.home))
    if running is not None:
        return Check(name="port", ok=True, message=f"this twin listens at {running.address}")
    try:
        bind(settings.host, settings.port).close()
    except TwinError as error:
        return _failed("port", error)
    return Check(name="port", ok=True, message=f"{place} is free")


def _fonts() -> Check:
    """Look for a font with Chinese characters, for pictures and PDF."""
    for folder in _FONT_FOLDERS:
        for pattern in _CHINESE_FONTS:
            for found in Path(folder).expanduser().glob(f"**/{pattern}"):
                return Check(name="fonts", ok=True, message=str(found))
    return Check(
        name="fonts",
        ok=False,
        message="No font with Chinese characters was found.",
        remedy="Run scripts/install, or install one (Debian, Ubuntu: apt-get install "
        "fonts-noto-cjk).",
    )


def _rendering(settings: Settings) -> Check:
    """Draw off the screen in a process of its own: where a library is missing, VTK crashes."""
    if importlib.util.find_spec("pyvista") is None:
        return Check(
            name="rendering", ok=True, message="no picture is made here: pyvista is not installed"
        )
    try:
        probe = subprocess.run(  # noqa: S603 - our own interpreter and text
            [sys.executable, "-c", _RENDERING_PROBE],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=environment_for_child(settings),
        )
    except subprocess.TimeoutExpired:
        outcome = "no answer within 120 s"
    else:
        if probe.returncode == 0:
            return Check(name="rendering", ok=True, message="pictures are drawn off the screen")
        last = probe.stderr.strip().splitlines()[-1:] or [f"exit {probe.returncode}"]
        outcome = last[0]
    return Check(
        name="rendering",
        ok=False,
        message=f"Drawing off the screen failed: {outcome}",
        remedy="Run scripts/install, or install what it needs (Debian, Ubuntu: apt-get install "
        "libgl1 libegl1 libgl1-mesa-dri libxrender1).",
    )


def _viewer() -> Check:
    """Look for the built front end."""
    spec = importlib.util.find_spec("fangma.viewer")
    for folder in (spec.submodule_search_locations or []) if spec is not None else []:
        page = Path(folder) / "static" / "index.html"
        if page.is_file():
            return Check(name="viewer", ok=True, message=str(page))
    return Check(
        name="viewer",
        ok=False,
        message="The viewer has not been built.",
        remedy="Run scripts/install, or pip install . in the checkout.",
    )


def _failed(name: str, error: TwinError) -> Check:
    return Check(name=name, ok=False, message=error.message, remedy=error.remedy)
