"""The routes of the application with what each declares: for its description, and for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.routing import APIRoute

from fangma.twin.http.access import Access, Everybody

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant
    from starlette.routing import BaseRoute


def every_route(app: FastAPI) -> list[BaseRoute]:
    """List all routes, those of included routers too (no router is included under a prefix)."""
    return list(_unfolded(app.routes))


def declared_access(route: APIRoute) -> list[Access | Everybody]:
    """List the different accesses that a route declares; exactly one is right."""
    found = {id(call): call for call in _calls(route.dependant)}
    return [call for call in found.values() if isinstance(call, Access | Everybody)]


def methods_at(app: FastAPI, path: str) -> set[str]:
    """Return the methods that some route takes at a path."""
    return {
        method
        for route in every_route(app)
        if isinstance(route, APIRoute) and route.path_regex.match(path)
        for method in route.methods or ()
    }


def _unfolded(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        # FastAPI >= 0.130 keeps an included router as one entry; before, its routes were copied.
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            yield from _unfolded(included.routes)


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for part in dependant.dependencies:
        yield from _calls(part)
