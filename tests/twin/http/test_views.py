"""Views that people keep by name over HTTP, and the squares of what is told once."""

import re

import pytest

from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.sites import add_site


@pytest.fixture
def site(dsn):
    with connect(dsn) as connection:
        return add_site(connection, division="330302", name="院", actor="tester", epsg=4549).code


def test_a_view_is_kept_shared_opened_by_its_number_and_removed(client, sign_in, admin, site):
    li, wang = sign_in("li", "planner"), sign_in("wang", "leader")
    wish = {"site": site, "name": "早会", "page": "desk", "hash": f"site={site}&colour=use"}
    kept = client.post("/api/views", json=wish, headers=li)
    assert kept.status_code == 201, kept.text
    path = f"/api/views/{kept.json()['id']}"
    assert client.get("/api/views", headers=wang).json() == {"items": []}
    hidden = client.get(path, headers=wang)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "views:view.notfound")
    shared = client.post("/api/views", json=wish | {"shared": True}, headers=li).json()
    assert shared["id"] == kept.json()["id"], "the same name is written over"
    (seen,) = client.get("/api/views", params={"site": site}, headers=wang).json()["items"]
    assert (seen["owner"], seen["own"], seen["hash"]) == ("li", False, wish["hash"])
    assert client.get(path, headers=wang).json() == seen
    assert client.delete(path, headers=wang).status_code == 404
    assert client.delete(path, headers=li).status_code == 204
    assert client.get(path, headers=li).status_code == 404
    done = admin.execute(
        "SELECT action FROM fangma.audit_log WHERE action LIKE 'view-%' ORDER BY id"
    )
    assert [action for (action,) in done] == ["view-save", "view-save", "view-remove"]


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "site=330399-001-X"},
        {"hash": "{site}&pick=330302-001-A01-F05-0512-X"},
        {"hash": "{site}&script=1"},
        {"hash": "{site}&site=1"},
        {"hash": "javascript:alert(1)"},
        {"hash": "{site}&cut=" + "9" * 9000},
        {"page": "//elsewhere"},
        {"name": "   "},
        {"name": ""},
    ],
)
def test_what_is_no_view_of_the_site_is_refused(client, sign_in, site, change):
    wish = {"site": site, "name": "早会", "page": "desk", "hash": "{site}"} | change
    wish["hash"] = wish["hash"].replace("{site}", f"site={site}")
    answer = client.post("/api/views", json=wish, headers=sign_in("li", "planner"))
    assert answer.status_code == 422, answer.text
    assert answer.json()["remedy"]


def test_what_is_told_once_comes_with_the_squares_that_a_camera_reads(client, sign_in):
    boss = sign_in("boss", "administrator")
    sign_in("lobby", "leader")
    wish = {"label": "north hall", "days": 30}
    made = client.post("/api/accounts/lobby/devices", json=wish, headers=boss).json()
    assert re.fullmatch(r"http://testserver/wall#device=[\w-]+", made["address"])
    assert made["address"].endswith(made["token"])
    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    assert [row[:7] for row in made["squares"][:7]] == finder
    assert {len(row) for row in made["squares"]} == {len(made["squares"])}
    code = client.post("/api/accounts/lobby/one-time-code", json={}, headers=boss).json()
    assert code["address"].startswith("otpauth://")
    assert [row[:7] for row in code["squares"][:7]] == finder
