"""Signatures: what another implementation reckons, and what a receiver refuses."""

import base64
import hashlib
import hmac

import pytest

from fangma.twin.errors import SettingsError
from fangma.twin.pushing.destinations import destinations, read_destination
from fangma.twin.pushing.signing import SecretError, SignatureError, check, key_of, sign
from fangma.twin.settings import Settings

KEY = b"0123456789abcdef01234567"
# The published example of Standard Webhooks.
PUBLISHED = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "timestamp": 1614265330,
    "body": b'{"test": 2432232314}',
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_a_signature_is_the_one_that_the_standard_publishes() -> None:
    signature = sign(
        key_of(str(PUBLISHED["secret"])),
        message_id=str(PUBLISHED["id"]),
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == PUBLISHED["signature"]


def test_a_signature_is_the_plain_hmac_of_id_time_and_body() -> None:
    by_hand = hmac.new(KEY, b"a.7." + b'{"x":1}', hashlib.sha256).digest()
    signature = sign(KEY, message_id="a", timestamp=7, body=b'{"x":1}')
    assert signature == "v1," + base64.b64encode(by_hand).decode()


def message(body: bytes = b"{}", timestamp: int = 1000) -> dict[str, str]:
    return {
        "webhook-id": "m1",
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(KEY, message_id="m1", timestamp=timestamp, body=body),
    }


def test_a_receiver_takes_its_message_and_one_of_several_signatures() -> None:
    headers = message()
    assert check(KEY, headers, b"{}", now_s=1001) == "m1"
    headers["webhook-signature"] = "v1,b2xk " + headers["webhook-signature"]
    assert check(KEY, headers, b"{}", now_s=1300) == "m1"


@pytest.mark.parametrize(
    ("change", "body", "now"),
    [
        ({}, b"{ }", 1000),  # another body
        ({"webhook-id": "m2"}, b"{}", 1000),
        ({"webhook-timestamp": "1001"}, b"{}", 1001),
        ({"webhook-signature": ""}, b"{}", 1000),
        ({"webhook-signature": "v1,"}, b"{}", 1000),
        ({}, b"{}", 1301),  # played again later
        ({}, b"{}", 699),
        ({"webhook-timestamp": "١٠٠٠"}, b"{}", 1000),
        ({"webhook-timestamp": ""}, b"{}", 1000),
        ({"webhook-id": ""}, b"{}", 1000),
    ],
)
def test_a_receiver_refuses_what_was_changed_or_is_old(
    change: dict[str, str], body: bytes, now: int
) -> None:
    with pytest.raises(SignatureError):
        check(KEY, message() | change, body, now_s=now)


@pytest.mark.parametrize("secret", ["", "short", "whsec_***", "whsec_" + "QUFB", "二十四字节以内"])
def test_a_secret_that_is_too_short_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(SecretError) as refused:
        key_of(secret)
    assert not secret or secret not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "file:///etc/passwd",
        "example.org",
        "https://",
        "https://user:word@example.org/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://example.org/\r\nx: y",
        "//example.org",
        "http://[::1",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="FANGMA_AUDIT_PUSH_URL"):
        read_destination("audit", url, KEY.decode())


def test_an_address_needs_a_secret_and_without_address_nothing_is_sent() -> None:
    with pytest.raises(SettingsError, match="FANGMA_AUDIT_PUSH_SECRET"):
        destinations(Settings(audit_push_url="https://a.example"))
    assert destinations(Settings()) == {}
    found = destinations(
        Settings(audit_push_url="https://a.example/in?x=1", audit_push_secret=KEY.decode())
    )["audit"]
    assert (found.place, found.target) == ("https://a.example:443", "/in?x=1")
    assert KEY.decode() not in repr(found)
    assert KEY.decode() not in repr(Settings(audit_push_secret=KEY.decode()))
