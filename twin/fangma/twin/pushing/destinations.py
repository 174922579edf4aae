"""Where messages go: addresses and secrets, as the machine's administrator set them.

An address is read from the environment and from nowhere else. No account, however privileged, and
no row of the database can send a request to an address of its choosing from inside this network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from fangma.twin.errors import SettingsError
from fangma.twin.pushing.signing import SecretError, key_of

if TYPE_CHECKING:
    from fangma.twin.settings import Settings

AUDIT: Final = "audit"
"""The inspection authority: FANGMA_AUDIT_PUSH_URL, FANGMA_AUDIT_PUSH_SECRET."""

ALARM: Final = "alarm"
"""Where alarms are told: FANGMA_ALARM_PUSH_URL, FANGMA_ALARM_PUSH_SECRET."""

_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """An address and the key with which messages to it are signed.

    Attributes
    ----------
    host, target : str
        ``target`` is the path with its query.
    """

    name: str
    is_tls: bool
    host: str
    port: int
    target: str
    key: bytes = field(repr=False)

    @property
    def place(self) -> str:
        """The address without path and query, which may hold a token: for logs."""
        return f"{'https' if self.is_tls else 'http'}://{self.host}:{self.port}"


def destinations(settings: Settings) -> dict[str, Destination]:
    """Return the destinations that have an address, by name.

    Raises
    ------
    SettingsError
        When an address or a secret cannot be used; secrets are never told.
    """
    asked = {
        AUDIT: (settings.audit_push_url, settings.audit_push_secret),
        ALARM: (settings.alarm_push_url, settings.alarm_push_secret),
    }
    return {
        name: read_destination(name, url, secret)
        for name, (url, secret) in asked.items()
        if url is not None
    }


def read_destination(name: str, url: str, secret: str | None) -> Destination:
    """Read one destination.

    Raises
    ------
    SettingsError
    """
    setting = f"FANGMA_{name.upper().replace('-', '_')}_PUSH"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong(setting, "is no address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or _UNSAFE.search(url):
        raise _wrong(setting, "is no address of http or https")
    if parts.username is not None or parts.password is not None:
        raise _wrong(setting, "holds a user or password; messages are signed instead")
    if not secret:
        raise SettingsError(
            f"{setting}_URL is set and {setting}_SECRET is not: messages must be signed.",
            f"Set {setting}_SECRET to what the receiver knows; docs/push.md says how to make one.",
        )
    try:
        key = key_of(secret)
    except SecretError as error:
        raise SettingsError(f"{setting}_SECRET: {error.message}", error.remedy) from None
    is_tls = parts.scheme == "https"
    return Destination(
        name=name,
        is_tls=is_tls,
        host=parts.hostname,
        port=port or (443 if is_tls else 80),
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        key=key,
    )


def _wrong(setting: str, what: str) -> SettingsError:
    return SettingsError(
        f"{setting}_URL {what}.", "Write it like https://inspection.example.gov.cn/fangma"
    )
