"""Background tiles of the operator's choice (WMTS, Tianditu), fetched by the server.

The browser asks us, we ask the tile server: its key stays here, readers' browsers speak to nobody
else, and the page's security policy stays closed. One place is asked, the setting's.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final

from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from http.client import HTTPResponse

LARGEST_BYTES: Final = 2 * 1024 * 1024
DEEPEST: Final = 20
_WAIT_S: Final = 8.0
_AT_ONCE: Final = threading.BoundedSemaphore(8)
_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/webp"})


class MapTilesError(TwinError):
    """The tile server did not give a tile."""


class NoMapTilesError(TwinError):
    """No background was set up, or there is no such tile."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects would lead where the operator did not point."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_NoRedirects)


def tile_address(template: str, z: int, x: int, y: int) -> str:
    """Fill in a template's ``{z}``, ``{x}``, ``{y}``.

    Raises
    ------
    NoMapTilesError
        When there is no such tile.
    """
    if not (0 <= z <= DEEPEST and 0 <= x < 2**z and 0 <= y < 2**z):
        raise NoMapTilesError(
            f"There is no tile {z}/{x}/{y}.", f"Zoom is 0 to {DEEPEST}, x and y below 2^zoom."
        )
    return template.replace("{z}", str(z)).replace("{x}", str(x)).replace("{y}", str(y))


def fetch_tile(template: str, z: int, x: int, y: int) -> tuple[bytes, str]:
    """Fetch a tile.

    Returns
    -------
    image : bytes
    media_type : str

    Raises
    ------
    NoMapTilesError
    MapTilesError
        When the tile server is away, slow, refuses, or sends no picture. Its address, which may
        hold a key, is not told.
    """
    address = tile_address(template, z, x, y)
    if not _AT_ONCE.acquire(timeout=_WAIT_S):
        raise MapTilesError("The tile server is slow.", "Try again, or check FANGMA_MAP_TILES_URL.")
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "fangma"})  # noqa: S310
        answer: HTTPResponse
        with _OPENER.open(request, timeout=_WAIT_S) as answer:
            media_type = answer.headers.get_content_type()
            image = answer.read(LARGEST_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise MapTilesError(
            f"The tile server answered {error.code}.", "Check FANGMA_MAP_TILES_URL and its key."
        ) from None
    except (OSError, ValueError) as error:
        raise MapTilesError(
            f"The tile server gave nothing: {type(error).__name__}.",
            "Check FANGMA_MAP_TILES_URL and whether this machine reaches it.",
        ) from None
    finally:
        _AT_ONCE.release()
    if media_type not in _IMAGES or len(image) > LARGEST_BYTES:
        raise MapTilesError(
            f"The tile server sent {media_type}, {len(image)} bytes; expected a picture.",
            "Check FANGMA_MAP_TILES_URL.",
        )
    return image, media_type
