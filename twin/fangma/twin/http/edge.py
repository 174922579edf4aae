"""What every request passes first and every answer last.

Gives the request an id, times it, counts it, writes one line of JSON to the log, adds the headers
that tell a browser what the page may do, and turns an unforeseen error into the one error body.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

from fangma.twin.http.errors import internal_error
from fangma.twin.http.log_lines import FIELDS, request_id

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from fangma.twin.http.metrics import Metrics

_LOG: Final = logging.getLogger("fangma.http")
_USABLE_ID: Final = re.compile(r"[A-Za-z0-9._\-]{1,64}")

# WebAssembly and blob workers are the meshopt decoder's; styles are set by Element Plus at run
# time; data and blob images are textures and the map's icons. Nothing is loaded from elsewhere.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}


class Edge:
    """The outermost ASGI layer of our own."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identity = given if _USABLE_ID.fullmatch(given) else secrets.token_hex(8)
        token = request_id.set(identity)
        started = time.perf_counter()
        status = 0
        sent = 0

        async def finish(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = identity
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            try:
                await self.app(scope, receive, finish)
            except Exception:
                _LOG.exception("unforeseen error")
                if status:  # half an answer is out: only cutting the connection tells the client
                    raise
                await internal_error()(scope, receive, finish)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "unmatched")
            self.metrics.count(scope["method"], route, status, seconds)
            _LOG.info(
                "answered",
                extra={
                    FIELDS: {
                        "method": scope["method"],
                        "path": scope["path"],  # without the query, which holds what is searched
                        "status": status,
                        "bytes": sent,
                        "ms": round(seconds * 1000, 1),
                        "account": scope.get("state", {}).get("account_name"),
                    }
                },
            )
            request_id.reset(token)
