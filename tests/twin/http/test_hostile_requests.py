"""Whatever is sent, an answer comes back: 2xx, or the one error body with a 4xx. Never a 5xx."""

import contextlib
import json

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings, strategies as st

from fangma.twin.http.errors import BadParameterError
from fangma.twin.http.paging import decode_next, encode_next
from fangma.twin.http.route_table import every_route

_TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["\0", "%00", "'", '"; --', "../../etc/passwd", "330302-001-X", "9" * 30, "-1", "NaN",
         "1e309", "2026-02-30", "[]", "WzFd", "\ud800".encode("utf-8", "replace").decode(), "٣"]
    ),
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=6,
)
_NAMES = ("user", "password", "name", "roles", "grants", "codes", "secret", "reason", "label",
          "days", "seesSecret", "old", "new", "code")  # fmt: skip


@pytest.fixture
def headers(sign_in):
    return [
        sign_in("boss", "administrator"),
        sign_in("an", "security", "auditor"),
        sign_in("wei", "planner", sees_secret=True),
    ]


def test_no_request_makes_the_server_fail(app, client, headers):
    routes = [route for route in every_route(app) if isinstance(route, APIRoute)]

    @settings(
        max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(data=st.data())
    def check(data) -> None:
        route = data.draw(st.sampled_from(routes))
        method = data.draw(st.sampled_from(sorted(route.methods)))
        parameters = [p.alias for p in route.dependant.query_params] + ["at", "known", "site", "q"]
        path = route.path
        for parameter in route.dependant.path_params:
            value = data.draw(_TEXT.filter(lambda text: text not in {"", ".", ".."}))
            path = path.replace(f"{{{parameter.name}}}", _quoted(value))
        query = data.draw(st.dictionaries(st.sampled_from(parameters), _TEXT, max_size=3))
        body = data.draw(st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=4) | _JSON)
        answer = client.request(
            method,
            path,
            params=query,
            content=json.dumps(body) if method not in {"GET", "HEAD"} else None,
            headers=data.draw(st.sampled_from(headers)) | {"Content-Type": "application/json"},
            follow_redirects=False,
        )
        assert answer.status_code < 500, (method, path, query, body, answer.text)
        if answer.status_code >= 400:
            assert set(answer.json()) == {"status", "code", "message", "remedy"}

    check()


def test_a_lone_surrogate_in_a_password_is_a_wrong_password(client, account):
    account("wei", "planner")
    body = b'{"user": "wei", "password": "\\ud800\\udfff \\ud800"}'
    answer = client.post("/api/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {401, 422}


@pytest.mark.parametrize("after", ["9" * 30, "٣", "-1", "", "zzz", "\ud800"])
def test_a_page_key_that_was_never_given_out_is_no_failure_of_ours(client, sign_in, after):
    answer = client.get(
        "/api/items",
        params={"kind": "room", "next": encode_next(after)},
        headers=sign_in("wei", "planner"),
    )
    assert answer.status_code in {200, 422}


@given(key=st.lists(st.integers(-(2**62), 2**62) | st.text(max_size=10), max_size=3))
def test_a_page_key_comes_back_as_it_was(key):
    if any("\0" in part for part in key if isinstance(part, str)):
        return
    assert decode_next(encode_next(*key), *map(type, key)) == tuple(key)


@given(text=st.text(max_size=40))
def test_a_page_key_that_is_none_is_refused(text):
    with contextlib.suppress(BadParameterError):
        assert len(decode_next(text, int) or ()) == 1


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text.encode("utf-8", "replace"), safe="")
