"""The built browser application: its files, and its page for every address of its own."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from fangma.twin.http.errors import UnknownPathError, ViewerNotBuiltError

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

# A misspelt address below these says 404 in our shape; it does not show the viewer.
_NOT_PAGES: Final = frozenset({"api", "ogc", "sta", "tiles", "r", "live", "healthz", "metrics"})
# Vite names what is in here by its content.
_IMMUTABLE: Final = "assets"


class ViewerFiles(StaticFiles):
    """Static files whose index answers for every page of the application."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve a file, or the index for what is no file."""
        parts = PurePosixPath(path).parts
        try:
            response = await super().get_response(path, scope)
        except HTTPException as missing:
            if missing.status_code != 404 or PurePosixPath(path).suffix:
                raise
            response = await super().get_response("index.html", scope)
            parts = ()
        immutable = len(parts) > 1 and parts[0] == _IMMUTABLE
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if immutable else "no-cache"
        )
        return response


class Otherwise:
    """Answers for every path that no route has: the viewer, or that there is nothing."""

    def __init__(self, directory: Path) -> None:
        built = (directory / "index.html").is_file()
        self._viewer: ASGIApp | None = (
            ViewerFiles(directory=directory, html=True) if built else None
        )

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
