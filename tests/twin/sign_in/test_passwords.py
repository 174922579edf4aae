import pytest
from hypothesis import given, settings, strategies as st

from fangma.twin.sign_in import passwords
from fangma.twin.sign_in.errors import WeakPasswordError


def test_a_password_matches_its_own_hash_only():
    kept = passwords.hash_password("Grey-heron-41")
    assert kept.startswith("$argon2id$")
    assert passwords.matches(kept, "Grey-heron-41")
    assert not passwords.matches(kept, "Grey-heron-42")
    assert not passwords.is_outdated(kept)


def test_no_password_matches_an_account_without_one():
    assert not passwords.matches(None, "")
    assert not passwords.matches(None, "Grey-heron-41")
    assert not passwords.matches("not a hash", "Grey-heron-41")


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("Ab1!", "at least 10"),
        ("onlysmallletters"[:12], "three classes"),
        ("Aa1!Aa1!Aa1!", "repeats"),
        ("Zhang.wei-2026", "name"),
        ("My-Passw0rd-here", "first"),
        ("x" * 300, "300"),
    ],
)
def test_a_weak_password_is_refused_with_the_rule_it_breaks(password, rule):
    with pytest.raises(WeakPasswordError) as refused:
        passwords.check_password(password, account="zhang.wei")
    assert rule in refused.value.message + refused.value.remedy


@pytest.mark.parametrize(
    "password", ["Grey-heron-41", "four quiet cranes at dawn", "白鹭Grey41..!"]
)
def test_a_mixed_or_a_long_password_is_accepted(password):
    passwords.check_password(password, account="zhang.wei")


@settings(max_examples=30)
@given(account=st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12))
def test_a_made_up_password_keeps_the_rules(account):
    password = passwords.generate_password()
    if account not in password.casefold():
        passwords.check_password(password, account=account)
    assert not set("0O1lI") & set(password)
