"""What every answer carries, what the log keeps, and how the browser application is served."""

import json
import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

import fangma.viewer
from fangma.twin.http.app import create_app
from fangma.twin.http.log_lines import JsonLines
from fangma.twin.settings import Settings


@pytest.fixture
def built(tmp_path: Path, monkeypatch) -> Path:
    """A built viewer, as Vite lays it out."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>房码</title>", "utf-8")
    (folder / "assets" / "index-abc123.js").write_text("export {}", "utf-8")
    monkeypatch.setattr(fangma.viewer, "static_dir", lambda: folder)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> TestClient:
    """The application without its database: not started."""
    return TestClient(create_app(Settings(home=tmp_path)))


@pytest.mark.parametrize("path", ["/", "/rooms/a", "/assets/index-abc123.js", "/api/session"])
def test_every_answer_tells_the_browser_what_the_page_may_do(built, bare, path):
    headers = TestClient(create_app(Settings())).get(path).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "worker-src 'self' blob:" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy  # nothing from elsewhere
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_no_other_site_may_read_an_answer(bare):
    answer = bare.get("/api/session", headers={"Origin": "https://elsewhere.example"})
    preflight = bare.options(
        "/api/session",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
    )
    for headers in (answer.headers, preflight.headers):
        assert not [name for name in headers if name.startswith("access-control")]


def test_the_viewer_answers_for_its_own_pages_and_files(built):
    client = TestClient(create_app(Settings()))
    page = client.get("/rooms/330302")
    assert "房码" in page.text
    assert page.headers["cache-control"] == "no-cache"
    script = client.get("/assets/index-abc123.js")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/assets/gone.js").status_code == 404
    assert client.get("/api/rooms").json()["code"] == "http:path.notfound"
    assert client.get("/%2e%2e/%2e%2e/etc/passwd").status_code in {200, 404}
    assert "root:" not in client.get("/%2e%2e/%2e%2e/etc/passwd").text


def test_a_script_is_sent_compressed_to_those_who_can_read_it_and_is_the_same(built):
    script = "export const rooms = [];\n" * 200
    (built / "assets" / "rooms-def456.js").write_text(script, "utf-8")
    client = TestClient(create_app(Settings()))
    for _ in range(2):  # read from disk, then kept
        squeezed = client.get("/assets/rooms-def456.js", headers={"Accept-Encoding": "gzip"})
        plain = client.get("/assets/rooms-def456.js", headers={"Accept-Encoding": "identity"})
        assert squeezed.text == plain.text == script
        assert squeezed.headers["content-encoding"] == "gzip"
        assert int(squeezed.headers["content-length"]) < len(script) / 10
        assert "content-encoding" not in plain.headers
        assert squeezed.headers["content-type"] == plain.headers["content-type"]
        assert "Accept-Encoding" in plain.headers["vary"]


def test_a_request_id_is_kept_when_it_is_usable_and_made_when_not(bare):
    def given(value: str) -> str:
        return bare.get("/healthy", headers={"X-Request-Id": value}).headers["x-request-id"]

    assert given("gateway-42") == "gateway-42"
    assert given('x" forged') != 'x" forged'
    assert given("x" * 100) != "x" * 100


def test_a_request_is_one_line_of_json_without_what_was_searched(bare, caplog):
    caplog.set_level(logging.INFO, "fangma.http")
    bare.get("/api/search?q=zhang", headers={"X-Request-Id": "r1"})
    (record,) = [record for record in caplog.records if record.name == "fangma.http"]
    line = JsonLines().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert (told["method"], told["path"], told["status"]) == ("GET", "/api/search", 401)
    assert "zhang" not in line


def test_json_is_compressed_for_who_can_read_it(client):
    plain = client.get("/api/openapi.json", headers={"Accept-Encoding": "identity"})
    packed = client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 4


def test_metrics_count_requests_by_route_and_never_by_what_was_asked(client, sign_in):
    header = sign_in("ops", "maintainer")
    client.get("/api/items/330302-001-X", headers=header)
    client.get("/some-made-up-path-7", headers=header)
    text = client.get("/metrics", headers=header).text
    assert (
        'fangma_http_requests_total{method="GET",route="/api/items/{code}",status="404"} 1' in text
    )
    assert "made-up" not in text
    assert "330302-001" not in text
