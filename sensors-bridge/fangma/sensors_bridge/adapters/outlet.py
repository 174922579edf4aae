"""What an adapter read goes to disk, and from there to the broker, in order, until it is taken."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from fangma.sensors_bridge.address import address, prepared
from fangma.sensors_bridge.publishing import published
from fangma.sensors_bridge.spool import Batch, Spool, SpoolFullError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fangma.asset_registry.observation import Observation

_LOG: Final = logging.getLogger("fangma.adapter")
_TAKEN_S: Final = 10.0
_LARGEST: Final = 256 * 2**20


class Outlet:
    """Publishes observations at quality 1; what is not acknowledged is published again.

    Parameters
    ----------
    folder : Path
        The adapter's own: spool and ``status.json``.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._spool = Spool(folder=folder / "spool", largest=_LARGEST)
        self._spool.open()
        self._status_file = folder / "status.json"
        self._status: dict[str, Any] = {"read": 0, "published": 0, "lost": 0, "error": None}
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._client = prepared(mqtt.Client(CallbackAPIVersion.VERSION2), url)
        self._client.reconnect_delay_set(1, 10)
        self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._client.connect_async(*address(self._url))
        self._client.loop_start()
        self._thread.start()

    def stop(self) -> None:
        """Publish what can be at once, and end."""
        self._stopping.set()
        self._news.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def put(self, observations: Sequence[Observation]) -> None:
        """Keep observations on disk; on return they survive a power cut.

        When the disk or the spool is full they are counted as lost: a device does not wait.
        """
        if not observations:
            return
        with self._lock:
            try:
                self._spool.append(Batch(list(observations), [], []))
            except SpoolFullError as error:
                self._status["lost"] += len(observations)
                self._status["error"] = error.message
            else:
                self._status["read"] += len(observations)
        self._news.set()

    def tell(self, *, is_connected: bool, error: str | None) -> None:
        """Write how the device is, for ``/metrics``."""
        self._status |= {"connected": is_connected, "error": error}
        told = self._status | {"waiting": len(self._spool), "at": datetime.now(UTC).isoformat()}
        draft = self._status_file.with_suffix(".new")
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(told), "utf-8")
            draft.replace(self._status_file)

    def _run(self) -> None:
        try:
            self._send()
        finally:
            if not self._stopping.is_set():  # fallen over, it takes the process along
                os.kill(os.getpid(), signal.SIGTERM)

    def _send(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(1.0)
            self._news.clear()
            try:
                while self._sent_first():
                    pass
            except OSError as error:  # the disk: what waits there is tried again
                _LOG.error("the spool cannot be read: %s", error)
        with contextlib.suppress(OSError):
            self._sent_first()

    def _sent_first(self) -> bool:
        """Publish the oldest batch; tell whether it was taken, so that the next may go."""
        if not self._client.is_connected():
            return False
        with self._lock:
            found = self._spool.first() if len(self._spool) else None
        if found is None:
            return False
        if not published(self._client, found[1].fresh, within_s=_TAKEN_S):
            return False
        with self._lock:
            self._spool.remove_first()
            self._status["published"] += len(found[1].fresh)
        return True
