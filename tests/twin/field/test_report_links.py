"""Links for passers-by: what was signed is read back, and nothing else is."""

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.codes import check_character, parse
from fangma.twin.field.errors import BusyError, ExpiredLinkError, LinkError
from fangma.twin.field.pace import Pace
from fangma.twin.field.report_links import load_key, make_link, read_link

PLAIN = "330302001A02F050512"
CODE = str(parse(PLAIN + check_character(PLAIN)))
KEY = bytes(range(32))
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@given(st.integers(1, 92))
def test_a_link_holds_for_its_days_and_not_much_longer(days):
    link = make_link(KEY, CODE, now=NOW, days=days)
    end = NOW + timedelta(days=days)
    assert end <= link.expires < end + timedelta(hours=1)
    assert read_link(KEY, link.token, now=end).code == CODE
    with pytest.raises(ExpiredLinkError):
        read_link(KEY, link.token, now=link.expires)


@given(st.text(alphabet=string.printable + "é\0", max_size=100))
def test_nothing_that_was_not_signed_opens(text):
    with pytest.raises(LinkError) as caught:
        read_link(KEY, text, now=NOW)
    assert caught.value.message == "The link is not one that was given out here."


@given(st.data())
def test_a_link_with_one_character_changed_does_not_open(data):
    token = make_link(KEY, CODE, now=NOW).token
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_.="))
    changed = token[:at] + other + token[at + 1 :]
    if changed != token:
        with pytest.raises(LinkError):
            read_link(KEY, changed, now=NOW)


def test_a_link_is_of_one_key_and_of_days_that_end():
    with pytest.raises(LinkError):
        read_link(KEY[::-1], make_link(KEY, CODE, now=NOW).token, now=NOW)
    for days in (0, 93):
        with pytest.raises(LinkError, match=f"{days} days"):
            make_link(KEY, CODE, now=NOW, days=days)


def test_the_key_of_a_home_is_made_once_and_readable_by_its_owner_alone(tmp_path):
    file = tmp_path / "keys" / "report-links"
    key = load_key(file)
    assert len(key) == 32
    assert load_key(file) == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["report-links"]
    file.write_bytes(b"short")
    with pytest.raises(LinkError, match="holds 5 bytes"):
        load_key(file)


def test_a_pace_lets_so_many_through_in_any_window_and_forgets_old_keys():
    pace = Pace(allowed=2, window_s=60)
    pace.take("a", 0)
    pace.take("a", 30)
    with pytest.raises(BusyError) as caught:
        pace.take("a", 59)
    assert caught.value.seconds == 2
    pace.take("b", 59)
    pace.take("a", 60)
    with pytest.raises(BusyError):
        pace.take("a", 61)
    for i in range(10_001):
        pace.take(f"k{i}", 70)
    pace.take("a", 71)  # was forgotten: memory is bounded, whoever asks
