"""Large answers in lines of JSON: a browser reads them piece by piece and stays awake between.

Whoever accepts ``application/x-ndjson`` gets the document of the route with its long lists taken
out, and after it a line for every five hundred of their rows, ``{"into": [names], "rows": [...]}``.
Put together they are the document. Everybody else gets it in one piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request

LINES: Final = "application/x-ndjson"
_ROWS: Final = 500
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {
            LINES: {
                "schema": {
                    "type": "string",
                    "description": "The same document in lines: first without its long lists, then "
                    '{"into": [names], "rows": [...]} for each part of one.',
                }
            }
        }
    }
}
"""What a route that answers so says of itself."""


def accepts_lines(request: Request) -> bool:
    """Say whether the client asks for lines by name."""
    accepted = request.headers.get("accept", "").split(",")
    return any(each.partition(";")[0].strip().lower() == LINES for each in accepted)


def lines_of(document: Mapping[str, Any]) -> Iterator[bytes]:
    r"""Write a document in lines.

    Examples
    --------
    >>> list(lines_of({"at": 1, "rows": [1, 2]}))
    [b'{"at":1,"rows":[1,2]}\n']
    """
    taken: list[tuple[list[str], list[Any]]] = []
    yield _line(_without_lists(document, [], taken))
    for into, rows in taken:
        for at in range(0, len(rows), _ROWS):
            yield _line({"into": into, "rows": rows[at : at + _ROWS]})


def answer(request: Request, document: Mapping[str, Any], headers: dict[str, str]) -> Response:
    """Answer with a document as it is, in lines where the client accepts them.

    It is not compared with the schema on the way: tests hold it to that.
    """
    body, media_type = (
        (b"".join(lines_of(document)), LINES)
        if accepts_lines(request)
        else (orjson.dumps(document), "application/json")
    )
    return Response(body, media_type=media_type, headers=headers | {"Vary": "Accept"})


def _without_lists(
    part: Mapping[str, Any], names: list[str], taken: list[tuple[list[str], list[Any]]]
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in part.items():
        if isinstance(value, list) and len(value) > _ROWS:
            taken.append(([*names, name], value))
            kept[name] = []
        elif isinstance(value, dict):
            kept[name] = _without_lists(value, [*names, name], taken)
        else:
            kept[name] = value
    return kept


def _line(value: object) -> bytes:
    return orjson.dumps(value) + b"\n"
