"""3D Tiles 1.1, composed for the reader; contents under their SHA-256."""

import gzip
import tempfile
from pathlib import Path as File
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import FileResponse

from fangma.asset_registry.codes import parse
from fangma.asset_registry.store import tiles
from fangma.asset_registry.store.ogc import find_place
from fangma.spatial.tiles.tileset import compose_tileset
from fangma.twin.http.bodies import CodeInPath
from fangma.twin.http.dependencies import Reading, Registry, SettingsOf
from fangma.twin.http.earth import ecef_from_site
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.revalidation import fresh, has, unchanged
from fangma.twin.services.home import Home
from fangma.twin.tile_files import path_of

router: Final = APIRouter(prefix="/tiles/{site}", tags=["tiles"])

GLB: Final = "model/gltf-binary"
# The name is the content, so it never changes; private, because readers have different rights.
_FOREVER: Final = "private, max-age=31536000, immutable"


@router.get("/tileset.json", operation_id="readTileset", response_class=Response)
def read_tileset(
    request: Request,
    registry: Registry,
    site: CodeInPath,
    plain: Annotated[bool, Query(description="For clients without instancing.")] = False,
) -> Response:
    """Compose the tileset that the reader may see; 304 when it is the one that they have."""
    place = find_place(registry.connection, str(parse(site)))
    if place is None:
        raise NotFoundError("site", site)
    rows = tiles.tiles(registry.connection, place.id)
    revision = tiles.newest_revision(registry.connection, place.id)
    if any(row.visibility == "secret" for row in rows):
        _note(registry, site, revision)
    tileset = compose_tileset(
        rows,
        ecef_from_site(
            epsg=place.epsg,
            origin=place.origin,
            latitude=place.latitude,
            longitude=place.longitude,
        ),
        plain=plain,
        version=str(revision),
    )
    return fresh(request, orjson.dumps(tileset))


@router.get(
    "/{sha256}.glb",
    operation_id="readTile",
    response_class=FileResponse,
    responses={200: {"content": {GLB: {}}}},
)
def read_tile(
    request: Request,
    registry: Registry,
    settings: SettingsOf,
    site: CodeInPath,
    sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")],
) -> Response:
    """Give a content of a tileset that the reader may see, or might have seen before."""
    _check(registry, site, sha256)
    tag = f'"{sha256}"'
    if has(request, tag):
        answer = unchanged(tag)
        answer.headers["Cache-Control"] = _FOREVER
        return answer
    file = path_of(Home(directory=settings.home).tiles, sha256)
    if not file.is_file():
        raise NotFoundError("tile", sha256)
    headers = {"ETag": tag, "Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", "") and "range" not in request.headers:
        file = _compressed(file)
        headers["Content-Encoding"] = "gzip"
    return FileResponse(file, media_type=GLB, headers=headers)


def _check(registry: Reading, site: str, sha256: str) -> None:
    place = find_place(registry.connection, str(parse(site)))
    secret = None if place is None else tiles.is_secret(registry.connection, place.id, sha256)
    if place is None or secret is None:
        raise NotFoundError("tile", sha256)
    if secret:
        _note(registry, site, tiles.newest_revision(registry.connection, place.id))


def _note(registry: Reading, site: str, revision: int) -> None:
    """Keep that secret rooms were seen: one line a session and tileset, not one a tile.

    The tileset is asked for even where a browser has all of its tiles from an earlier session.
    """
    code = str(parse(site))
    registry.note_once(revision, "secret-read", code, what="tiles", revision=revision)


def _compressed(file: File) -> File:
    """Return the gzip form beside a tile, made when it is asked for the first time.

    Meshopt leaves its bytes to be squeezed further by a general compressor; once, not for everyone.
    """
    compressed = file.with_suffix(".glb.gz")
    if not compressed.is_file():
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as draft:
            draft.write(gzip.compress(file.read_bytes(), 9, mtime=0))
        File(draft.name).chmod(0o644)
        File(draft.name).replace(compressed)  # whole or not at all, whoever else does it
    return compressed
