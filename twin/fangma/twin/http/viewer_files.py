"""The built browser application: its files, and its page for every address of its own."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from fangma.twin.http.errors import UnknownPathError, ViewerNotBuiltError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

# A misspelt address below these says 404 in our shape; it does not show the viewer.
_NOT_PAGES: Final = frozenset({"api", "ogc", "sta", "tiles", "r", "live", "healthz", "metrics"})
# Vite names what is in here by its content.
_IMMUTABLE: Final = "assets"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asset:
    body: bytes
    compressed: bytes
    media_type: str | None


class ViewerFiles(StaticFiles):
    """Static files whose index answers for every page of the application.

    What Vite built is kept in memory, compressed once: a page has some forty of these files.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory, html=True)
        self._assets: dict[str, _Asset] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file, or the index for what is no file."""
        parts = PurePosixPath(path).parts
        immutable = len(parts) > 1 and parts[0] == _IMMUTABLE
        try:
            response = await (self._asset(path, scope) if immutable else self._file(path, scope))
        except HTTPException as missing:
            if missing.status_code != 404 or PurePosixPath(path).suffix:
                raise
            response = await self._file("index.html", scope)
            immutable = False
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if immutable else "no-cache"
        )
        return response

    async def _file(self, path: str, scope: Scope) -> Response:
        return await super().get_response(path, scope)

    async def _asset(self, path: str, scope: Scope) -> Response:
        asset = self._assets.get(path)
        if asset is None:
            found = await self._file(path, scope)
            if not isinstance(found, FileResponse):
                return found  # 304
            asset = self._assets[path] = await run_in_threadpool(_read, found)
        headers = {"Vary": "Accept-Encoding"}
        body = asset.body
        if "gzip" in Request(scope).headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = asset.compressed
        return Response(body, media_type=asset.media_type, headers=headers)


def _read(found: FileResponse) -> _Asset:
    body = Path(found.path).read_bytes()
    return _Asset(
        body=body, compressed=gzip.compress(body, 9, mtime=0), media_type=found.media_type
    )


class Otherwise:
    """Answers for every path that no route has: the viewer, or that there is nothing."""

    def __init__(self, directory: Path) -> None:
        built = (directory / "index.html").is_file()
        self._viewer: ASGIApp | None = ViewerFiles(directory) if built else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        parts = PurePosixPath(scope["path"]).parts[1:]
        if parts and parts[0] in _NOT_PAGES:
            raise UnknownPathError(
                f"Nothing answers at {scope['path'][:200]}.",
                "See /api/openapi.json for the paths there are.",
            )
        if self._viewer is None:
            raise ViewerNotBuiltError
        await self._viewer(scope, receive, send)
