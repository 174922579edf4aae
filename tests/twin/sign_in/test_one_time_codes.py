from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from fangma.twin.sign_in import one_time_codes

# RFC 6238, appendix B: the secret is the ASCII text 12345678901234567890, eight digits, SHA-1.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105 - published
RFC_VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_the_codes_are_those_of_rfc_6238(seconds, code):
    step = one_time_codes.step_at(datetime.fromtimestamp(seconds, UTC))
    assert one_time_codes.code_of(RFC_SECRET, step, digits=8) == code


def test_a_code_is_accepted_once_and_within_one_step_of_drift():
    secret = one_time_codes.new_secret()
    at = datetime(2026, 11, 21, 9, 0, 15, tzinfo=UTC)
    step = one_time_codes.step_at(at)
    code = one_time_codes.code_of(secret, step)
    for drift in (-30, 0, 30):
        moment = at + timedelta(seconds=drift)
        assert one_time_codes.matching_step(secret, code, at=moment) == step
    assert one_time_codes.matching_step(secret, code, at=at + timedelta(seconds=61)) is None
    assert one_time_codes.matching_step(secret, code, at=at, used=step) is None


@given(code=st.text(max_size=12))
def test_whatever_is_typed_as_a_code_is_judged_without_an_error(code):
    at = datetime(2026, 11, 21, tzinfo=UTC)
    step = one_time_codes.matching_step(RFC_SECRET, code, at=at)
    assert step is None or one_time_codes.code_of(RFC_SECRET, step) == code.strip()
