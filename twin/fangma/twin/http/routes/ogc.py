"""OGC API - Features - Part 1: Core, Corrigendum (OGC 17-069r4): the registry for any GIS."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from fangma.asset_registry.store import ogc
from fangma.asset_registry.store.ogc import Box
from fangma.twin.http.access import Reader
from fangma.twin.http.dependencies import Reading, Registry
from fangma.twin.http.errors import BadQueryError, NotFoundError
from fangma.twin.http.paging import decode_next, encode_next
from fangma.twin.times import TimeFormatError, parse_time

router: Final = APIRouter(prefix="/ogc", tags=["ogc"])

GEOJSON: Final = "application/geo+json"
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_CONFORMANCE: Final = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_MOST: Final = 10_000
_USUAL: Final = 100
_PARAMETERS: Final = frozenset({"bbox", "datetime", "limit", "next", "at", "known", "f"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Collection:
    kind: str
    title: str
    description: str


COLLECTIONS: Final = {
    "buildings": _Collection(kind="building", title="楼栋 buildings", description="Footprints."),
    "storeys": _Collection(kind="storey", title="楼层 storeys", description="Footprints."),
    "rooms": _Collection(kind="room", title="房间 rooms", description="Within the inner faces."),
    "pipes": _Collection(kind="pipe", title="管段 pipes", description="Axes, with heights."),
    "devices": _Collection(kind="device", title="设备 devices", description="Boxes in plan."),
}


class GeoJSONResponse(Response):
    """A response of GeoJSON."""

    media_type = GEOJSON


@router.get("", operation_id="readOgcLanding")
def read_landing(request: Request, _: Reader) -> dict[str, Any]:
    """Lead to everything else (requirement /req/core/root-success)."""
    return {
        "title": "Fangma 房码",
        "description": "Buildings, storeys, rooms, pipes and devices by their codes for life.",
        "links": [
            _link(request, "self", "application/json", ""),
            _link(
                request,
                "service-desc",
                "application/vnd.oai.openapi+json;version=3.1",
                path="/api/openapi.json",
            ),
            _link(request, "conformance", "application/json", "/conformance"),
            _link(request, "data", "application/json", "/collections"),
        ],
    }


@router.get("/conformance", operation_id="readOgcConformance")
def read_conformance(_: Reader) -> dict[str, Any]:
    """Name the conformance classes that are kept."""
    return {"conformsTo": [_CONFORMANCE + name for name in ("core", "geojson")]}


@router.get("/collections", operation_id="listOgcCollections")
def list_collections(request: Request, registry: Registry) -> dict[str, Any]:
    """List the collections (requirement /req/core/fc-md-success)."""
    extent = ogc.extent(registry.connection)
    return {
        "links": [_link(request, "self", "application/json", "/collections")],
        "collections": [_described(request, name, extent) for name in COLLECTIONS],
    }


@router.get("/collections/{collection}", operation_id="readOgcCollection")
def read_collection(request: Request, registry: Registry, collection: str) -> dict[str, Any]:
    """Describe one collection."""
    _known_collection(collection)
    return _described(request, collection, ogc.extent(registry.connection))


@router.get(
    "/collections/{collection}/items",
    operation_id="listOgcItems",
    response_class=GeoJSONResponse,
    responses={200: {"content": {GEOJSON: {}}}},
)
def list_items(
    request: Request,
    registry: Registry,
    collection: str,
    bbox: Annotated[
        str | None, Query(max_length=200, description="west,south,east,north in CRS84")
    ] = None,
    datetime_: Annotated[
        str | None,
        Query(alias="datetime", max_length=100, description="Valid time: an instant or a/b."),
    ] = None,
    limit: Annotated[int, Query(ge=1, description=f"At most {_MOST} are given.")] = _USUAL,
    next_: Annotated[str | None, Query(alias="next", max_length=500)] = None,
) -> GeoJSONResponse:
    """List features, a page at a time (requirement /req/core/fc-response)."""
    described = _known_collection(collection)
    unknown = sorted(set(request.query_params) - _PARAMETERS)
    if unknown:  # /req/core/query-param-unknown
        raise BadQueryError(
            f"The query parameter {unknown[0][:60]!r} is unknown here.",
            f"Those there are: {', '.join(sorted(_PARAMETERS))}.",
        )
    limit = min(limit, _MOST)  # /req/core/fc-limit-response-1: more than the maximum is no error
    key = decode_next(next_, int)
    found = ogc.find_features(
        registry.connection,
        described.kind,
        known=registry.moment.known,
        during=_interval(datetime_, registry),
        box=None if bbox is None else _box(bbox),
        after=int(key[0]) if key else 0,
        limit=limit + 1,
    )
    page = found[:limit]
    links = [
        _link(request, "self", GEOJSON, path=request.url.path, query=request.url.query),
        _link(request, "collection", "application/json", f"/collections/{collection}"),
    ]
    if len(found) > limit:
        following = dict(request.query_params) | {"next": encode_next(page[-1].ordinal)}
        links.append(
            _link(request, "next", GEOJSON, path=request.url.path, query=urlencode(following))
        )
    return GeoJSONResponse(
        _json(
            {
                "type": "FeatureCollection",
                "timeStamp": datetime.now(UTC).isoformat(timespec="seconds"),
                "numberReturned": len(page),
                "links": links,
                "features": [ogc.geojson_of(feature) for feature in page],
            }
        )
    )


@router.get(
    "/collections/{collection}/items/{code}",
    operation_id="readOgcItem",
    response_class=GeoJSONResponse,
    responses={200: {"content": {GEOJSON: {}}}},
)
def read_item(request: Request, registry: Registry, collection: str, code: str) -> GeoJSONResponse:
    """Give one feature by its code (requirement /req/core/f-success)."""
    described = _known_collection(collection)
    found = ogc.find_features(
        registry.connection,
        described.kind,
        known=registry.moment.known,
        during=(registry.moment.at, registry.moment.at),
        code=code,
        limit=1,
    )
    if not found:
        raise NotFoundError(described.kind, code)
    links = [
        _link(request, "self", GEOJSON, path=request.url.path),
        _link(request, "collection", "application/json", f"/collections/{collection}"),
    ]
    return GeoJSONResponse(_json(ogc.geojson_of(found[0]) | {"links": links}))


def _known_collection(name: str) -> _Collection:
    if name not in COLLECTIONS:
        raise NotFoundError("collection", name)
    return COLLECTIONS[name]


def _described(request: Request, name: str, extent: Box | None) -> dict[str, Any]:
    collection = COLLECTIONS[name]
    described: dict[str, Any] = {
        "id": name,
        "title": collection.title,
        "description": collection.description,
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            _link(request, "self", "application/json", f"/collections/{name}"),
            _link(request, "items", GEOJSON, f"/collections/{name}/items"),
        ],
    }
    if extent is not None:
        described["extent"] = {
            "spatial": {"bbox": [list(extent)], "crs": CRS84},
            "temporal": {"interval": [[None, None]]},
        }
    return described


def _link(
    request: Request,
    relation: str,
    media_type: str,
    below: str = "",
    *,
    path: str | None = None,
    query: str = "",
) -> dict[str, str]:
    root = str(request.base_url).rstrip("/")
    address = root + (path if path is not None else f"/ogc{below}") + (f"?{query}" if query else "")
    return {"rel": relation, "type": media_type, "href": address}


def _box(text: str) -> Box:
    """Read a bbox of four numbers, or of six with heights, which are not looked at."""
    wrong = BadQueryError(
        f"The bbox {text[:80]!r} is not four or six finite numbers of degrees.",
        "Write west,south,east,north, such as bbox=120.6,27.9,120.7,28.1.",
    )
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise wrong from None
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4:
        raise wrong
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise wrong
    return west, south, east, north


def _interval(text: str | None, registry: Reading) -> tuple[datetime | None, datetime | None]:
    """Read the datetime parameter (RFC 3339 instant, or an interval with .. or nothing as open)."""
    if text is None:
        return registry.moment.at, registry.moment.at
    try:
        if "/" not in text:
            instant = parse_time(text)
            return instant, instant
        parts = text.split("/")
        if len(parts) != 2:
            raise BadQueryError(
                f"The datetime {text[:80]!r} has more than one slash.", "Write start/end."
            )
        start, end = (None if part in {"", ".."} else parse_time(part) for part in parts)
    except TimeFormatError as error:
        raise BadQueryError(error.message, error.remedy) from None
    if start is not None and end is not None and start > end:
        raise BadQueryError(
            f"The interval {text[:80]!r} ends before it starts.", "Swap its two ends."
        )
    return start, end


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
