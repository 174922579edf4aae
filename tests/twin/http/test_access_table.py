"""Every route declares who may call it, and the declaration holds."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route, WebSocketRoute

from fangma.twin.http import openapi
from fangma.twin.http.access import Access, Everybody
from fangma.twin.http.app import create_app
from fangma.twin.http.route_table import declared_access, every_route
from fangma.twin.settings import Settings
from fangma.twin.sign_in.roles import Role

ROOT = Path(__file__).parents[3]
EVERY = sorted(Role)
# What docs/architecture.md promises; a new route belongs here before it is served.
NOT_FOR_EVERY_ROLE = {
    "listAccounts": ["administrator", "security"],
    "addAccount": ["administrator"],
    "changeAccount": ["administrator"],
    "setUpOneTimeCode": ["administrator"],
    "listDevices": ["administrator"],
    "addDevice": ["administrator"],
    "revokeDevice": ["administrator"],
    "setClearance": ["security"],
    "setSecret": ["security"],
    "listAuditLog": ["auditor", "security"],
    "readAudit": ["auditor", "leader", "planner"],
    "readEvidence": ["auditor", "leader", "planner"],
    "readIdle": ["auditor", "leader", "planner"],
    "readAuditChanges": ["auditor", "leader", "planner"],
    "pushAudit": ["auditor"],
    "listPushes": ["auditor", "security"],
    "readAuditReport": ["auditor", "leader", "planner"],
    "readAuditPack": ["auditor"],
    "listRulePacks": ["auditor", "leader", "planner"],
    "readWall": ["auditor", "leader", "planner"],
    "listFigureRooms": ["auditor", "leader", "planner"],
    "readIndicators": ["auditor", "leader", "planner"],
    "readFeatureValues": ["auditor", "leader", "planner"],
    "listPlans": ["auditor", "leader", "planner"],
    "readPlan": ["auditor", "leader", "planner"],
    "checkPlan": ["auditor", "leader", "planner"],
    "readPlanTemplate": ["auditor", "leader", "planner"],
    "comparePlans": ["auditor", "leader", "planner"],
    "decidePlan": ["auditor", "leader", "planner"],
    "commentPlan": ["auditor", "leader", "planner"],
    "addRoomNote": ["auditor", "leader", "planner"],
    "solvePlan": ["planner"],
    "createPlan": ["planner"],
    "changePlan": ["planner"],
    "solveAgain": ["planner"],
    "assignInPlan": ["planner"],
    "unassignInPlan": ["planner"],
    "mergePlans": ["planner"],
    "submitPlan": ["planner"],
    "withdrawPlan": ["planner"],
    "applyPlan": ["planner"],
    "revertPlan": ["planner"],
    "setValvePosition": ["maintainer"],
    "splitItem": ["planner"],
    "mergeItems": ["planner"],
    "renumberItem": ["planner"],
    "undoDecision": ["planner"],
    "swapItems": ["planner"],
    "changeUse": ["planner"],
    "decideReview": ["planner"],
    "addRound": ["administrator", "maintainer"],
    "planClosure": ["administrator", "maintainer"],
    "advanceClosure": ["administrator", "maintainer"],
    "listWorkers": ["administrator", "maintainer"],
    "createObservations": ["administrator", "maintainer", "security"],
    "changeSensorThing": ["administrator", "maintainer", "security"],
    "replaceSensorThing": ["administrator", "maintainer", "security"],
    "removeSensorThing": ["administrator", "maintainer", "security"],
    "pushObservations": ["administrator", "maintainer", "security"],
    "bindStream": ["administrator", "maintainer", "security"],
    "treatAlarm": ["administrator", "maintainer", "security"],
    "listCameras": ["administrator", "maintainer", "security"],
    "readCoverage": ["administrator", "maintainer", "security"],
    "listBlindSpots": ["administrator", "maintainer", "security"],
    "addCamera": ["administrator", "maintainer", "security"],
    "pointCamera": ["administrator", "maintainer", "security"],
    "blindCamera": ["administrator", "maintainer", "security"],
    "defineDerived": ["administrator", "maintainer"],
    "withdrawDerived": ["administrator", "maintainer"],
    "listSettings": ["administrator"],
    "readServices": ["administrator"],
    "listRejected": ["administrator"],
    "listBridgeFiles": ["administrator"],
    "changeBridgeFile": ["administrator"],
    "listPacks": ["administrator", "auditor", "leader", "planner"],
    "readPack": ["administrator", "auditor", "leader", "planner"],
    "checkPack": ["administrator"],
    "addPack": ["administrator"],
    "withdrawPack": ["administrator"],
    "readMetrics": ["administrator", "maintainer", "security"],
}
PUBLIC = {
    "signIn",
    "signInDevice",
    "readHealth",
    "followLabel",
    "checkReportLink",
    "reportByLink",
    "addReportPhoto",
}

# Without a database: the table is there before the application starts.
_APP = create_app(Settings(home=Path("unused")))
_ROUTES = [route for route in every_route(_APP) if isinstance(route, APIRoute)]


def test_only_the_description_and_the_socket_are_outside_the_table():
    others = {
        getattr(route, "path", "") for route in every_route(_APP) if not isinstance(route, APIRoute)
    }
    # /live asks for a session itself: tests/twin/http/test_live.py.
    assert others == {"/api/openapi.json", "/live"}
    assert all(isinstance(route, APIRoute | Route | WebSocketRoute) for route in every_route(_APP))
    assert len(_ROUTES) > 25


@pytest.mark.parametrize("route", _ROUTES, ids=lambda route: route.operation_id or route.path)
def test_a_route_declares_exactly_one_access_and_it_is_the_promised_one(route: APIRoute):
    (access,) = declared_access(route)
    name = route.operation_id or ""
    if isinstance(access, Everybody):
        assert name in PUBLIC
    else:
        assert sorted(str(role) for role in access.roles) == sorted(
            str(role) for role in NOT_FOR_EVERY_ROLE.get(name, EVERY)
        )


def test_a_route_without_access_would_be_found():
    app = FastAPI()

    @app.get("/open")
    def forgotten() -> None: ...

    (route,) = [each for each in every_route(app) if getattr(each, "path", "") == "/open"]
    assert isinstance(route, APIRoute)
    assert declared_access(route) == []


@pytest.mark.parametrize("route", _ROUTES, ids=lambda route: route.operation_id or route.path)
def test_a_route_refuses_who_is_not_signed_in(client, route: APIRoute):
    (access,) = declared_access(route)
    if not isinstance(access, Access):
        return
    path = re.sub(r"\{sha256\}", "0" * 64, route.path)
    path = re.sub(r"\{\w+\}", "x", path)
    for method in route.methods or ():
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign-in:missing"), path


def test_operation_ids_are_chosen_and_unique():
    names = [route.operation_id or "" for route in _ROUTES]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", name) for name in names)


def test_the_description_that_is_kept_is_the_one_that_is_served(client):
    kept = (ROOT / "docs" / "openapi.json").read_text("utf-8")
    assert kept == openapi.text(_APP), "docs/openapi.json is stale: run scripts/openapi"
    assert client.get("/api/openapi.json").json() == _APP.openapi()


def test_the_description_names_access_and_the_one_error_body():
    described = _APP.openapi()
    assert described["paths"]["/api/accounts"]["post"]["x-roles"] == ["administrator"]
    for path in described["paths"].values():
        for operation in path.values():
            reference = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert reference == {"$ref": "#/components/schemas/Problem"}
            assert "422" not in operation["responses"]
    # Also of a path with a converter ("{label:path}"), which the description writes without it.
    guarded = {
        route.operation_id
        for route in _ROUTES
        if any(isinstance(access, Access) for access in declared_access(route))
    }
    operations = [each for path in described["paths"].values() for each in path.values()]
    assert {each["operationId"] for each in operations if "x-roles" in each} == guarded


@pytest.mark.parametrize("route", _ROUTES, ids=lambda route: route.operation_id or route.path)
def test_architecture_names_every_operation(route: APIRoute):
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert f"`{route.operation_id}`" in text, f"add {route.path} to docs/architecture.md"
