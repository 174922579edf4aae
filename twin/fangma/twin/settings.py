"""Everything that the environment may say, read in one place and handed down from there.

Nothing is read at import: whoever starts a piece of work calls :func:`read_settings` once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from fangma.twin.errors import SettingsError

PREFIX = "FANGMA_"
DEFAULT_PORT = 8450


def _default_home() -> Path:
    """Choose where state lives when FANGMA_HOME does not say."""
    if os.geteuid() == 0:
        return Path("/var/lib/fangma")
    data = os.environ.get("XDG_DATA_HOME")  # noqa: TID251 - this is the module that reads it
    return Path(data or "~/.local/share") / "fangma"


def _absolute(path: Path) -> Path:
    """Make a path independent of the working directory: services run in another one."""
    path = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - a symlink stays a symlink
    if any(ord(character) < 32 for character in str(path)):
        raise ValueError("holds a control character, which no configuration file can carry")
    return path


def _tile_template(address: str | None) -> str | None:
    if address is None:
        return None
    is_web = address.startswith(("http://", "https://")) and len(address) <= 2000
    if not is_web or any(part not in address for part in ("{z}", "{x}", "{y}")):
        raise ValueError("is no http(s) address with {z}, {x} and {y}")
    return address


class Settings(BaseModel):
    """The environment variables of Fangma, without their prefix ``FANGMA_``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Annotated[Path, AfterValidator(_absolute)] = Field(
        default_factory=_default_home,
        validate_default=True,
        description="All state of the embedded services, and the tiles.",
    )
    database_url: str | None = Field(
        default=None, description="A PostgreSQL of your own, instead of the private one."
    )
    mqtt_url: str | None = Field(
        default=None, description="An MQTT broker of your own, instead of the private one."
    )
    mqtt_version: Literal["3.1.1", "5"] = Field(
        default="3.1.1", description="Which MQTT the bridge speaks with the broker: 3.1.1 or 5."
    )
    host: str = Field(default="127.0.0.1", description="Where the web server listens.")
    port: int = Field(
        default=DEFAULT_PORT, ge=0, le=65535, description="Its port; 0 takes any free one."
    )
    public_url: str | None = Field(
        default=None, description="Address by which others reach this twin; on QR labels."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Told on standard error; the demo and a terminal tell warnings only.",
    )
    mqtt_port: int | None = Field(
        default=None, ge=1, le=65535, description="Port of the private broker, else a free one."
    )
    audit_push_url: str | None = Field(
        default=None, description="Where audits are pushed to, such as an inspection authority's."
    )
    audit_push_secret: str | None = Field(
        default=None, repr=False, description="What these messages are signed with (docs/push.md)."
    )
    alarm_push_url: str | None = Field(
        default=None, description="Where alarms are told as they begin and end, by signed webhook."
    )
    alarm_push_secret: str | None = Field(
        default=None, repr=False, description="What these messages are signed with (docs/push.md)."
    )
    alarm_mail_server: str | None = Field(
        default=None, repr=False, description="Mail relay: smtp://host:25, smtps://user:word@host."
    )
    alarm_mail_plain_login: bool = Field(
        default=False, description="Tell a relay without TLS the password in clear."
    )
    alarm_mail_from: str | None = Field(default=None, description="Sender of alarms by e-mail.")
    alarm_mail_to: str | None = Field(
        default=None, description="Who gets alarms by e-mail; several with commas between."
    )
    map_tiles_url: Annotated[str | None, AfterValidator(_tile_template)] = Field(
        default=None,
        repr=False,
        description="Background of the map of sites: http(s) with {z}, {x}, {y}, key included.",
    )
    map_attribution: str | None = Field(
        default=None, description="What the publisher of that background wants written on it."
    )
    lineage_size_limit: float = Field(
        default=0.2,
        ge=0.05,
        le=1.0,
        description="Parts of a split that differ from the whole by more need --accept-area.",
    )
    observations_kept_months: int | None = Field(
        default=None, ge=2, le=1200, description="Older observations go, their roll-ups stay."
    )
    slice_width: int = Field(
        default=2**15,
        ge=64,
        le=2**20,
        description="Elements a part of a large site; of more than eight parts, rooms come first.",
    )
    postgres_bin: Path | None = Field(
        default=None, description="Folder of initdb and postgres, where they are not found alone."
    )


def read_settings() -> Settings:
    """Read the environment; an empty variable is an unset one.

    Raises
    ------
    SettingsError
        When a variable holds a value that cannot be used; names the variable.
    """
    # Not by pydantic-settings: it costs every command more time to load than pydantic itself.
    said = {name: os.environ.get(_variable(name)) for name in Settings.model_fields}  # noqa: TID251
    try:
        return Settings.model_validate({name: value for name, value in said.items() if value})
    except ValidationError as error:
        first = error.errors()[0]
        name = _variable(str(first["loc"][0]))
        raise SettingsError(
            f"{name} is {first['input']!r}: {first['msg']}.",
            f"Set {name} to a usable value, or unset it; docs/operations.md lists the settings.",
        ) from error


def environment_for_child(settings: Settings) -> dict[str, str]:
    """Return this process's environment with ``settings`` written into it.

    A child process that calls :func:`read_settings` then finds the same values.
    """
    environment = dict(os.environ)  # noqa: TID251 - this is the module that reads it
    for name, value in settings.model_dump().items():
        environment.pop(_variable(name), None)
        if value is not None:
            environment[_variable(name)] = str(value)
    return environment


def environment_for_service() -> dict[str, str]:
    """Return the environment for a database or broker: what finds programs, nothing more.

    PG* variables of the caller would redirect PostgreSQL's own tools, and a caller's locale
    would change the messages that are looked at.
    """
    kept = ("PATH", "HOME", "TMPDIR", "TZ")
    found = {name: os.environ[name] for name in kept if name in os.environ}  # noqa: TID251
    return found | {"LC_ALL": "C"}


def _variable(setting: str) -> str:
    """Name the environment variable of a setting."""
    return PREFIX + setting.upper()
