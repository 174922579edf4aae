"""What the database could not take yet, on disk: one file a batch, in order, each written whole.

A file's name is its number and how many observations it holds. Numbers only grow, so that the
database can say up to which one it has everything: a batch that was committed, but whose file was
not removed before a crash, is then not stored, nor counted, again.
"""

from __future__ import annotations

import re
import shutil
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from fangma.asset_registry.observation import Observation, Refused  # noqa: TC001 - msgspec reads them
from fangma.sensors_bridge.durable import write_durably
from fangma.sensors_bridge.errors import BridgeError

if TYPE_CHECKING:
    from pathlib import Path

_NAME: Final = re.compile(r"(\d{20})-(\d{1,9})\.spool")
_LEAST_FREE: Final = 64 * 2**20


class SpoolFullError(BridgeError):
    """The spool takes no more; what comes stays with the broker."""


class Batch(msgspec.Struct, array_like=True):
    """A batch as it is kept: as :meth:`Recorder.record` takes it."""

    fresh: list[Observation]
    again: list[Observation]
    refused: list[Refused]

    def __len__(self) -> int:
        return len(self.fresh) + len(self.again) + len(self.refused)


_DECODER: Final = msgspec.msgpack.Decoder(Batch)


@dataclass(slots=True, kw_only=True)
class Spool:
    """A folder of batches that wait.

    Attributes
    ----------
    folder : Path
        Nobody else's.
    largest : int
        Bytes that it may hold.
    """

    folder: Path
    largest: int = 2**30
    _last: int = field(default=0, init=False)
    _bytes: int = field(default=0, init=False)
    _waiting: list[Path] = field(default_factory=list, init=False)

    def open(self) -> None:
        """Make the folder, drop what was being written at a crash, find what waits."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for draft in self.folder.glob("*.new"):
            draft.unlink()
        self._waiting = files(self.folder)
        self._bytes = sum(file.stat().st_size for file in self._waiting)
        if self._waiting:
            self._last = number(self._waiting[-1])

    def __len__(self) -> int:
        return len(self._waiting)

    def append(self, batch: Batch) -> None:
        """Keep a batch; on return it survives a power cut.

        Raises
        ------
        SpoolFullError
            When the spool or its disk is full; nothing of the batch was kept.
        """
        body = msgspec.msgpack.encode(batch)
        body = zlib.crc32(body).to_bytes(4, "big") + body
        if self._bytes + len(body) > self.largest:
            raise SpoolFullError(
                f"the spool {self.folder} holds {self._bytes} bytes, its most is {self.largest}",
                "bring the database back: what comes meanwhile waits at the broker",
            )
        if shutil.disk_usage(self.folder).free < _LEAST_FREE + len(body):
            raise SpoolFullError(
                f"no room is left on the disk of {self.folder}", "free some space there"
            )
        serial = max(self._last + 1, time.time_ns())
        file = self.folder / f"{serial:020d}-{len(batch)}.spool"
        try:
            write_durably(file, body)
        except OSError as error:
            raise SpoolFullError(
                f"the spool {self.folder} cannot be written: {error.strerror}",
                "mend the disk or its rights: what comes meanwhile waits at the broker",
            ) from error
        self._last = serial
        self._bytes += len(body)
        self._waiting.append(file)

    def first(self) -> tuple[int, Batch] | None:
        """Return the oldest batch and its number, None when nothing waits.

        A file that the disk has damaged is set aside under another name.
        """
        while self._waiting:
            file = self._waiting[0]
            body = file.read_bytes()
            try:
                if zlib.crc32(body[4:]).to_bytes(4, "big") == body[:4]:
                    return number(file), _DECODER.decode(body[4:])
            except msgspec.DecodeError:
                pass
            file.replace(file.with_suffix(".damaged"))
            self._waiting.pop(0)
        return None

    def remove_first(self) -> None:
        """Forget the oldest batch: it is in the database."""
        file = self._waiting.pop(0)
        self._bytes -= file.stat().st_size
        file.unlink()

    def remove_until(self, serial: int) -> None:
        """Forget everything up to a number: the database has it."""
        while self._waiting and number(self._waiting[0]) <= serial:
            self.remove_first()
        self._last = max(self._last, serial)


def files(folder: Path) -> list[Path]:
    """List the files of a spool, oldest first."""
    return sorted(file for file in folder.glob("*.spool") if _NAME.fullmatch(file.name))


def number(file: Path) -> int:
    """Return the number of a spool's file."""
    return int(file.name[:20])


def waiting(folder: Path) -> int:
    """Count the observations that wait in a spool, from outside of its process."""
    found = (_NAME.fullmatch(file.name) for file in folder.glob("*.spool"))
    return sum(int(match[2]) for match in found if match)
