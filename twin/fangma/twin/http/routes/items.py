"""Things of the registry: lists of a kind, and the whole file of one."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query

from fangma.asset_registry.store import items
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.items import Filters
from fangma.asset_registry.store.secrecy import is_secret
from fangma.twin.field.orders import file_of
from fangma.twin.http.bodies import CodeInPath, CodeInQuery, ItemFile, ItemPage
from fangma.twin.http.dependencies import USUAL_LIMIT, Limit, Next, Reading, Registry, find_site
from fangma.twin.http.paging import decode_next, encode_next

router: Final = APIRouter(prefix="/api/items", tags=["items"])
_Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("", operation_id="listItems", response_model=ItemPage)
def list_items(
    registry: Registry,
    kind: Annotated[str, Query(max_length=20, description="room, pipe, device ...")],
    site: CodeInQuery = None,
    building: CodeInQuery = None,
    storey: CodeInQuery = None,
    use: _Text = None,
    system: _Text = None,
    q: _Text = None,
    all_: Annotated[bool, Query(alias="all", description="With the retired too.")] = False,
    limit: Limit = USUAL_LIMIT,
    next_: Next = None,
) -> dict[str, Any]:
    """List the things of a kind, by code."""
    key = decode_next(next_, str)
    filters = Filters(
        site=find_site(registry, site).id if site is not None else None,
        building=_id(registry, building),
        storey=_id(registry, storey),
        use=use,
        system=system,
        q=q,
    )
    found = items.list_items(
        registry.connection,
        kind,
        moment=registry.moment,
        all_=all_,
        filters=filters,
        limit=limit + 1,
        after=str(key[0]) if key else None,
    )
    page = found[:limit]
    registry.note_secrets(kind, (item.code for item in page))
    return {
        "items": [item.as_dict() for item in page],
        "next": encode_next(items.next_after(page[-1])) if len(found) > limit else None,
    }


@router.get("/{code}", operation_id="readItem", response_model=ItemFile)
def read_item(registry: Registry, code: CodeInPath) -> dict[str, Any]:
    """Give everything that is known of a thing (一房一档); retired ones too, for good."""
    item = file_of(registry.connection, code, registry.moment)
    if is_secret(registry.connection, item["code"]):
        registry.note("secret-read", item["code"])
    return item


def _id(registry: Reading, code: str | None) -> UUID | None:
    return None if code is None else find_entry(registry.connection, code, registry.moment)[0]
