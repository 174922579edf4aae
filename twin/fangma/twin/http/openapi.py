"""The API's own description: the same code gives the same bytes, kept as docs/openapi.json."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from fastapi.routing import APIRoute

from fangma.twin.http.access import COOKIE, Access
from fangma.twin.http.errors import Problem
from fangma.twin.http.route_table import declared_access, every_route

if TYPE_CHECKING:
    from fastapi import FastAPI

VERSION: Final = version("fangma")


def describe(app: FastAPI) -> None:
    """Make the application's description name the sign-in schemes and the one error body."""
    written = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(app, written())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the documented way of FastAPI


def text(app: FastAPI) -> str:
    """Write the description as it is kept in docs/openapi.json."""
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _completed(app: FastAPI, schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {})
    components["securitySchemes"] = {
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        "bearer": {"type": "http", "scheme": "bearer"},
    }
    # FastAPI describes its own validation answer; ours has the same shape as every other failure.
    for name in ("HTTPValidationError", "ValidationError"):
        components.get("schemas", {}).pop(name, None)
    components.setdefault("schemas", {}).setdefault("Problem", Problem.model_json_schema())
    roles = {
        (route.path_format, method.lower()): access.roles
        for route in every_route(app)
        if isinstance(route, APIRoute)
        for access in declared_access(route)
        if isinstance(access, Access)
        for method in route.methods or ()
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["responses"].pop("422", None)
            # A route that answers with a file fails in JSON all the same.
            operation["responses"]["default"] = {
                "description": "Any failure.",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            }
            if (path, method) in roles:
                operation["security"] = [{"cookie": []}, {"bearer": []}]
                operation["x-roles"] = sorted(roles[path, method])
    return schema
