"""Alarms by e-mail, against a real SMTP server on loopback that takes, refuses or is away."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from tests.asset_registry.store.compound import found

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store import outbox
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.sensors_bridge.alarms.notices import MAIL, WEBHOOK, Notices
from fangma.sensors_bridge.alarms.rules import read_rules
from fangma.sensors_bridge.alarms.watch import Watch
from fangma.twin.errors import SettingsError
from fangma.twin.pushing.destinations import ALARM
from fangma.twin.pushing.mailing import NAME, Relay, mail_next, relay_of
from fangma.twin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiosmtpd.smtp import SMTP, Envelope, Session

pytestmark = pytest.mark.db


class Mailbox:
    """What an SMTP server does with mail: ``answers`` first, then it takes it."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.answers: list[str] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, Relay]]:
    box = Mailbox()
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = int(asked.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield (
        box,
        Relay(
            host="127.0.0.1",
            port=port,
            is_tls=False,
            sender="fangma@example.gov.cn",
            recipients=("duty@example.gov.cn", "chief@example.gov.cn"),
        ),
    )
    controller.stop()


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as connection:
        compound = found(connection)
        room = compound.new_room("101")
        code = compound.add_rooms(room)[room.id]
        with recording(connection, OPERATOR):
            told = Declaration(
                sensor="L", observed_property="leak", code=code, name="漏水\r\nBcc: all@x"
            )
            declare(connection, [told], actor="t")
        batch = [Observation("L", datetime.now(UTC), True)]
        Recorder(connection, "b").record(batch)
        Watch(read_rules(), Notices(destinations=(MAIL,))).observe(connection, batch)
        yield connection


def test_an_alarm_is_mailed_once_with_its_place(
    conn: Connection, mailbox: tuple[Mailbox, Relay]
) -> None:
    box, relay = mailbox
    assert mail_next(conn, relay)
    assert not mail_next(conn, relay)
    (envelope,) = box.got
    assert envelope.rcpt_tos == ["duty@example.gov.cn", "chief@example.gov.cn"]
    content = envelope.content
    assert isinstance(content, bytes)
    text = content.decode()
    assert "Message-ID: <alarm-1-raised@example.gov.cn>" in text
    assert "Bcc:" not in text.split("\r\n\r\n")[0].replace("\r\n ", " ").split("Subject:")[0]
    from email import message_from_bytes, policy

    mail = message_from_bytes(content, policy=policy.default)
    assert mail["Bcc"] is None
    assert "330302-001-A01-F05-0101" in mail.get_content()


def test_mail_that_is_refused_for_now_waits_and_goes_later(
    conn: Connection, mailbox: tuple[Mailbox, Relay]
) -> None:
    box, relay = mailbox
    box.answers = ["451 try again"]
    assert mail_next(conn, relay)
    assert box.got == []
    assert not mail_next(conn, relay)  # two seconds later
    with recording(conn, OPERATOR):
        (message,) = outbox.listed(conn, destination=NAME)
        assert (message.state, message.attempts) == ("waiting", 1)
        assert "451" in (message.error or "")
        conn.execute("UPDATE fangma.outbox SET next_at = now()")
    assert mail_next(conn, relay)
    assert len(box.got) == 1


def test_a_server_that_is_away_loses_no_mail(conn: Connection) -> None:
    away = Relay(host="127.0.0.1", port=9, is_tls=False, sender="a@b", recipients=("c@d",))
    assert mail_next(conn, away)
    with recording(conn, OPERATOR):
        (message,) = outbox.listed(conn, destination=NAME)
    assert message.state == "waiting"


@pytest.mark.parametrize(
    ("server", "sender", "to"),
    [
        (None, "a@b", "c@d"),
        ("relay", "a@b", "c@d"),
        ("smtp://relay:99999", "a@b", "c@d"),
        ("smtp://relay", None, "c@d"),
        ("smtp://relay", "a@b", "c@d,nobody"),
        ("smtp://relay", "a@b\r\nBcc: x@y", "c@d"),
    ],
)
def test_a_relay_that_cannot_be_used_is_told_before_anything_starts(
    server: str | None, sender: str | None, to: str
) -> None:
    settings = Settings(
        home=Path("unused"),
        alarm_mail_server=server,
        alarm_mail_from=sender,
        alarm_mail_to=to,
    )
    with pytest.raises(SettingsError):
        relay_of(settings)


def test_a_relay_is_read_from_its_address_and_its_password_is_not_shown() -> None:
    settings = Settings(
        home=Path("unused"),
        alarm_mail_server="smtps://user:p%40ss@relay",
        alarm_mail_from="a@b",
        alarm_mail_to="c@d, e@f",
    )
    relay = relay_of(settings)
    assert relay is not None
    assert (relay.port, relay.user, relay.password) == (465, "user", "p@ss")
    assert relay.recipients == ("c@d", "e@f")
    assert "p@ss" not in repr(relay) + repr(settings)
    assert relay_of(Settings(home=Path("unused"))) is None
    assert (NAME, ALARM) == (MAIL, WEBHOOK)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Callable[..., tuple[Mailbox, Relay, list[bytes]]]]:
    """A relay that wants a password, with STARTTLS or without; and what it was told."""
    running: list[Controller] = []

    def start(*, tls: bool) -> tuple[Mailbox, Relay, list[bytes]]:
        box, told = Mailbox(), list[bytes]()

        def check(
            _server: object, _session: object, _envelope: object, _how: str, said: LoginPassword
        ) -> AuthResult:
            told.append(said.password)
            return AuthResult(success=said.password == b"word")

        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            port = int(asked.getsockname()[1])
        controller = Controller(
            box, hostname="127.0.0.1", port=port, authenticator=check, auth_required=tls,
            auth_require_tls=tls, tls_context=context,
        )  # fmt: skip
        controller.start()
        running.append(controller)
        relay = Relay(
            host="127.0.0.1", port=port, is_tls=False, sender="a@b", recipients=("c@d",),
            user="fangma", password="word",  # noqa: S106 - of this test's relay
        )  # fmt: skip
        return box, relay, told

    yield start
    for controller in running:
        controller.stop()


def test_a_password_is_not_told_in_clear_unless_the_settings_say_so(
    conn: Connection, guarded: Callable[..., tuple[Mailbox, Relay, list[bytes]]]
) -> None:
    box, relay, told = guarded(tls=False)
    assert mail_next(conn, relay)
    assert (box.got, told) == ([], [])
    with recording(conn, OPERATOR):
        (message,) = outbox.listed(conn, destination=NAME)
        conn.execute("UPDATE fangma.outbox SET next_at = now()")
    assert message.state == "waiting"
    assert "offers no TLS" in (message.error or "")
    assert mail_next(conn, replace(relay, may_tell_in_clear=True))
    assert len(box.got) == 1
    assert told == [b"word"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_a_password_goes_over_tls_to_a_relay_whose_certificate_is_trusted(
    conn: Connection,
    guarded: Callable[..., tuple[Mailbox, Relay, list[bytes]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=relay",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    box, relay, told = guarded(tls=True)
    assert mail_next(conn, relay)
    assert told == []  # nobody vouches for the certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with recording(conn, OPERATOR):
        conn.execute("UPDATE fangma.outbox SET next_at = now()")
    assert mail_next(conn, relay)
    assert len(box.got) == 1
    assert told == [b"word"]
