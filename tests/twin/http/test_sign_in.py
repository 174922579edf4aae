"""Sign-in over HTTP: the same words and the same lock for names real and not."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest
from fastapi.testclient import TestClient

from fangma.twin.sign_in import one_time_codes

PASSWORD = "Grey-heron-41"  # noqa: S105 - of the tests' own accounts


def post(client: TestClient, user: str, password: str = PASSWORD, **more: str):
    return client.post("/api/session", json={"user": user, "password": password} | more)


def logged(admin: psycopg.Connection) -> list[tuple[str, str, str]]:
    rows = admin.execute("SELECT actor, action, outcome FROM fangma.audit_log ORDER BY id")
    return [(row[0], row[1], row[2]) for row in rows]


def test_the_right_password_opens_a_session_by_cookie_and_by_token(client, account):
    account("wei", "planner", "auditor")
    answer = post(client, "WEI ")  # as people type
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"] == {
        "name": "wei",
        "displayName": "Wei",
        "roles": ["auditor", "planner"],
        "seesSecret": False,
    }
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie  # plain http here; https below
    assert client.get("/api/session").json()["name"] == "wei"
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {body['token']}"}
    assert client.get("/api/session", headers=bearer).json()["name"] == "wei"


def test_over_https_the_cookie_is_secure_and_the_browser_told_to_stay(client, account):
    account("wei", "planner")
    body = {"user": "wei", "password": PASSWORD}
    answer = client.post("https://testserver/api/session", json=body)
    assert "Secure" in answer.headers["set-cookie"]
    assert "max-age" in answer.headers["strict-transport-security"]


def test_only_the_hash_of_a_token_is_kept(client, account, admin):
    account("wei", "planner")
    token = post(client, "wei").json()["token"]
    dump = str(admin.execute("SELECT * FROM fangma.session").fetchall())
    assert token not in dump
    assert len(token) >= 43  # 256 bits


def test_signing_out_ends_the_session_and_is_logged(client, account, admin):
    account("wei", "planner")
    token = post(client, "wei").json()["token"]
    assert client.delete("/api/session", headers={"X-Fangma-Request": "1"}).status_code == 204
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/session", headers=bearer).status_code == 401
    assert logged(admin) == [("wei", "sign-in", "done"), ("wei", "sign-out", "done")]


def test_a_request_by_cookie_that_changes_something_needs_the_header(client, account):
    account("wei", "planner")
    token = post(client, "wei").json()["token"]
    refused = client.delete("/api/session")
    assert refused.status_code == 403
    assert refused.json()["code"] == "access:header.missing"
    assert client.get("/api/session").status_code == 200  # nothing happened
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.delete("/api/session", headers=bearer).status_code == 204


@pytest.mark.parametrize("name", ["wei", "nobody"])
def test_five_wrong_passwords_lock_a_name_whether_or_not_it_exists(client, account, admin, name):
    account("wei", "planner")
    answers = [post(client, name, "Wrong-heron-41") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [423] * 2
    assert len({answer.json()["message"] for answer in answers[:5]}) == 1
    assert 590 <= int(answers[5].headers["retry-after"]) <= 600
    assert post(client, name).status_code == 423  # the right one does not help now
    refused = [entry for entry in logged(admin) if entry[2] == "refused"]
    assert len(refused) == 6  # five tries and one lock, however often one goes on


def test_nothing_tells_a_real_name_from_a_made_up_one(client, account):
    account("wei", "planner")
    real = [post(client, "wei", "Wrong-heron-41") for _ in range(6)]
    made_up = [post(client, "nobody", "Wrong-heron-41") for _ in range(6)]
    strip = {"x-request-id", "retry-after"}
    for one, other in zip(real, made_up, strict=True):
        assert one.json() == other.json()
        assert one.status_code == other.status_code
        assert {k for k in one.headers if k not in strip} == {
            k for k in other.headers if k not in strip
        }


def test_an_unknown_name_takes_as_long_as_a_wrong_password(client, account):
    account("wei", "planner")
    post(client, "nobody-0")  # the first use makes the decoy
    spans = {}
    for name, tries in (("wei", 3), ("nobody", 3)):
        before = time.process_time()  # whatever else the machine does is not counted
        for _ in range(tries):
            post(client, name, "Wrong-heron-41")
        spans[name] = time.process_time() - before
    # Without the decoy it would be a fiftieth; machines are noisy, so the bound is wide.
    assert 0.33 < spans["nobody"] / spans["wei"] < 3


def test_the_lock_ends_by_itself_and_the_right_password_starts_counting_anew(
    client, account, admin
):
    account("wei", "planner")
    for _ in range(6):
        post(client, "wei", "Wrong-heron-41")
    admin.execute("UPDATE fangma.sign_in_attempt SET last_at = last_at - interval '10 min 1 s'")
    assert post(client, "wei").status_code == 200
    assert [post(client, "wei", "Wrong").status_code for _ in range(5)] == [401] * 5


def test_parallel_guesses_do_not_pass_the_limit(client, account):
    account("wei", "planner")
    with ThreadPoolExecutor(12) as threads:
        statuses = list(
            threads.map(lambda n: post(client, "wei", f"Wrong-{n}").status_code, range(12))
        )
    assert sorted(statuses) == [401] * 5 + [423] * 7


def test_a_crowd_with_the_right_password_is_no_guesser(client, account):
    account("wei", "planner")
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: post(client, "wei").status_code, range(12)))
    assert answers == [200] * 12


def test_a_session_idles_out_and_ends_after_twelve_hours(client, account, admin):
    account("wei", "planner")
    post(client, "wei")
    admin.execute("UPDATE fangma.session SET seen_at = seen_at - interval '29 min'")
    assert client.get("/api/session").status_code == 200  # and is seen again
    admin.execute("UPDATE fangma.session SET seen_at = seen_at - interval '29 min'")
    assert client.get("/api/session").status_code == 200
    admin.execute("UPDATE fangma.session SET seen_at = seen_at - interval '31 min'")
    assert client.get("/api/session").status_code == 401
    post(client, "wei")
    admin.execute("UPDATE fangma.session SET expires_at = expires_at - interval '12 h'")
    assert client.get("/api/session").status_code == 401


def test_a_disabled_account_is_out_at_once_and_cannot_sign_in(client, account, admin):
    account("wei", "planner")
    post(client, "wei")
    admin.execute("UPDATE fangma.account SET disabled = true")
    assert client.get("/api/session").status_code == 401
    refused = post(client, "wei")
    assert refused.status_code == 401
    assert refused.json()["code"] == "sign-in:refused"


def test_with_a_one_time_code_set_up_the_password_alone_is_not_enough(client, account, admin):
    account("wei", "planner")
    secret = one_time_codes.new_secret()
    admin.execute("UPDATE fangma.account SET totp_secret = %s", (secret,))
    assert post(client, "wei").status_code == 401
    code = one_time_codes.code_of(secret, one_time_codes.step_at(datetime.now(UTC)))
    assert post(client, "wei", code=code).status_code == 200
    assert post(client, "wei", code=code).status_code == 401  # it works once


@pytest.mark.parametrize("name", ["\0", "a\0b", "'; DROP TABLE fangma.account; --", "", "名" * 200])
def test_a_strange_name_is_a_wrong_name(client, name):
    answer = post(client, name)
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign-in:refused"


def test_choosing_a_password_asks_for_the_old_one_and_ends_other_sessions(client, account):
    account("wei", "planner")
    old = {"Authorization": f"Bearer {post(client, 'wei').json()['token']}"}
    new = {"Authorization": f"Bearer {post(client, 'wei').json()['token']}"}
    client.cookies.clear()
    path = "/api/session/password"

    def change(**body) -> int:
        return client.put(path, json=body, headers=new).status_code

    assert change(old="Wrong-heron-41", new="Four quiet cranes") == 401
    assert change(old=PASSWORD, new="short") == 422
    assert change(old=PASSWORD, new="Four quiet cranes") == 204
    assert client.get("/api/session", headers=new).status_code == 200
    assert client.get("/api/session", headers=old).status_code == 401
    assert post(client, "wei").status_code == 401
    assert post(client, "wei", "Four quiet cranes").status_code == 200
