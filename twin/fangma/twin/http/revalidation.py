"""ETags: an answer that has not changed is not sent again (RFC 9110, 13.1.2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

# Kept by the reader's own browser only, and asked about every time: rights may have been taken.
REVALIDATE: Final = "private, no-cache"


def tag_of(*parts: object) -> str:
    """Make a strong ETag of what an answer depends on."""
    text = "\x1f".join(str(part) for part in parts)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def tag_of_body(body: bytes) -> str:
    """Make a strong ETag of an answer itself."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def has(request: Request, tag: str) -> bool:
    """Say whether the client holds the answer of this tag already.

    Compression adds a suffix on the way out and ``W/`` where a proxy re-codes; comparison is the
    weak one, as RFC 9110, 13.1.2 asks for If-None-Match.
    """
    given = request.headers.get("if-none-match", "")
    return any(part.strip().removeprefix("W/") in {tag, "*"} for part in given.split(","))


def unchanged(tag: str) -> Response:
    """Answer 304."""
    return Response(status_code=304, headers={"ETag": tag, "Cache-Control": REVALIDATE})


def fresh(request: Request, body: bytes, media_type: str = "application/json") -> Response:
    """Answer with a body, or 304 when the client holds the same."""
    tag = tag_of_body(body)
    if has(request, tag):
        return unchanged(tag)
    return Response(body, media_type=media_type, headers={"ETag": tag, "Cache-Control": REVALIDATE})
