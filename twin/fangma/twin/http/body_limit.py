"""Requests have a greatest size, whether they announce it or not.

Starlette has such a limit too (``max_body_size``), but answers in plain text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import HTTPException
from starlette.datastructures import Headers

from fangma.twin.http.errors import problem

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """An ASGI layer that refuses bodies of more than ``longest`` bytes.

    Parameters
    ----------
    larger : sequence of (pattern, int)
        Paths that take more, such as those of photos.
    """

    def __init__(
        self, app: ASGIApp, *, longest: int, larger: Sequence[tuple[re.Pattern[str], int]] = ()
    ) -> None:
        self.app = app
        self.longest = longest
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        longest = next(
            (most for path, most in self.larger if path.fullmatch(scope["path"])), self.longest
        )
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > longest:
            refusal = problem(
                413,
                "http:body.toolarge",
                f"The request has {announced[:20]} bytes, at most {longest} are taken.",
                "Send less at a time.",
            )
            await refusal(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > longest:
                # FastAPI lets its own exception through while it reads a body, and no other.
                raise HTTPException(413, f"more than {longest} bytes came")
            return message

        await self.app(scope, counted, send)
