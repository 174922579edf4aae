"""Alarms by e-mail, through a relay of the house: what waits in the outbox for ``alarm-mail``.

A message is text in Chinese and English, with the place and what is nearest to it; its Message-ID
is the key of the outbox, so that a mailbox can tell a message that was sent again.
"""

from __future__ import annotations

import json
import logging
import random
import smtplib
import ssl
import time
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import psycopg

from fangma.asset_registry.store import outbox
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.twin.errors import SettingsError
from fangma.twin.pushing.pauses import GIVE_UP_AFTER, pause_after

if TYPE_CHECKING:
    import threading

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.outbox import Claimed
    from fangma.twin.settings import Settings

NAME: Final = "alarm-mail"
_LOG: Final = logging.getLogger("fangma.courier")
_LONGEST_S: Final = 30.0
_LOOK_EVERY_S: Final = 1.0
_SEVERITIES: Final = {"critical": "紧急", "high": "重要", "medium": "一般", "low": "提示"}
_ROLES: Final = {"valve": "最近阀门", "hydrant": "最近消火栓", "exit": "最近出口"}
_REMEDY: Final = (
    "Set FANGMA_ALARM_MAIL_SERVER like smtp://relay:25 or smtps://user:password@relay:465, "
    "FANGMA_ALARM_MAIL_FROM and FANGMA_ALARM_MAIL_TO (several with commas between)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail goes, from whom, to whom.

    Attributes
    ----------
    is_tls : bool
        TLS from the first byte (``smtps``); else STARTTLS where somebody signs in (RFC 3207).
    may_tell_in_clear : bool
        The password may go to a relay that offers no TLS, and its certificate is not asked for.
    """

    host: str
    port: int
    is_tls: bool
    may_tell_in_clear: bool = False
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def relay_of(settings: Settings) -> Relay | None:
    """Return the relay of the settings; None when nobody gets mail.

    Raises
    ------
    SettingsError
        When it cannot be used; passwords are never told.
    """
    if settings.alarm_mail_to is None:
        return None
    try:
        parts = urlsplit(settings.alarm_mail_server or "")
        port = parts.port
    except ValueError:
        raise SettingsError("FANGMA_ALARM_MAIL_SERVER is no address.", _REMEDY) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SettingsError("FANGMA_ALARM_MAIL_SERVER names no mail server.", _REMEDY)
    recipients = tuple(each.strip() for each in settings.alarm_mail_to.split(","))
    for address in (settings.alarm_mail_from or "", *recipients):
        local, at, domain = address.partition("@")
        if not (local and at and domain) or not address.isprintable() or " " in address:
            raise SettingsError(f"{address[:60]!r} is no address of e-mail.", _REMEDY)
    is_tls = parts.scheme == "smtps"
    return Relay(
        host=parts.hostname,
        port=port or (465 if is_tls else 25),
        is_tls=is_tls,
        may_tell_in_clear=settings.alarm_mail_plain_login,
        sender=settings.alarm_mail_from or "",
        recipients=recipients,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


class Mailman:
    """Sends what waits until it is told to stop."""

    def __init__(self, url: str, relay: Relay) -> None:
        self._url = url
        self._relay = relay

    def run(self, stop: threading.Event) -> None:
        """Send, and look again every second; a database that is away is waited for."""
        while not stop.is_set():
            try:
                with connect(self._url) as conn:
                    while not stop.is_set():
                        if not mail_next(conn, self._relay):
                            stop.wait(_LOOK_EVERY_S)
            except psycopg.OperationalError as error:
                _LOG.warning("the database is away: %s", error)
                stop.wait(5 * _LOOK_EVERY_S)


def mail_next(conn: Connection, relay: Relay) -> bool:
    """Send the mail that is due the longest; tell whether one was due."""
    with recording(conn, OPERATOR):
        message = outbox.claim(conn, NAME, lease=timedelta(seconds=2 * _LONGEST_S))
    if message is None:
        return False
    began, error, is_final = time.monotonic(), None, False
    try:
        _send(relay, written(message, relay))
    except (OSError, smtplib.SMTPException) as failure:
        # 5xx answers are final (RFC 5321, 4.2.1), but for those that name nobody's mistake of ours.
        is_final = isinstance(failure, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
        error = f"{type(failure).__name__}: {failure}"[:500]
        _LOG.warning("mail by %s:%d: %s", relay.host, relay.port, error)
    is_old = time.time() - message.queued_at.timestamp() > GIVE_UP_AFTER.total_seconds()
    state = outbox.WAITING if error else outbox.DELIVERED
    if error and (is_old or (is_final and message.attempts >= 5)):
        state = outbox.GIVEN_UP
    with recording(conn, OPERATOR):
        outbox.settle(
            conn,
            message,
            state=state,
            pause=pause_after(message.attempts, jitter=random.random()),  # noqa: S311 - no secret
            status=None,
            error=error,
            seconds=time.monotonic() - began,
        )
    return True


def written(message: Claimed, relay: Relay) -> EmailMessage:
    """Write the mail of a message."""
    told: dict[str, Any] = json.loads(message.body)
    alarm = told["alarm"]
    is_over = told["event"] == "alarm.cleared"
    severity = f"{_SEVERITIES[alarm['severity']]} / {alarm['severity']}"
    word = "解除 cleared" if is_over else "报警 alarm"
    mail = EmailMessage()
    mail["Subject"] = _line(f"[房码 {word}] {alarm['message']}")
    mail["From"] = relay.sender
    mail["To"] = ", ".join(relay.recipients)
    mail["Message-ID"] = f"<{message.key}@{relay.sender.rpartition('@')[2]}>"
    lines = [
        f"{alarm['message']}",
        f"级别 severity: {severity}",
        f"位置 place: {alarm['code'] or '-'}",
        f"开始 since: {alarm['since']}",
    ]
    if is_over:
        lines.append(f"解除 cleared: {alarm['cleared']}")
    lines += [
        f"{_ROLES[each['role']]} {each['role']}: {each['code']} ({each['distance_m']} m)"
        for each in told["nearest"]
    ]
    mail.set_content("\n".join(lines) + "\n")
    return mail


def _send(relay: Relay, mail: EmailMessage) -> None:
    # smtplib's own context believes any certificate.
    trusted = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(relay.host, relay.port, timeout=_LONGEST_S, context=trusted)
        if relay.is_tls
        else smtplib.SMTP(relay.host, relay.port, timeout=_LONGEST_S)
    ) as server:
        if relay.user is not None:
            if not relay.is_tls and not relay.may_tell_in_clear:
                _hide(server, trusted)
            server.login(relay.user, relay.password or "")
        server.send_message(mail)


def _hide(server: smtplib.SMTP, trusted: ssl.SSLContext) -> None:
    """Go over to TLS before a password is told; somebody on the way can hide that it is offered."""
    server.ehlo_or_helo_if_needed()
    if not server.has_extn("starttls"):
        raise smtplib.SMTPNotSupportedError(
            "the relay offers no TLS, and the password is not told in clear: use smtps://, or set "
            "FANGMA_ALARM_MAIL_PLAIN_LOGIN=true where the way to the relay is safe"
        )
    server.starttls(context=trusted)


def _line(text: str) -> str:
    """Keep a text on one line: what a sensor is called must not add headers."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]
