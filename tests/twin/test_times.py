import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from fangma.twin.times import TimeFormatError, parse_time


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-11-21T09:00:00+08:00", "2026-11-21T01:00:00+00:00"),
        ("2026-11-21t01:00:00z", "2026-11-21T01:00:00+00:00"),
        ("2026-11-21 09:00:00.5+08:00", "2026-11-21T01:00:00.500000+00:00"),
        ("2026-11-21T09:00:00.123456789+08:00", "2026-11-21T01:00:00.123456+00:00"),
        ("2026-11-21T09:00:00 08:00", "2026-11-21T01:00:00+00:00"),  # a plus unescaped in a URL
        ("2026-11-21", "2026-11-20T16:00:00+00:00"),  # the day begins in China
    ],
)
def test_a_time_with_its_offset_or_a_date_is_read(text, iso):
    assert parse_time(text).astimezone(UTC) == datetime.fromisoformat(iso)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-11-21T09:00:00", "offset is missing"),
        ("2026-11-21T09:00+08:00", "form is another"),
        ("21.11.2026", "form is another"),
        ("2026-02-30", "day"),
        ("2026-02-30T00:00:00Z", "day"),
        ("2026-11-21T24:30:00Z", "hour"),
        ("0001-01-01T00:00:00+14:00", "outside"),
        ("9999-12-31T23:59:59-12:00", "outside"),
        ("now", "form is another"),
        ("", "form is another"),
    ],
)
def test_anything_else_is_refused_with_its_reason_and_an_example(text, why):
    with pytest.raises(TimeFormatError) as refused:
        parse_time(text)
    assert why in refused.value.message
    assert "2026-11-21T09:00:00+08:00" in refused.value.remedy


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1000 < moment.year < 9000))
def test_what_python_writes_is_read_back(moment):
    assert parse_time(moment.isoformat(sep="T", timespec="microseconds")) == moment


@given(st.text(max_size=40))
def test_no_text_ends_in_another_error(text):
    with contextlib.suppress(TimeFormatError):
        assert parse_time(text).utcoffset() is not None
