"""A private MQTT broker (Mosquitto) in the home.

It listens on loopback and asks for no password: whoever has an account on this machine may publish
observations. On a machine that is shared with people who must not, use a broker with accounts of
its own (FANGMA_MQTT_URL). Messages of quality 1 and 2 for clients with a lasting session, and
retained ones, survive restarts.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fangma.twin.errors import (
    MissingProgramError,
    MissingServiceError,
    ServiceFailedError,
    SettingsError,
)
from fangma.twin.services.accounts import Account, give_directory, run, service_account
from fangma.twin.services.home import Home, disk_full, locked, open_home, require_room
from fangma.twin.services.ports import free_port, in_use, is_free
from fangma.twin.services.processes import end, is_process, read_pid

if TYPE_CHECKING:
    from fangma.twin.settings import Settings

HOST = "127.0.0.1"
_FIRST_PORT, _PORTS = 18830, 1000
_START_S, _LAUNCH_S = 15, 2
_LARGEST_LOG = 8 * 2**20
INSTALL_REMEDY = (
    "Run scripts/install, or install it (Debian, Ubuntu: apt-get install mosquitto; macOS: brew "
    "install mosquitto), or point FANGMA_MQTT_URL at a broker."
)
_CONFIGURATION = """\
# Written by Fangma at every start: changes are lost. docs/operations.md explains.
listener {port} {host}
allow_anonymous true
pid_file {directory}/mosquitto.pid
log_dest file {directory}/mosquitto.log
log_type error
log_type warning
log_type notice
connection_messages false
# State survives a restart; a crash of the machine costs at most these seconds of what no
# client had fetched yet.
persistence true
persistence_location {directory}/data/
autosave_interval 10
persistent_client_expiration 30d
# What waits for a bridge that is away: a million messages of at most 1 MiB.
max_queued_messages 1000000
max_inflight_messages 2000
max_packet_size 1052672
set_tcp_nodelay true
"""


def ensure(settings: Settings) -> str:
    """Return the URL of a broker that answers, starting the private one when needed.

    Raises
    ------
    MissingServiceError
        When there is none and none can be started; the message says why.
    """
    if settings.mqtt_url is not None:
        if not answers(settings.mqtt_url):
            raise MissingServiceError(
                f"The MQTT broker {without_password(settings.mqtt_url)} does not answer.",
                "Start it, or correct FANGMA_MQTT_URL; unset, Fangma starts its own.",
            )
        return settings.mqtt_url
    home = open_home(settings)
    broker = Broker(settings=settings, home=home)
    with locked(home.services_lock, within_s=200):
        broker.start()
    return broker.url


def stop(settings: Settings) -> bool:
    """Stop the private broker; tell whether it was running. A broker of the user's is left."""
    home = Home(directory=settings.home)  # of whatever format: it is not read
    if not home.run.exists():
        return False
    with locked(home.services_lock, within_s=120):
        return Broker(settings=settings, home=home).stop()


def has_died(settings: Settings) -> bool:
    """Tell whether the private broker, which should run, does not; a cheap question."""
    if settings.mqtt_url is not None:
        return False
    return Broker(settings=settings, home=Home(directory=settings.home)).process() is None


def state(settings: Settings) -> tuple[str, str]:
    """Return the URL without its password, and "running", "stopped" or "unreachable"."""
    if settings.mqtt_url is not None:
        is_there = answers(settings.mqtt_url)
        return without_password(settings.mqtt_url), "running" if is_there else "unreachable"
    broker = Broker(settings=settings, home=Home(directory=settings.home))
    if broker.process() is None:
        return broker.url, "stopped"
    return broker.url, "running" if answers(broker.url) else "unreachable"


def without_password(url: str) -> str:
    """Return ``url`` as it may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def answers(url: str) -> bool:
    """Tell whether something that speaks MQTT answers at ``url``.

    Raises
    ------
    SettingsError
        When ``url`` is not one of an MQTT broker.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("mqtt", "mqtts", "tcp", "ssl") or parts.hostname is None:
        raise SettingsError(
            f"FANGMA_MQTT_URL is {without_password(url)!r}, which is no address of a broker.",
            "Write it as mqtt://user:password@host:1883, or mqtts:// for TLS.",
        )
    is_secure = parts.scheme in ("mqtts", "ssl")
    place = (parts.hostname, parts.port or (8883 if is_secure else 1883))
    try:
        with socket.create_connection(place, timeout=5) as connection:
            if is_secure:
                return True  # the bridge checks certificates; here it is enough that it listens
            # MQTT 3.1.1, 3.1: CONNECT with a clean session, no client identifier, keep-alive 5 s.
            connection.sendall(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x05\x00\x00")
            # 3.2: CONNACK begins with 0x20 0x02, be the answer yes or no.
            return connection.recv(4)[:2] == b"\x20\x02"
    except OSError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The private broker of one home."""

    settings: Settings
    home: Home

    @property
    def directory(self) -> Path:
        """Where its configuration, data and log are."""
        return self.home.mqtt

    @property
    def configuration(self) -> Path:
        """Its configuration, which also tells its process from others."""
        return self.directory / "mosquitto.conf"

    @property
    def log(self) -> Path:
        """What it said."""
        return self.directory / "mosquitto.log"

    @property
    def url(self) -> str:
        """Where it listens; before the first start, where it would."""
        return f"mqtt://{HOST}:{self.recorded_port() or self.settings.mqtt_port or _FIRST_PORT}"

    def recorded_port(self) -> int | None:
        """Return the port that it had last."""
        try:
            return int((self.directory / "port").read_text())
        except (OSError, ValueError):
            return None

    def process(self) -> int | None:
        """Return the number of the running process, None when there is none."""
        pid = read_pid(self.directory / "mosquitto.pid")
        return pid if pid is not None and is_process(pid, str(self.configuration)) else None

    def start(self) -> None:
        """Start it unless it runs; return when it answers. Call it under the services lock.

        Raises
        ------
        MissingServiceError
            When Mosquitto is missing, its port is taken, the disk is full, or it fails.
        """
        if self.process() is not None and answers(self.url):
            return
        self.stop()
        program = find_mosquitto()
        if program is None:
            raise MissingProgramError("The MQTT broker mosquitto is missing.", INSTALL_REMEDY)
        require_room(self.home)
        account = service_account("mosquitto")
        give_directory(self.directory, account)
        give_directory(self.directory / "data", account)
        if self.log.exists() and self.log.stat().st_size > _LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        told_before = self.log.stat().st_size if self.log.exists() else 0
        (self.directory / "mosquitto.pid").unlink(missing_ok=True)
        port = self._choose_port()
        (self.directory / "port").write_text(str(port))
        self.configuration.write_text(
            _CONFIGURATION.format(port=port, host=HOST, directory=self.directory)
        )
        self.configuration.chmod(0o644)  # beneath a 0700 folder: the account must read it
        said = self._run(program, account, "-d", within_s=_START_S)
        began = time.monotonic()
        while time.monotonic() < began + _START_S:
            if self.process() is not None:
                if answers(self.url):
                    return
            elif time.monotonic() > began + _LAUNCH_S:
                break
            time.sleep(0.05)
        self.stop()
        # Mosquitto's log begins after what can fail: in the foreground it says what that was.
        said += self._said_since(told_before) + self._run(program, account, within_s=_LAUNCH_S)
        raise self._failure(said)

    def stop(self) -> bool:
        """Stop it, letting it save its state; tell whether it was running.

        Raises
        ------
        ServiceFailedError
            When it does not end.
        """
        pid = self.process()
        if pid is None:
            return False
        if not end(pid, str(self.configuration), within_s=30):
            raise ServiceFailedError(
                f"The MQTT broker (process {pid}) does not end.", f"End it: kill -9 {pid}"
            )
        return True

    def _choose_port(self) -> int:
        """Take the port that was asked for, else the one of last time, else a free one."""
        asked = self.settings.mqtt_port
        if asked is not None:
            if not is_free(HOST, asked):
                raise in_use(HOST, asked, "FANGMA_MQTT_PORT")
            return asked
        last = self.recorded_port()
        if last is not None and is_free(HOST, last):
            return last
        return free_port(HOST, _FIRST_PORT, _PORTS)

    def _run(self, program: Path, account: Account, *options: str, within_s: float) -> str:
        """Run Mosquitto and return what it printed; ended when it stays in the foreground."""
        try:
            return run(
                [program, *options, "-c", self.configuration],
                account=account,
                within=self.directory,
                timeout_s=within_s,
            ).stdout
        except subprocess.TimeoutExpired as error:
            return error.stdout.decode(errors="replace") if error.stdout else ""

    def _said_since(self, offset: int) -> str:
        try:
            with self.log.open("rb") as file:
                file.seek(offset)
                return file.read(64_000).decode(errors="replace")
        except FileNotFoundError:
            return ""

    def _failure(self, said: str) -> MissingServiceError:
        if "No space left on device" in said:
            return disk_full(self.directory)
        words = " / ".join(line for line in said.splitlines() if "rror" in line)
        return ServiceFailedError(
            f"The MQTT broker did not start: {words or said.strip() or 'it said nothing'}",
            f"Look at the end of {self.log}. Is its store damaged, move {self.directory}/data/"
            "mosquitto.db away: what no client had fetched yet is lost with it.",
        )


def find_mosquitto() -> Path | None:
    """Find the program; Debian keeps it out of an ordinary user's PATH."""
    folders = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin:/opt/homebrew/opt/mosquitto/sbin"
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=folders)
    return None if found is None else Path(found)


def mosquitto_version(program: Path) -> str:
    """Ask Mosquitto for its version; empty when it does not say."""
    answer = subprocess.run(  # noqa: S603 - a program found by us
        [program, "-h"], capture_output=True, text=True, timeout=10, check=False
    ).stdout.split()
    return answer[2] if answer[:2] == ["mosquitto", "version"] else ""
