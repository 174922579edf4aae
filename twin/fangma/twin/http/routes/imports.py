"""Past imports."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response

from fangma.asset_registry.store.imports import list_imports as find, read_import
from fangma.bim_import.health.page import draw_page
from fangma.twin.http.access import AUDIT_READERS
from fangma.twin.http.bodies import CodeInQuery, Imports
from fangma.twin.http.dependencies import (
    USUAL_LIMIT,
    Limit,
    Next,
    Reading,
    Registry,
    find_site,
)
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.import_bodies import HealthReport, ImportDifferences
from fangma.twin.http.paging import decode_next, encode_next

router: Final = APIRouter(prefix="/api/imports", tags=["imports"])


@router.get("", operation_id="listImports", response_model=Imports)
def list_imports(
    registry: Registry,
    site: CodeInQuery = None,
    limit: Limit = USUAL_LIMIT,
    next_: Next = None,
) -> dict[str, Any]:
    """List the files that were imported and what became of each, newest first."""
    key = decode_next(next_, int)
    found = find(
        registry.connection,
        registry.moment,
        limit=limit + 1,
        site_id=None if site is None else find_site(registry, site).id,
        before=int(key[0]) if key else None,
    )
    page = found[:limit]
    return {
        "items": [
            {
                "revision": each.revision,
                "at": each.at,
                "actor": each.actor,
                "file": each.file,
                "model": each.model,
                "discipline": each.discipline,
                "current": each.current,
                "report": each.report,
            }
            for each in page
        ],
        "next": encode_next(page[-1].revision) if len(found) > limit else None,
    }


_Revision = Annotated[int, Path(ge=1, lt=2**63, description="Of the import, as listed.")]


@router.get("/{revision}/health", operation_id="readHealthReport", response_model=HealthReport)
def read_health_report(
    registry: Registry,
    revision: _Revision,
    format_: Annotated[
        Literal["json", "html"], Query(alias="format", description="A page, or data.")
    ] = "json",
) -> Any:  # noqa: ANN401 - data, or a page of its own
    """Say what was wrong, missing or guessed in a file that was imported."""
    told = _import(registry, revision)
    document = {
        "file": told["file"],
        "revision": told["revision"],
        "at": told["at"],
        "schema": told["summary"].get("schema"),
        "health": told["health"] or {"counts": {}, "checks": []},
        "findings": told["findings"],
    }
    if format_ == "json":
        return document
    page = draw_page(document | {"at": told["at"].isoformat()})
    return Response(
        page,
        media_type="text/html; charset=utf-8",
        # The page holds its own style and nothing else that a browser would run or fetch.
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


@router.get(
    "/{revision}/differences", operation_id="readDifferences", response_model=ImportDifferences
)
def read_differences(registry: Registry, revision: _Revision) -> dict[str, Any]:
    """Say thing by thing what an import changed, and what hung on it."""
    told = _import(registry, revision)
    if not AUDIT_READERS & registry.session.roles:
        for difference in told["differences"]:
            difference["impact"].pop("findings", None)
    counts = ("added", "changed", "retired", "kept", "split", "merged", "review")
    return {
        "file": told["file"],
        "revision": told["revision"],
        "at": told["at"],
        "counts": {name: told["summary"].get(name, 0) for name in counts},
        "items": told["differences"],
    }


def _import(registry: Reading, revision: int) -> dict[str, Any]:
    told = read_import(registry.connection, revision)
    if told is None or revision > registry.moment.revision:
        raise NotFoundError("import", str(revision))
    return told
