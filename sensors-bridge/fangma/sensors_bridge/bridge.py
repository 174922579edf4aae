"""The bridge as a process of its own: ``python -m fangma.sensors_bridge.bridge``.

One loop: read messages, make a batch of them, commit it (or spool it), acknowledge. The broker is
told that a message arrived only when the message is safe, so whatever dies in between (this
process, the broker, the database), the broker delivers it again, and the database keeps it once.
While a thread waits for the database to commit a batch, the loop reads the next one; batches are
written one after the other, in their order, and nobody else talks to the database meanwhile.

The environment is its command line: FANGMA_HOME, FANGMA_DATABASE_URL, FANGMA_MQTT_URL.
"""

from __future__ import annotations

import fcntl
import logging
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import psycopg

from fangma.asset_registry.presence import told as told_of
from fangma.sensors_bridge.alarms.notices import MAIL, WEBHOOK, Notices
from fangma.sensors_bridge.alarms.rules import Rule, read_rules
from fangma.sensors_bridge.alarms.watch import Watch
from fangma.sensors_bridge.arrivals import Arrival, Arrivals
from fangma.sensors_bridge.codec.mapped import Mapping, read_mappings
from fangma.sensors_bridge.codec.topics import Topics
from fangma.sensors_bridge.echo import echo, may_be_topic
from fangma.sensors_bridge.errors import BridgeError
from fangma.sensors_bridge.mqtt.connection import Connection as Broker
from fangma.sensors_bridge.mqtt.errors import WireError
from fangma.sensors_bridge.mqtt.wire import VERSIONS, Version
from fangma.sensors_bridge.setup_files import SetupError, text_of
from fangma.sensors_bridge.spool import Batch, Spool, SpoolFullError
from fangma.sensors_bridge.state_topics import StateTopics
from fangma.sensors_bridge.telling import tell_as
from fangma.sensors_bridge.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping as Names
    from concurrent.futures import Future
    from types import FrameType

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.observations import Recorded

_LOG: Final = logging.getLogger("fangma.bridge")
_LONGEST_S: Final = 0.05
_AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError)
_LONGEST_PAUSE_S: Final = 10.0
_LOOK_S: Final = 2.0
_TOLD_BY: Final = {WEBHOOK: "FANGMA_ALARM_PUSH_URL", MAIL: "FANGMA_ALARM_MAIL_TO"}


class PlaceError(BridgeError):
    """A setting is missing or cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the bridge works.

    Attributes
    ----------
    folder : Path
        Its own folder in the home: name, lock, spool, ``topics.yaml``.
    version : 4 or 5
        Of MQTT; 4 is 3.1.1.
    destinations : tuple of str
        Where alarms are told outside.
    """

    folder: Path
    database_url: str
    mqtt_url: str
    version: Version = 4
    destinations: tuple[str, ...] = ()


class Bridge:
    """Carries observations from a broker to a database."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._topics = Topics(mappings=_mappings(place.folder))
        self._arrivals = Arrivals(self._topics, place.folder / "sparkplug.json")
        self.name = _name(place.folder)
        spool = Spool(folder=place.folder / "spool")
        spool.open()
        self._writer = Writer(place.database_url, self.name, spool, self._stored)
        self._states = StateTopics()
        self._watch = Watch(_rules(place.folder), Notices(destinations=place.destinations))
        self._hand = ThreadPoolExecutor(1, "writer")
        self._is_stopping = False
        self._setup = _setup_of(place.folder)
        self._looked = time.monotonic()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        pause = 0.1
        while not self._is_stopping:
            try:
                broker = Broker(
                    self._place.mqtt_url,
                    self.name,
                    self._topics.filters(),
                    version=self._place.version,
                )
                _LOG.info("the broker is there")
                try:
                    self._serve(broker)
                    pause = 0.1
                finally:
                    broker.close()
            except (OSError, WireError) as error:
                # What was not acknowledged on a connection that is gone, the next one brings again.
                _LOG.warning("the broker is away, tried again in %.1f s: %s", pause, error)
            self._idle(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnections
            pause = min(_LONGEST_PAUSE_S, pause * 2)
        self._hand.shutdown()
        self._writer.close()

    def stop(self) -> None:
        """Ask the loop to end after what it holds is safe."""
        self._is_stopping = True

    def _serve(self, broker: Broker) -> None:
        """Read, write and acknowledge until the connection is lost."""
        writing: tuple[Arrival, Future[None]] | None = None
        try:
            while not self._is_stopping:
                arrival = self._gathered(broker, writing[1] if writing else None)
                if writing:
                    self._finish(broker, *writing)
                    writing = None
                elif not arrival.messages:
                    self._writer.drain()
                self._look_around(broker)
                self._look_at_setup()
                if arrival.messages:
                    writing = arrival, self._hand.submit(self._writer.write, arrival.batch)
            if writing:
                self._finish(broker, *writing)
                writing = None
        finally:
            if writing:  # the connection is lost; what was not acknowledged, the next one brings
                writing[1].exception()

    def _finish(self, broker: Broker, arrival: Arrival, written: Future[None]) -> None:
        """Wait until a batch is safe, and do what is owed for it then.

        While neither database nor spool takes it, nothing is acknowledged: the broker keeps what we
        do not take.
        """
        while True:
            try:
                written.result()
            except SpoolFullError as error:
                _LOG.error("%s: %s", error.message, error.remedy)
                if self._is_stopping:
                    raise ConnectionAbortedError("stopped while the spool is full") from None
                broker.keep(1)
                written = self._hand.submit(self._writer.write, arrival.batch)
            else:
                break
        self._arrivals.keep_births()
        broker.publish([*arrival.requests, *self._echoes(arrival)], is_retained=False)
        broker.acknowledge(arrival.numbers)

    def _look_at_setup(self) -> None:
        """End when the files that it was set up by are others: it is started again with them.

        What cannot be read leaves things as they are; it is told once.
        """
        if time.monotonic() - self._looked < _LOOK_S:
            return
        self._looked = time.monotonic()
        found = _setup_of(self._place.folder)
        if found == self._setup:
            return
        self._setup = found
        try:
            _mappings(self._place.folder)
            _rules(self._place.folder)
        except (BridgeError, OSError) as error:
            _LOG.error("the changed files cannot be used, the old ones hold: %s", error)
            return
        _LOG.info("its files were changed; it begins anew with them")
        self.stop()

    def _gathered(self, broker: Broker, written: Future[None] | None) -> Arrival:
        """Take what is there, up to a batch; none when nothing comes for a while.

        While a batch is being written there is time to take more.
        """
        arrival = Arrival()
        until = None
        while not arrival.is_full:
            is_writing = written is not None and not written.done()
            if until is not None and not is_writing and time.monotonic() > until:
                break
            if is_writing:
                wait_s = 0.005
            else:
                wait_s = 0.002 if arrival.messages or written is not None else 0.2
            found = broker.read(wait_s)
            self._arrivals.take(found, arrival)
            if until is None and found:
                until = time.monotonic() + _LONGEST_S
            if not found and not is_writing:
                break
        return arrival

    def _idle(self, seconds: float) -> None:
        """Wait for the broker; what is in the spool goes on."""
        until = time.monotonic() + seconds
        while not self._is_stopping and time.monotonic() < until:
            self._writer.drain()
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))

    def _echoes(self, arrival: Arrival) -> list[tuple[str, bytes]]:
        """Return what subscribers to SensorThings topics are told, of open rooms alone."""
        if self._writer.connection is None:
            return []
        return [
            echo(each, told_of(stream.observed_property, stream.unit, each.result))
            for each in arrival.echoes
            if may_be_topic(each.sensor)
            and (stream := self._watch.open_stream(each.sensor)) is not None
        ]

    def _stored(self, batch: Batch, recorded: Recorded, conn: Connection) -> None:
        self._states.note(recorded.changed)
        try:
            self._watch.observe(conn, (*batch.fresh, *batch.again))
        except _AWAY as error:  # the batch is stored all the same; the watch begins anew
            self._lose(error)

    def _look_around(self, broker: Broker) -> None:
        conn = self._writer.connection
        if conn is None:
            return
        try:
            broker.publish(self._states.due(conn))
            self._watch.tick(conn)
        except _AWAY as error:
            self._lose(error)

    def _lose(self, error: psycopg.Error) -> None:
        _LOG.warning("the database is away: %s", " ".join(str(error).split()))
        self._writer.close()
        self._watch.forget()


def _name(folder: Path) -> str:
    """Return the name of the broker's session and of our books, made once a home."""
    file = folder / "name"
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.write_text(f"fangma-bridge-{uuid4().hex[:12]}")
        draft.replace(file)
    return file.read_text().strip()


def _setup_of(folder: Path) -> tuple[tuple[int, int] | None, ...]:
    """Return what tells that a file by which the bridge is set up became another."""
    found: list[tuple[int, int] | None] = []
    for name in ("topics.yaml", "alarms.yaml"):
        try:
            told = (folder / name).stat()
        except OSError:
            found.append(None)
        else:
            found.append((told.st_mtime_ns, told.st_ino))
    return tuple(found)


def _mappings(folder: Path) -> tuple[Mapping, ...]:
    file = folder / "topics.yaml"
    return read_mappings(_text_of(file)) if file.exists() else ()


def _rules(folder: Path) -> tuple[Rule, ...]:
    file = folder / "alarms.yaml"
    return read_rules(_text_of(file) if file.exists() else None)


def _text_of(file: Path) -> str:
    try:
        return text_of(file)
    except SetupError as error:
        raise PlaceError(str(error), "save it as UTF-8") from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only bridge of this home: two would take the broker's session from each other."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def place_of(environment: Names[str, str]) -> Place:
    """Read the settings.

    Raises
    ------
    PlaceError
        When one is missing.
    """
    names = ("FANGMA_HOME", "FANGMA_DATABASE_URL", "FANGMA_MQTT_URL")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise PlaceError(
            f"{', '.join(missing)} is not set", "fangma up starts the bridge and sets all three"
        )
    home, database_url, mqtt_url = (environment[name] for name in names)
    told = environment.get("FANGMA_MQTT_VERSION") or "3.1.1"
    if told not in VERSIONS:
        raise PlaceError(
            f"FANGMA_MQTT_VERSION is {told[:20]!r}, expected {' or '.join(VERSIONS)}",
            "unset it for 3.1.1, which every broker speaks",
        )
    return Place(
        folder=Path(home) / "bridge",
        database_url=database_url,
        mqtt_url=mqtt_url,
        version=VERSIONS[told],
        destinations=tuple(name for name, setting in _TOLD_BY.items() if environment.get(setting)),
    )


def main() -> int:
    """Run the bridge that the environment describes."""
    tell_as("bridge")
    try:
        place = place_of(os.environ)  # noqa: TID251 - twin.settings wrote it there for this process
        with _alone(place.folder):
            bridge = Bridge(place)

            def ask(_number: int, _frame: FrameType | None) -> None:
                bridge.stop()

            signal.signal(signal.SIGTERM, ask)
            signal.signal(signal.SIGINT, ask)
            bridge.run()
    except BridgeError as error:
        _LOG.error("%s: %s", error.message, error.remedy)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
