"""Other people's clients of 3D Tiles, installed beside the tests and apart from the product."""

from __future__ import annotations

import os
import threading
import urllib.error
import urllib.request
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where npm put the clients; a machine that checks changes must have them."""
    if not (MODULES / "cesium").is_dir() or not (MODULES / "@loaders.gl").is_dir():
        reason = "CesiumJS and loaders.gl are not installed: run scripts/foreign-clients"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return MODULES


class _Pages(SimpleHTTPRequestHandler):
    """The page, CesiumJS, and the twin behind /twin: one origin, as behind an office's proxy."""

    def __init__(self, *arguments: Any, twin: str, **options: Any) -> None:
        self.twin = twin
        super().__init__(*arguments, **options)

    def translate_path(self, path: str) -> str:
        name = path.split("?", 1)[0]
        if name.startswith("/cesium/"):
            return super().translate_path("/node_modules/cesium/Build/Cesium/" + name[8:])
        return super().translate_path(name)

    def do_GET(self) -> None:
        if not self.path.startswith("/twin/"):
            super().do_GET()
            return
        asked = urllib.request.Request(self.twin + self.path.removeprefix("/twin"))  # noqa: S310
        if "authorization" in self.headers:
            asked.add_header("authorization", self.headers["authorization"])
        try:
            answer = urllib.request.urlopen(asked, timeout=30)  # noqa: S310 - our own, on loopback
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            body = answer.read()
            self.send_response(answer.status)
            self.send_header("content-type", answer.headers["content-type"])
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture(scope="session")
def pages(node_modules: Path, twin: Any) -> Iterator[str]:
    """Address of the page that runs CesiumJS, with nothing but loopback behind it."""
    handler = partial(_Pages, directory=str(HERE), twin=twin.address)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
