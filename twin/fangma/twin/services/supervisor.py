"""What ``fangma up`` does in the foreground: start everything, keep it running, stop it again.

Database and broker are processes of their own session, which a Ctrl-C in the terminal does not
reach: they are stopped last, in order. The web server and the sensors bridge are children in our
own process group; when one dies it is started again, and on Linux the kernel ends them when the
supervisor is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import importlib.util
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from fangma.sensors_bridge.adapters.configuration import adapters_of
from fangma.twin.errors import (
    AlreadyRunningError,
    BusyError,
    MissingServiceError,
    ServiceFailedError,
)
from fangma.twin.pushing.destinations import destinations
from fangma.twin.pushing.mailing import relay_of
from fangma.twin.services import broker, database
from fangma.twin.services.home import Home, is_locked, locked, open_home, write_json
from fangma.twin.services.ports import bind
from fangma.twin.settings import Settings, environment_for_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

_READY_S = 90
_END_S = 15
_LONGEST_PAUSE_S = 30
_STEADY_S = 60
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(slots=True, kw_only=True)
class Child:
    """A process that the supervisor keeps running.

    Attributes
    ----------
    name : str
        What messages call it.
    command : sequence of str
        Program and arguments.
    inherited : int or None
        File descriptor that it is handed.
    """

    name: str
    command: Sequence[str]
    inherited: int | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    not_before: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it; it writes to our standard error."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            self.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            pass_fds=() if self.inherited is None else (self.inherited,),
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - one thread, one system call
        )

    def has_ended(self) -> bool:
        """Tell whether it was started and is no longer there."""
        return self.process is not None and self.process.poll() is not None


@dataclass(slots=True, kw_only=True)
class Signals:
    """The signals that this process gets, each as a byte that waits to be read.

    Attributes
    ----------
    arrived : socket
        Where the bytes come, so that none is lost between two looks.
    interrupt : bool
        True while other work is done than waiting here: then Ctrl-C interrupts that.
    """

    arrived: socket.socket
    interrupt: bool = False

    def asks_to_stop(self, *, within_s: float) -> bool:
        """Sleep, and tell whether a stopping signal came meanwhile. A child's end wakes us."""
        readable, _, _ = select.select([self.arrived], [], [], within_s)
        return bool(readable) and any(number in _STOPPING for number in self.arrived.recv(64))

    def notice(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal; its byte is on its way already."""
        if self.interrupt and number in _STOPPING:
            raise KeyboardInterrupt


@dataclass(slots=True, kw_only=True)
class Supervisor:
    """A twin that is up.

    Attributes
    ----------
    settings : Settings
        With the URLs of database and broker filled in.
    home : Home
        Where it keeps its state.
    address : str
        Where the viewer is.
    say : callable
        Takes one line for the person who watches.
    """

    settings: Settings
    home: Home
    address: str
    say: Callable[[str], None]
    asked: Settings
    children: list[Child] = field(default_factory=list)
    signals: Signals

    def keep(self, name: str, module: str, *arguments: str, inherited: int | None = None) -> Child:
        """Run ``python -m module`` and start it again whenever it ends."""
        child = Child(
            name=name,
            command=[sys.executable, "-m", module, *arguments],
            inherited=inherited,
        )
        child.start(environment_for_child(self.settings))
        self.children.append(child)
        return child

    def wait(self) -> None:
        """Keep everything running until Ctrl-C, SIGTERM, or ``fangma down`` elsewhere."""
        self.signals.interrupt = False
        while not self.signals.asks_to_stop(within_s=1.0):
            self._mend_services()
            self._mend_children()

    def wait_until_ready(self, web: Child) -> None:
        """Wait until the web server answers.

        Raises
        ------
        ServiceFailedError
            When it ends instead, or does not answer in time.
        """
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline:
            if web.has_ended():
                raise ServiceFailedError(
                    "The web server ended while it started; its words are above.",
                    "fangma doctor checks this machine.",
                )
            if web_answers(self.address):
                return
            if self.signals.asks_to_stop(within_s=0.1):
                raise KeyboardInterrupt
        raise ServiceFailedError(
            f"The web server did not answer at {self.address} within {_READY_S} s.",
            "fangma doctor checks this machine; is it very busy, try again.",
        )

    def stop_children(self) -> None:
        """End the children, in the reverse order of their start."""
        for child in reversed(self.children):
            if child.process is not None and not child.has_ended():
                child.process.terminate()
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(_END_S)
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()

    def _mend_services(self) -> None:
        """Start database and broker again when they have died."""
        for name, service in (("database", database), ("MQTT broker", broker)):
            if not service.has_died(self.asked):
                continue
            self.say(f"The {name} has died: starting it again.")
            try:
                service.ensure(self.asked)
            except MissingServiceError as error:
                self.say(f"{error.message} {error.remedy}")

    def _mend_children(self) -> None:
        """Start children again that have ended, more slowly the more often they do."""
        now = time.monotonic()
        for child in self.children:
            if not child.has_ended():
                continue
            if child.not_before <= child.started:  # seen for the first time since it ended
                steady = now - child.started > _STEADY_S
                child.failures = 0 if steady else child.failures + 1
                pause = min(_LONGEST_PAUSE_S, 0.25 * 2 ** min(child.failures, 10))
                child.not_before = now + pause
                self.say(f"The {child.name} has ended; it is started again in {pause:g} s.")
            if child.not_before <= now:
                child.start(environment_for_child(self.settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What a supervisor tells other shells: its process, and where its web server is."""

    pid: int
    address: str


@contextlib.contextmanager
def supervise(
    settings: Settings,
    say: Callable[[str], None],
    *,
    first: Callable[[Settings], None] | None = None,
) -> Iterator[Supervisor]:
    """Bring the twin of ``settings.home`` up for the length of a ``with`` block.

    Inside the block everything answers at ``address``; call :meth:`Supervisor.wait` to stay. Ctrl-C
    and SIGTERM end that call; other work in the block they interrupt as Ctrl-C does.

    Parameters
    ----------
    say : callable
        Takes one line for the person who watches.
    first : callable or None
        Called when database and broker are there, with their URLs, and nothing else is yet.

    Raises
    ------
    AlreadyRunningError
        When it is up already.
    SettingsError
        When an address that messages are pushed to cannot be used.
    MissingServiceError
        When a part of it cannot be started; what was started is stopped again.
    """
    has_destinations = bool(destinations(settings)) or relay_of(settings) is not None
    home = open_home(settings)
    adapters = adapters_of(home.bridge)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(home.up_lock, within_s=1))
        except BusyError as error:
            raise _already_running(home) from error
        signals = stack.enter_context(_watched_signals())
        listening = stack.enter_context(bind(settings.host, settings.port))
        port = listening.getsockname()[1]
        address = address_of(settings.host, port)
        write_json(home.up_file, asdict(Running(pid=os.getpid(), address=address)))
        stack.callback(home.up_file.unlink, missing_ok=True)
        stack.callback(_stop_services, settings, say)
        say("Starting the database.")
        database_url = database.ensure(settings)
        say("Starting the MQTT broker.")
        mqtt_url = broker.ensure(settings)
        supervisor = Supervisor(
            asked=settings,
            settings=settings.model_copy(
                update={"database_url": database_url, "mqtt_url": mqtt_url, "port": port}
            ),
            home=home,
            address=address,
            say=say,
            signals=signals,
        )
        if first is not None:
            signals.interrupt = True
            try:
                first(supervisor.settings)
            finally:
                signals.interrupt = False
        stack.callback(supervisor.stop_children)
        say("Starting the web server.")
        web = supervisor.keep(
            "web server",
            "fangma.twin.http.server",
            str(listening.fileno()),
            inherited=listening.fileno(),
        )
        # A twin without sensors is a twin: the bridge is started where it is installed.
        if importlib.util.find_spec("fangma.sensors_bridge.bridge") is not None:
            supervisor.keep("sensors bridge", "fangma.sensors_bridge.bridge")
            supervisor.keep("keeper of observations", "fangma.sensors_bridge.keeper")
            for adapter in adapters:
                name = f"adapter {adapter.name}"
                supervisor.keep(name, "fangma.sensors_bridge.adapters", adapter.name)
        if has_destinations:
            supervisor.keep("courier", "fangma.twin.pushing.courier")
        supervisor.wait_until_ready(web)
        signals.interrupt = True
        try:
            yield supervisor
        finally:
            signals.interrupt = False  # stopping is not cut short
            say("Stopping.")


def down(settings: Settings) -> list[str]:
    """Stop what runs for this home, from any shell, and return what was stopped.

    Raises
    ------
    ServiceFailedError
        When something does not stop.
    """
    stopped: list[str] = []
    home = Home(directory=settings.home)
    if not home.directory.exists():
        return stopped
    running = running_supervisor(home)
    if running is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGTERM)
        try:
            with locked(home.up_lock, within_s=120):
                stopped.append("web")
        except BusyError as error:
            raise ServiceFailedError(
                f"fangma up (process {running.pid}) does not stop.",
                f"End it with kill -9 {running.pid}, then run fangma down again.",
            ) from error
    if broker.stop(settings) or running is not None:
        stopped.append("mqtt")
    if database.stop(settings) or running is not None:
        stopped.append("database")
    return stopped


def running_supervisor(home: Home) -> Running | None:
    """Return what ``fangma up`` wrote about itself, when it still runs."""
    if not is_locked(home.up_lock):
        return None
    try:
        found = json.loads(home.up_file.read_text())
        return Running(pid=int(found["pid"]), address=str(found["address"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def web_answers(address: str) -> bool:
    """Tell whether the web server at ``address`` is healthy."""
    place = address.removeprefix("http://")
    connection = http.client.HTTPConnection(place, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop_services(settings: Settings, say: Callable[[str], None]) -> None:
    """Stop broker and database; a failure of one does not spare the other."""
    for service in (broker, database):
        try:
            service.stop(settings)
        except MissingServiceError as error:
            say(f"{error.message} {error.remedy}")


@contextlib.contextmanager
def _watched_signals() -> Iterator[Signals]:
    """Turn signals into bytes that can be waited for, for the length of a ``with`` block."""
    reading, writing = socket.socketpair()
    with reading, writing:
        reading.setblocking(False)
        writing.setblocking(False)
        signals = Signals(arrived=reading)
        watched = (*_STOPPING, signal.SIGCHLD)
        before = {number: signal.signal(number, signals.notice) for number in watched}
        old = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        try:
            yield signals
        finally:
            signal.set_wakeup_fd(old)
            for number, handler in before.items():
                signal.signal(number, handler)


def _already_running(home: Home) -> AlreadyRunningError:
    running = running_supervisor(home)
    where = "" if running is None else f" at {running.address} (process {running.pid})"
    return AlreadyRunningError(
        f"The twin of {home.directory} is up already{where}.",
        "Use it, stop it with fangma down, or set FANGMA_HOME for a second twin.",
    )


def address_of(host: str, port: int) -> str:
    """Return what a browser on this machine would be given."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end_with_parent() -> None:
    """Ask the kernel to end this child when the supervisor ends, even by kill -9 (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
