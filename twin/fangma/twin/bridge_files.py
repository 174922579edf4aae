"""Files that can be changed while it runs: topics, alarms, devices, cameras, the index board.

The bridge looks at its own while it runs: what is written here holds some seconds later. The board
and the cameras' questions read their file each time.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fangma.asset_registry.cameras.watching import read_watch
from fangma.asset_registry.indicators.pack import read_indicators
from fangma.asset_registry.plain_yaml import check_plain
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.connection import recording
from fangma.sensors_bridge.adapters.configuration import read_adapters
from fangma.sensors_bridge.alarms.rules import read_rules
from fangma.sensors_bridge.codec.mapped import read_mappings
from fangma.twin.errors import TwinError
from fangma.twin.services.home import home_error, locked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.twin.services.home import Home
    from fangma.twin.sign_in.accounts import Actor

#: What reads each file, and thereby says whether it can be used.
_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "topics": read_mappings,
    "alarms": read_rules,
    "adapters": read_adapters,
    "cameras": read_watch,
    "indicators": lambda text: read_indicators(text, "indicators.yaml"),
}
#: Adapters open connections from the server to wherever the file says: on the machine itself only.
CHANGEABLE: Final = ("topics", "alarms", "cameras", "indicators")
#: What stands before a host: a password may hold anything but the end of the authority.
_ACCOUNT: Final = re.compile(r"(://)[^/\s]*@")
_NO_TOPICS: Final = "topics: []\n"
_NO_ADAPTERS: Final = "adapters: []\n"


class BridgeFileError(TwinError):
    """A file of the bridge cannot be changed so."""


class StaleFileError(TwinError):
    """Somebody else changed the file meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeFile:
    """A file as it holds.

    Attributes
    ----------
    own : bool
        False: the text comes with the program.
    """

    name: str
    own: bool
    text: str
    changed: datetime | None

    @property
    def sha256(self) -> str:
        """Digest of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def changeable(self) -> bool:
        """Whether it can be changed from a browser."""
        return self.name in CHANGEABLE


def bridge_files(home: Home) -> list[BridgeFile]:
    """Return all files of the bridge."""
    return [_read(home, name) for name in _READERS]


def change_file(
    conn: Connection,
    actor: Actor,
    home: Home,
    name: str,
    *,
    text: str | None,
    was: str,
    reason: str,
) -> BridgeFile:
    """Replace a file, once it is read as the bridge reads it; the log keeps both digests.

    Parameters
    ----------
    text : str or None
        None = back to what comes with the program.
    was : str
        Digest of the text that was changed.

    Raises
    ------
    BridgeFileError, StaleFileError, YamlError, BridgeError, HomeError, DiskFullError
    """
    if name not in CHANGEABLE:
        raise BridgeFileError(
            f"{name}.yaml is changed on the machine itself only.",
            "Edit it in FANGMA_HOME/bridge; docs/live.md has examples.",
        )
    if text is not None:
        check_plain(text, f"{name}.yaml")
        _READERS[name](text)
        if name == "indicators":
            _check_name(home, text)
    file = _place(home, name)
    with locked(home.bridge_files_lock, within_s=10):
        before = _read(home, name)
        if before.sha256 != was:
            raise StaleFileError(
                f"{name}.yaml was changed by somebody else meanwhile.",
                "Read it again, and make the change anew.",
            )
        after = hashlib.sha256((text if text is not None else _shipped(name)).encode()).hexdigest()
        try:
            with recording(conn, actor.reader):
                _write(file, text)
                audit_log.append(
                    conn,
                    actor=actor.name,
                    action="bridge-file-change",
                    subject=f"{name}.yaml",
                    detail={
                        "before": was,
                        "after": after,
                        "own": text is not None,
                        "reason": reason,
                    },
                )
        except OSError as error:
            raise home_error(file, error) from error
        except psycopg.Error:  # no log, no change
            _write(file, before.text if before.own else None)
            raise
        return _read(home, name)


def _place(home: Home, name: str) -> Path:
    return home.indicators / "office.yaml" if name == "indicators" else home.bridge / f"{name}.yaml"


def _check_name(home: Home, text: str) -> None:
    """Two packs of one name would leave no board at all."""
    pack = read_indicators(text, "indicators.yaml").name
    for other in sorted(home.indicators.glob("*.yaml")):
        if other == _place(home, "indicators"):
            continue
        if read_indicators(other.read_text("utf-8"), other.name).name == pack:
            raise BridgeFileError(
                f"{other.name} in FANGMA_HOME/indicators is a pack {pack!r} too, expected one.",
                "Name this pack otherwise.",
            )


def _read(home: Home, name: str) -> BridgeFile:
    file = _place(home, name)
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return BridgeFile(name=name, own=False, text=_shipped(name), changed=None)
    except UnicodeDecodeError as error:
        raise BridgeFileError(f"{file.name} is not UTF-8: {error}.", "Save it as UTF-8.") from error
    if name not in CHANGEABLE:  # it is only shown, and may hold accounts of devices
        text = _ACCOUNT.sub(r"\1***@", text)
    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return BridgeFile(name=name, own=True, text=text, changed=changed)


def _shipped(name: str) -> str:
    if name == "alarms":
        return files("fangma.sensors_bridge").joinpath("alarms", "rules.yaml").read_text("utf-8")
    if name == "cameras":
        cameras = files("fangma.asset_registry.cameras")
        return cameras.joinpath("watch.yaml").read_text("utf-8")
    if name == "indicators":
        packs = files("fangma.asset_registry.indicators").joinpath("packs")
        return packs.joinpath("office.yaml").read_text("utf-8")
    return _NO_TOPICS if name == "topics" else _NO_ADAPTERS


def _write(file: Path, text: str | None) -> None:
    """Write whole or not at all."""
    if text is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
