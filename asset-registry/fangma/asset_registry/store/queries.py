"""SQL by name, read from ``sql/*.sql``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import LiteralString

_NAME: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def literal(text: str) -> LiteralString:
    """Vouch for a text that comes from this package, never from a user."""
    return text


@cache
def load(file: str) -> Mapping[str, LiteralString]:
    """Return the queries of ``sql/{file}.sql`` by the names on their ``-- name:`` lines."""
    text = files("fangma.asset_registry").joinpath("sql", f"{file}.sql").read_text("utf-8")
    _, *pieces = _NAME.split(text)
    return {
        name: literal(body.strip()) for name, body in zip(pieces[::2], pieces[1::2], strict=True)
    }
