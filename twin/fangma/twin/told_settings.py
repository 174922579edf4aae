"""The settings of a running twin as they may be shown, with where each comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from fangma.twin.services import broker, database
from fangma.twin.settings import PREFIX, Settings

if TYPE_CHECKING:
    from pathlib import Path

_SECRET: Final = re.compile(r"secret|password|mail_server")
#: What ``fangma up`` starts itself and tells its web server by the environment.
_STARTED: Final = ("database_url", "mqtt_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A setting; ``value`` is None where it is unset, or secret."""

    name: str
    value: str | None
    origin: Literal["environment", "started", "default"]
    secret: bool
    is_set: bool
    about: str


def tell_settings(settings: Settings) -> list[Told]:
    """Return all settings in their order.

    ``started``: an embedded service, whose address ``fangma up`` chose. A value that equals the
    default is told as the default, whoever gave it.
    """
    told = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        secret = _SECRET.search(name) is not None
        default = field.get_default(call_default_factory=True)
        origin: Literal["environment", "started", "default"] = "environment"
        if value == default:
            origin = "default"
        elif name in _STARTED and _is_started(name, str(value), settings.home):
            origin = "started"
        told.append(
            Told(
                name=PREFIX + name.upper(),
                value=None if value is None or secret else _shown(name, str(value)),
                origin=origin,
                secret=secret,
                is_set=value is not None,
                about=field.description or "",
            )
        )
    return told


def _shown(name: str, value: str) -> str:
    if name == "database_url":
        return database.without_password(value)
    return broker.without_password(value) if "url" in name else value


def _is_started(name: str, value: str, home: Path) -> bool:
    if name == "database_url":
        return str(home) in value or str(home).replace("/", "%2F") in value
    try:
        port = (home / "mqtt" / "port").read_text("utf-8").strip()
    except OSError:
        return False
    return value.endswith(f"127.0.0.1:{port}")
