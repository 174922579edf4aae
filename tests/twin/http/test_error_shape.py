"""Every kind of failure has the one body, and tells nothing that it should not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fangma.twin.http import errors

FIELDS = {"status", "code", "message", "remedy"}


def assert_problem(answer, status: int, code: str) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == FIELDS
    assert body["status"] == status
    assert body["code"] == code
    assert body["message"]
    assert body["remedy"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    return body


@pytest.mark.parametrize(
    "path", ["/api/nowhere", "/api/", "/ogc/nowhere", "/tiles/x/y/z", "/sta/v1.0"]
)
def test_an_unknown_path(client: TestClient, path: str):
    assert_problem(client.get(path), 404, "http:path.notfound")


def test_a_method_that_a_path_does_not_have(client: TestClient):
    answer = client.patch("/api/session")
    assert_problem(answer, 405, "http:method.notallowed")
    assert "GET" in answer.headers["allow"]


def test_no_session(client: TestClient):
    answer = client.get("/api/session")
    assert_problem(answer, 401, "sign-in:missing")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["wrong", "x" * 5000, "a b", "ü"])
def test_a_token_that_is_not_ours(client: TestClient, token: str):
    header = {b"Authorization": f"Bearer {token}".encode()}
    assert_problem(client.get("/api/session", headers=header), 401, "sign-in:missing")


def test_a_role_that_is_missing(client: TestClient, sign_in: Callable[..., dict[str, str]]):
    answer = client.get("/api/accounts", headers=sign_in("wei", "planner"))
    body = assert_problem(answer, 403, "access:forbidden")
    assert "administrator" in body["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"user": 1}', b'{"user":"a","password":"b","more":1}']
)
def test_a_body_that_is_not_what_is_asked_for(client: TestClient, body: bytes):
    answer = client.post("/api/session", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422, "http:request.invalid")


def test_a_refused_body_is_not_repeated(client: TestClient):
    answer = client.post("/api/session", json={"user": "wei", "password": ["Grey-heron-41"]})
    assert "heron" not in answer.text


def test_a_body_that_is_too_large(client: TestClient):
    answer = client.post("/api/session", json={"user": "wei", "password": "x" * 2_000_000})
    assert_problem(answer, 413, "http:body.toolarge")


def test_a_body_that_is_too_large_and_does_not_say_so(client: TestClient):
    chunks = (b" " * 65536 for _ in range(32))
    answer = client.post(
        "/api/session", content=chunks, headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 413, "http:body.toolarge")


@pytest.mark.parametrize("at", ["yesterday", "2026-11-21T09:00:00", "2026-13-01"])
def test_a_time_that_is_none(client: TestClient, sign_in: Callable[..., dict[str, str]], at: str):
    answer = client.get("/api/sites", params={"at": at}, headers=sign_in("wei", "planner"))
    body = assert_problem(answer, 422, "http:time.invalid")
    assert "2026-11-21T09:00:00+08:00" in body["remedy"]


def test_a_database_that_is_gone(app: FastAPI, client: TestClient):
    app.state.pool.close()  # stands for a server that does not answer
    assert_problem(client.get("/healthz"), 503, "services:database.unreachable")


def test_an_error_that_nobody_foresaw(app: FastAPI, client: TestClient, caplog):
    pool = app.state.pool
    del app.state.pool  # stands for a defect of ours
    answer = client.get("/healthz")
    app.state.pool = pool
    body = assert_problem(answer, 500, "twin:internal")
    assert "pool" not in body["message"]
    assert "pool" in caplog.text  # the log has what the client has not


def test_a_viewer_that_was_not_built_or_its_page(client: TestClient):
    answer = client.get("/some/page")
    if answer.status_code == 503:
        assert_problem(answer, 503, "viewer:not-built")
    else:
        assert "<html" in answer.text.lower()


def test_every_refusal_has_a_sentence_in_chinese():
    words = json.loads(
        (Path(__file__).parents[3] / "viewer/src/locales/refusals.zh.json").read_text("utf-8")
    )
    told = {
        *(code for _, code in errors.ERRORS.values()),
        *(code for code, _ in errors._STATUS_WORDS.values()),
        *("http:refused", "http:request.invalid", "twin:internal"),
    }
    assert [*words] == ["whole", "particular"]
    assert set(words["whole"]) | set(words["particular"]) == told
    assert not set(words["whole"]) & set(words["particular"])
