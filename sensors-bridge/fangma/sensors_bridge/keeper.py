"""The keeper: ``python -m fangma.sensors_bridge.keeper``. Keeps roll-ups current, lets old data go.

In a thread beside it tells what is derived (``deriver``). A process of its own, so that neither
the carrying of observations nor the web server waits for it. What it does may be done again, and by
two at once: the database makes them take turns.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import psycopg

from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.forecasts import due
from fangma.asset_registry.store.rollups import bring_up, let_go
from fangma.sensors_bridge.deriver import Deriver
from fangma.sensors_bridge.errors import BridgeError
from fangma.sensors_bridge.telling import tell_as

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

    from fangma.asset_registry.store.connection import Connection

_LOG: Final = logging.getLogger("fangma.keeper")
_EVERY_S: Final = 5.0
_RETENTION_EVERY_S: Final = 3600.0
_FORECAST_FIRST_S: Final = 180.0  # not while everything starts
_FORECAST_LOOK_S: Final = 60.0
_FORECAST_EVERY_S: Final = 3600.0
_PAUSE_S: Final = 5.0
_MONTH: Final = timedelta(days=31)


class KeeperError(BridgeError):
    """A setting of the keeper that cannot be used."""


class Keeper:
    """Does what is due, one after the other, until it is told to stop.

    Parameters
    ----------
    kept_months : int or None
        Observations of so many whole months are kept besides the present one; None = all.
    """

    def __init__(self, database_url: str, kept_months: int | None) -> None:
        self._url = database_url
        self._kept_months = kept_months
        self._stopping = threading.Event()
        self._forecaster: subprocess.Popen[bytes] | None = None
        self._forecast_again = time.monotonic() + _FORECAST_FIRST_S

    def stop(self) -> None:
        """Ask :meth:`run` to end."""
        self._stopping.set()

    def end(self) -> None:
        """End a forecaster that is at work; it tells the rest another time."""
        if self._forecaster is not None and self._forecaster.poll() is None:
            self._forecaster.terminate()
            self._forecaster.wait(_PAUSE_S)

    def run(self) -> None:
        """Work; a database that is away is waited for."""
        while not self._stopping.is_set():
            try:
                with connect(self._url) as conn:
                    self._keep(conn)
            except psycopg.OperationalError as error:
                _LOG.warning("the database is away: %s", " ".join(str(error).split()))
                self._stopping.wait(_PAUSE_S)

    def _keep(self, conn: Connection) -> None:
        look_back = 0.0
        while not self._stopping.is_set():
            began = time.monotonic()
            bring_up(conn, at_most=20_000)
            if self._kept_months is not None and began >= look_back:
                gone = let_go(conn, datetime.now(UTC) - self._kept_months * _MONTH)
                if gone:
                    _LOG.info("observations were let go: %s", ", ".join(gone))
                look_back = began + _RETENTION_EVERY_S
            self._forecast(conn)
            # Of very many streams this takes long: it never takes more than half of the time.
            self._stopping.wait(max(_EVERY_S, time.monotonic() - began))

    def _forecast(self, conn: Connection) -> None:
        """Have forecasts made once an hour, in a process of its own that ends by itself."""
        if self._forecaster is not None and self._forecaster.poll() is None:
            return
        if time.monotonic() < self._forecast_again:
            return
        with reading(conn, OPERATOR):
            is_due = bool(due(conn, datetime.now(UTC), limit=1))
        if not is_due:
            self._forecast_again = time.monotonic() + _FORECAST_LOOK_S
            return
        self._forecaster = subprocess.Popen(
            [sys.executable, "-m", "fangma.sensors_bridge.forecaster"],
            env={**os.environ, "FANGMA_DATABASE_URL": self._url},  # noqa: TID251 - handed on
            stdin=subprocess.DEVNULL,
        )
        self._forecast_again = time.monotonic() + _FORECAST_EVERY_S


def months_of(environment: Mapping[str, str]) -> int | None:
    """Read how many months of observations are kept.

    Raises
    ------
    KeeperError
    """
    told = environment.get("FANGMA_OBSERVATIONS_KEPT_MONTHS") or None
    if told is None:
        return None
    if not told.isascii() or not told.isdecimal() or not 2 <= int(told) <= 1200:
        raise KeeperError(
            f"FANGMA_OBSERVATIONS_KEPT_MONTHS is {told[:20]!r}, expected 2 to 1200",
            "leave it out to keep everything",
        )
    return int(told)


def main() -> int:
    """Keep the database that the environment names."""
    tell_as("keeper")
    environment = os.environ  # noqa: TID251 - twin.settings wrote it for this process
    url = environment.get("FANGMA_DATABASE_URL")
    try:
        if not url:
            raise KeeperError("FANGMA_DATABASE_URL is not set", "fangma up sets it")
        keeper = Keeper(url, months_of(environment))
    except KeeperError as error:
        _LOG.error("%s: %s", error.message, error.remedy)
        return 1

    deriver = Deriver(url)

    def ask(_number: int, _frame: FrameType | None) -> None:
        keeper.stop()
        deriver.stop()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    has_ended = threading.Event()

    def derive() -> None:
        try:
            deriver.run()
            has_ended.set()
        finally:
            keeper.stop()  # fallen over, it takes the process along, which is then started anew

    beside = threading.Thread(target=derive, name="deriver", daemon=True)
    beside.start()
    keeper.run()
    keeper.end()
    beside.join(_PAUSE_S)
    return 0 if has_ended.is_set() or beside.is_alive() else 1


if __name__ == "__main__":
    sys.exit(main())
